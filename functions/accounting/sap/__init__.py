"""What goes to SAP and what comes back: documents of a batch, their message, their confirmation, the same as files."""
