"""Joins the parts that a long document was set in: one tagged PDF, whose structure and headings of columns hold."""

import io
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from typing import Any


def joined(first: bytes, others: Sequence[bytes]) -> bytes:
    """The pages of all parts in one PDF, with the metadata and attachments of the first; the same bytes each time."""
    if not others:
        return first
    import pikepdf

    with ExitStack() as opened:
        whole, *more = [opened.enter_context(pikepdf.Pdf.open(io.BytesIO(part))) for part in (first, *others)]
        for number, part in enumerate(more, 2):
            _append(whole, part, f"V{number:04}.")
        written = io.BytesIO()
        whole.save(written, deterministic_id=True, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        return written.getvalue()


def _append(whole: Any, part: Any, prefix: str) -> None:
    """Appends a part's pages, then what its structure says of them (ISO 32000-1, 14.7)."""
    tree = whole.Root.StructTreeRoot
    before = int(tree.ParentTreeNextKey)
    for page in part.pages:
        page.obj.StructParents = int(page.obj.StructParents) + before
    _rename(part.Root.StructTreeRoot, prefix)
    whole.pages.extend(part.pages)
    theirs = whole.copy_foreign(part.Root.StructTreeRoot)
    _adopt(tree.K[0], theirs.K[0].K)
    keys = list(theirs.ParentTree.Nums)
    for key, marked in zip(keys[::2], keys[1::2], strict=True):
        tree.ParentTree.Nums.extend([int(key) + before, marked])
    tree.ParentTreeNextKey = before + int(theirs.ParentTreeNextKey)
    tree.IDTree.Names.extend(list(theirs.IDTree.Names))


def _adopt(document: Any, children: Any) -> None:
    for child in children:
        child.P = document
        document.K.append(child)


def _rename(tree: Any, prefix: str) -> None:
    """Gives the heads of columns names of their own, which follow on (7.9.6): each part calls them alike, `U1x0y0`."""
    from pikepdf import Array, String

    tree.IDTree.Names = Array(
        String(prefix + str(part)) if place % 2 == 0 else part for place, part in enumerate(tree.IDTree.Names)
    )
    for element in _elements(tree):
        if "/ID" in element:
            element.ID = String(prefix + str(element.ID))
        for attributes in element.get("/A", ()):
            if "/Headers" in attributes:
                attributes.Headers = Array(String(prefix + str(name)) for name in attributes.Headers)


def _elements(element: Any) -> Iterator[Any]:
    """Every element of a structure below another one."""
    from pikepdf import Array, Dictionary

    kids = element.get("/K", ())
    for kid in kids if isinstance(kids, Array) else [kids]:
        if isinstance(kid, Dictionary) and "/S" in kid:
            yield kid
            yield from _elements(kid)
