"""The journal entry of a part of a batch, as every format tells it: items that add up to nothing."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, Literal

from common.values import Value
from functions.accounting.model.batches import SapBatch, SummaryLine
from functions.accounting.model.journals import seller
from functions.accounting.model.parts import Exchange, Part
from functions.accounting.sap.rules import Rules, rules_of

BALANCING: Final = "Balances the parts of one summary"


class Item(Value):
    """One item; debits are positive, credits negative, in minor units of the entry's currency."""

    kind: Literal["gl", "debtor", "tax"]
    account: str
    amount_minor: int
    debit: bool
    """A tax item over nothing has a side, too: its base's."""
    text: str
    debtor: str = ""
    tax_code: str = ""
    tax_group: int = 0
    """Joins a tax item with the items of its base; 0 where no tax is told."""
    country: str = ""
    base_minor: int = 0


class JournalEntry(Value):
    """What one SAP document says."""

    message_id: str
    document_type: str
    company_code: str
    entity: str
    currency: str
    posted_on: date
    reference: str
    header_text: str
    batch_id: str
    created_by: str
    items: tuple[Item, ...]


class Side(Value):
    """One side of a summary line."""

    line: SummaryLine
    amount_minor: int


def entry_of(batch: SapBatch, part: Part, *, reversal: bool = False) -> JournalEntry:
    """A part's journal entry, or the one that counters it: the same items on the other side."""
    exchange: Exchange | None = part.reversal if reversal else part.posting
    if exchange is None:
        raise ValueError(f"part {part.number} of {batch.id} is not being reversed")
    rules = rules_of(batch.entity)
    items = _items(batch.lines[part.first : part.last], rules)
    day = batch.posted_on
    return JournalEntry(
        message_id=exchange.message_id,
        document_type=part.document_type,
        company_code=seller(batch.entity).company_code,
        entity=batch.entity,
        currency=batch.currency,
        posted_on=day,
        reference=f"{day:%y%m%d}{batch.entity}{batch.currency}/{part.number}",
        header_text=f"Reverses {part.posting.document}" if reversal else _header_text(batch, part),
        batch_id=batch.id,
        created_by=rules.created_by,
        items=tuple(_mirrored(item) for item in items) if reversal else items,
    )


def _header_text(batch: SapBatch, part: Part) -> str:
    """The day, which batch of that day where it supplements another, and the part: at most 25 characters."""
    supplement = f" +{batch.number}" if batch.number else ""
    return f"Billing {batch.posted_on.isoformat()}{supplement}/{part.number}"


def _items(lines: Sequence[SummaryLine], rules: Rules) -> tuple[Item, ...]:
    sides = list(_sides(lines))
    groups = _groups(sides)
    items = [_item(side, groups, rules) for side in sides if not _is_tax(side, rules)]
    items += _tax_items(sides, groups, rules)
    if difference := sum(item.amount_minor for item in items):
        items.append(
            Item(kind="gl", account=rules.splitting, amount_minor=-difference, debit=difference < 0, text=BALANCING)
        )
    order = ("gl", "debtor", "tax")
    return tuple(sorted(items, key=lambda item: order.index(item.kind)))


def _sides(lines: Sequence[SummaryLine]) -> Iterator[Side]:
    for line in lines:
        for amount in (line.debit_minor, -line.credit_minor):
            if amount:
                yield Side(line=line, amount_minor=amount)


def _is_tax(side: Side, rules: Rules) -> bool:
    return bool(side.line.tax_code) and side.line.account in rules.tax


Group = tuple[str, str, bool]
"""A tax code, a country, and the side."""


def _group(side: Side) -> Group:
    return (side.line.tax_code, side.line.country, side.amount_minor > 0)


def _groups(sides: Sequence[Side]) -> dict[Group, int]:
    """A number for each side of each tax code and country, from 1."""
    taxed = dict.fromkeys(_group(side) for side in sides if side.line.tax_code)
    return {group: number for number, group in enumerate(taxed, start=1)}


def _item(side: Side, groups: dict[Group, int], rules: Rules) -> Item:
    line = side.line
    return Item(
        kind="debtor" if line.debtor and line.account in rules.receivables else "gl",
        account=line.account,
        debtor=line.debtor,
        amount_minor=side.amount_minor,
        debit=side.amount_minor > 0,
        text=" ".join(filter(None, (line.document_type, line.account, line.tax_code, line.country))),
        tax_code=line.tax_code,
        tax_group=groups.get(_group(side), 0),
        country=line.country,
    )


def _tax_items(sides: Sequence[Side], groups: dict[Group, int], rules: Rules) -> Iterator[Item]:
    """One for each tax code, country, side and tax account, with its base; over nothing where no tax is owed."""
    bases: dict[Group, int] = defaultdict(int)
    owed: dict[Group, list[Side]] = defaultdict(list)
    for side in sides:
        if _is_tax(side, rules):
            owed[_group(side)].append(side)
        elif side.line.tax_code:
            bases[_group(side)] += side.amount_minor
    for group, number in groups.items():
        code, country, debit = group
        told: list[Side | None] = [*owed[group]] or [None]
        for place, vat in enumerate(told):
            account = vat.line.account if vat else ""
            yield Item(
                kind="tax",
                account=account,
                amount_minor=vat.amount_minor if vat else 0,
                debit=debit,
                text=" ".join(filter(None, (account, code, country))),
                tax_code=code,
                tax_group=number,
                country=country,
                base_minor=bases[group] if place == 0 else 0,
            )


def _mirrored(item: Item) -> Item:
    changes = {"amount_minor": -item.amount_minor, "base_minor": -item.base_minor, "debit": not item.debit}
    return item.model_copy(update=changes)
