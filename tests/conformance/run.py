"""The program that judges our emulators by Google's own system tests: `python -m tests.conformance.run`.

It prints, for each suite and each concurrency mode, how many tests passed and why each other one failed, and ends
with 1 where fewer passed than a suite asks for. It needs a package registry once; what it fetched stays in the cache.
"""

import argparse
import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, Final

from emulators.launch import launch
from tests.conformance.jars import google, jar_of
from tests.conformance.sources import locked, python_for, tests_of
from tests.conformance.suites import SUITES, Suite

ROOT: Final = Path(__file__).parent.parent.parent
_LONGEST_REASON: Final = 300
_COUNTED: Final = ("tests", "skipped", "failures", "errors")


@dataclass
class Outcome:
    """What one suite did in one mode; `failed` holds a reason by test."""

    suite: str
    mode: str
    least: int
    of: int
    passed: int = 0
    skipped: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def enough(self) -> bool:
        """Whether as many passed as the suite asks for."""
        return self.passed >= self.least

    @property
    def counts(self) -> str:
        """How many did what."""
        return f"{self.passed} passed, {len(self.failed)} failed, {self.skipped} skipped in {self.seconds:.0f} s"

    def lines(self) -> list[str]:
        """What is told of it."""
        verdict = "enough" if self.enough else "NOT ENOUGH"
        head = f"{self.suite} ({self.mode}): {self.counts}; at least {self.least} of {self.of} wanted: {verdict}"
        return [head, *(f"  {test}: {reason}" for test, reason in self.failed.items())]


def main() -> int:
    """Runs the suites asked for; 1 where one falls short."""
    asked = _arguments()
    suites = {name: SUITES[name] for name in asked.suites or SUITES}
    versions = locked(ROOT / "requirements.lock")
    asked.cache.mkdir(parents=True, exist_ok=True)
    python = python_for(SUITES.values(), versions, asked.cache)
    outcomes = []
    for name, suite in suites.items():
        folder = tests_of(suite, versions, asked.cache)
        for mode in [asked.mode] if asked.mode in suite.modes else suite.modes:
            outcomes.append(outcome := _judged(name, mode, folder, python, asked.against))
            if not asked.json:
                _tell("\n".join(outcome.lines()))
        if asked.jars and not asked.json:
            _compare(name, outcome, folder, python)
    if asked.json:
        _tell(json.dumps([{**vars(each), "enough": each.enough} for each in outcomes], indent=2))
    return 0 if all(outcome.enough for outcome in outcomes) else 1


def _compare(name: str, ours: Outcome, folder: Path, python: Path) -> None:
    """Tells what Google's own emulator does with the same tests, where there is one; nothing depends on it."""
    if jar_of(name) is None:
        _tell(f"{name}: no Cloud SDK with Google's emulator here, or no Java")
        return
    with google(name) as address:
        theirs = _judged(name, "google", folder, python, address)
    _tell(f"{name} (Google's emulator): {theirs.counts}")
    for test in sorted({*ours.failed, *theirs.failed}):
        if test not in ours.failed or test not in theirs.failed:
            side = "Google's" if test in theirs.failed else "ours"
            _tell(f"  only {side} fails {test}: {(theirs if test in theirs.failed else ours).failed[test]}")


def _judged(name: str, mode: str, folder: Path, python: Path, against: str) -> Outcome:
    """One suite in one mode: against emulators started for it, or against another server."""
    suite = SUITES[name]
    outcome = Outcome(name, mode, suite.least, suite.of)
    began = monotonic()
    if against:
        variable = f"{name.upper()}_EMULATOR_HOST"
        _run(suite, folder, python, {variable: against}, outcome)
    else:
        with launch(None, arguments=suite.modes[mode]) as launched:
            _run(suite, folder, python, launched.environment, outcome)
    outcome.seconds = round(monotonic() - began, 1)
    return outcome


def _run(suite: Suite, folder: Path, python: Path, emulators: Mapping[str, str], outcome: Outcome) -> None:
    environment = {**os.environ, **emulators, **(suite.environment or {})}
    environment.pop("PYTHONPATH", None)
    report = folder / f"{outcome.mode}.xml"
    for file in suite.files:  # each in a process of its own, as Google runs them
        report.unlink(missing_ok=True)
        command = _command(python, file, report, suite)
        ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False, text=True)
        if not report.exists():
            outcome.failed[file] = f"did not run: {(ran.stdout + ran.stderr)[-2000:]}"
            continue
        _count(ET.parse(report).getroot(), outcome)  # noqa: S314 - written by the process above


def _command(python: Path, file: str, report: Path, suite: Suite) -> Sequence[str]:
    pytest = (str(python), "-m", "pytest", "-q", "-W", "ignore", "-p", "no:cacheprovider", f"--rootdir={report.parent}")
    return (*pytest, f"--timeout={suite.timeout_s}", f"--junitxml={report}", *suite.arguments, file)


def _count(report: Any, outcome: Outcome) -> None:
    """Adds up as pytest does: a test's subtests count, too."""
    told = {key: sum(int(each.get(key, 0)) for each in report.iter("testsuite")) for key in _COUNTED}
    outcome.skipped += told["skipped"]
    outcome.passed += told["tests"] - told["skipped"] - told["failures"] - told["errors"]
    for case in report.iter("testcase"):
        for fault in (each for each in case if each.tag in {"failure", "error"}):
            test = f"{case.get('classname', '').rpartition('.')[2]}::{case.get('name')}"
            outcome.failed[test] = _reason(fault)


def _reason(fault: Any) -> str:
    """The message of a failure, or the end of its trace where a file can't even be collected."""
    message = " ".join((fault.get("message") or "").split())
    if "collection failure" in message:
        return " ".join((fault.text or "").split())[-_LONGEST_REASON:]
    return message[:_LONGEST_REASON]


def _tell(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance.run", description=__doc__)
    parser.add_argument("suites", nargs="*", help=f"of {', '.join(SUITES)} (default: all)")
    parser.add_argument("--mode", default="", help="one concurrency mode only, of the suites that have it")
    parser.add_argument("--against", default="", help="host:port of another server to judge instead of our own")
    parser.add_argument("--jars", action="store_true", help="also list what Google's own emulators do otherwise")
    parser.add_argument("--json", action="store_true", help="print one JSON list instead")
    parser.add_argument("--cache", type=Path, default=ROOT / ".billing" / "conformance", help="default: %(default)s")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
