"""What is paid: a bank statement, matches by hand, reminders, and what the books say of it."""

import hashlib
import hmac
import time
from datetime import date
from typing import Any, Final

import orjson

from common.documents import id_from
from common.parties import SELLERS
from common.tools.examples.stage import Stage
from emulators.bank.camt import Entry, Statement, write

DAY: Final = date(2026, 11, 4)
ACCOUNT: Final = SELLERS["MP"].iban
PAYER: Final = "DE75512108001245126199"


def act(stage: Stage) -> None:
    """Money from the bank to the books."""
    stage.wait(days=3)
    _bank(stage)
    _by_hand(stage)
    _payments(stage)
    _told(stage)
    _late(stage)
    _books(stage)


def came(number: int, amount_minor: int, text: str, name: str = "Anna Vogel") -> Entry:
    """Money that came in."""
    return Entry(
        reference=f"NTRY-{number}",
        amount=amount_minor,
        booked_on=DAY,
        debtor_name=name,
        debtor_iban=PAYER,
        creditor_name=SELLERS["MP"].name,
        creditor_iban=ACCOUNT,
        end_to_end_id=f"E2E-{number}",
        text=text,
        structured="",
    )


def _items(stage: Stage, name: str) -> Any:
    return stage.get("/v1/items", member_id=stage.get(f"/v1/members/{name}")["member_id"])["items"]


def _bank(stage: Stage) -> None:
    open_item = next(item for item in _items(stage, "anna") if item["open_minor"])
    entries = [came(1, 500, open_item["number"]), came(2, 1000, "for my invoice, thanks", "E. Berg")]
    day = Statement(ACCOUNT, SELLERS["MP"].name, "EUR", DAY, 1, 100_000, entries)
    stage.post("/v1/statements", write(day), "A bank statement is taken in")
    stage.post("/v1/statements", b"<Document/>", "This is no camt.053", refused="unsupported_format")
    stage.get("/v1/statements", "Statements that were taken in", account_iban=ACCOUNT)
    stage.get("/v1/items", "Items of a member, and what they add up to", member_id=open_item["member_id"])
    stage.get(f"/v1/items/{open_item['item_id']}", "An item, partly paid")


def _by_hand(stage: Stage) -> None:
    item = next(one for one in _items(stage, "emil") if one["open_minor"])
    [receipt] = stage.get("/v1/receipts", "Money nobody could place", state="unapplied")["items"]
    path = f"/v1/receipts/{receipt['receipt_id']}"
    stage.get(path, "A receipt")
    given = {"item_id": item["item_id"], "amount_minor": 1000, "reason": "the payer told us"}
    stage.post(f"{path}/match", given | {"amount_minor": 1001}, "More than came", refused="more_than_unapplied")
    matched = stage.post(f"{path}/match", given, "Somebody decides what it is for")
    back = {"receipt_id": receipt["receipt_id"], "match_id": matched["match_id"], "reason": "it was for another one"}
    stage.post("/v1/matches/unmatch", back, "And takes it back")


def _payments(stage: Stage) -> None:
    dora = stage.get("/v1/members/dora")["member_id"]
    [payment] = stage.get("/v1/payments", "Payments of a member", member_id=dora)["items"]
    shown = stage.get(f"/v1/payments/{payment['payment_id']}", "A payment by card, with its attempts")
    _webhook(stage, shown["attempts"][0]["provider_id"])


def _webhook(stage: Stage, intent_id: str) -> None:
    """The provider tells of a payment, signed in real time: signatures know no virtual clock."""
    thing = {"object": "payment_intent", "id": intent_id}
    body = orjson.dumps({"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": thing}})
    at, secret = int(time.time()), stage.runtime.settings.webhook_secrets.encode()
    signature = hmac.new(secret, f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    signed = {"Stripe-Signature": f"t={at},v1={signature}", "Content-Type": "application/json"}
    stage.post("/webhooks/stripe", body, "The provider tells of a payment", headers=signed)
    forged = signed | {"Stripe-Signature": f"t={at},v1={'0' * 64}"}
    stage.post("/webhooks/stripe", body, "Somebody else does", headers=forged, refused="bad_signature")


def _told(stage: Stage) -> None:
    dora = stage.get("/v1/members/dora")["member_id"]
    told = stage.get("/v1/notifications", "What a member was told", member_id=dora)["items"]
    sent = next(one for one in told if one["state"] == "sent")
    path = f"/v1/notifications/{sent['id'] if 'id' in sent else sent['notification_id']}"
    stage.get(path, "One mail")
    stage.get(f"{path}/copy", "Exactly what was sent")


def _late(stage: Stage) -> None:
    for _ in range(3):
        stage.wait(days=10)
    listed = stage.get("/v1/dunning-cases", "Who is late", limit=2)["items"]
    path = f"/v1/dunning-cases/{listed[0]['case_id']}"
    stage.get(path, "A case, and its next step")
    stage.post(f"{path}/close", {"reason": "goodwill"}, "A case is closed")
    stage.post(f"{path}/close", {"reason": "goodwill"}, "It was closed already", refused="wrong_state")


def _books(stage: Stage) -> None:
    for _ in range(3):
        stage.fire("accounting-close-day")
        stage.wait(days=1)
    member_id = stage.get("/v1/members/emil")["member_id"]
    journals = stage.get("/v1/journals", "Journals of a member", member_id=member_id, limit=2)["items"]
    stage.get("/v1/journals", "Nothing was asked", refused="nothing_asked")
    stage.get(f"/v1/journals/{journals[0]['id']}", "One journal")
    stage.get("/v1/trial-balance", "What every account moved", day_from="2026-11-01", day_to="2026-11-02")
    stage.get("/v1/sap-batches", "Batches that SAP took", state="accepted", limit=2)
    rejected = stage.get("/v1/sap-batches", state="rejected")["items"]
    path = f"/v1/sap-batches/{rejected[0]['id']}"
    stage.post(f"{path}/resend", {"reason": "the period is open now"}, "A rejected batch is sent again")
    stage.get(path, "What became of it")
    assert id_from("mem", "emil") == member_id  # noqa: S101 - ids come from causes, so this is told the same each time
