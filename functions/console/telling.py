"""What happened, in plain words: one sentence for each event."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from functions.console.shown import day, money, words

Event = Mapping[str, Any]


def _money(event: Event, name: str) -> str:
    return money(event.get(name), str(event.get("currency", "")))


def _numbers(found: Iterable[Any]) -> str:
    return ", ".join(sorted(map(str, found)))


BOOKED: Final = {"DR": "An invoice", "DG": "A credit memo", "DZ": "A payment", "AB": "A clearing", "SA": "A payout"}
"""SAP's document types."""


def booked(document_type: str) -> str:
    """What a journal of this type books, at the beginning of a caption."""
    return BOOKED.get(document_type, "An entry").partition(" ")[2].capitalize()


SENTENCES: Final[dict[str, Callable[[Event], str]]] = {
    "member.changed": lambda e: f"Member details are now at revision {e['revision']}",
    "member.erased": lambda e: f"The member's personal data were erased: {e['reason']}",
    "member.merged": lambda e: f"The account was closed, {e['into']} goes on in its place: {e['reason']}",
    "charge.accepted": lambda e: f"{words(e['kind']).capitalize()} of {_money(e, 'amount_minor')}: {e['description']}",
    "invoice.issued": lambda e: (
        f"Invoice {e['number']} over {_money(e, 'total_minor')} was issued, due {day(e['due_on'])}"
    ),
    "credit_note.issued": lambda e: (
        f"Credit note {e['number']} takes back {_money(e, 'total_minor')} of invoice {e['invoice_number']}: "
        f"{e['reason']}"
    ),
    "credit_note.applied": lambda e: (
        f"Of credit note {e['credit_note_number']}, {_money(e, 'offset_minor')} was still due, "
        f"{_money(e, 'credit_minor')} stays to the member's credit, {_money(e, 'refund_minor')} is to be paid back"
    ),
    "document.archived": lambda e: f"The PDF of {e['number']} was archived",
    "payment.requested": lambda e: (
        f"{e['provider']} was asked to collect {_money(e, 'amount_minor')} for {e['invoice_number']}, "
        f"attempt {e['attempt']}"
    ),
    "payment.failed": lambda e: (
        f"Collecting {_money(e, 'amount_minor')} for {e['invoice_number']} failed: {words(e['code'])}"
    ),
    "collection.announced": lambda e: (
        f"What is open on {e['invoice_number']} is about to be collected, attempt {e['attempt']}; credit is used first"
    ),
    "payment.action_required": lambda e: (
        f"{e['invoice_number']} can be collected only with the member ({words(e['why'])}: {words(e['code'])})"
    ),
    "payment.expected": lambda e: (
        f"{_money(e, 'amount_minor')} that the member pays by {words(e['method'])} "
        + {"on_its_way": "is on its way", "arrived": "has arrived"}.get(e["state"], "does not come")
    ),
    "payment.suggested": lambda e: (
        "Money that came may pay " + _numbers(s["invoice_number"] for s in e["suggestions"] if s["stands"])
        if any(s["stands"] for s in e["suggestions"])
        else "It is decided what the money that was suggested for some invoices is for"
    ),
    "payment_method.set_up": lambda e: (
        f"The member set up {e['label'] or words(e['method'])} at {e['provider']} for later invoices"
    ),
    "mandate.changed": lambda e: (
        f"Mandate {e['reference']} of the account ending {e['account_ending'] or 'not told'} is {words(e['state'])}"
        + (f": {words(e['reason'])}" if e["reason"] else "")
    ),
    "debit.announced": lambda e: (
        f"A direct debit of {_money(e, 'amount_minor')} for {e['invoice_number']} was announced for "
        f"{day(e['collect_on'])}, mandate {e['mandate_reference']}"
    ),
    "payment.received": lambda e: f"{_money(e, 'amount_minor')} came in by {e['source']}",
    "payment.matched": lambda e: (
        f"{_money(e, 'amount_minor')} was put on invoice {e['invoice_number']}; {_money(e, 'open_minor')} stays open"
    ),
    "payment.unmatched": lambda e: (
        f"{_money(e, 'amount_minor')} was taken off invoice {e['invoice_number']} again: {e['reason']}"
    ),
    "payment.returned": lambda e: (
        f"{_money(e, 'amount_minor')} was taken back by the payer's bank ({words(e['kind'])} {e['code']})"
    ),
    "refund.requested": lambda e: f"{_money(e, 'amount_minor')} is to be paid back: {e['reason']}",
    "refund.withdrawn": lambda e: f"{_money(e, 'amount_minor')} is not owed back any more: {e['reason']}",
    "refund.paid": lambda e: f"{_money(e, 'amount_minor')} was paid back by {e['source']}",
    "refund.failed": lambda e: f"Paying back {_money(e, 'amount_minor')} failed: {words(e['code'])}",
    "dispute.opened": lambda e: (
        f"The member disputes {_money(e, 'amount_minor')} for invoice {e['invoice_number']}: {words(e['reason'])}"
    ),
    "dispute.closed": lambda e: f"The dispute over invoice {e['invoice_number']} was {words(e['outcome'])}",
    "payout.settled": lambda e: (
        f"{e['provider']} pays out {_money(e, 'amount_minor')}, less {_money(e, 'fees_minor')} of fees"
    ),
    "bank_entry.booked": lambda e: f"{_money(e, 'amount_minor')} was booked on our account: {words(e['kind'])}",
    "payout.arrived": lambda e: f"{_money(e, 'amount_minor')} of {e['provider']} arrived at the bank",
    "write_off.decided": lambda e: (
        f"{_money(e, 'amount_minor')} of invoice {e['invoice_number']} was given up: {e['reason']}"
    ),
    "write_off.withdrawn": lambda e: (
        f"{_money(e, 'amount_minor')} of invoice {e['invoice_number']} is claimed again: {e['reason']}"
    ),
    "item.settled": lambda e: f"Invoice {e['invoice_number']} is settled",
    "item.reopened": lambda e: f"Invoice {e['invoice_number']} is open again with {_money(e, 'open_minor')}",
    "item.overdue": lambda e: f"Invoice {e['invoice_number']} is overdue with {_money(e, 'open_minor')}",
    "overdue_item.changed": lambda e: (
        f"{_money(e, 'open_minor')} of the overdue invoice {e['invoice_number']} is open"
        + (" and being collected" if e["in_flight"] else "")
    ),
    "reminder.due": lambda e: (
        f"{words(e['level']).capitalize()} for invoice {e['invoice_number']}: pay {_money(e, 'open_minor')} "
        f"by {day(e['pay_by'])}"
    ),
    "reminder.owed": lambda e: (
        f"{_money(e, 'open_minor')} of invoice {e['invoice_number']} is owed: its {words(e['level'])} was passed on"
    ),
    "reminder.confirmed": lambda e: (
        f"No money is on its way for invoice {e['invoice_number']}: its {words(e['level'])} may be sent"
    ),
    "reminder.doubted": lambda e: (
        f"The {words(e['level'])} for invoice {e['invoice_number']} was put off to {day(e['again_on'])}: {e['why']}"
    ),
    "dunning_case.closed": lambda e: f"The dunning case of invoice {e['invoice_number']} was closed",
    "notification.sent": lambda e: f"“{words(e['template'])}” about {e['subject']} was sent by {e['channel']}",
    "notification.suppressed": lambda e: f"“{words(e['template'])}” about {e['subject']} was not sent: {e['reason']}",
    "invariant.broken": lambda e: (
        f"A proof failed, and nothing new is begun with this member's money: {e['says']} {'; '.join(e['evidence'][:1])}"
    ),
    "finding.resolved": lambda e: f"What a proof had found is over: {e['reason']}",
    "revenue.released": lambda e: (
        f"{_money(e, 'amount_minor')} of invoice {e['invoice_number']} is revenue of {e['month']}"
    ),
    "journal.posted": lambda e: f"{BOOKED.get(e['document_type'], 'An entry')} for {e['document']} was booked",
}

