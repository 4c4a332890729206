"""What can be proven: trails, timelines, a number that somebody changed behind our back, messages that got stuck."""

import base64
from dataclasses import replace
from functools import partial
from typing import Any

import orjson

from common.functions.entry import dead_letter, pack
from common.ports import Message, Write
from common.tools.examples.stage import Stage


def act(stage: Stage) -> None:
    """Audit and relay."""
    carlo = stage.get("/v1/members/carlo")["member_id"]
    stage.get(f"/v1/audit/trail/members/{carlo}", "Every version of a member, with its hashes")
    stage.get("/v1/audit/trail/members/mem_unknown", "Nobody ever wrote that", refused="not_found")
    stage.get(f"/v1/audit/members/{carlo}/timeline", "What happened to a member last", limit=3)
    _finding(stage)
    _stuck(stage)
    _proven(stage)


def _finding(stage: Stage) -> None:
    """Somebody changes an invoice in the database; the nightly proof sees it."""
    invoices = stage.runtime.world.scan("invoices")
    stored = next(iter(invoices))
    body = orjson.loads(stored.fields["body"])
    body["reference"] = "RF00WRONG"
    changed = dict(stored.fields) | {"body": orjson.dumps(body, option=orjson.OPT_SORT_KEYS).decode()}
    stage.engine._put(Write("invoices", stored.id, changed))  # noqa: SLF001 - the tampering
    for _ in range(8):
        stage.fire("audit-prove")
        stage.wait(days=1)
    found = stage.get("/v1/audit/findings", "What the nightly proof found", state="open")["items"]
    stage.engine._put(Write("invoices", stored.id, dict(stored.fields)))  # noqa: SLF001 - and its end
    path = f"/v1/audit/findings/{found[0]['id']}/resolve"
    stage.post(path, {"reason": "restored from the commit record"}, "Somebody looked into it")


def _stuck(stage: Stage) -> None:
    told = stage.runtime.world
    letters = [b"\x00 nobody can read this", pack(_message(stage))]
    relay = next(one for one in stage.scheduler.functions.values() if one.kind == "dead_letter")
    for number, letter in enumerate(letters, 1):
        at = told.now.isoformat()
        given = {
            "messageId": str(4700 + number),
            "publishTime": at,
            "data": base64.b64encode(letter).decode(),
            "attributes": {
                "CloudPubSubDeadLetterSourceSubscription": "charging-learn-payers.member.changed",
                "CloudPubSubDeadLetterSourceDeliveryCount": "50",
            },
        }
        stage.runtime.deliver(relay, dead_letter(relay, given))
        stage.wait()
    _looked_into(stage)


def _looked_into(stage: Stage) -> None:
    parked = stage.get("/v1/parked", "Messages that got stuck")["items"]
    stage.get("/v1/parked/causes", "What they have in common")
    lost = next(one for one in parked if one["code"] == "unreadable")
    kept = next(one for one in parked if one["code"] != "unreadable")
    stage.get(f"/v1/parked/{lost['id']}", "One nobody can read")
    stage.post(f"/v1/parked/{lost['id']}/replay", {"reason": "a try"}, "Nobody can read it", refused="unreadable")
    stage.post(f"/v1/parked/{lost['id']}/discard", {"reason": "it was a test"}, "It is given up")
    stage.post(f"/v1/parked/{kept['id']}/replay", {"reason": "it was repaired"}, "It is sent again")


def _message(stage: Stage) -> Message:
    """A member's last news, as it would be sent."""
    records: list[Any] = stage.runtime.world.records(subjects=stage.get("/v1/members/emil")["member_id"])
    event = next(e for record in records for e in record.body["events"] if e["name"] == "member.changed")
    return Message("member.changed", "stuck-1", (event["body"],), stage.clock.now(), ("stuck-1.0",))


def _proven(stage: Stage) -> None:
    """The books are compared while SAP is down: what is late is no error."""
    from functions.audit.handlers.daily_proof import prove_days

    name = "audit-prove-days"
    asked = partial(prove_days, ask_sap=_down)
    stage.scheduler.functions[name] = replace(stage.scheduler.functions[name], ask=asked, _name="prove_days")
    stage.fire("accounting-close-day")
    stage.wait()
    stage.fire("audit-start-daily-proof")
    stage.wait()
    found = stage.get("/v1/proofs", "The days of a legal entity that are proven", entity="MP", limit=3)["items"]
    stage.get(f"/v1/proofs/{found[0]['id']}", "One day, with every source's figures")
    stage.get(f"/v1/proofs/{found[0]['id']}/report", "Its signed report")
    stage.get(f"/v1/proofs/prf_{'0' * 26}", "That day was never proven", refused="not_found")


def _down(*_: Any) -> list[Any]:
    raise ConnectionError("503 Service Unavailable")
