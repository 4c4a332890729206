"""The program `python -m emulators.bigquery`: BigQuery alone, until its standard input ends.

It prints one line of JSON, its port. The emulators run it where and when they need it.
"""

import argparse
import fcntl
import json
import signal
import sys
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

from emulators.bigquery.emulator import BigQueryEmulator
from emulators.http import HttpServer

THREADS = 8
_PATIENCE_S = 15.0
_LOOK_S = 0.02


def main() -> int:
    """Serves until standard input ends; 1 where another process keeps the directory for too long."""
    parser = argparse.ArgumentParser(prog="python -m emulators.bigquery", description=__doc__)
    parser.add_argument("--data", type=Path, help="directory of the state (default: memory only)")
    data = parser.parse_args().data
    signal.pthread_sigmask(signal.SIG_SETMASK, ())  # whoever began it may have blocked some
    with ExitStack() as opened:
        if not _alone(data, opened):
            print(f"bigquery: another process works on {data}", file=sys.stderr)  # noqa: T201 - why it ends
            return 1
        emulator = BigQueryEmulator(data)
        opened.callback(emulator.close)
        server = HttpServer(emulator.wsgi, 0, threads=THREADS)
        opened.callback(server.close)
        server.start()
        print(json.dumps({"port": server.port}), flush=True)  # noqa: T201 - this is what it promises
        while sys.stdin.buffer.read(1):
            pass
    return 0


def _alone(data: Path | None, opened: ExitStack) -> bool:
    """Holds the directory. One whose parent was killed may still be ending: that one is waited for."""
    if data is None:
        return True
    data.mkdir(parents=True, exist_ok=True)
    lock = opened.enter_context((data / "lock").open("wb"))
    until = monotonic() + _PATIENCE_S
    while monotonic() < until:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            sleep(_LOOK_S)
        else:
            return True
    return False


if __name__ == "__main__":
    sys.exit(main())
