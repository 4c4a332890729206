"""The message classes of a Google client without the client: a server needs neither its transports nor its threads."""

import importlib
import importlib.util
import sys
from types import ModuleType
from typing import Any


def types_of(package: str) -> Any:
    """The `types` of a client package, such as `google.pubsub_v1`; the package itself stays unimported.

    Importing a client costs a tenth of a second and some megabytes. Whoever imports it later gets the whole of it,
    with these same classes.
    """
    if package in sys.modules:
        return importlib.import_module(f"{package}.types")
    sys.modules[package] = _place_of(package)
    try:
        return importlib.import_module(f"{package}.types")
    finally:
        del sys.modules[package]


def _place_of(package: str) -> ModuleType:
    """A package that knows where its modules lie, and holds nothing else."""
    found = importlib.util.find_spec(package)
    if found is None or found.submodule_search_locations is None:
        raise ModuleNotFoundError(f"No package named {package!r}", name=package)
    place = ModuleType(package)
    place.__spec__ = found
    place.__path__ = list(found.submodule_search_locations)
    return place
