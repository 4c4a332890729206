"""What every area shares: values, events, the transaction, and the ground the functions stand on."""
