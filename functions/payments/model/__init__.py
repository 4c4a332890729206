"""What `payments` owns: payments, their attempts, bank statements; and what may become of each."""
