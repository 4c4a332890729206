"""Who do we bill? The billing accounts of the marketplace's members."""
