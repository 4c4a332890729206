"""Named rules over a UBL document, from the published texts of rule sets that no package brings."""

import re
from collections.abc import Callable, Iterable
from typing import Any, Final, NamedTuple

from lxml import etree

from tests.unit.invoicing.einvoice.read import NAMES

Holds = Callable[[Any], bool]
IBAN: Final = re.compile("[A-Z]{2}[0-9]{2}[a-zA-Z0-9]{0,30}")
TRANSFERS: Final = "cac:PaymentMeans[cbc:PaymentMeansCode='30' or cbc:PaymentMeansCode='58']"
CARDS: Final = "cac:PaymentMeans[cbc:PaymentMeansCode='48' or cbc:PaymentMeansCode='54' or cbc:PaymentMeansCode='55']"
DEBITS: Final = "cac:PaymentMeans[cbc:PaymentMeansCode='59']"
SELLER: Final = "cac:AccountingSupplierParty/cac:Party"
BUYER: Final = "cac:AccountingCustomerParty/cac:Party"


class Rule(NamedTuple):
    """A rule by its published name, and whether a document keeps it."""

    name: str
    holds: Holds


def broken(written: bytes, rules: Iterable[Rule]) -> list[str]:
    """The names of the rules a document breaks."""
    root = etree.fromstring(written)
    return [rule.name for rule in rules if not rule.holds(root)]


def found(node: Any, path: str) -> list[Any]:
    """What is at a path."""
    there: list[Any] = node.xpath(path, namespaces=NAMES)
    return there


def said(path: str) -> Holds:
    """A text is there, and not an empty one."""
    return lambda root: any((one.text or "").strip() for one in found(root, path))


def never(path: str) -> Holds:
    """Nothing is at a path."""
    return lambda root: not found(root, path)


def each(path: str, holds: Callable[[Any], bool]) -> Holds:
    """Everything at a path is right."""
    return lambda root: all(holds(one) for one in found(root, path))


def like(path: str, pattern: str) -> Holds:
    """Every text at a path is like a pattern."""
    return each(path, lambda one: re.fullmatch(pattern, (one.text or "").strip()) is not None)


def is_iban(node: Any) -> bool:
    """Whether an element holds an IBAN whose check digits are right (ISO 13616)."""
    number = re.sub(r"\s", "", node.text or "")
    turned = "".join(str(int(character, 36)) for character in number[4:] + number[:4])
    return IBAN.fullmatch(number) is not None and int(turned) % 97 == 1