LINKS: Final = (
    ("invoice_id", "/console/invoices/{}", "invoice"),
    ("run_id", "/console/runs/{}", "billing run"),
    ("receipt_id", "/console/receipts/{}", "money"),
    ("payment_id", "/console/payments/{}", "collection"),
    ("refund_id", "/console/refunds/{}", "refund"),
    ("dispute_id", "/console/disputes/{}", "dispute"),
    ("payout_id", "/console/payouts/{}", "payout"),
    ("mandate_id", "/console/mandates/{}", "mandate"),
)
TRAILS: Final = {
    "member.changed": ("members", "member_id"),
    "member.merged": ("members", "member_id"),
    "charge.accepted": ("charges", "charge_id"),
    "invoice.issued": ("invoices", "invoice_id"),
    "credit_note.issued": ("credit_notes", "credit_note_id"),
    "credit_note.applied": ("items", "item_id"),
    "payment.requested": ("payments", "payment_id"),
    "payment.failed": ("payments", "payment_id"),
    "collection.announced": ("payments", "payment_id"),
    "payment.action_required": ("payments", "payment_id"),
    "payment.expected": ("checkouts", "source_id"),
    "payment.suggested": ("receipts", "receipt_id"),
    "mandate.changed": ("mandates", "mandate_id"),
    "debit.announced": ("debits", "debit_id"),
    "payment.received": ("receipts", "receipt_id"),
    "payment.matched": ("items", "item_id"),
    "payment.unmatched": ("items", "item_id"),
    "payment.returned": ("receipts", "receipt_id"),
    "refund.requested": ("receipts", "receipt_id"),
    "refund.withdrawn": ("receipts", "receipt_id"),
    "refund.paid": ("refunds", "refund_id"),
    "refund.failed": ("refunds", "refund_id"),
    "dispute.opened": ("disputes", "dispute_id"),
    "dispute.closed": ("disputes", "dispute_id"),
    "item.settled": ("items", "item_id"),
    "item.reopened": ("items", "item_id"),
    "item.overdue": ("items", "item_id"),
    "invariant.broken": ("findings", "finding_id"),
    "finding.resolved": ("findings", "finding_id"),
}
"""Which document's trail an event is best followed in."""


def sentence(name: str, event: Event) -> str:
    """One sentence for an event; its name in words where no sentence is known or a field is missing."""
    try:
        return SENTENCES[name](event)
    except KeyError:
        return words(name).capitalize()


def links(event: Event) -> list[tuple[str, str]]:
    """Where an event leads: pairs of path and word."""
    return [(path.format(event[key]), word) for key, path, word in LINKS if event.get(key)]


def trail(name: str, event: Event) -> str:
    """The page of the trail an event stands in; empty where none is known."""
    collection, key = TRAILS.get(name, ("", ""))
    return f"/console/audit/{collection}/{event[key]}" if collection and event.get(key) else ""


def happenings(timeline: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A member's timeline, ready to be read."""
    return [
        {
            "at": each["at"],
            "name": each["name"],
            "actor": each["actor"],
            "commit": each["commit"],
            "text": sentence(each["name"], each["event"]),
            "links": links(each["event"]),
            "trail": trail(each["name"], each["event"]),
        }
        for each in timeline
    ]
