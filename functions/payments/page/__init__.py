"""The page on which members pay: what stands on it, in their language, made of data alone."""
