"""Cuts a document of very many lines into parts of whole pages: each is set on its own, so that memory is bounded."""

from collections.abc import Callable, Iterator
from itertools import accumulate
from typing import Any, Final, NamedTuple

Paper = dict[str, Any]
"""A page's texts as the template wants them; it holds no rule and does no sums."""

AT_ONCE: Final = 400
"""Lines that are set in one go: typst takes some 130 kB for each, and lets go of nothing before it is done."""


class Cut(NamedTuple):
    """Some lines of a document, which fill some of its pages; all of them, where nothing was cut."""

    lines: slice
    pages_before: int = 0


WHOLE: Final = Cut(slice(None))
Placed = Callable[[Paper], list[int]]
"""How many of a paper's lines stand on its first page, on its first two pages, and so on."""


def parts_of(paper: Paper, placed: Placed, at_once: int = AT_ONCE) -> list[Paper]:
    """The papers that a document is set from: pages break where they would if it were set in one go."""
    if len(paper["lines"]) <= at_once:
        return [_part(paper, WHOLE, None)]
    found = list(_cuts(paper, placed, at_once))
    cuts, pages = [cut for cut, _ in found], sum(pages for _, pages in found)
    return [_part(paper, cut, pages) for cut in cuts]


def _cuts(paper: Paper, placed: Placed, at_once: int) -> Iterator[tuple[Cut, int]]:
    """Each part with its pages: of those that so many lines fill, the last one begins the next part."""
    begins, before, lines = 0, 0, len(paper["lines"])
    while begins + at_once < lines:
        *whole, _ = placed(_part(paper, Cut(slice(begins, begins + at_once), before), 0))
        yield Cut(slice(begins, begins + whole[-1]), before), len(whole)
        begins, before = begins + whole[-1], before + len(whole)
    rest = Cut(slice(begins, lines), before)
    yield rest, len(placed(_part(paper, rest, 0)))
