"""An invoice or credit note as people see it: its texts in their language, how to pay, its pages."""
