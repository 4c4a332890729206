"""Where an entry goes: to the matcher, to our debits, to a provider's payout, or only into the record."""

from datetime import date

import pytest

from common.events.payments import BankEntryBooked, PaymentReceived, PaymentReturned, PayoutArrived
from functions.payments.handlers import statements, statements_shown
from functions.payments.handlers.statements import own_account
from functions.payments.model.statements import BankEntry, Statement
from functions.payments.requests.statements import SearchEntries
from tests.kit import Platform
from tests.unit.payments.bank.paper import details, entry, file, statement, upload

REVERSED = "<RvslInd>true</RvslInd>"


@pytest.fixture
def platform() -> Platform:
    return Platform("payments")


def received(platform: Platform) -> list[PaymentReceived]:
    return [one for one in platform.events(PaymentReceived) if isinstance(one, PaymentReceived)]


def test_a_credit_is_told_with_all_its_evidence(platform: Platform) -> None:
    more = (
        "<AmtDtls><InstdAmt><Amt Ccy='USD'>12.00</Amt></InstdAmt></AmtDtls><Chrgs><Amt Ccy='EUR'>0.50</Amt></Chrgs>"
        "<RltdPties><Dbtr><Nm>Anna</Nm></Dbtr><UltmtDbtr><Nm>Her firm</Nm></UltmtDbtr></RltdPties>"
        "<RmtInf><Strd><CdtrRefInf><Ref>RF1</Ref></CdtrRefInf></Strd><Strd><CdtrRefInf><Ref>RF2</Ref></CdtrRefInf></Strd></RmtInf>"
    )
    upload(platform, file(statement([entry(1000, "A1", details("E1", more=more))], 0, 1000)))
    [one] = received(platform)
    assert (one.end_to_end_id, one.ultimate_debtor, one.reference, one.references) == (
        "E1",
        "Her firm",
        "RF1",
        ("RF1", "RF2"),
    )
    assert (one.charges_minor, one.original_minor, one.original_currency) == (50, 1200, "USD")
    assert one.final_on == date(2026, 10, 20)


def test_fees_interest_and_other_debits_are_recorded_with_what_they_are(platform: Platform) -> None:
    lines = [
        entry(-500, "F", code="ACMT-MDOP-CHRG"),
        entry(3, "I", code="ACMT-MCOP-INTR"),
        entry(-900, "P", details(text="Refund MP-C26-1")),
    ]
    upload(platform, file(statement(lines, 0, -1397)))
    assert {one.amount_minor: one.kind for one in platform.all(BankEntry)} == {
        -500: "bank_fee",
        3: "interest",
        -900: "refund_out",
    }
    assert received(platform) == []
    told = [one for one in platform.events(BankEntryBooked) if isinstance(one, BankEntryBooked)]
    assert {one.amount_minor: one.kind for one in told} == {-500: "bank_fee", 3: "interest", -900: "unknown"}
    [kept] = platform.all(Statement)
    assert (kept.credits, kept.credits_minor, kept.debits, kept.debits_minor) == (1, 3, 2, 1400)


@pytest.mark.parametrize("together", [True, False])
def test_a_reversed_credit_takes_its_receipt_back(platform: Platform, *, together: bool) -> None:
    came, gone = entry(1000, "A1", details("E1", "Anna")), entry(-1000, "A1", details("E1"), more=REVERSED)
    if together:
        upload(platform, file(statement([gone, came], 0, 0)))
    else:
        upload(platform, file(statement([came], 0, 1000)))
        upload(platform, file(statement([gone], 1000, 0, number="S2", day="2026-10-21")))
    [receipt] = received(platform)
    [back] = [one for one in platform.events(PaymentReturned) if isinstance(one, PaymentReturned)]
    assert (back.receipt_id, back.amount_minor, back.kind) == (receipt.receipt_id, 1000, "return")


def test_a_reversal_that_fits_two_credits_is_left_to_people(platform: Platform) -> None:
    twice = [entry(1000, "", details("E1", "Anna")), entry(1000, "", details("E1", "Anna"))]
    upload(platform, file(statement([*twice, entry(-1000, "", details("E1"), more=REVERSED)], 0, 1000)))
    assert platform.events(PaymentReturned) == []
    assert len(platform.all(BankEntry)) == 3


