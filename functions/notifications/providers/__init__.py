"""The mail server, and what stands in a mail when it goes out."""
