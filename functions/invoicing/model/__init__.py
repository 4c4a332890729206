"""What `invoicing` owns: bills, recipients, billing runs, invoices, credit notes; and their states."""
