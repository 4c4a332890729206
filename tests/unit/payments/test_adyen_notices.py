"""Adyen's notices: each item is believed for its eight signed fields, and nothing that can be sent does harm."""

import base64
import hashlib
import hmac
import json
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from common.settings import Settings
from emulators.adyen.notices import signature, signed
from functions.payments import api
from functions.payments.model.asking import Notice
from functions.payments.webhooks import adyen
from functions.payments.webhooks.adyen_items import READERS

KEY = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
OTHER = "11223344D785FBAE710E7F943F307971BB61B21281C98C9129B3D4018A57B2EB"
PUBLISHED = {
    "pspReference": "7914073381342284",
    "originalReference": "",
    "merchantAccountCode": "TestMerchant",
    "merchantReference": "TestPayment-1407325143704",
    "amount": {"value": 1130, "currency": "EUR"},
    "eventCode": "AUTHORISATION",
    "success": "true",
}
"""The example of Adyen's own documentation and libraries, with the key above."""
SWALLOWED = [
    "AUTHORISATION_ADJUSTMENT", "AUTORESCUE", "CANCEL_AUTORESCUE", "CANCEL_OR_REFUND", "HANDLED_EXTERNALLY",
    "ORDER_OPENED", "ORDER_CLOSED", "REFUND_WITH_DATA", "POSTPONED_REFUND", "MANUAL_REVIEW_ACCEPT",
    "MANUAL_REVIEW_REJECT", "RECURRING_CONTRACT", "DIRECT_DEBIT_PENDING", "NOTIFICATION_OF_FRAUD", "PAYOUT_DECLINE",
    "PAYOUT_EXPIRE", "PAYOUT_THIRDPARTY", "PAIDOUT_REVERSED", "INFORMATION_SUPPLIED", "ISSUER_COMMENTS", "DONATION",
    "FUND_TRANSFER", "DEACTIVATE_RECURRING", "VOID_PENDING_REFUND", "PENDING", "DISABLE_RECURRING",
]  # fmt: skip


def item(code: str = "AUTHORISATION", **more: Any) -> dict[str, Any]:
    """An item of ours, as Adyen would send it."""
    return {
        "pspReference": "PSPREFERENCE0001",
        "merchantAccountCode": "MarketplaceBilling",
        "merchantReference": "att_1",
        "amount": {"value": 11900, "currency": "EUR"},
        "eventCode": code,
        "eventDate": "2026-10-05T10:00:00+02:00",
        "success": "true",
        "additionalData": {"metadata.payment_id": "pay_1"},
        **more,
    }


def read(body: bytes, *keys: str, **more: Any) -> tuple[Notice, ...]:
    return adyen.notices(body, {}, keys or (KEY,), 0, **{"merchant": "MarketplaceBilling", **more})


def one(given: dict[str, Any]) -> Notice:
    [notice] = read(signed(KEY, [given]))
    return notice


def refused(body: bytes, code: str, *keys: str) -> None:
    with pytest.raises(Rejected) as refusal:
        read(body, *keys)
    assert (refusal.value.code, refusal.value.status) == (code, 400)


def test_the_published_example_has_the_published_signature() -> None:
    published = "coqCmt/IZ4E3CzPvMY8zTjQVL5hYJUiBRg8UU+iCWo0="
    assert signature(KEY, PUBLISHED) == published
    adyen.must_be_signed({**PUBLISHED, "additionalData": {"hmacSignature": published}}, [bytes.fromhex(KEY)])


@pytest.mark.parametrize("missing", ["", None, "absent"])
def test_an_original_reference_that_is_missing_or_null_is_signed_as_empty(missing: str | None) -> None:
    found: dict[str, Any] = {**PUBLISHED, "originalReference": missing}
    if missing == "absent":
        del found["originalReference"]
    assert adyen.signed(found).startswith("7914073381342284::TestMerchant:")


