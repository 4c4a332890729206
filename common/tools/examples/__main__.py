"""Writes the examples anew: `python -m common.tools.examples`."""

import sys

from common.tools.examples import FILE
from common.tools.examples.story import written

if __name__ == "__main__":
    FILE.write_text(written(), "utf-8")
    sys.stderr.write(f"wrote {FILE.name}\n")
