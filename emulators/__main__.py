"""The program `python -m emulators`: serves everything until it is told to end."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

_ENDINGS = {signal.SIGTERM, signal.SIGINT}


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


class _Help(argparse.Action):
    """Prints the page of help; what it is made from is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from emulators.help import page

        parser.epilog = page()
        sys.stdout.write(parser.format_help())
        parser.exit()


class _Served(argparse.Action):
    """Prints the table of what is served; what it is made from is imported only then."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        from emulators.served import table

        sys.stdout.write(table())
        parser.exit()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m emulators",
        description="Serves what stands in for Google Cloud and the world, on 127.0.0.1.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        add_help=False,
    )
    parser.add_argument("-h", "--help", action=_Help, nargs=0, help="print this page, and end")
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