@pytest.mark.parametrize("success", [True, "true"])
def test_success_may_be_a_word_or_a_boolean(success: Any) -> None:
    told = item(success="true")
    body = json.loads(signed(KEY, [told]))
    body["notificationItems"][0]["NotificationRequestItem"]["success"] = success
    [notice] = read(json.dumps(body).encode())
    assert notice.said is not None
    assert notice.said.outcome == "succeeded"


@pytest.mark.parametrize("success", [1, "TRUE", "yes", None, {}, []])
def test_any_other_success_is_refused(success: Any) -> None:
    body = json.loads(signed(KEY, [item()]))
    body["notificationItems"][0]["NotificationRequestItem"]["success"] = success
    refused(json.dumps(body).encode(), "bad_event")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pspReference", "PSPREFERENCE0002"),
        ("merchantReference", "att_2"),
        ("originalReference", "PSPREFERENCE0002"),
        ("merchantAccountCode", "Another"),
        ("eventCode", "REFUND"),
        ("success", "false"),
        ("amount", {"value": 11901, "currency": "EUR"}),
        ("amount", {"value": 11900, "currency": "USD"}),
    ],
)
def test_a_signed_field_that_was_changed_is_noticed(field: str, value: Any) -> None:
    body = json.loads(signed(KEY, [item()]))
    body["notificationItems"][0]["NotificationRequestItem"][field] = value
    refused(json.dumps(body).encode(), "bad_signature")


UNSIGNED = (None, "", 7, "ä", "not base64!")


@pytest.mark.parametrize("extra", [None, {}, [], "x", *({"hmacSignature": given} for given in UNSIGNED)])
def test_an_item_without_a_signature_is_refused(extra: Any) -> None:
    told = {"notificationItems": [{"NotificationRequestItem": item(additionalData=extra)}]}
    refused(json.dumps(told).encode(), "bad_signature")


def test_of_two_items_each_has_to_be_signed() -> None:
    body = json.loads(signed(KEY, [item(), item(merchantReference="att_2")]))
    assert len(read(json.dumps(body).encode())) == 2
    del body["notificationItems"][1]["NotificationRequestItem"]["additionalData"]["hmacSignature"]
    refused(json.dumps(body).encode(), "bad_signature")


def test_both_keys_are_good_while_one_is_being_replaced() -> None:
    body = signed(OTHER, [item()])
    assert read(body, KEY, OTHER)
    refused(body, "bad_signature", KEY)
    refused(body, "bad_signature", "")


def test_no_key_lets_nobody_in() -> None:
    with pytest.raises(Rejected, match="no signature fits"):
        adyen.notices(signed(KEY, [item()]), {}, [], 0)


def test_a_signature_that_fits_two_readings_is_about_nothing() -> None:
    """The signed text has no escaping: shifted by a colon it says something else under the same signature."""
    honest = item(
        "AUTHORISATION", merchantReference="att_1:100:EUR:AUTHORISATION", amount={"value": 1, "currency": "EUR"}
    )
    shifted = {**honest, "merchantReference": "att_1", "amount": {"value": 100, "currency": "EUR"}}
    shifted |= {"eventCode": "AUTHORISATION:1:EUR:AUTHORISATION"}
    for told in (honest, shifted):
        assert (one(told).about, one(told).said) == ("", None)


def test_a_notice_of_the_test_environment_means_nothing_in_the_live_one() -> None:
    test, live = signed(KEY, [item()]), signed(KEY, [item()], live="true")
    assert [read(body, live=True)[0].about for body in (test, live)] == ["", "payment"]
    assert [read(body, live=False)[0].about for body in (test, live)] == ["payment", ""]


def test_a_notice_of_another_merchant_account_means_nothing() -> None:
    assert one(item(merchantAccountCode="Somebody")).about == ""


def test_what_is_not_signed_is_not_believed_about_money() -> None:
    [notice] = read(signed(KEY, [item(additionalData={"metadata.payment_id": "../x", "authorisedAmountValue": "1"})]))
    assert notice.said is not None
    assert (notice.said.payment_id, notice.said.amount_minor) == ("", 11900)


