"""Cuts a document of very many lines into parts of whole pages: each is set on its own, so that memory is bounded."""

from collections.abc import Callable, Iterator
from typing import Any, Final

Paper = dict[str, Any]
"""A page's texts as the template wants them; it holds no rule and does no sums."""
Placed = Callable[[Paper], list[int]]
"""How many of a paper's lines stand on its first page, on its first two pages, and so on."""

AT_ONCE: Final = 200
"""Lines that are set in one go: typst takes some 110 kB for each, and lets go of nothing before it is done."""


def parts_of(paper: Paper, placed: Placed, at_once: int = AT_ONCE) -> list[Paper]:
    """What a document is set from: its pages break where they would if it were set in one go.

    `at_once` is more than any page holds.
    """
    if len(paper["lines"]) <= at_once:
        return [_part(paper, 0, len(paper["lines"]))]
    cuts = list(_cuts(paper, placed, at_once))
    pages = cuts[-1][-1]
    return [_part(paper, begins, ends, before, pages) for begins, ends, before, _ in cuts]


def _cuts(paper: Paper, placed: Placed, at_once: int) -> Iterator[tuple[int, int, int, int]]:
    """Where each part begins and ends among the lines, and among the pages.

    Of the pages that so many lines fill, the last one is not full yet: it begins the next part.
    """
    begins, before, lines = 0, 0, len(paper["lines"])
    while begins < lines:
        ends = min(begins + at_once, lines)
        filled = placed(_part(paper, begins, ends, before))
        if ends < lines:
            filled = filled[:-1]
            ends = begins + filled[-1]
        yield begins, ends, before, before + len(filled)
        begins, before = ends, before + len(filled)


def _part(paper: Paper, begins: int, ends: int, before: int = 0, pages: int | None = None) -> Paper:
    """A part with these lines after so many pages; `pages`: of the whole, where that is known and not this part."""
    lines = paper["lines"]
    part = {
        "first": begins == 0,
        "last": ends == len(lines),
        "pages_before": before,
        "pages": pages,
        "carried": lines[begins - 1]["sum"] if begins else "",
    }
    return paper | {"lines": lines[begins:ends], "part": part}
