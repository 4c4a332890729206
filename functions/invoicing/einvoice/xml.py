"""Writes XML from the leaves up; an element without content does not exist, so none is ever empty."""

import re
from typing import Final, NewType

Xml = NewType("Xml", str)
"""Text that is XML already: only `leaf` makes it from other text, and escapes that."""
NOTHING: Final = Xml("")
SEVERAL: Final = 1_024
"""Elements that many lines have in common are written once: so many of a kind are kept."""

STRANGE: Final = re.compile(
    "[^\t\n\r -~\u0085\u00a0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufdcf\ufdf0-\ufffd\U00010000-\U0010fffd]"
)
"""What XML 1.0 forbids or discourages (controls, surrogates, non-characters), and what turns a text's direction."""
INSTEAD: Final = "\ufffd"
"""What stands in its place, so that nobody overlooks it."""
_PLAIN: Final = bytes([*b"\t\n\r", *range(0x20, 0x7F)])
_ESCAPES: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))
"""The ampersand first, as the others bring one."""


def clean(text: str) -> str:
    """A text on one line that every XML parser takes; what XML has no place for is replaced, visibly."""
    return " ".join(STRANGE.sub(INSTEAD, text).split())


def leaf(tag: str, text: str, **attributes: str) -> Xml:
    """An element with a text; nothing where there is none."""
    if not text:
        return NOTHING
    if not attributes:
        return Xml(f"<{tag}>{_escaped(text)}</{tag}>\n")
    said = "".join(f' {name}="{_escaped(value)}"' for name, value in attributes.items())
    return Xml(f"<{tag}{said}>{_escaped(text)}</{tag}>\n")


def group(tag: str, *children: Xml) -> Xml:
    """An element of elements; nothing where none of them exists."""
    inner = "".join(children)
    return Xml(f"<{tag}>\n{inner}</{tag}>\n") if inner else NOTHING


def document(tag: str, namespaces: dict[str, str], *children: Xml) -> bytes:
    """A whole document in UTF-8; ValueError where a text in it was not cleaned."""
    declared = "".join(
        f' xmlns:{prefix}="{uri}"' if prefix else f' xmlns="{uri}"' for prefix, uri in namespaces.items()
    )
    inner = "".join(children)
    written = f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag}{declared}>\n{inner}</{tag}>\n'.encode()
    if strange := STRANGE.search(written.translate(None, _PLAIN).decode()):
        raise ValueError(f"{strange[0]!a} has no place in XML")
    return written


def percent(rate: int | None) -> str:
    """A rate in basis points as a percentage with two decimals; empty where there is none."""
    return "" if rate is None else f"{rate // 100}.{rate % 100:02d}"


def _escaped(text: str) -> str:
    for letter, escape in _ESCAPES:
        if letter in text:
            text = text.replace(letter, escape)
    return text
