"""Sets a paper with typst: as an accessible PDF/A-3 with its XML inside, or as pictures; the same bytes each time."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, Final

from functions.invoicing.paper.facturx import marked
from functions.invoicing.paper.joining import joined
from functions.invoicing.paper.parts import Paper, parts_of
from functions.invoicing.paper.words import printable

HERE: Final = Path(__file__).parent
MAIN: Final = b'#include "invoice.typ"'
STANDARDS: Final = ("a-3b", "ua-1")
"""ISO 19005-3, and ISO 14289-1: tagged, with a title, a language and alternative texts.

By the latter the first heading is the title. That of a later part is not, so it is held to the former alone.
"""
REMEMBERED: Final = 200
"""Lines set before typst is made to forget them: it keeps the last ten documents, some 90 kB a line."""
FORGETS_AFTER: Final = 10
"""Compilations in which something is not used before typst forgets it."""


class NotRendered(Exception):
    """A document can't be set."""


def pdf(paper: Paper, issued_on: date, xml: bytes) -> bytes:
    """The document as PDF/A-3b with its XML as Factur-X, dated by its day of issue; NotRendered where it can't be."""
    setter = _typesetter()
    first, *others = parts_of(paper, setter.placed)
    made = setter.typeset(first, issued_on, xml, format="pdf", pdf_standards=list(STANDARDS))
    more = [setter.typeset(part, issued_on, b"", format="pdf", pdf_standards=[STANDARDS[0]]) for part in others]
    return joined(marked(made), more)


def pictures(paper: Paper, issued_on: date) -> list[bytes]:
    """The document's pages as PNG."""
    setter = _typesetter()
    made = (setter.typeset(part, issued_on, b"", format="png") for part in parts_of(paper, setter.placed))
    return [page for pages in made for page in (pages if isinstance(pages, list) else [pages])]


class Typesetter:
    """One compiler a process: its fonts are read once. It takes one document at a time."""

    def __init__(self) -> None:
        import typst

        self._turn = Lock()
        self._fonts = typst.Fonts(include_system_fonts=False)
        self._compiler = typst.Compiler(root=HERE, font_paths=self._fonts)
        self._lines = 0

    def typeset(self, paper: Paper, issued_on: date, xml: bytes, **output: Any) -> Any:
        """What typst makes of a part; NotRendered with its reason where it refuses."""
        moment = datetime(issued_on.year, issued_on.month, issued_on.day, tzinfo=UTC)
        with self._busy_with(paper):
            return self._compiler.compile(input=_files(paper, xml), timestamp=moment, **output)

    def placed(self, paper: Paper) -> list[int]:
        """How many lines of a part stand on its first page, on its first two pages, and so on."""
        import typst

        with self._busy_with(paper):
            asked = typst.Compiler(input=_files(paper, b""), root=HERE, font_paths=self._fonts)
            found: list[int] = json.loads(asked.query("<lines>", field="value"))
            return found

    @contextmanager
    def _busy_with(self, paper: Paper) -> Iterator[None]:
        import typst

        try:
            with self._turn:
                self._remember(len(paper["lines"]))
                yield
        except typst.TypstError as fault:
            raise NotRendered(str(fault)) from fault

    def _remember(self, lines: int) -> None:
        """Bounds memory: long documents would stay until ten others were set."""
        self._lines += lines
        if self._lines > REMEMBERED:
            self._lines = lines
            for _ in range(FORGETS_AFTER):
                self._compiler.compile(input=b"", format="pdf")


def _files(paper: Paper, xml: bytes) -> Any:
    """What typst is given: the template is a file that it parses once; what differs lies beside it, in memory alone."""
    told = json.dumps(printable(paper), ensure_ascii=False).encode()
    return {"main.typ": MAIN, "paper.json": told, "factur-x.xml": xml}


@cache
def _typesetter() -> Typesetter:
    return Typesetter()
