"""A marketplace's quarter, simulated under every fault a seed decides; what must hold at its end."""
