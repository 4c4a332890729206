"""What pays what: every open item, every receipt, and the matches between them."""
