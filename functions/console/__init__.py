"""What staff see and do: pages over the areas' own APIs, in the name of whoever is signed in."""
