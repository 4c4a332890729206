"""Each entry once: whatever files the bank cuts its ledger into, the same money is received."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from common.events.payments import PaymentReceived
from functions.payments.model.statements import BankAccount, BankEntry
from tests.kit import Platform
from tests.unit.payments.bank.paper import details, entry, file, statement, upload

DAYS = ("2026-10-19", "2026-10-20", "2026-10-21")


@dataclass(frozen=True)
class Booked:
    """A line of the bank's ledger."""

    day: str
    minor: int
    ref: str
    e2e: str

    def told(self) -> str:
        return entry(self.minor, self.ref, details(self.e2e, "Anna"), day=self.day)


@dataclass(frozen=True)
class Paper:
    """A file that tells of lines of the ledger."""

    name: str
    content: bytes


line = st.tuples(st.sampled_from([500, 500, 700, -500]), st.booleans(), st.sampled_from(["", "", "E1", "E2"]))


@st.composite
def ledgers(draw: Any) -> list[Booked]:
    """Three days; some entries have the bank's reference, others can only be counted."""
    found: list[Booked] = []
    for day in DAYS:
        for minor, strong, e2e in draw(st.lists(line, max_size=5)):
            found.append(Booked(day, minor, f"R{len(found)}" if strong else "", e2e))
    return found


def book(
    lines: list[Booked], opening: int, number: str, since: str, day: str, sequence: int, *, version: str = "02"
) -> Paper:
    closing = opening + sum(one.minor for one in lines)
    told = statement(
        [one.told() for one in lines], opening, closing, number=number, since=since, day=day, sequence=sequence
    )
    return Paper(number, file(told, version=version))


@st.composite
def papers(draw: Any, ledger: list[Booked]) -> list[Paper]:
    """The ledger in statements of whole or cut days, others over them, reports and notifications; some twice."""
    found: list[Paper] = []
    opening, sequence = 1000, 1
    edges = {}
    for day in DAYS:
        lines = [one for one in ledger if one.day == day]
        edges[day] = opening
        cuts = sorted(draw(st.lists(st.integers(0, len(lines)), max_size=2))) if draw(st.booleans()) else []
        for part, (start, end) in enumerate(zip([0, *cuts], [*cuts, len(lines)], strict=True)):
            found.append(book(lines[start:end], opening, f"S-{day}-{part}", day, day, sequence))
            opening += sum(one.minor for one in lines[start:end])
            sequence += 1
        for kind in draw(st.lists(st.sampled_from(["052", "054"]), max_size=3)):
            known = lines[: draw(st.integers(0, len(lines)))]
            name = f"{kind}-{day}-{len(found)}"
            told = statement([one.told() for one in known], 0, 0, number=name, day=day, kind=kind, balances=False)
            found.append(Paper(name, file(told, kind=kind)))
        if not cuts and draw(st.booleans()):
            found.append(book(lines, edges[day], f"again-{day}", day, day, sequence - 1, version="08"))
    again = draw(st.lists(st.sampled_from(found), max_size=3))
    order: list[Paper] = draw(st.permutations(found + again))
    return order


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_split_overlap_repetition_and_order_gives_the_same_money(data: st.DataObject) -> None:
    ledger = data.draw(ledgers())
    platform = Platform("payments")
    for paper in data.draw(papers(ledger)):
        upload(platform, paper.content)
    told = Counter((str(one.received_on), one.amount_minor, one.end_to_end_id) for one in money(platform))
    assert told == Counter((one.day, one.minor, one.e2e) for one in ledger if one.minor > 0)
    kept = Counter((str(one.booked_on), one.amount_minor) for one in platform.all(BankEntry))
    assert kept == Counter((one.day, one.minor) for one in ledger)
    [account] = platform.all(BankAccount)
    assert account.complete
    assert account.spans[0].closing_minor == 1000 + sum(one.minor for one in ledger)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_receipts_have_the_same_ids_in_any_order(data: st.DataObject) -> None:
    ledger = data.draw(ledgers())
    files = data.draw(papers(ledger))
    seen = []
    for order in (files, files[::-1]):
        platform = Platform("payments")
        for paper in order:
            upload(platform, paper.content)
        seen.append({one.receipt_id for one in money(platform)})
    assert seen[0] == seen[1]


def money(platform: Platform) -> list[PaymentReceived]:
    return [one for one in platform.events(PaymentReceived) if isinstance(one, PaymentReceived)]


def test_a_payer_who_pays_twice_on_one_day_has_paid_twice() -> None:
    platform = Platform("payments")
    twice = [entry(500, "", details("E1", "Anna")), entry(500, "", details("E1", "Anna"))]
    upload(platform, file(statement(twice, 0, 1000)))
    assert [one.amount_minor for one in money(platform)] == [500, 500]


def test_one_end_to_end_id_with_two_amounts_is_two_payments() -> None:
    platform = Platform("payments")
    upload(platform, file(statement([entry(500, "", details("E1")), entry(700, "", details("E1"))], 0, 1200)))
    assert len(money(platform)) == 2


def test_a_batch_told_by_its_payments_first_is_not_told_again_as_a_sum() -> None:
    platform = Platform("payments")
    own = [f'<Amt Ccy="EUR">{n}.00</Amt>' for n in (4, 6)]
    parts = "".join(details(f"E{n}", own=one) for n, one in enumerate(own))
    upload(platform, file(statement([entry(1000, "B1", parts)], 0, 0, kind="054", balances=False), kind="054"))
    upload(platform, file(statement([entry(1000, "B1")], 0, 1000)))
    assert sorted(one.amount_minor for one in money(platform)) == [400, 600]


def test_a_batch_told_as_a_sum_first_is_not_told_again_by_its_payments() -> None:
    platform = Platform("payments")
    own = [f'<Amt Ccy="EUR">{n}.00</Amt>' for n in (4, 6)]
    parts = "".join(details(f"E{n}", own=one) for n, one in enumerate(own))
    upload(platform, file(statement([entry(1000, "B1")], 0, 1000)))
    upload(platform, file(statement([entry(1000, "B1", parts)], 0, 0, kind="054", balances=False), kind="054"))
    assert [one.amount_minor for one in money(platform)] == [1000]


def test_the_same_days_in_another_format_bring_nothing() -> None:
    """A bank that sends MT940 beside camt.053 writes other references into it."""
    platform = Platform("payments")
    upload(platform, file(statement([entry(1000, "CAMT-1", details(name="Anna"))], 0, 1000)))
    lines = [":20:X", ":25:37040044/0532013000EUR", ":28C:9/1", ":60F:C261019EUR0,00"]
    lines += [":61:2610201020C10,00NTRFNONREF//MT-1", ":86:166?32Anna", ":62F:C261020EUR10,00", "-"]
    told = upload(platform, "\r\n".join(lines).encode())
    assert len(money(platform)) == 1
    assert told.statements[0].already_known == 1
    assert told.complete
