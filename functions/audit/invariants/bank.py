"""Invariants of bank statements and their entries (38, 39, 41)."""

from collections import Counter
from collections.abc import Iterator

from functions.audit.invariants.state import State, grouped


def statements_follow_each_other(state: State) -> Iterator[str]:
    """Each account's statements form one chain, and where one is missing the account says so.

    Statements of several days may lie over others: of those only the edges of the account's spans are compared.
    """
    booked = [body for body in state.bodies("statements") if body["kind"] == "booked"]
    accounts = {(body["account_iban"], body["currency"]): body for body in state.bodies("bank_accounts")}
    for key, statements in grouped(booked, lambda body: f"{body['account_iban']} {body['currency']}").items():
        account = accounts.get((key.split()[0], key.split()[1]))
        if account is None:
            yield f"account {key}: {len(statements)} statements, and nobody knows how far they go"
            continue
        spans = account["spans"]
        if account["complete"] != (len(spans) == 1):
            yield f"account {key}: {len(spans)} spans, complete: {account['complete']}"
        opened = {statement["opening_minor"] for statement in statements}
        closed = {statement["closing_minor"] for statement in statements}
        for span in spans:
            if span["opening_minor"] not in opened or span["closing_minor"] not in closed:
                yield f"account {key}: no statement begins or ends the span from {span['first_on']}"
        days = {day for span in spans for day in (span["first_on"], span["last_on"])}
        for statement in statements:
            if not min(days) <= statement["opened_on"] <= statement["closed_on"] <= max(days):
                yield f"account {key}: statement {statement['number']} is in no span"


def an_entry_is_imported_once(state: State) -> Iterator[str]:
    """Each credit on a bank account that is a payer's is told as received once, over its amount, and nothing else is.

    What seemed to be a debit of ours and is none is told by who found that out.
    """
    events = [event for event in state.events("payment.received") if event["source"] == "bank"]
    told = Counter((event["receipt_id"], event["amount_minor"]) for event in events)
    entries = list(state.bodies("bank_entries"))
    kept = Counter((entry["id"], entry["amount_minor"]) for entry in entries if entry["told"])
    others = {(entry["id"], entry["amount_minor"]) for entry in entries if entry["kind"] == "debit_settlement"}
    for key in sorted(told.keys() | kept.keys()):
        if told[key] != kept[key] and not (key in others and told[key] == 1):
            yield f"entry {key[0]} over {key[1]}: {kept[key]} on the bank account, told {told[key]} times"


def a_statement_is_imported_whole(state: State) -> Iterator[str]:
    """A statement that is taken in whole has brought all its control totals say, but what had come before."""
    statements = {body["id"]: body for body in state.bodies("statements")}
    brought = grouped(state.bodies("bank_entries"), lambda body: body["statement_id"])
    for statement_id, entries in brought.items():
        statement = statements.get(statement_id)
        credits_minor = sum(entry["amount_minor"] for entry in entries if entry["amount_minor"] > 0)
        if statement is None:
            yield f"{len(entries)} entries are of statement {statement_id}, which is not there"
        elif credits_minor > statement["credits_minor"]:
            yield f"statement {statement['number']} has credits of {statement['credits_minor']}, {credits_minor} came"
    for statement in statements.values():
        payments = statement["credits"] + statement["debits"]
        came = len(brought.get(statement["id"], ())) + statement["known"]
        if not statement["slices_left"] and came != payments:
            yield f"statement {statement['number']} has {payments} payments, {came} came of it or were known"