@pytest.mark.parametrize("code", SWALLOWED)
@pytest.mark.parametrize("success", ["true", "false"])
def test_every_other_event_is_swallowed(code: str, success: str) -> None:
    notice = one(item(code, success=success))
    assert notice.type == code
    assert notice.about in ({"", "refund"} if code in READERS else {""})


def test_a_payment_that_was_refused_says_why() -> None:
    soft, hard = (one(item(success="false", reason=reason)).said for reason in ("Not enough balance", "Blocked Card"))
    assert soft is not None
    assert hard is not None
    assert [(soft.outcome, soft.code, soft.soft), (hard.code, hard.soft)] == [
        ("failed", "not_enough_balance", True),
        ("blocked_card", False),
    ]


def test_a_debit_that_bounced_says_the_schemes_code() -> None:
    said = one(item(success="false", reason="AM04:InsufficientFunds", paymentMethod="sepadirectdebit")).said
    assert said is not None
    assert (said.code, said.soft) == ("AM04", True)


def test_a_refusal_on_a_page_decides_nothing_while_the_page_is_open() -> None:
    page = {"paymentLinkId": "PLE83C39B0A0DE0C1E", "metadata.payment_id": "chk_1"}
    assert one(item(success="false", additionalData=page)).about == ""
    assert one(item(additionalData=page)).about == "payment"


def test_a_zero_payment_of_a_page_is_a_method_that_was_set_up() -> None:
    page = {"paymentLinkId": "PLE83C39B0A0DE0C1E"}
    notice = one(item(amount={"value": 0, "currency": "EUR"}, additionalData=page))
    assert (notice.about, notice.provider_id) == ("set_up", "PLE83C39B0A0DE0C1E")


@pytest.mark.parametrize(
    ("code", "success", "outcome"),
    [
        ("REFUND", "true", "succeeded"),
        ("REFUND", "false", "failed"),
        ("REFUND_FAILED", "true", "failed"),
        ("REFUNDED_REVERSED", "true", "failed"),
    ],
)
def test_what_became_of_a_refund_is_told(code: str, success: str, outcome: str) -> None:
    notice = one(item(code, success=success, merchantReference="rfd_1.2", originalReference="PSPREFERENCE0000"))
    assert notice.said is not None
    assert (notice.about, notice.attempt_id, notice.said.outcome) == ("refund", "rfd_1.2", outcome)


@pytest.mark.parametrize(
    ("code", "status", "state", "withdrawn"),
    [
        ("REQUEST_FOR_INFORMATION", "", "warning", 0),
        ("NOTIFICATION_OF_CHARGEBACK", "Undefended", "needs_response", 0),
        ("CHARGEBACK", "Undefended", "needs_response", 11900),
        ("CHARGEBACK", "Pending", "under_review", 11900),
        ("CHARGEBACK", "Accepted", "lost", 11900),
        ("CHARGEBACK_REVERSED", "Pending", "won", 0),
        ("SECOND_CHARGEBACK", "Lost", "lost", 11900),
        ("PREARBITRATION_WON", "Won", "won", 0),
        ("PREARBITRATION_LOST", "Lost", "lost", 11900),
        ("CAPTURE_FAILED", "", "lost", 11900),
    ],
)
def test_a_dispute_is_told_as_it_stands(code: str, status: str, state: str, withdrawn: int) -> None:
    extra = {"disputeStatus": status, "defensePeriodEndsAt": "2026-10-19T00:00:00+02:00"}
    notice = one(item(code, originalReference="PSPREFERENCE0000", additionalData=extra))
    said = notice.dispute
    assert said is not None
    assert (said.state, said.withdrawn_minor, said.payment_provider_id) == (state, withdrawn, "PSPREFERENCE0000")
    assert said.evidence_due_at is not None
    assert said.said_at is not None


