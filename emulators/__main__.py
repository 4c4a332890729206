"""The program `python -m emulators`: serves everything until it is told to end."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

_ENDINGS = {signal.SIGTERM, signal.SIGINT}
_SERVED = """\
on the gRPC port:
  google.firestore.v1.Firestore         FIRESTORE_EMULATOR_HOST
  google.pubsub.v1.Publisher/Subscriber PUBSUB_EMULATOR_HOST
  google.cloud.tasks.v2.CloudTasks      CLOUD_TASKS_EMULATOR_HOST
on the HTTP port:
  /storage/v1, /upload, /download       Cloud Storage   STORAGE_EMULATOR_HOST
  /bigquery/v2                          BigQuery        BIGQUERY_EMULATOR_HOST
  /stripe /bank /sap /mail              simulators of the payment provider, bank, books and mail
  /identity/.well-known/jwks.json       the public keys of the issuer            BILLING_ISSUER_URL
  /identity/token                       POST {email, audience, scopes}: an OIDC identity token
  /identity/iap                         POST {email, audience}: an Identity-Aware-Proxy assertion
  /admin/health                         what is served
  /admin/clock                          virtual time; POST {now} moves it on
  /admin/idle, /admin/pending           whether anything moves or waits, and what
  /admin/firestore                      what is served of each RPC
  /admin/firestore/expire               POST: removes the documents that have expired

What a service doesn't serve it refuses by name (gRPC UNIMPLEMENTED, HTTP 501); --served lists each RPC.
When ready, one line of JSON on standard output holds the environment variables for the clients.
"""


def main() -> int:
    """Runs until SIGTERM or SIGINT, or until standard input ends if asked to."""
    asked = _arguments()
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDINGS)
    from emulators.process import Emulators, InUse

    try:
        emulators = Emulators(
            asked.data, asked.grpc_port, asked.http_port, concurrency=asked.concurrency, indexes=asked.indexes
        )
        emulators.start()
    except (InUse, OSError, RuntimeError, ValueError) as fault:
        print(f"emulators: {fault}", file=sys.stderr)  # noqa: T201 - a program says why it ends
        return 1
    print(json.dumps(emulators.environment()), flush=True)  # noqa: T201 - this is what it promises
    if asked.until_stdin_ends:
        threading.Thread(target=_watch_stdin, daemon=True).start()
    signal.sigwait(_ENDINGS)
    emulators.close()
    return 0


class _Served(argparse.Action):
    """Prints the table of what is served; what it is made from is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from emulators.served import table

        parser.exit(message=table())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m emulators",
        description="Serves what stands in for Google Cloud and the world, on 127.0.0.1.",
        epilog=_SERVED,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--data", type=Path, help="directory of the state (default: memory only)")
    parser.add_argument("--grpc-port", type=int, default=0, help="default: a free one")
    parser.add_argument("--http-port", type=int, default=0, help="default: a free one")
    parser.add_argument(
        "--concurrency",
        choices=("pessimistic", "optimistic"),
        default="pessimistic",
        help="of Firestore's transactions that don't ask for one (default: %(default)s, as the Standard edition)",
    )
    parser.add_argument(
        "--indexes",
        type=Path,
        help="a firestore.indexes.json: queries that lack an index are refused, documents expire",
    )
    parser.add_argument("--served", action=_Served, nargs=0, help="print what is served of each service, and end")
    parser.add_argument(
        "--until-stdin-ends", action="store_true", help="end when standard input does, as with its parent"
    )
    return parser.parse_args()


def _watch_stdin() -> None:
    while sys.stdin.buffer.read(1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
