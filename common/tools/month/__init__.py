"""A realistic month of a marketplace: hidden traits first, then what follows from them, the truth kept apart."""
