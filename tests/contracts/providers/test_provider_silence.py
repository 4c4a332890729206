"""No adapter ever raises for an outcome, and none takes silence for an answer; what is not offered says so."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from common.failures import TryLater
from functions.payments.providers.port import NOT_OFFERED, Provider
from tests.contracts.providers.stage import START, Offer, Stage, absent, attempt, give_back, invitation, needs

MANY = 50
Ask = Callable[[Stage, Provider], Any]
ASKS: dict[str, tuple[Offer | None, Ask]] = {
    "charge": (None, lambda stage, provider: provider.charge(attempt(stage))),
    "get": ("get", lambda stage, provider: provider.get(absent(stage, "payment"))),
    "search": ("search", lambda stage, provider: provider.search_for(attempt(stage))),
    "refund": (
        "refunds",
        lambda stage, provider: provider.refund(give_back(attempt(stage), absent(stage, "payment"), 100)),
    ),
    "get_refund": ("get_refund", lambda stage, provider: provider.get_refund(absent(stage, "refund"))),
    "search_refund": (
        "search_refund",
        lambda stage, provider: provider.search_refund(give_back(attempt(stage), absent(stage, "payment"), 100)),
    ),
    "pay_page": ("pay_page", lambda stage, provider: provider.invite(invitation(stage, "pay"))),
    "set_up": ("set_up", lambda stage, provider: provider.invite(invitation(stage, "set_up"))),
    "get_set_up": ("set_up", lambda stage, provider: provider.get_set_up(absent(stage, "set_up"))),
    "get_dispute": ("disputes", lambda stage, provider: provider.get_dispute(absent(stage, "dispute"))),
    "evidence": (
        "evidence",
        lambda stage, provider: provider.answer_dispute(absent(stage, "dispute"), {"uncategorized_text": "paid"}),
    ),
    "accept": (
        "accept_dispute",
        lambda stage, provider: provider.answer_dispute(absent(stage, "dispute"), {}, accept=True),
    ),
    "get_payout": ("payout_movements", lambda stage, provider: provider.get_payout(absent(stage, "payout"))),
}
LISTS: dict[str, tuple[Offer, Ask]] = {
    "payouts": ("payouts", lambda _, provider: provider.payouts(START)),
    "changes": ("changes", lambda _, provider: provider.changes(START)),
}
SILENCES: dict[str, Callable[[Stage], None]] = {
    "cut": lambda stage: stage.wire.cut(MANY),
    "lost": lambda stage: stage.wire.lose(MANY),
    "500": lambda stage: stage.wire.answer(500, b'{"error": {"type": "api_error", "message": "x"}}', times=MANY),
    "502": lambda stage: stage.wire.answer(502, b"<html>Bad Gateway</html>", times=MANY),
    "503": lambda stage: stage.wire.answer(503, times=MANY),
    "429": lambda stage: stage.wire.answer(429, b"{}", {"Retry-After": "7"}, times=MANY),
    "401": lambda stage: stage.wire.answer(401, b'{"error": {"type": "x"}}', times=MANY),
    "302": lambda stage: stage.wire.answer(302, b"", {"Location": "http://elsewhere.example/"}, times=MANY),
    "empty": lambda stage: stage.wire.answer(200, b"", times=MANY),
    "html": lambda stage: stage.wire.answer(200, b"<html>maintenance</html>", times=MANY),
    "a list": lambda stage: stage.wire.answer(200, b"[]", times=MANY),
    "a number": lambda stage: stage.wire.answer(200, b"7", times=MANY),
    "null": lambda stage: stage.wire.answer(200, b"null", times=MANY),
    "an empty object": lambda stage: stage.wire.answer(200, b"{}", times=MANY),
    "no text": lambda stage: stage.wire.answer(200, b"\xff\xfe\x00", times=MANY),
    "deep": lambda stage: stage.wire.answer(200, b"[" * 100_000, times=MANY),
}


@pytest.mark.parametrize("name", ASKS)
def test_silence_is_unknown_and_never_raised(stage: Stage, name: str) -> None:
    offer, ask = ASKS[name]
    needs(stage, *([offer] if offer else []))
    said = {}
    for kind, silence in SILENCES.items():
        silence(stage)
        answer = ask(stage, stage.provider)
        said[kind] = (answer.outcome, bool(answer.code))
        stage.wire.heal()
    assert said == dict.fromkeys(SILENCES, ("unknown", True))


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_can_not_be_had_is_asked_for_later(stage: Stage, name: str) -> None:
    offer, ask = LISTS[name]
    needs(stage, offer)
    for silence in SILENCES.values():
        silence(stage)
        with pytest.raises(TryLater):
            ask(stage, stage.provider)
        stage.wire.heal()


def test_who_is_asked_too_often_says_how_long_to_wait(stage: Stage) -> None:
    stage.wire.answer(429, b"{}", {"Retry-After": "7"}, times=MANY)
    answer = stage.provider.charge(attempt(stage))
    assert (answer.outcome, answer.code, answer.retry_after_s) == ("unknown", "http_429", 7)


def test_after_the_silence_everything_is_as_before(stage: Stage) -> None:
    wanted = attempt(stage)
    for silence in SILENCES.values():
        silence(stage)
        assert stage.provider.charge(wanted).outcome == "unknown"
        stage.wire.heal()
    assert stage.provider.charge(wanted).outcome in {"succeeded", "processing"}
    stage.advance(timedelta(days=stage.final_after_days))
    assert stage.collected(wanted.attempt_id) == [11900]


SAID_SO = {("failed", NOT_OFFERED), ("not_found", ""), ("unknown", "only_told")}
"""The last: it can't be asked for, a notice tells it."""


@pytest.mark.parametrize("name", [name for name, (offer, _) in ASKS.items() if offer])
def test_what_is_not_offered_says_so_without_asking(stage: Stage, name: str) -> None:
    offer, ask = ASKS[name]
    if offer in stage.offers:
        pytest.skip(f"{stage.name} offers {offer}")
    answer = ask(stage, stage.provider)
    assert (answer.outcome, answer.code) in SAID_SO
    assert stage.wire.requests == []


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_is_not_offered_is_empty(stage: Stage, name: str) -> None:
    offer, ask = LISTS[name]
    if offer in stage.offers:
        pytest.skip(f"{stage.name} offers {offer}")
    assert list(ask(stage, stage.provider)) == []
