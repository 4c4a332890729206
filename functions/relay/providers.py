"""Archives what is too large to be parked in a document."""

import base64
import hashlib
from collections.abc import Sequence

from common.functions.declared import DeadLetter
from common.world import World
from functions.relay.model import LARGEST_INLINE


def keep_large(letters: Sequence[DeadLetter], world: World) -> list[str]:
    """For each message the name of the file it is kept in; empty where it has room in a document."""
    return [_kept(letter, world) if len(letter.data) > LARGEST_INLINE else "" for letter in letters]


def _kept(letter: DeadLetter, world: World) -> str:
    content = base64.b64decode(letter.data)
    name = f"dead-letters/{hashlib.sha256(content).hexdigest()}"
    world.put_file(name, content, "application/octet-stream")
    return name
