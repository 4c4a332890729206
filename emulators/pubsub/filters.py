"""Subscription filters: decide from a message's attributes whether a subscription wants it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from emulators.wire import invalid, not_served

Attributes = Mapping[str, str]
Filter = Callable[[Attributes], bool]

_TOKEN = re.compile(r'\s*(?:(?P<text>"(?:[^"\\]|\\.)*")|(?P<word>[A-Za-z_][\w-]*)|(?P<sign>!=|[=.:(),-]))')
_MAX_BYTES = 256


def parse(source: str) -> Filter:
    """The filter's meaning; an empty one wants everything.

    Served: `attributes:key`, `attributes.key = "v"`, `!=`, `hasPrefix(attributes.key, "v")`, NOT (or -),
    AND, OR and brackets. Anything else is INVALID_ARGUMENT.
    """
    if not source.strip():
        return lambda _attributes: True
    if len(source.encode()) > _MAX_BYTES:
        raise invalid(f"The filter is longer than {_MAX_BYTES} bytes.")
    parser = _Parser(source, _tokens(source))
    meaning = parser.expression()
    parser.end()
    return meaning


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str


def _tokens(source: str) -> list[_Token]:
    tokens, position = [], 0
    source = source.rstrip()
    while position < len(source):
        found = _TOKEN.match(source, position)
        if found is None or found.lastgroup is None:
            raise invalid(f"The filter {source!r} is broken at character {position}.")
        tokens.append(_Token(found.lastgroup, found[found.lastgroup]))
        position = found.end()
    return tokens


class _Parser:
    def __init__(self, source: str, tokens: list[_Token]) -> None:
        self._source = source
        self._tokens = tokens
        self._at = 0

    def expression(self) -> Filter:
        """One side of brackets: terms joined by AND, or by OR, but never by both."""
        terms = [self._term()]
        joint = self._peek().text
        if joint not in {"AND", "OR"}:
            return terms[0]
        while self._accept(joint):
            terms.append(self._term())
        if self._peek().text in {"AND", "OR"}:
            raise self._broken("AND and OR need brackets between them")
        combine = all if joint == "AND" else any
        return lambda attributes: combine(term(attributes) for term in terms)

    def end(self) -> None:
        if self._at < len(self._tokens):
            raise self._broken(f"nothing is expected at {self._peek().text!r}")

    def _term(self) -> Filter:
        if self._accept("NOT") or self._accept("-"):
            inner = self._term()
            return lambda attributes: not inner(attributes)
        if self._accept("("):
            bracketed = self.expression()
            self._expect(")")
            return bracketed
        if self._accept("hasPrefix"):
            return self._prefix()
        return self._comparison()

    def _prefix(self) -> Filter:
        self._expect("(")
        self._expect("attributes")
        self._expect(".")
        key = self._key()
        self._expect(",")
        start = self._text()
        self._expect(")")
        return lambda attributes: attributes.get(key, "").startswith(start) and key in attributes

    def _comparison(self) -> Filter:
        self._expect("attributes")
        if self._accept(":"):
            present = self._key()
            return lambda attributes: present in attributes
        self._expect(".")
        key = self._key()
        if self._accept("="):
            wanted = self._text()
            return lambda attributes: attributes.get(key) == wanted
        self._expect("!=")
        unwanted = self._text()
        return lambda attributes: attributes.get(key) != unwanted

    def _key(self) -> str:
        token = self._next()
        if token.kind == "text":
            return _unquoted(token.text)
        if token.kind != "word":
            raise self._broken(f"an attribute's name is expected, not {token.text!r}")
        return token.text

    def _text(self) -> str:
        token = self._next()
        if token.kind != "text":
            raise self._broken(f"a value in double quotes is expected, not {token.text!r}")
        return _unquoted(token.text)

    def _peek(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "")

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _accept(self, text: str) -> bool:
        token = self._peek()
        found = token.kind != "text" and token.text == text
        self._at += found
        return found

    def _expect(self, text: str) -> None:
        if not self._accept(text):
            raise self._broken(f"{text!r} is expected, not {self._peek().text!r}")

    def _broken(self, why: str) -> Exception:
        return invalid(f"The filter {self._source!r} is broken: {why}.")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1])


def refuse_unserved(subscription: object) -> None:
    """UNIMPLEMENTED, by name, for what a subscription may ask of Pub/Sub but not of the emulator."""
    present = {field.name for field, _ in subscription.ListFields()}  # type: ignore[attr-defined]
    for name in sorted(present & _UNSERVED):
        raise not_served(f"subscriptions with {name}")


_UNSERVED = {
    "bigtable_config",
    "cloud_storage_config",
    "message_transforms",
}
