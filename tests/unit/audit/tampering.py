"""For each check a way to break what it guards, and nothing but that is asked of it."""

from collections.abc import Callable
from typing import Any, Final

from common.documents import canonical
from tests.unit.audit.month import Body, Month, Where

Tampering = Callable[[Month], None]


def put(*path: Any, value: Any) -> Where:
    """Sets a value inside a body."""

    def change(body: Body) -> None:
        for step in path[:-1]:
            body = body[step]
        body[path[-1]] = value

    return change


def more(*path: Any, by: int = 1) -> Where:
    """Adds to a number inside a body."""

    def change(body: Body) -> None:
        for step in path[:-1]:
            body = body[step]
        body[path[-1]] += by

    return change


def changed(collection: str, change: Where, where: Where = bool, *, every: bool = False) -> Tampering:
    """A stored document is another."""
    return lambda month: month.change(collection, change, where, every=every)


def dropped(collection: str, where: Where = bool) -> Tampering:
    """A stored document is gone."""
    return lambda month: month.drop(collection, where)


def said(name: str, change: Where, where: Where = bool, *, every: bool = False) -> Tampering:
    """An event says something else."""
    return lambda month: month.change_event(name, change, where, every=every)


def recorded(change: Where, where: Where = bool) -> Tampering:
    """A commit record says something else."""
    return lambda month: month.change_record(change, where)


def collected(payment: Body) -> bool:
    """Its first attempt brought money."""
    return bool(payment["attempts"][0]["state"] == "succeeded")


def kept(payment: Body) -> bool:
    """Its only attempt brought money that stayed."""
    return payment["token"] in {"MD0GOOD", "shopper/slow"} and collected(payment)


def tried_again(payment: Body) -> bool:
    """Its first attempt failed, and there is another one."""
    return len(payment["attempts"]) > 1 and bool(payment["attempts"][0]["state"] == "failed")


def given_back_too_much(receipt: Body) -> None:
    """More of it is to be paid back than had come."""
    receipt["allocations"][0] |= {"kind": "refund", "amount_minor": receipt["amount_minor"] + 1}


def billed(document: Body) -> bool:
    """It is not the last of its series."""
    return str(document["number"]).endswith("1")


def twice(payment: Body) -> None:
    """The same attempt once more."""
    payment["attempts"] *= 2


def flying(item: Body) -> None:
    """It is open, and nobody collects it."""
    item |= {"open_minor": 1, "attempt": 99}


def from_a_provider(record: Body) -> bool:
    """It tells of money that a provider collected."""
    return any(event["name"] == "payment.received" and event["body"]["member_id"] for event in record["events"])


def told_twice(record: Body) -> None:
    """Every event of the commit once more."""
    record["events"] *= 2


def of_one_notification(record: Body) -> bool:
    """It wrote one notification and nothing else."""
    return [entry["kind"] for entry in record["documents"]] == ["notifications"]


def lost_at_stripe(receipt: Body) -> None:
    """It was collected long ago, and no payout has it."""
    receipt |= {"provider_id": "pi_lost", "received_on": "2026-01-01"}


def long_list(body: Body) -> None:
    """More than any document should hold."""
    body["search"] = ["word"] * 10_001


def other_file(month: Month) -> None:
    """A file in the archive is another."""
    entry = min(month.bodies("archive_entries"), key=lambda body: str(body["id"]))
    month.engine.files[entry["file"]] = b"another"


def unpublished(month: Month) -> None:
    """A commit's messages were never sent."""
    month.put("commits", next(month.world.scan("commits")).id, pending="1")


def parked_though_done(month: Month) -> None:
    """A message that was applied is parked, too."""
    record = next(one for one in month.state.records if one.body["function"] == "matching-open-items")
    parked = {"state": "parked", "code": "late", "detail": "late", "function": record.body["function"]}
    body = {**parked, "id": "pk_1", "key": record.body["key"], "parked_at": month.world.now.isoformat()}
    month.engine._collections.setdefault("parked", {})
    month.put("parked", "pk_1", body=canonical(body).decode())


def written_behind(month: Month) -> None:
    """A document that no commit tells of."""
    known = month.bodies("items")[0]
    month.put("items", "item_foreign", body=canonical(known).decode(), member_id=known["member_id"])


def changed_after_issue(month: Month) -> None:
    """An invoice has a second version."""
    month.put("invoices", month.bodies("invoices")[0]["id"], version=2)


