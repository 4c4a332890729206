"""One function a trigger: load, decide, save, tell."""

from functions.charging.handlers.corrections import reverse_charge
from functions.charging.handlers.intake import take_charge, take_charges

__all__ = ["reverse_charge", "take_charge", "take_charges"]
