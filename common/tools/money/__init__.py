"""Made payments and the invoices they are for, with the truth apart: what the matcher is calibrated and measured on."""
