"""SEPA direct debits and credit transfers of our own: the rules, the banks' terms, and the files they take and send."""
