"""What every adapter promises of notifications: only genuine ones are read, and polling tells what they told."""

from datetime import datetime, timedelta

import pytest

from common.failures import Rejected
from functions.payments.model.asking import Notice
from tests.contracts.providers.stage import START, Hook, Stage, attempt, give_back, needs, paid, settled


def refused(stage: Stage, hook: Hook, *secrets: str, at: datetime | None = None) -> None:
    with pytest.raises(Rejected) as refusal:
        stage.read(hook, secrets or (stage.secret,), at or stage.now())
    assert 400 <= refusal.value.status < 500


def heard(stage: Stage) -> list[Notice]:
    return [notice for hook in stage.hooks() for notice in stage.read(hook, [stage.secret], stage.now())]


def test_a_notification_says_what_it_is_about(stage: Stage) -> None:
    _, provider_id = paid(stage)
    told = [notice for notice in heard(stage) if notice.about == "payment"]
    assert provider_id in {notice.provider_id for notice in told}
    assert all(notice.event_id and notice.type for notice in told)


def test_a_refund_and_a_dispute_are_told(stage: Stage) -> None:
    needs(stage, "refunds")
    wanted, provider_id = paid(stage)
    _, disputed = paid(stage, 2)
    stage.hooks()
    refund = stage.provider.refund(give_back(wanted, provider_id, 4000))
    dispute_id = stage.dispute(disputed)
    settled(stage)
    told = {(notice.about, notice.provider_id) for notice in heard(stage)}
    assert told & {("refund", refund.provider_id), ("payment", provider_id)}
    assert told & {("dispute", dispute_id), ("payment", disputed)}


def test_a_notification_with_another_secret_is_refused(stage: Stage) -> None:
    needs(stage, "signatures")
    paid(stage)
    hook = stage.hooks()[0]
    for other in ("ab" * 32, "", stage.secret.swapcase() + "0"):
        refused(stage, hook, other)


def test_a_changed_notification_is_refused(stage: Stage) -> None:
    needs(stage, "signatures")
    _, provider_id = paid(stage)
    hook = next(hook for hook in stage.hooks() if provider_id.encode() in hook.body)
    forged = provider_id[:-1] + ("1" if provider_id[-1] != "1" else "2")
    refused(stage, Hook(hook.body.replace(provider_id.encode(), forged.encode()), hook.headers))


def test_both_secrets_are_good_while_one_is_being_replaced(stage: Stage) -> None:
    needs(stage, "signatures")
    paid(stage)
    hook = stage.hooks()[0]
    new = "cd" * 32
    for secrets in ([new, stage.secret], [stage.secret, new]):
        assert stage.read(hook, secrets, stage.now()) == stage.read(hook, [stage.secret], stage.now())


def test_a_replayed_notification_tells_the_same_event(stage: Stage) -> None:
    needs(stage, "signatures")
    paid(stage)
    hook = stage.hooks()[0]
    first, again = (stage.read(hook, [stage.secret], stage.now()) for _ in range(2))
    assert first == again


def test_an_old_notification_and_one_from_the_future_are_refused(stage: Stage) -> None:
    needs(stage, "signatures", "moments")
    paid(stage)
    hook, now = stage.hooks()[0], stage.now()
    for seconds in (-86_400, -302, 302, 86_400 * 30):
        refused(stage, hook, at=now - timedelta(seconds=seconds))
    for seconds in (-30, 0, 200):
        assert stage.read(hook, [stage.secret], now + timedelta(seconds=seconds))


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b"nonsense", b"\xff\xfe", b"[" * 50_000])
def test_what_is_signed_and_still_makes_no_sense_is_refused(stage: Stage, body: bytes) -> None:
    now = stage.now()
    hook = stage.signed(body, stage.secret, now)
    try:
        told = stage.read(hook, [stage.secret], now)
    except Rejected as refusal:
        assert 400 <= refusal.status < 500  # noqa: PT017 - telling nothing of interest is fine, too
    else:
        assert not any(notice.about for notice in told)


def test_polling_tells_whatever_notifications_told(stage: Stage) -> None:
    needs(stage, "changes")
    _, provider_id = paid(stage)
    stage.provider.charge(attempt(stage, 2, doing="declines_softly"))
    stage.dispute(provider_id) if "disputes" in stage.offers else None
    stage.advance(timedelta(days=21))
    told = {(notice.about, notice.provider_id) for notice in heard(stage) if notice.about}
    polled = {(notice.about, notice.provider_id) for notice in stage.provider.changes(START)}
    assert ("payment", provider_id) in told
    assert told <= polled


def test_a_missed_notification_is_told_by_polling_under_the_same_event(stage: Stage) -> None:
    needs(stage, "changes", "same_events")
    paid(stage)
    told = {notice.event_id: notice for notice in heard(stage) if notice.about == "payment"}
    polled = {notice.event_id: notice for notice in stage.provider.changes(START) if notice.about == "payment"}
    assert set(told) <= set(polled)
    assert all(polled[name].fingerprint in {"", told[name].fingerprint} for name in told)


def test_polling_from_later_on_tells_only_what_is_newer(stage: Stage) -> None:
    needs(stage, "changes")
    _, early = paid(stage, 1)
    stage.advance(timedelta(days=30))
    since = stage.now()
    _, late = paid(stage, 2)
    names = {notice.provider_id for notice in stage.provider.changes(since) if notice.about == "payment"}
    assert late in names
    assert early not in names
