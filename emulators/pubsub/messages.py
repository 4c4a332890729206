"""The protocol's message classes, taken from the installed client without the client."""

from typing import TYPE_CHECKING

from emulators.messages import types_of

if TYPE_CHECKING:
    from google.pubsub_v1 import types
else:
    types = types_of("google.pubsub_v1")

__all__ = ["types"]
