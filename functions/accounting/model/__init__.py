"""What accounting keeps: journals, and the batches that go to SAP."""
