"""Journal and providers: what each payout says it is made of is booked, and every payout reaches the bank."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from common.documents import id_from
from functions.audit.proof.day import Body, Day, booked
from functions.audit.proof.model import Difference, Figure, Outcome, Timing

ARRIVES_WITHIN: Final = timedelta(days=10)
"""From the day a payout is to arrive; then somebody asks the bank."""
MOVED: Final = ("charges_minor", "refunds_minor", "chargebacks_minor")
FROM_CLEARING: Final = frozenset({"charge", "refund", "refund_failed", "chargeback", "chargeback_reversed"})
COUNTED: Final = FROM_CLEARING | {"fee", "adjustment"}
"""Lines that are part of a payout; payouts themselves are none."""


def providers(day: Day) -> Outcome:
    """Compares the payouts that the day booked, and those that are on their way, with the providers' own lines."""
    found = Outcome()
    settled = [one for one in day.journals.values() if one.get("event") == "payout.settled"]
    for journal in settled:
        found.add(_settled(day, journal))
    for payout in day.bodies("payouts", state="settled"):
        if payout["entity"] == day.entity:
            found.add(_in_transit(day, payout))
    found.figures += _clearing(day, settled)
    return found


def _settled(day: Day, journal: Body) -> Outcome:
    """A payout's journal books its amount, its fees and what left the clearing account, as its lines say."""
    (payout_id, payout) = next(iter(day.loaded("payouts", [journal["document"]])))
    reference = (f"payouts/{payout_id}", f"journals/{journal['id']}")
    if payout is None:
        return _differs(journal, "payout_unknown", 0, reference, f"payout {payout_id} is booked and not there")
    provider = str(payout["provider"])
    lines = list(_lines(day, payout_id, payout["pages"]))
    fees = sum(line["fee_minor"] - (line["amount_minor"] if line["kind"] == "fee" else 0) for line in lines)
    whole = sum(line["amount_minor"] - line["fee_minor"] for line in lines)
    clearing = sum(payout["parts"][name] for name in MOVED)
    found = Outcome()
    for code, ours, theirs in (
        ("fees_differ", booked(journal, "provider_fees"), fees),
        ("payout_differs", booked(journal, "in_transit"), payout["amount_minor"]),
        ("lines_differ", payout["amount_minor"], whole),
        ("clearing_differs", -booked(journal, f"money.{provider}"), clearing),
    ):
        if ours != theirs:
            says = f"payout {payout['provider_id']} of {provider}: {code.replace('_', ' ')}, {ours} and {theirs}"
            found.add(_differs(journal, code, theirs - ours, reference, says))
    return found


def _lines(day: Day, payout_id: str, pages: int) -> Iterator[Body]:
    names = [id_from("pyp", payout_id, str(number)) for number in range(pages)]
    for _, page in day.loaded("payout_pages", names):
        yield from (line for line in (page["movements"] if page else ()) if line["kind"] in COUNTED)


def _in_transit(day: Day, payout: Body) -> Outcome:
    """A payout on its way is a difference of time, until it should have come long ago."""
    arrives = payout["arrives_on"]
    reference = (f"payouts/{payout['id']}",)
    says = f"payout {payout['provider_id']} of {payout['provider']} over {payout['amount_minor']} has not arrived"
    if arrives and date.fromisoformat(arrives) + ARRIVES_WITHIN < day.on:
        return _differs(payout, "never_arrived", payout["amount_minor"], reference, f"{says}, due on {arrives}")
    told = Timing(
        source="providers",
        code="in_transit",
        documents=reference,
        amount_minor=payout["amount_minor"],
        currency=payout["currency"],
        says=says,
    )
    return Outcome(explained=[told])


def _clearing(day: Day, settled: list[Body]) -> list[Figure]:
    """What left each provider's clearing account by the day's payouts, and what their lines say was in them."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for journal in settled:
        payout = dict(day.loaded("payouts", [journal["document"]]))[journal["document"]]
        accounts = sorted(
            {line["account"] for line in journal["postings"] if line.get("word", "").startswith("money.")}
        )
        if payout is None or not accounts:
            continue
        lines = _lines(day, payout["id"], payout["pages"])
        key = (accounts[0], journal["currency"])
        sums[*key, "journal"] += booked(journal, f"money.{payout['provider']}")
        sums[*key, "providers"] -= sum(line["amount_minor"] for line in lines if line["kind"] in FROM_CLEARING)
    return [
        Figure(
            source="providers",
            measure="documents",
            account=account,
            currency=currency,
            journal_minor=sums[account, currency, "journal"],
            other_minor=sums[account, currency, "providers"],
        )
        for account, currency in sorted({(account, currency) for account, currency, _ in sums})
    ]


def _differs(about: Body, code: str, off: int, documents: tuple[str, ...], says: str) -> Outcome:
    difference = Difference(
        source="providers",
        code=code,
        currency=about["currency"],
        amount_minor=off,
        documents=documents,
        says=says,
    )
    return Outcome(differences=[difference])
