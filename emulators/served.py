"""The table of what is served, made from the lists the handlers are made from."""

from collections.abc import Iterator, Mapping
from typing import Final

from emulators.bigquery.methods import METHODS
from emulators.firestore.rpcs import RPCS
from emulators.firestore.wire import SERVICE
from emulators.pubsub.rpcs import RPCS as PUBSUB
from emulators.storage import SERVED as STORAGE
from emulators.tasks.rpcs import RPCS as TASKS

SERVED: Final[Mapping[str, Mapping[str, str]]] = {
    SERVICE: {name: rpc.does if rpc.served else f"not served ({rpc.does})" for name, rpc in RPCS.items()},
    **PUBSUB,
    **TASKS,
    "bigquery/v2": {method.name: method.does for method in METHODS},
    "storage/v1": STORAGE,
}
"""What is served of each RPC or REST method, by the service's name."""


def table() -> str:
    """A block for each service, a line for each of its methods."""
    return "".join(_lines())


def _lines() -> Iterator[str]:
    for service, rpcs in SERVED.items():
        width = max(map(len, rpcs))
        yield f"{service}\n"
        yield from (f"  {name:<{width}}  {does}\n" for name, does in rpcs.items())
