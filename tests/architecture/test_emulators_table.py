"""The emulators' table of promises names proofs that are there, and leaves no test of theirs without a promise."""

import re
from pathlib import Path
from typing import Final

from emulators.faults import CODES, DELIVERY_KINDS, RPC_KINDS

ROOT: Final = Path(__file__).parents[2]
TABLE: Final = (ROOT / "emulators" / "README.md").read_text()
TESTS: Final = {file.stem: file.read_text() for file in (ROOT / "tests" / "emulated").glob("test_*.py")}
ROW: Final = re.compile(r"^\| (?!service|---)(.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)
PLATFORM: Final = {"test_first_requests", "test_daily_proof"}
"""What is tested on the emulators, not of them."""


def test_every_promise_names_its_proof_and_each_proof_is_there() -> None:
    rows = ROW.findall(TABLE)
    assert len(rows) > 30
    for _, promise, proofs in rows:
        named = re.findall(r"`(test_\w+)(?:::(test_\w+))?`", proofs)
        assert named, promise
        for file, test in named:
            assert file in TESTS, f"{promise}: {file}"
            assert not test or f"def {test}(" in TESTS[file], f"{promise}: {file}::{test}"


def test_every_file_of_tests_stands_for_a_promise() -> None:
    named = {file for file, _ in re.findall(r"`(test_\w+)(::test_\w+)?`", TABLE)}
    assert sorted(TESTS.keys() - named - PLATFORM) == []


def test_every_kind_of_fault_is_struck_by_some_test() -> None:
    struck = TESTS["test_faults"]
    assert [kind for kind in (*RPC_KINDS, *DELIVERY_KINDS) if f'"{kind}"' not in struck] == []
    assert "CODES" in struck
    assert len(CODES) == 6