def test_two_reversals_of_one_credit_take_it_back_once(platform: Platform) -> None:
    gone = [entry(-1000, f"X{n}", details("E1"), more=REVERSED) for n in (1, 2)]
    upload(platform, file(statement([entry(1000, "A1", details("E1")), *gone], 0, -1000)))
    assert len(platform.events(PaymentReturned)) == 1


def test_a_providers_payout_is_no_members_money(platform: Platform) -> None:
    upload(platform, file(statement([entry(9000, "P1", details(name="Mollie B.V.", text="payout"))], 0, 9000)))
    assert received(platform) == []
    [arrived] = [one for one in platform.events(PayoutArrived) if isinstance(one, PayoutArrived)]
    assert (arrived.provider, arrived.amount_minor) == ("mollie", 9000)


def test_two_payouts_in_one_file_both_arrive(platform: Platform) -> None:
    lines = [entry(9000, f"P{n}", details(name="Stripe", text="payout")) for n in (1, 2)]
    upload(platform, file(statement(lines, 0, 18_000)))
    assert len(platform.events(PayoutArrived)) == 2


def test_several_long_statements_in_one_file_are_all_taken(platform: Platform) -> None:
    first = statement([entry(100, f"A{n}") for n in range(1200)], 0, 120_000)
    second = statement([entry(100, f"B{n}") for n in range(1200)], 120_000, 240_000, number="S2", day="2026-10-21")
    upload(platform, file(first, second))
    assert len(received(platform)) == 2400


def test_a_credit_that_looks_like_a_debit_of_ours_and_is_none_is_told_as_money(platform: Platform) -> None:
    upload(platform, file(statement([entry(700, "D1", details("MP-2026-0000001-1", "Anna"))], 0, 700)))
    [one] = received(platform)
    assert (one.amount_minor, one.source) == (700, "bank")


def test_a_batch_larger_than_a_commit_is_taken_in_slices(platform: Platform) -> None:
    own = '<Amt Ccy="EUR">1.00</Amt>'
    parts = "".join(details(f"E{n}", own=own) for n in range(2500))
    upload(platform, file(statement([entry(250_000, "B1", parts)], 0, 250_000)))
    assert len(received(platform)) == 2500
    [kept] = platform.all(Statement)
    assert (kept.slices_left, kept.known) == (0, 0)


def test_a_long_statement_over_another_tells_only_what_is_new(platform: Platform) -> None:
    entries = [entry(100, f"A{n}") for n in range(1500)]
    upload(platform, file(statement(entries[:700], 0, 70_000)))
    upload(platform, file(statement(entries, 0, 150_000, number="S2")))
    assert len(received(platform)) == 1500
    assert sorted(one.known for one in platform.all(Statement)) == [0, 700]


def test_the_entries_of_a_statement_are_listed_page_by_page(platform: Platform) -> None:
    told = upload(platform, file(statement([entry(100, f"A{n}") for n in range(3)], 0, 300)))
    asked = SearchEntries(statement_id=told.statements[0].statement_id, limit=2)
    page = statements_shown.search_entries(asked, platform.runtime.world)
    rest = statements_shown.search_entries(
        asked.model_copy(update={"page_token": page.next_page_token}), platform.runtime.world
    )
    assert len(page.items) + len(rest.items) == 3
    assert {one.kind for one in page.items} == {"member_money"}


@pytest.mark.parametrize(
    ("told", "iban"),
    [
        ("DE89370400440532013000", "DE89370400440532013000"),
        ("37040044/532013000", "DE89370400440532013000"),
        ("37040044/0532013000", "DE89370400440532013000"),
        ("0532013000", "DE89370400440532013000"),
        ("37040045/532013000", ""),
        ("3000", ""),
        ("DE02120300000000202051", ""),
        ("", ""),
    ],
)
def test_our_accounts_are_known_by_what_banks_call_them(told: str, iban: str) -> None:
    assert own_account(told) == iban


def test_a_slice_that_comes_twice_changes_nothing(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "ENTRIES_A_COMMIT", 10)
    monkeypatch.setattr("functions.payments.handlers.inbox.ENTRIES_A_COMMIT", 10)
    upload(platform, file(statement([entry(100, "", details("E1", "Anna")) for _ in range(35)], 0, 3500)))
    assert len(received(platform)) == 35
    for name in [one for one in platform.engine.files if "slices" in one]:
        assert name.startswith("statements/slices/")
    assert len({one.receipt_id for one in received(platform)}) == 35
