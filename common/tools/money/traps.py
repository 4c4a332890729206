"""Payments that lead astray: each is plausible for the wrong invoice, and most must not be decided without a person."""

from typing import TYPE_CHECKING

from common.tools.money.people import account
from common.tools.money.world import Member, Truth
from functions.matching.evidence.money import Invoice

if TYPE_CHECKING:
    from common.tools.money.payments import Payers


def trap(payers: "Payers", member: Member) -> bool:
    """One payment with a trap, if the member has what it needs."""
    kinds = (
        _tie,
        _shared_digits,
        _old_reference,
        _household,
        _other_members_name,
        _one_account,
        _others_sum,
        _noise,
        _wrong_valid,
    )
    return payers.chance.choice(kinds)(payers, member)


def _other(payers: "Payers", member: Member) -> Member:
    while (other := payers.chance.choice(payers.made.members)) is member:
        pass
    return other


def _row(member: Member) -> Invoice:
    return member.invoices[0]


def _tie(payers: "Payers", member: Member) -> bool:
    """Two items of the same amount, nothing to tell them apart."""
    cents = [row.open_cents for row in member.invoices]
    same = [row for row in member.invoices if cents.count(row.open_cents) > 1]
    if not same:
        return False
    row = payers.chance.choice(same)
    payers.add(
        member.name, member.iban, row.open_cents, "", "", Truth({row.invoice: row.open_cents}, "trap tie", False)
    )
    return True


def _shared_digits(payers: "Payers", member: Member) -> bool:
    """The text has digits of somebody else's number: a customer number, a phone, a date, an order."""
    row, other = _row(member), _row(_other(payers, member))
    digits = "".join(c for c in other.number if c.isdigit())[-5:]
    text = payers.chance.choice([f"Order {digits}", f"Tel. 040 {digits}", f"Kundennr {digits}", f"{digits} Berlin"])
    payers.add(
        member.name, member.iban, row.open_cents, text, "", Truth({row.invoice: row.open_cents}, "trap digits", False)
    )
    return True


def _old_reference(payers: "Payers", member: Member) -> bool:
    """The reference of an item that is open too, but the amount of another: nobody can be sure."""
    if len(member.invoices) < 2 or member.invoices[0].open_cents == member.invoices[1].open_cents:  # noqa: PLR2004
        return False
    old, row = member.invoices[:2]
    truth = Truth({row.invoice: row.open_cents}, "trap old reference", False)
    payers.add(member.name, member.iban, row.open_cents, f"Rechnung {old.number}", "", truth)
    return True


def _household(payers: "Payers", member: Member) -> bool:
    """A spouse pays for somebody else with the member's surname and amount; the member owes as much by chance."""
    row = _row(member)
    payers.add(
        f"Xaver {member.last}",
        account(payers.chance, member.country),
        row.open_cents,
        "",
        "",
        Truth({}, "trap household", False),
    )
    return True


def _other_members_name(payers: "Payers", member: Member) -> bool:
    """The payer is called like another member, but names the invoice."""
    row, other = _row(member), _other(payers, member)
    text = f"Rechnung {row.number}"
    truth = Truth({row.invoice: row.open_cents}, "trap name of another", True)
    payers.add(other.name, account(payers.chance, "DE"), row.open_cents, text, "", truth)
    return True


def _one_account(payers: "Payers", member: Member) -> bool:
    """A bookkeeper's account pays for two members; what it pays the second time is told by the invoice's number."""
    iban = account(payers.chance, "DE")
    for one in (member, _other(payers, member)):
        row = _row(one)
        truth = Truth({row.invoice: row.open_cents}, "trap one account", True)
        payers.add("Steuerkanzlei Vogt", iban, row.open_cents, f"RE {row.number}", "", truth)
    return True


def _others_sum(payers: "Payers", member: Member) -> bool:
    """Somebody unknown pays what the member's items add up to by chance."""
    if len(member.invoices) < 2:  # noqa: PLR2004
        return False
    cents = sum(row.open_cents for row in member.invoices[:2])
    payers.add(
        "Unbekannt GmbH", account(payers.chance, "DE"), cents, "Warenlieferung", "", Truth({}, "trap sum", False)
    )
    return True


def _noise(payers: "Payers", member: Member) -> bool:
    """The number stands among dates, phone numbers, postcodes and an IBAN."""
    row = _row(member)
    text = f"20457 Hamburg 12.10.2026 Tel 0176 5512345 {row.number} IBAN {member.iban} Kd 77123"
    payers.add(
        member.name, member.iban, row.open_cents, text, "", Truth({row.invoice: row.open_cents}, "trap noise", True)
    )
    return True


def _wrong_valid(payers: "Payers", member: Member) -> bool:
    """The valid reference of somebody else's invoice, with the amount and the account of one's own."""
    row, other = _row(member), _row(_other(payers, member))
    if row.open_cents == other.open_cents:
        return False
    truth = Truth({row.invoice: row.open_cents}, "trap valid reference", False)
    payers.add(member.name, member.iban, row.open_cents, other.number, other.creditor_reference, truth)
    return True
