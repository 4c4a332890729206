"""What is paid: a bank statement, matches by hand, reminders, and what the books say of it."""

import base64
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
    _links(stage)
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


def _proceeds(stage: Stage) -> None:
    """Dora sells, too: a part of her invoice is kept back before her card is charged."""
    dora = stage.get("/v1/members/dora")["member_id"]
    [payment] = stage.get("/v1/payments", member_id=dora)["items"]
    offer = {"offer": "sale-77", "member_id": dora, "invoice_id": payment["invoice_id"], "currency": "EUR"}
    stage.post("/v1/proceeds", offer | {"amount_minor": 150}, "A member's proceeds pay for a part of an invoice")
    other = offer | {"amount_minor": 151}
    stage.post("/v1/proceeds", other, "The same offer with another amount", refused="offer_reused")
    stage.get("/v1/proceeds", "Proceeds that were taken", member_id=dora)


def _payments(stage: Stage) -> None:
    dora = stage.get("/v1/members/dora")["member_id"]
    [payment] = stage.get("/v1/payments", "Payments of a member", member_id=dora)["items"]
    shown = stage.get(f"/v1/payments/{payment['payment_id']}", "A payment by card, with its attempts")
    decided = {"attempt": 1, "outcome": "failed", "reason": "the provider says so"}
    path = f"/v1/payments/{payment['payment_id']}/decide"
    stage.post(path, decided, "An attempt that is decided stays so", refused="already_decided")
    failed = {"method": "direct_debit", "provider": "sepa", "code": "AM04", "failed_at": "2026-11-19T05:00:00Z"}
    owed = {"amount_minor": 4500, "currency": "EUR"}
    stage.post("/v1/payments/retry-preview", failed | owed, "What would follow a debit that came back")
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
    _many_events(stage)


def _many_events(stage: Stage) -> None:
    """Another provider tells of several things at once; the account itself is of no interest."""
    told = {"id": "EV1", "resource_type": "creditors", "action": "updated", "links": {"creditor": "CR1"}}
    body = orjson.dumps({"events": [told], "meta": {"webhook_id": "WB1"}})
    secret = stage.runtime.settings.gocardless_secrets.encode()
    signed = {
        "Webhook-Signature": hmac.new(secret, body, hashlib.sha256).hexdigest(),
        "Content-Type": "application/json",
    }
    stage.post("/webhooks/gocardless", body, "The provider tells of up to 250 things", headers=signed)
    forged = signed | {"Webhook-Signature": "0" * 64}
    stage.post("/webhooks/gocardless", body, "Somebody else does", headers=forged, refused="bad_signature")
    _items_and_hints(stage)


def _items_and_hints(stage: Stage) -> None:
    """One provider signs each item by eight of its fields; another only names what to look at, and believes nothing."""
    item = {
        "amount": {"currency": "EUR", "value": 11900}, "eventCode": "CAPTURE", "eventDate": "2026-11-05T10:00:00+01:00",
        "merchantAccountCode": stage.runtime.settings.adyen_merchant, "merchantReference": "att_1",
        "originalReference": "PSPREFERENCE0001", "pspReference": "PSPREFERENCE0002", "success": "true",
    }  # fmt: skip
    message = f"PSPREFERENCE0002:PSPREFERENCE0001:{item['merchantAccountCode']}:att_1:11900:EUR:CAPTURE:true"
    key = bytes.fromhex(stage.runtime.settings.adyen_hmac_keys)
    digest = base64.b64encode(hmac.new(key, message.encode(), hashlib.sha256).digest()).decode()
    for signature, says, refused in ((digest, "A signed item", ""), ("AAAA", "A forged one", "bad_signature")):
        told = {"NotificationRequestItem": item | {"additionalData": {"hmacSignature": signature}}}
        body = orjson.dumps({"live": "false", "notificationItems": [told]})
        stage.post("/webhooks/adyen", body, says, headers={"Content-Type": "application/json"}, refused=refused)
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    stage.post("/webhooks/mollie", b"id=sub_rVKGtNd6s3", "An id to look at; this one is no payment", headers=form)
    signed = form | {"X-Mollie-Signature": "sha256=00"}
    stage.post("/webhooks/mollie", b"id=tr_1", "Signed, and we have no secret", headers=signed, refused="bad_signature")


def _links(stage: Stage) -> None:
    """A member who pays by themselves: the link, the form of its page, and what staff see of it."""
    item = next(one for one in _items(stage, "anna") if one["open_minor"])
    asked = {"invoices": [item["invoice_id"]], "amount_minor": 700, "reason": "agreed on the phone"}
    too_much = asked | {"amount_minor": item["open_minor"] + 1}
    stage.post("/v1/payment-links", too_much, "More than is open", refused="more_than_open")
    made = stage.post("/v1/payment-links", asked, "A link under which a member pays a part")
    path = f"/v1/payment-links/{made['link_id']}"
    shown = stage.get(path, "The link, with its address")
    stage.get("/v1/payment-links", "The links of a member", member_id=made["member_id"])
    form = {"key": "1", "method": "card", "pay": item["number"], f"amount-{item['number']}": "7.00"}
    page = shown["url"].partition("/pay/")[2]
    told = stage.http.post(f"/pay/{page}/checkouts", data=form | {f"shown-{item['number']}": str(item["open_minor"])})
    stage.wait()
    checkout_id = told.headers["Location"].rpartition("/")[2]
    stage.get("/v1/checkouts", "What a member paid themselves, or began to", member_id=made["member_id"])
    stage.get(f"/v1/checkouts/{checkout_id}", "One of it")
    stage.post(f"{path}/revoke", {"reason": "it was sent to another one"}, "The link is revoked")
    stage.post(f"{path}/revoke", {"reason": "again"}, "It was already", refused="wrong_state")


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
