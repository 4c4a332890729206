"""VAT: where a service is taxed and at what rate, what that comes to, and on what grounds; all of it pure."""
