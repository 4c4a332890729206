"""Invariants of what members are sent, of the archive, and of messages between functions (15, 22, 44 to 52)."""

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from common.commit import COLLECTION, Cause
from functions.audit.invariants.state import State

SAMPLE: Final = 20
"""Files read anew in one proof; their documents' ids are hashes, so that the first ones are no particular ones."""
SENT_ONCE: Final = frozenset({"invoice", "credit_note"})
"""Of what there is one mail a number; a debit is announced again for each attempt."""
WAITING: Final = timedelta(days=1)
"""What waits for longer has nobody who looks after it."""


def the_archive_holds_what_was_filed(state: State) -> Iterator[str]:
    """A sample of archived documents still have the bytes they were filed with."""
    for entry in islice(sorted(state.bodies("archive_entries"), key=lambda body: str(body["id"])), SAMPLE):
        forms = [form for form in entry.get("files", []) if form["format"] != "cii"]  # that one is inside the PDF
        for form in forms or [entry]:
            content = state.world.get_file(form["file"])
            if content is None or hashlib.sha256(content).hexdigest() != form["sha256"]:
                yield f"file {form['file']} is {'not there' if content is None else 'not the one that was filed'}"


def every_invoice_was_told(state: State) -> Iterator[str]:
    """Each invoice was sent, is about to be, or says why not; and never with two contents."""
    mails = {body["words"]["number"]: body for body in state.bodies("notifications") if body["template"] == "invoice"}
    for invoice in state.bodies("invoices"):
        mail = mails.get(invoice["number"])
        if mail is None:
            yield f"nobody is to be told of invoice {invoice['number']}"
        elif mail["state"] == "pending" and state.world.now - datetime.fromisoformat(mail["created_at"]) > WAITING:
            yield f"invoice {invoice['number']} waits to be sent since {mail['created_at']}"
        elif mail["state"] in {"suppressed", "failed"} and not mail["reason"]:
            yield f"invoice {invoice['number']} was not sent, and nobody says why"
    sent: dict[tuple[str, str], set[str]] = {}
    for event in state.events("notification.sent"):
        once = event["subject"] if event["template"] in SENT_ONCE else event["notification_id"]
        sent.setdefault((event["template"], once), set()).add(event["sha256"])
    for (template, subject), copies in sent.items():
        if len(copies) > 1:
            yield f"{template} {subject} was sent with {len(copies)} contents"


def nothing_is_unpublished(state: State) -> Iterator[str]:
    """Every commit's messages are out."""
    pending = [stored.id for stored in state.stored(COLLECTION).values() if stored.fields.get("pending")]
    if pending:
        yield f"{len(pending)} commits are not published, first {pending[0]}"


def a_commit_is_named_by_its_cause(state: State) -> Iterator[str]:
    """A commit's id is that of its function and cause, so that the same cause can't have another effect."""
    for record in state.records:
        named = Cause(record.body["function"] or "?", record.body["key"], "audit").commit_id
        if record.id != named or record.body["id"] != named:
            yield f"commit {record.id} is by {record.body['function']} for {record.body['key'][:80]}, hence {named}"


def who_listens_knows_the_newest(state: State) -> Iterator[str]:
    """Who keeps a copy of a member or follows an item knows its newest version, and none that is yet to come."""
    members = {body["id"]: body["revision"] for body in state.bodies("members")}
    for collection in ("recipients", "payers"):
        for body in state.bodies(collection):
            if body["revision"] != members.get(body["id"], body["revision"]):
                yield f"{collection}/{body['id']} knows revision {body['revision']}, there is {members[body['id']]}"
    items = {body["id"]: body["version"] for body in state.bodies("items")}
    for case in state.bodies("dunning_cases"):
        there, known = items.get(case["item_id"], case["item_version"]), case["item_version"]
        if known > there:
            yield f"case {case['id']} knows version {known} of its item, there is {there}"


def nothing_is_parked_and_done(state: State) -> Iterator[str]:
    """No parked message was applied, and none waits for longer than a day."""
    done = {record.id: record for record in state.records}
    for parked in state.bodies("parked"):
        if parked["state"] != "parked":
            continue
        record = done.get(Cause(parked["function"] or "?", parked["key"], "audit").commit_id)
        if record is not None and not _was_taken_apart(record.body["answer"]):
            yield f"{parked['function']} has done {parked['key']}, which is parked as {parked['code']}"
        if state.world.now - datetime.fromisoformat(parked["parked_at"]) > WAITING:
            yield f"{parked['function']} {parked['code']} is parked since {parked['parked_at']}: {parked['detail']}"


def _was_taken_apart(answer: object) -> bool:
    return isinstance(answer, dict) and "taken_apart" in answer
