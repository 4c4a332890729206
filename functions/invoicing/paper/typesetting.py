"""Sets a paper with typst: as an accessible PDF/A-3 with its XML inside, or as pictures; the same bytes each time."""

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from functions.invoicing.paper.facturx import marked
from functions.invoicing.paper.words import printable

TEMPLATE: Final = Path(__file__).with_name("invoice.typ")
MAIN: Final = f'#include "{TEMPLATE.name}"'.encode()
"""The template is a file that typst parses once; what differs between documents lies beside it, in memory alone."""
STANDARDS: Final = ("a-3b", "ua-1")
"""ISO 19005-3, and ISO 14289-1: tagged, with a title, a language and alternative texts."""
REMEMBERED: Final = 400
"""Lines set before typst is made to forget them: it keeps the last ten documents, some 90 kB a line."""
FORGETS_AFTER: Final = 10
"""Compilations in which something is not used before typst forgets it."""

Paper = dict[str, Any]
"""A page's texts as the template wants them; it holds no rule and does no sums."""


class NotRendered(Exception):
    """A document can't be set."""


def pdf(paper: Paper, issued_on: date, xml: bytes) -> bytes:
    """The document as PDF/A-3b with its XML as Factur-X, dated by its day of issue; NotRendered where it can't be."""
    made: bytes = _typesetter().typeset(paper, issued_on, xml, format="pdf", pdf_standards=list(STANDARDS))
    return marked(made)


def pictures(paper: Paper, issued_on: date) -> list[bytes]:
    """The document's pages as PNG."""
    made = _typesetter().typeset(paper, issued_on, b"", format="png")
    return made if isinstance(made, list) else [made]


class Typesetter:
    """One compiler a process: its fonts are read once. It takes one document at a time."""

    def __init__(self) -> None:
        import typst

        self._turn = Lock()
        self._compiler = typst.Compiler(root=TEMPLATE.parent, ignore_system_fonts=True)
        self._lines = 0

    def typeset(self, paper: Paper, issued_on: date, xml: bytes, **output: Any) -> Any:
        """What typst makes of a paper; NotRendered with its reason where it refuses."""
        import typst

        moment = datetime(issued_on.year, issued_on.month, issued_on.day, tzinfo=UTC)
        told = json.dumps(printable(paper), ensure_ascii=False).encode()
        files = {"main.typ": MAIN, "paper.json": told, "factur-x.xml": xml}
        try:
            with self._turn:
                self._remember(len(paper["lines"]))
                return self._compiler.compile(input=files, timestamp=moment, **output)
        except typst.TypstError as fault:
            raise NotRendered(str(fault)) from fault

    def _remember(self, lines: int) -> None:
        """Bounds memory: long documents would stay until ten others were set."""
        self._lines += lines
        if self._lines > REMEMBERED:
            self._lines = lines
            for _ in range(FORGETS_AFTER):
                self._compiler.compile(input=b"", format="pdf")


@cache
def _typesetter() -> Typesetter:
    return Typesetter()
