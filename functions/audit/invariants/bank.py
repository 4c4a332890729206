"""Invariants of bank statements and their entries (38, 39, 41)."""

from collections import Counter
from collections.abc import Iterator

from functions.audit.invariants.state import State, grouped


def statements_follow_each_other(state: State) -> Iterator[str]:
    """Each account's statements form one chain: one begins where another ended, but for the first."""
    for account, statements in grouped(state.bodies("statements"), lambda body: body["account_iban"]).items():
        opened = Counter(statement["opening_minor"] for statement in statements)
        closed = Counter(statement["closing_minor"] for statement in statements)
        if (opened - closed).total() > 1:
            begun = sorted((opened - closed).elements())
            yield f"account {account}: {len(begun)} statements begin where none ended, at {begun[:5]}"


def an_entry_is_imported_once(state: State) -> Iterator[str]:
    """Each credit on a bank account is told as received once, over its amount, and nothing else is."""
    events = [event for event in state.events("payment.received") if event["source"] == "bank"]
    told = Counter((event["receipt_id"], event["amount_minor"]) for event in events)
    kept = Counter((entry["id"], entry["amount_minor"]) for entry in state.bodies("bank_entries"))
    for key in sorted(told.keys() | kept.keys()):
        if told[key] != kept[key]:
            yield f"entry {key[0]} over {key[1]}: {kept[key]} on the bank account, told {told[key]} times"


def a_statement_is_imported_whole(state: State) -> Iterator[str]:
    """A statement has brought no more than its control totals say, and every entry has its statement."""
    statements = {body["id"]: body for body in state.bodies("statements")}
    for statement_id, entries in grouped(state.bodies("bank_entries"), lambda body: body["statement_id"]).items():
        statement = statements.get(statement_id)
        brought = (len(entries), sum(entry["amount_minor"] for entry in entries))
        if statement is None:
            yield f"{brought[0]} entries are of statement {statement_id}, which is not there"
        elif brought[0] > statement["credits"] or brought[1] > statement["credits_minor"]:
            yield f"statement {statement['number']} has {statement['credits']} credits, {brought[0]} came of it"
    for statement in statements.values():
        if statement["credits"] > statement["entries"]:
            yield f"statement {statement['number']} has {statement['entries']} entries, {statement['credits']} credits"
