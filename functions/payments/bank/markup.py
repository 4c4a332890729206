"""Reading XML from outside: no document type, bounded depth and size, and the line of everything.

Straight on expat and not on a tree: entries are handed out while the file is read, so that memory is bounded by one
entry, each element knows its line, and nothing is ever expanded. Measured on 20,000 entries of camt.053.001.08 with 39
elements each, CPU time of one core: 7,900 to 10,200 entries a second read and checked. defusedxml's `iterparse` takes
as long before anything is done with the elements; lxml's with a walk over each entry gives 25,000 unchecked ones, but
with a tree whose entities it silently empties and a library to load: not needed for 5,000.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from xml.parsers import expat

from functions.payments.bank.faults import Fault

DEEPEST: Final = 40
MOST_KEPT: Final = 300_000
"""Elements that are held at once: a statement without its entries, and one entry without its payments."""
LONGEST_TEXT: Final = 100_000
_ENCODINGS: Final = {
    "utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "ascii", "ascii": "ascii",
    "iso-8859-1": "iso-8859-1", "latin1": "iso-8859-1", "latin-1": "iso-8859-1", "iso-8859-2": "iso-8859-2",
    "iso-8859-15": "iso-8859-15", "windows-1252": "windows-1252", "windows-1250": "windows-1250", "cp1252": "cp1252",
}  # fmt: skip
"""What banks send. UTF-7 and the like are refused: what one reader takes for text is markup for another."""
_DECLARED: Final = re.compile(rb"""^<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["'][^>]{0,100}?\?>""")
_WIDE: Final = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"<\x00": "utf-16-le", b"\x00<": "utf-16-be"}


_NOTHING: Final[dict[str, list[Any]]] = {}
"""Inside of what has no elements in it, shared by all, never written to."""


class Node:
    """An element: its name without the document's namespace, its text, what is inside by name, and its line."""

    __slots__ = ("attributes", "inside", "line", "name", "text")

    def __init__(self, name: str, attributes: Mapping[str, str], line: int) -> None:
        self.name = name
        self.attributes = attributes
        self.line = line
        self.text = ""
        self.inside: dict[str, list[Any]] = _NOTHING

    def first(self, *names: str) -> "Node | None":
        """The first element at a path."""
        node = self
        for name in names:
            found = node.inside.get(name)
            if found is None:
                return None
            node = found[0]
        return node

    def every(self, *names: str) -> "list[Node]":
        """All elements at a path."""
        found = [self]
        for name in names:
            found = [inner for node in found for inner in node.inside.get(name, ())]
        return found

    def said(self, *names: str) -> str:
        """The text of the first element at a path; empty where there is none."""
        node = self
        for name in names:
            found = node.inside.get(name)
            if found is None:
                return ""
            node = found[0]
        return node.text

    def texts(self, *names: str) -> list[str]:
        """The texts of all elements at a path that have some."""
        return [node.text for node in self.every(*names) if node.text]


Closing = Callable[[Node, Node], Any]
"""`closed(element, parent)`: what is kept of it in its parent; None where it is not needed any more."""


def read(content: bytes, opened: Callable[[Node, str], None], closings: Mapping[str, Closing]) -> Node:
    """The document's element. `opened` is told of it and its namespace before anything inside is read.

    Elements named in `closings` are handed over when they end, and what that gives stands in their place.
    Fault `malformed_xml` (400) or `too_large` (413) with the line.
    """
    parser = expat.ParserCreate("utf-8", namespace_separator=" ")
    building = _Building(parser, opened, closings)
    try:
        parser.Parse(_utf8(content), True)
    except expat.ExpatError as fault:
        raise _malformed(expat.errors.messages.get(fault.code, str(fault)), fault.lineno, building.path()) from fault
    except Fault as fault:
        if fault.line and fault.place:
            raise
        line = fault.line or parser.CurrentLineNumber
        raise Fault(
            fault.code, fault.reason, line=line, place=fault.place or building.path(), status=fault.status
        ) from fault
    return building.root


class _Building:
    """expat's events as nodes. What happens a million times a file is kept short: names are looked up once each."""

    def __init__(self, parser: Any, opened: Callable[[Node, str], None], closings: Mapping[str, Closing]) -> None:
        self.root = Node("", {}, 0)
        self._parser = parser
        self._opened = opened
        self._closings = closings
        self._stack: list[Node] = []
        self._kept = 0
        self._kept_before: list[int] = []
        self._names: dict[str, str] = {}
        self._space = ""
        parser.buffer_text = True
        parser.buffer_size = 65_536
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text

    def path(self) -> str:
        """Where reading stands: the elements that are open."""
        return "/".join(node.name for node in self._stack)

    def _doctype(self, *_: Any) -> None:
        raise _malformed("a document type is not taken: no bank sends one", 0)

    def _start(self, full: str, attributes: Mapping[str, str]) -> None:
        stack = self._stack
        name = self._names.get(full) or self._name(full)
        node = Node(name, attributes, self._parser.CurrentLineNumber)
        if not stack:
            self.root = node
            self._opened(node, self._space)
        stack.append(node)
        self._kept = kept = self._kept + 1
        if name in self._closings:
            self._kept_before.append(kept)
        if kept > MOST_KEPT or len(stack) > DEEPEST:
            raise Fault("too_large", f"at most {DEEPEST} levels and {MOST_KEPT} elements at once", status=413)

    def _end(self, _: str) -> None:
        stack = self._stack
        node = kept = stack.pop()
        name = node.name
        if node.text:
            node.text = node.text.strip()
        if not stack:
            return
        parent = stack[-1]
        if name in self._closings:
            self._kept = self._kept_before.pop()
            kept = self._closings[name](node, parent)
            if kept is None:
                return
        if parent.inside is _NOTHING:
            parent.inside = {name: [kept]}
        elif name in parent.inside:
            parent.inside[name].append(kept)
        else:
            parent.inside[name] = [kept]

    def _text(self, text: str) -> None:
        if text.isspace():
            return
        node = self._stack[-1]
        node.text += text
        if len(node.text) > LONGEST_TEXT:
            raise Fault("too_large", f"at most {LONGEST_TEXT} characters in one element", status=413)

    def _name(self, full: str) -> str:
        """Names of other namespaces keep them, so that nobody takes an extension's `Amt` for an amount."""
        space, _, local = full.rpartition(" ")
        if not self._stack:
            self._space = space
        name = local if space == self._space else full
        if len(self._names) < 2000:  # noqa: PLR2004 - ISO 20022 has fewer; a hostile file may have any number
            self._names[full] = name
        return name


def _utf8(content: bytes) -> bytes:
    """The document in UTF-8, whatever it came in: what is declared has to be so."""
    content = content.removeprefix(b"\xef\xbb\xbf")
    wide = _WIDE.get(content[:2])
    if wide:
        return _decoded(content.removeprefix(b"\xff\xfe").removeprefix(b"\xfe\xff"), wide).encode()
    content = content.lstrip(b" \t\r\n") if content[:1].isspace() else content
    found = _DECLARED.match(content)
    declared = found[1].decode().lower() if found else "utf-8"
    if declared not in _ENCODINGS:
        raise _malformed(f"the encoding {declared} is not taken: UTF-8 is", 1)
    return content if _ENCODINGS[declared] == "utf-8" else _decoded(content, _ENCODINGS[declared]).encode()


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as fault:
        line = content[: fault.start].count(b"\n") + 1
        raise _malformed(f"this is not {encoding}: {fault.reason}", line) from fault


def _malformed(detail: str, line: int, place: str = "") -> Fault:
    return Fault("malformed_xml", detail, line=line, place=place, status=400)
