"""The page that `python -m emulators --help` ends with: how any project uses this, and what can be made to go wrong."""

from collections.abc import Iterator, Mapping
from textwrap import wrap
from typing import Final

from emulators.faults import DELIVERY_KINDS, RPC_KINDS, SETTINGS
from emulators.served import SERVED

_WIDTH: Final = 118
_USE: Final = """\
from any project:
  python -m emulators --data state --grpc-port 8085 --http-port 8086
      serves until it is told to end; one line of JSON on standard output holds the variables below
  or in Python, for as long as a block lasts (port 0 picks a free one):
      from emulators.launch import launch
      with launch(Path("state")) as running:
          os.environ.update(running.environment)
  Firestore's, Pub/Sub's, BigQuery's and Storage's clients read their variable by themselves (credentials:
  google.auth.credentials.AnonymousCredentials()); Cloud Tasks' client needs it said:
      channel = grpc.insecure_channel(os.environ["CLOUD_TASKS_EMULATOR_HOST"])
      CloudTasksClient(transport=CloudTasksGrpcTransport(channel=channel))
  State below --data survives kill -9 at any moment; without it nothing is kept.
"""
_GRPC: Final = {
    "Firestore": "FIRESTORE_EMULATOR_HOST",
    "Pub/Sub": "PUBSUB_EMULATOR_HOST",
    "Cloud Tasks": "CLOUD_TASKS_EMULATOR_HOST",
}
_HTTP: Final = {
    "/storage/v1, /upload, /download": "Cloud Storage: STORAGE_EMULATOR_HOST",
    "/bigquery/v2": "BigQuery: BIGQUERY_EMULATOR_HOST",
    "/stripe /adyen /gocardless /mollie": "simulators of payment providers",
    "/bank /sap /mail /vies": "simulators of the bank, books, mail and VAT register",
    "/identity/.well-known/jwks.json": "the public keys of the issuer: BILLING_ISSUER_URL",
    "/identity/token": "POST {email, audience, scopes}: an OIDC identity token",
    "/identity/iap": "POST {email, audience}: an Identity-Aware-Proxy assertion",
    "/admin/health": "what is served (BILLING_EMULATORS_URL + /admin/...)",
    "/admin/clock": "virtual time of tasks and simulators; POST {now} moves it on",
    "/admin/idle, /admin/pending": "whether anything moves or waits, and what",
    "/admin/firestore": "what is served of each RPC; POST /admin/firestore/expire removes what has expired",
    "/admin/faults": "GET lists the faults with their counts, POST adds one, DELETE ends all, or one by ?id=",
}
_EXAMPLES: Final = """
examples, with URL=$BILLING_EMULATORS_URL:
  curl $URL/admin/faults -d '{"kind": "lose_answer", "on": "Commit", "code": "UNAVAILABLE", "times": 1}'
  curl $URL/admin/faults -d '{"kind": "refuse", "on": "Commit", "code": "ABORTED", "probability": 0.3, "seed": 7}'
  curl $URL/admin/faults -d '{"kind": "unavailable", "on": "google.firestore.*", "for_s": 120}'
  curl $URL/admin/faults -d '{"kind": "duplicate", "on": "my-subscription", "copies": 2}'
  curl -X DELETE $URL/admin/faults
  in a test's own process: Emulators(None).faults.add("stall", on="Publish", seconds=5), .listed(), .clear().
"""


def page() -> str:
    """The whole page."""
    return "\n".join(
        [
            _USE,
            "on the gRPC port:\n" + _listed(_GRPC),
            "on the HTTP port:\n" + _listed(_HTTP),
            "faults of RPCs:\n" + _listed(RPC_KINDS),
            "faults of deliveries (Pub/Sub messages and tasks):\n" + _listed(DELIVERY_KINDS),
            "settings of a fault:\n" + _listed(SETTINGS) + _EXAMPLES,
            "RPCs and REST methods (--served says what of each):\n" + "".join(_rpcs()),
            "What a service doesn't serve it refuses by name (gRPC UNIMPLEMENTED, HTTP 501).\n",
        ]
    )


def _listed(told: Mapping[str, str]) -> str:
    width = max(map(len, told))
    lines: list[str] = []
    for name, words in told.items():
        first, *more = wrap(words, _WIDTH - width - 4)
        lines += [f"  {name:<{width}}  {first}", *(f"  {'':<{width}}  {line}" for line in more)]
    return "".join(f"{line}\n" for line in lines)


def _rpcs() -> Iterator[str]:
    for service, rpcs in SERVED.items():
        served = [name for name, does in rpcs.items() if not does.startswith("not served")]
        missing = [name for name in rpcs if name not in served]
        words = f"{len(served)} of {len(rpcs)}; not {', '.join(missing)}" if missing else str(len(served))
        yield f"  {service:<34}{words}\n"