def back_in_time(month: Month) -> None:
    """A later version is of an earlier time."""

    def late(record: Body) -> bool:
        return any(entry["version"] > 1 and entry["kind"] == "items" for entry in record["documents"])

    month.change_record(put("at", value="2020-01-01T00:00:00+00:00"), late)


def erased_unseen(month: Month) -> None:
    """Personal data is gone from a record, and nobody says why."""
    holding = next(one for one in month.world.scan("commits") if one.fields.get("personal"))
    month.put("commits", holding.id, personal="")


def read_only_clerk(month: Month) -> None:
    """Who has written only ever had the role to read."""
    roles = '{"clerk@marketplace.example": ["auditor"]}'
    month.world.settings = month.world.settings.model_copy(update={"staff": roles})


def busy_with_what_is_over(month: Month) -> None:
    """A legal entity waits for a run that is complete."""
    run = month.bodies("billing_runs", lambda run: run["state"] == "completed")[0]
    month.change("run_slots", put("run_id", value=run["id"]))


TAMPERINGS: Final[dict[str, Tampering]] = {
    "balanced": changed("journals", more("postings", 0, "debit_minor"), lambda j: j["member_id"]),
    "lines_have_one_side": changed("journals", put("currency", value="XXX"), lambda j: j["member_id"]),
    "closed_world": changed("journals", more("postings", 0, "debit_minor")),
    "receivables_are_what_is_open": changed("items", more("open_minor")),
    "unapplied_money_is_what_receipts_hold": changed("receipts", more("unapplied_minor")),
    "refunds_owed_are_what_is_set_aside": changed(
        "receipts", put("allocations", 0, "kind", value="refund"), lambda r: r["allocations"]
    ),
    "a_batch_sums_every_account": changed("sap_batches", more("lines", 0, "debit_minor"), lambda b: b["lines"]),
    "accounts_keep_their_side": changed(
        "journals", put("postings", 0, "account", value="4400"), lambda j: j["document_type"] == "AB"
    ),
    "posted_is_never_changed": changed_after_issue,
    "a_reversal_is_never_more_than_its_original": said("payment.unmatched", more("amount_minor", by=10**6)),
    "every_money_event_has_its_journal": dropped("journals", lambda j: j["document_type"] == "DR"),
    "a_journal_is_posted_on_its_day": said(
        "journal.posted", put("posted_on", value="2026-09-29"), lambda e: e["member_id"]
    ),
    "a_payout_is_a_bank_line": changed("payouts", more("amount_minor"), lambda p: p["state"] == "arrived"),
    "clearing_empties": changed("receipts", lost_at_stripe, lambda r: r["source"] == "stripe" and r["provider_id"]),
    "clearing_is_what_was_told": said("payout.settled", more("charges_minor")),
    "totals_add_up": changed("invoices", more("net_minor")),
    "open_is_total_less_allocations": changed("items", more("open_minor")),
    "state_follows_from_amounts": changed("items", put("state", value="open"), lambda i: not i["open_minor"]),
    "the_archive_holds_what_was_filed": other_file,
    "numbers_have_no_gaps": dropped("invoices", billed),
    "numbers_follow_dates": changed("invoices", put("issued_on", value="2030-01-01"), billed),
    "a_charge_is_on_one_line": dropped("invoices"),
    "a_line_is_what_was_charged": changed("invoices", more("lines", 0, "amount_minor")),
    "taken_back_is_no_more_than_charged": changed("charges", more("reversed_minor"), lambda c: c["reversals"]),
    "credit_is_never_more_than_the_invoice": changed("credit_notes", more("total_minor", by=10**6)),
    "credit_is_kept_with_its_invoice": changed("invoice_credits", more("total_minor")),
    "what_is_claimed_anew_was_taken_back": changed("invoices", put("preceding", value={"credit_note_id": "crn_0"})),
    "a_complete_run_issued_its_manifest": dropped("invoices"),
    "a_manifest_is_issued_or_says_why_not": changed("billing_runs", more("skipped")),
    "every_invoice_is_an_item": dropped("items"),
    "every_invoice_was_told": dropped("notifications", lambda n: n["template"] == "invoice"),
    "never_over_allocated": changed("receipts", more("unapplied_minor"), lambda r: r["member_id"]),
    "both_sides_of_a_match_agree": changed(
        "items",
        more("allocations", 0, "amount_minor"),
        lambda i: i["allocations"] and i["allocations"][0]["kind"] == "payment",
    ),
    "nothing_is_collected_beyond_what_was_asked": changed("payments", put("amount_minor", value=1), collected),
    "no_more_goes_back_than_came": changed("receipts", given_back_too_much, lambda r: r["allocations"]),
    "a_refund_is_what_was_set_aside": changed("refunds", more("amount_minor"), lambda r: r["member_id"]),
    "paid_back_once": changed(
        "refunds", put("state", value="failed"), lambda r: r["state"] == "succeeded" and r["member_id"]
    ),
    "every_receipt_is_kept": dropped("receipts", lambda r: r["source"] == "stripe"),
    "one_provider_payment_an_attempt": changed("payments", twice, collected),
    "received_once": recorded(told_twice, from_a_provider),
    "one_successful_attempt": changed("payments", twice, kept),
    "each_attempt_was_decided_on": changed("payments", put("attempts", 0, "decision", value=None), tried_again),
    "what_flies_is_collected": changed("items", flying, lambda i: i["attempt"]),
    "final_is_final": lambda month: month.change_step(
        "notifications", 1, put("body", "state", value="failed"), lambda body: body["state"] == "pending"
    ),
    "not_knowing_ends": changed("payments", put("attempts", 0, "state", value="unknown")),
    "a_page_brings_money_once": changed(
        "checkouts", put("state", value="expired"), lambda c: c["state"] == "succeeded"
    ),
    "a_payout_is_its_lines": changed("payout_pages", more("movements", 0, "amount_minor")),
    "a_debit_has_mandate_and_notice": changed("debits", put("announced_on", value="2026-12-31")),
    "a_debit_comes_back_once": changed("debits", put("returns", value=[]), lambda d: d["returns"]),
    "a_batch_is_its_debits": changed("debits", more("order", "amount_minor"), lambda d: d["order"]),
    "a_success_is_money": said("payment.received", put("attempt", value=9), lambda e: e["attempt"]),
    "one_reminder_a_level": changed(
        "dunning_cases", put("reached", value=""), lambda c: c["state"] not in {"closed", "watching"}
    ),
    "what_is_late_is_told": changed("items", put("overdue", value=False), lambda i: i["open_minor"] and i["overdue"]),
    "a_case_says_what_its_item_says": changed("dunning_cases", more("open_minor")),
    "statements_follow_each_other": changed("statements", more("opening_minor", by=7), every=True),
    "an_account_is_its_entries": changed("bank_entries", more("amount_minor"), lambda e: not e["told"]),
    "an_entry_is_imported_once": dropped("bank_entries", lambda e: e["told"]),
    "a_statement_is_imported_whole": changed("statements", put("credits", value=0), lambda s: s["credits"]),
    "a_batch_is_its_days_journals": changed("sap_batches", more("journals")),
    "a_closed_day_is_in_a_batch": dropped("sap_batches", lambda b: b["journals"]),
    "a_commit_is_named_by_its_cause": recorded(put("key", value="x"), lambda r: r["function"] == "matching-open-items"),
    "nothing_is_unpublished": unpublished,
    "who_listens_knows_the_newest": changed("recipients", put("revision", value=0)),
    "nothing_is_parked_and_done": parked_though_done,
    "no_night_is_missed": changed("closings", put("closed_through", value="2026-10-01")),
    "a_run_comes_to_its_end": busy_with_what_is_over,
    "versions_follow": lambda month: month.change_step("items", 1, put("version", value=7)),
    "replay_is_what_is_stored": changed("items", put("language", value="xx")),
    "the_chain_holds": recorded(put("reason", value="another"), of_one_notification),
    "no_write_without_a_commit": written_behind,
    "every_commit_says_who_and_why": recorded(put("actor", value=""), lambda r: r["function"] == "matching-open-items"),
    "time_runs_forward": back_in_time,
    "nothing_is_deleted": dropped("items"),
    "erasure_leaves_its_proof": erased_unseen,
    "an_auditor_writes_nothing": read_only_clerk,
    "money_is_whole": changed("invoices", put("total_minor", value=1.5)),
    "time_is_utc": changed("charges", put("taken_at", value="2026-10-01T08:00:00")),
    "nothing_grows_without_bounds": changed("members", long_list),
}
"""By the check's name; every one has at least one."""
