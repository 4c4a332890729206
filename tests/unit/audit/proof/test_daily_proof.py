"""A quarter proven day by day: green as it is, and each planted error is found on its day, with its documents."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta

import orjson
import pytest

from common.documents import canonical
from functions.audit.proof.model import Proof
from functions.audit.proof.report import NotOurs, verified
from tests.unit.audit.month import Body
from tests.unit.audit.proof.books import POSTINGS, Books


@pytest.fixture(scope="module")
def played() -> Books:
    return Books()


@pytest.fixture
def books(played: Books) -> Iterator[Books]:
    yield played
    played.restore()


def red(proofs: list[Proof]) -> list[Proof]:
    return [one for one in proofs if one.verdict == "red"]


def found(proofs: list[Proof]) -> set[tuple[str, str]]:
    """Sources and codes of all that differs."""
    return {(one.source, one.code) for proof in red(proofs) for one in proof.differences}


def named(proofs: list[Proof]) -> set[str]:
    """The documents that all differences drill to."""
    return {document for proof in proofs for one in proof.differences for document in one.documents}


# -- as it is ---------------------------------------------------------------------------------------


def test_a_quarter_of_every_kind_of_money_is_green_on_every_day(books: Books) -> None:
    proofs = books.night()
    assert {one.verdict for one in proofs} == {"green"}
    days = [one.day for one in proofs if one.entity == "MP"]
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]
    assert {one["posted_on"] for one in books.bodies("journals")} <= {day.isoformat() for day in days}
    sources = Counter(figure.source for one in proofs for figure in one.figures)
    assert set(sources) == {"sub_ledger", "batches", "sap", "bigquery", "bank", "providers"}
    assert all(figure.difference_minor == 0 for one in proofs for figure in one.figures)
    assert books.cases() == []


def test_the_balances_that_are_carried_are_those_of_all_journals(books: Books) -> None:
    last = [one for one in books.night() if one.entity == "MP"][-1]
    added: Counter[str] = Counter()
    for journal in books.bodies("journals"):
        for line in journal["postings"]:
            added[f"{line['account']}|{journal['currency']}"] += line["debit_minor"] - line["credit_minor"]
    assert last.balances == {key: minor for key, minor in added.items() if minor}


def test_a_second_night_proves_only_what_is_new_and_reads_only_that(books: Books) -> None:
    books.night()
    before = dict(books.engine.counts.read_from)
    assert books.night() == []
    read = {name: count - before.get(name, 0) for name, count in books.engine.counts.read_from.items()}
    assert read.get("journals", 0) <= 3 * len(books.bodies("closings")) * 2
    assert read.get("items", 0) == 0


def test_every_proof_is_told_and_reported_and_its_report_is_signed(books: Books) -> None:
    proofs = books.night()
    secrets = [books.world.settings.proof_secrets]
    before = ""
    for one in (one for one in proofs if one.entity == "MP"):
        content = books.engine.files[one.report]
        says = verified(content, secrets)
        assert (says["day"], says["verdict"]) == (one.day.isoformat(), "green")
        assert orjson.loads(content)["sha256"] == one.sha256
        assert says["previous"] == before
        before = one.sha256


def test_a_report_that_was_changed_or_signed_by_others_is_refused(books: Books) -> None:
    content = books.engine.files[books.night()[0].report]
    told = orjson.loads(content)
    with pytest.raises(NotOurs, match="none of the known secrets"):
        verified(content, ["another"])
    with pytest.raises(NotOurs, match="SHA-256"):
        verified(canonical({**told, "proof": {**told["proof"], "verdict": "red"}}), ["proof_local"])
    for broken in (b"", b"[]", b"{}", b"\xff", b"null", content + b" ", content[:-1]):
        with pytest.raises(NotOurs):
            verified(broken, ["proof_local"])
    assert verified(content, ["newer", "proof_local"])["entity"] == told["proof"]["entity"]


# -- planted errors -----------------------------------------------------------------------------------


def test_a_changed_journal_is_found_and_named(books: Books) -> None:
    def change(journal: Body) -> None:
        for line in journal["postings"]:
            line["debit_minor"] += 100 * bool(line["debit_minor"])
            line["credit_minor"] += 100 * bool(line["credit_minor"])

    def two_lines(journal: Body) -> bool:
        return len(journal["postings"]) == 2 and journal["document_type"] == "DZ"

    name = books.bodies("journals", two_lines)[0]["id"]
    books.change("journals", change, two_lines)
    proofs = books.night()
    assert {("batches", "changed_since_sealed"), ("bigquery", "differs")} <= found(proofs)
    assert f"journals/{name}" in named(proofs)


def test_a_changed_text_of_a_journal_that_moves_no_amount_is_found(books: Books) -> None:
    books.change(
        "journals", lambda journal: journal.update(document="another"), lambda one: one["document_type"] == "AB"
    )
    assert ("batches", "changed_since_sealed") in found(books.night())


def test_a_journal_that_is_in_no_batch_is_found(books: Books) -> None:
    page = books.bodies("sap_pages", lambda one: len(one["journals"]) > 1)[0]
    gone = page["journals"][0]
    books.change("sap_pages", lambda one: one.update(journals=one["journals"][1:]), lambda one: one["id"] == page["id"])
    proofs = books.night()
    assert ("batches", "in_no_batch") in found(proofs)
    assert f"journals/{gone}" in named(proofs)


def test_a_journal_that_is_in_two_batches_is_found(books: Books) -> None:
    page = books.bodies("sap_pages", lambda one: len(one["journals"]) > 1)[0]
    twice = page["journals"][0]
    doubled = [*page["journals"], twice]
    books.change("sap_pages", lambda one: one.update(journals=doubled), lambda one: one["id"] == page["id"])
    proofs = books.night()
    assert ("batches", "in_two_batches") in found(proofs)
    assert f"journals/{twice}" in named(proofs)


def test_a_journal_that_is_gone_is_found(books: Books) -> None:
    gone = books.bodies("journals")[0]["id"]
    books.drop("journals")
    proofs = books.night()
    assert {("batches", "not_there"), ("bigquery", "unknown_there")} <= found(proofs)
    assert f"journals/{gone}" in named(proofs)


def test_a_batch_that_sap_posted_twice_is_found_on_its_day_alone(books: Books) -> None:
    books.documents.append(books.documents[3])
    proofs = books.night()
    assert found(proofs) == {("sap", "posted_twice")}
    assert [one.day for one in red(proofs)] == [books.documents[3][2]]


def test_a_batch_that_sap_lost_is_found_on_its_day_alone(books: Books) -> None:
    lost = books.documents.pop(3)
    proofs = books.night()
    assert found(proofs) == {("sap", "lost_by_sap")}
    assert [one.day for one in red(proofs)] == [lost[2]]


def test_a_cent_that_sap_has_elsewhere_is_found(books: Books) -> None:
    books.documents[3][3]["1400"] += 1
    assert found(books.night()) == {("sap", "balance_differs")}


def test_a_row_that_bigquery_lost_is_found(books: Books) -> None:
    key, row = next(iter(books.engine.rows[POSTINGS].items()))
    del books.engine.rows[POSTINGS][key]
    proofs = books.night()
    assert found(proofs) == {("bigquery", "missing")}
    assert named(proofs) == {f"journals/{row['journal_id']}"}


def test_a_row_that_is_twice_beyond_deduplication_is_found(books: Books) -> None:
    key, row = next(iter(books.engine.rows[POSTINGS].items()))
    books.engine.rows[POSTINGS][f"{key} again"] = {**row, "event_id": "another"}
    proofs = books.night()
    assert found(proofs) == {("bigquery", "twice")}
    assert named(proofs) == {f"journals/{row['journal_id']}"}


def test_a_row_lost_and_another_doubled_over_the_same_amount_are_found(books: Books) -> None:
    rows = books.engine.rows[POSTINGS]
    one = next((key, row) for key, row in rows.items() if row["account"] == "1400")
    twin = {**one[1], "journal_id": "jrn_0123456789abcdef0123456789", "event_id": "another"}
    del rows[one[0]]
    rows["another"] = twin
    assert found(books.night()) == {("bigquery", "missing"), ("bigquery", "unknown_there")}


def test_an_item_that_is_off_by_a_cent_is_found(books: Books) -> None:
    item = books.bodies("items", lambda one: one["open_minor"] > 1)[0]
    books.change("items", lambda one: one.update(open_minor=one["open_minor"] - 1), lambda one: one["id"] == item["id"])
    proofs = books.night()
    assert found(proofs) == {("sub_ledger", "item_differs")}
    assert named(proofs) == {f"items/{item['id']}"}


def test_a_receipt_that_is_off_by_a_cent_is_found(books: Books) -> None:
    receipt = books.bodies("receipts")[0]

    def change(one: Body) -> None:
        one.update(amount_minor=one["amount_minor"] + 1)

    books.change("receipts", change, lambda one: one["id"] == receipt["id"])
    proofs = books.night()
    assert found(proofs) == {("sub_ledger", "receipt_differs")}
    assert named(proofs) == {f"receipts/{receipt['id']}"}


def test_an_entry_of_the_bank_that_was_missed_is_found(books: Books) -> None:
    statement = books.bodies("bank_entries")[0]["statement_id"]
    books.drop("bank_entries")
    proofs = books.night()
    assert ("bank", "entry_missed") in found(proofs)
    assert f"statements/{statement}" in named(proofs)


def test_an_entry_of_the_bank_that_nobody_booked_is_found(books: Books) -> None:
    entry = books.bodies("bank_entries", lambda one: one["told"])[0]
    books.change("bank_entries", lambda one: one.update(amount_minor=one["amount_minor"] + 5), lambda one: one == entry)
    assert ("bank", "entry_differs") in found(books.night())


def test_a_wrong_fee_of_a_provider_is_found(books: Books) -> None:
    def change(page: Body) -> None:
        line = next(line for line in page["movements"] if line["fee_minor"])
        line["fee_minor"] += 1

    fits = lambda page: any(line["fee_minor"] for line in page["movements"])  # noqa: E731
    payout = books.bodies("payout_pages", fits)[0]["payout_id"]
    books.change("payout_pages", change, fits)
    proofs = books.night()
    assert ("providers", "fees_differ") in found(proofs)
    assert f"payouts/{payout}" in named(proofs)


def test_a_payout_that_never_arrived_is_found_and_one_on_its_way_is_named(books: Books) -> None:
    payout = books.bodies("payouts", lambda one: one["state"] == "arrived" and one["arrives_on"])[0]
    books.change("payouts", lambda one: one.update(state="settled"), lambda one: one["id"] == payout["id"])
    index = books.engine.load([("payouts", payout["id"])])[0]
    assert index is not None
    books.put("payouts", payout["id"], state="settled")
    proofs = books.night()
    late = [one for one in proofs if ("providers", "never_arrived") in {(d.source, d.code) for d in one.differences}]
    assert min(one.day for one in late) == date.fromisoformat(payout["arrives_on"]) + timedelta(days=11)
    waited = [one for one in proofs if any(t.code == "in_transit" for t in one.explained)]
    assert {one.verdict for one in waited} <= {"green"}
    assert f"payouts/{payout['id']}" in named(proofs)


# -- what is late is no error ---------------------------------------------------------------------------


def test_while_sap_is_down_the_day_is_incomplete_and_green_once_it_is_back(books: Books) -> None:
    books.sap_is_down = True
    proofs = books.night()
    days = {one.day for one in proofs if one.journals}
    assert {one.verdict for one in proofs if one.day in days and one.entity == "MP" and one.journals} == {"incomplete"}
    assert books.cases() == []
    books.sap_is_down = False
    nights = 0
    while again := books.night():
        nights += 1
        assert {one.verdict for one in again} == {"green"}
        assert len(again) <= 32
    assert nights == -(-len(days) // 32)
    assert {one.verdict for one in books.proofs()} == {"green"}


def test_a_batch_that_sap_has_not_answered_is_late_whether_sap_has_it_or_not(books: Books) -> None:
    def forget(batch: Body) -> None:
        batch["state"] = "unknown"
        for part in batch["parts"]:
            part["posting"] |= {"state": "unknown", "document": "", "year": ""}

    fits = lambda one: one["state"] == "accepted" and one["number"] == 0  # noqa: E731
    batch = books.bodies("sap_batches", fits)[0]
    books.change("sap_batches", forget, lambda one: one["id"] == batch["id"])
    for _ in range(2):
        proofs = books.night()
        assert red(proofs) == []
        late = [one for proof in proofs for one in proof.late]
        assert {(one.source, one.code) for one in late} <= {("sap", "unanswered")}
        books.documents = [one for one in books.documents if one[2] != date.fromisoformat(batch["posted_on"])]


def test_a_batch_that_sap_refused_is_red_for_waiting_does_not_help(books: Books) -> None:
    def refuse(batch: Body) -> None:
        batch["state"] = "rejected"
        for part in batch["parts"]:
            part["posting"] |= {"state": "rejected", "document": "", "year": ""}

    batch = books.bodies("sap_batches", lambda one: one["state"] == "accepted" and one["number"] == 0)[0]
    messages = {part["posting"]["message_id"] for part in batch["parts"]}
    books.documents = [one for one in books.documents if one[0] not in messages]
    books.change("sap_batches", refuse, lambda one: one["id"] == batch["id"])
    assert found(books.night()) == {("sap", "refused")}


def test_a_batch_that_is_still_counted_is_late(books: Books) -> None:
    batch = books.bodies("sap_batches")[-1]
    books.change("sap_batches", lambda one: one.update(state="collecting", parts=[]), lambda one: one == batch)
    books.documents = [one for one in books.documents if one[2] != date.fromisoformat(batch["posted_on"])]
    assert red(books.night()) == []


def test_without_bigquery_the_proof_is_incomplete_and_says_so(books: Books) -> None:
    books.engine.warehouse = None
    proofs = books.night()
    assert {one.verdict for one in proofs if one.journals} == {"incomplete"}
    assert {(one.source, one.code) for proof in proofs for one in proof.late} == {("bigquery", "unreachable")}


def test_rows_that_are_not_loaded_since_a_moment_are_late_until_two_days_have_passed(books: Books) -> None:
    last = max(row["occurred_at"] for row in books.engine.rows[POSTINGS].values())
    standing = {key: row for key, row in books.engine.rows[POSTINGS].items() if row["occurred_at"] == last}
    for key in standing:
        del books.engine.rows[POSTINGS][key]
    assert ("bigquery", "missing") in found(books.night())


# -- cases ---------------------------------------------------------------------------------------------


def test_a_difference_opens_a_case_that_the_next_green_proof_closes(books: Books) -> None:
    books.night()
    last = max(journal["posted_on"] for journal in books.bodies("journals"))
    key, row = next((k, r) for k, r in books.engine.rows[POSTINGS].items() if r["posted_on"] == last)
    again = books.progress().but(open_days=(date.fromisoformat(last),))
    books.put("proof_progress", "MP", body=canonical(again.model_dump(mode="json")).decode())
    del books.engine.rows[POSTINGS][key]
    proof = red(books.night())[0]
    (case,) = books.cases()
    assert (case.id,) == proof.findings
    assert f"journals/{row['journal_id']}" in case.evidence
    assert case.member_id == ""
    before = case.version
    books.night()
    assert books.cases()[0].version == before
    books.engine.rows[POSTINGS][key] = row
    assert {one.verdict for one in books.night()} == {"green"}
    assert books.cases() == []
    assert [one.id for one in books.cases("closed")] == [case.id]


def test_a_journal_that_comes_after_its_day_was_proven_has_it_proven_again(books: Books) -> None:
    books.night()
    last = books.progress().through
    journal = books.bodies("journals")[0]
    late = {**journal, "id": "jrn_00000000000000000000000000", "posted_on": last.isoformat()}
    key = f"{last.isoformat()}|MP"
    fields = {"entity_day": key, "batch_day": f"{key}|EUR", "body": canonical(late).decode()}
    books.put("journals", "jrn_00000000000000000000000000", document_key="", member_id="", **fields)
    proofs = books.night()
    assert [one.day for one in proofs if one.entity == "MP"] == [last]
    assert ("batches", "in_no_batch") in found(proofs)
