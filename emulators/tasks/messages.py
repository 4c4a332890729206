"""The protocol's message classes, taken from the installed client without the client."""

from typing import TYPE_CHECKING

from emulators.messages import types_of

if TYPE_CHECKING:
    from google.cloud.tasks_v2 import types
else:
    types = types_of("google.cloud.tasks_v2")

__all__ = ["types"]
