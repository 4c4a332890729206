"""What is owed: bills that collect charges, billing runs, invoices, credit notes and their documents."""