def test_a_dispute_told_anew_with_another_status_is_another_event() -> None:
    told = [
        one(item("CHARGEBACK", additionalData={"disputeStatus": status})).event_id for status in ("Undefended", "Won")
    ]
    assert len(set(told)) == 2


@pytest.mark.parametrize("reason", ["https://evil.example/x.csv", "http://169.254.169.254/", "file:///etc/passwd"])
def test_of_a_report_only_its_name_is_taken(reason: str) -> None:
    name = "settlement_detail_report_batch_4.csv"
    notice = one(item("REPORT_AVAILABLE", pspReference=name, merchantReference="", reason=reason))
    assert (notice.about, notice.provider_id) == ("payout", name)
    assert reason not in notice.model_dump_json()


@pytest.mark.parametrize(
    "name", ["../settlement_detail_report_batch_4.csv", "received_payments_report_2026_10_05.csv", "x"]
)
def test_a_report_that_is_no_settlement_is_about_nothing(name: str) -> None:
    assert one(item("REPORT_AVAILABLE", pspReference=name)).about == ""


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"', b"{}", b'{"notificationItems": {}}', b'{"notificationItems": []}',
        b'{"notificationItems": [1]}', b'{"notificationItems": [{"NotificationRequestItem": 1}]}', b"\xff\xfe",
        b'{"live": "maybe", "notificationItems": []}', b'{"notificationItems": [{"NotificationRequestItem": {}}]}',
    ],
)  # fmt: skip
def test_what_is_no_notification_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected) as refusal:
        read(body)
    assert refusal.value.status == 400


NAMES = st.sampled_from([*PUBLISHED, "additionalData", "reason", "value", "currency"])
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@given(ANYTHING)
def test_no_content_of_an_item_breaks_the_door(value: Any) -> None:
    told = value if isinstance(value, dict) else {"success": value}
    body = json.dumps({"live": "false", "notificationItems": [{"NotificationRequestItem": told}]}).encode()
    with pytest.raises(Rejected):
        read(body)


@given(st.sampled_from(sorted(READERS)), st.text(max_size=30), st.integers(-(10**12), 10**12))
def test_no_signed_content_breaks_the_reading(code: str, text: str, value: int) -> None:
    told = item(code, merchantReference=text, reason=text, amount={"value": value, "currency": "EUR"})
    told |= {"additionalData": {"disputeStatus": text, "paymentLinkId": text, "defensePeriodEndsAt": text}}
    assert one(told).type == code


def test_the_route_takes_a_notification_by_its_bytes() -> None:
    body = signed(KEY, [item()])
    given = api.from_adyen(body, {}, Settings())
    assert given.key == hashlib.sha256(body).hexdigest()
    assert given.command.provider == "adyen"
    assert given.command.notices[0].said.amount_minor == 11900


def test_an_item_says_the_same_under_the_same_id_whenever_it_is_sent() -> None:
    first, again = (one(item(eventDate=at)) for at in ("2026-10-05T10:00:00+02:00", "2026-10-06T10:00:00+02:00"))
    assert (first.event_id, first.fingerprint) == (again.event_id, again.fingerprint)


def test_the_signature_is_of_the_fields_and_not_of_their_order() -> None:
    fields = list(item().items())
    for order in list(permutations(range(3)))[1:]:
        mixed = dict([fields[i] for i in order] + fields[3:])
        assert signature(KEY, mixed) == signature(KEY, item())
    message = b"PSPREFERENCE0001::MarketplaceBilling:att_1:11900:EUR:AUTHORISATION:true"
    right = base64.b64encode(hmac.new(bytes.fromhex(KEY), message, hashlib.sha256).digest()).decode()
    assert signature(KEY, item()) == right


def test_an_amount_that_can_not_be_is_told_as_unreadable_and_the_others_go_on() -> None:
    broken, right = item(amount={"value": 1, "currency": "ISK"}), item(merchantReference="att_2")
    first, second = read(signed(KEY, [broken, right]))
    assert (first.type, first.about, second.about) == ("unreadable", "", "payment")
