"""A dispute is answered once each time the provider asks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from common.failures import Rejected
from common.parking import Parked
from functions.payments.handlers import disputes
from functions.payments.model.asking import Answer, DisputeSaid
from functions.payments.model.disputes import Dispute, dispute_id_of
from functions.payments.model.webhooks import LookAtDispute
from functions.payments.providers import disputing
from functions.payments.providers.port import Offering
from functions.payments.requests.disputes import DisputeAnswer, RespondToDispute
from tests.unit.payments.stage import START, Stage, invoice

DUE = datetime(2026, 10, 20, 12, tzinfo=UTC)
ID = dispute_id_of("stripe", "dp_1")


class Disputed(Offering):
    """A provider whose dispute stands as a test says."""

    name = "stripe"

    def __init__(self) -> None:
        self.state = "needs_response"
        self.answers: list[Answer] = []
        self.sent = 0

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        said = {"provider_id": provider_id, "amount_minor": 11_900, "currency": "EUR", "evidence_due_at": DUE}
        return DisputeSaid.model_validate({"outcome": "succeeded", "payment_id": "", "state": self.state, **said})

    def answer_dispute(self, provider_id: str, texts: dict[str, str], *, accept: bool = False) -> Answer:  # noqa: ARG002
        self.sent += 1
        return self.answers.pop(0) if self.answers else Answer(outcome="succeeded", provider_id=provider_id)


class Desk:
    """A collected invoice that is disputed."""

    def __init__(self, stage: Stage, patch: pytest.MonkeyPatch) -> None:
        self.platform = stage.platform
        self.provider = Disputed()
        patch.setattr(disputing, "provider_named", lambda _: lambda _: self.provider)
        self.platform.tell(invoice())
        self.paid = stage.payment().provider_id
        whole = self.provider.get_dispute
        update = {"payment_provider_id": self.paid}
        patch.setattr(self.provider, "get_dispute", lambda name: whole(name).model_copy(update=update))
        self.look()

    def look(self, state: str = "") -> None:
        self.provider.state = state or self.provider.state
        task = LookAtDispute(provider="stripe", provider_id="dp_1", event_id="evt")
        self.platform.do(lambda _, unit: unit.later(task), None)
        self.platform.settle()

    def respond(self, key: str = "") -> DisputeAnswer:
        given = RespondToDispute(dispute_id=ID, reason="it was delivered", texts={"product_description": "fees"})
        answer = self.platform.do(disputes.respond_to_dispute, given, key=key)
        return DisputeAnswer.model_validate(answer)

    def dispute(self) -> Dispute:
        found = self.platform.read.find(Dispute, ID)
        assert found is not None
        return found

    def refused(self) -> str:
        with pytest.raises(Rejected) as refusal:
            self.respond()
        return refusal.value.code


@pytest.fixture
def desk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(stage, monkeypatch)


def allowed(desk: Desk) -> Any:
    return DisputeAnswer.of(desk.dispute()).allowed


def test_a_second_answer_is_refused_even_while_the_first_is_on_its_way(desk: Desk) -> None:
    assert allowed(desk) == ["respond"]
    desk.respond()
    assert desk.refused() == "wrong_state"
    desk.platform.settle()
    assert (desk.refused(), allowed(desk), desk.provider.sent) == ("wrong_state", [], 1)


def test_the_same_answer_under_the_same_key_is_sent_once(desk: Desk) -> None:
    assert desk.respond("k") == desk.respond("k")
    desk.platform.settle()
    assert desk.provider.sent == 1


def test_when_they_ask_again_it_may_be_answered_again(desk: Desk) -> None:
    desk.respond()
    desk.look("under_review")
    assert desk.refused() == "wrong_state"
    desk.look("needs_response")
    assert allowed(desk) == ["respond"]
    desk.respond()
    desk.platform.settle()
    assert desk.provider.sent == 2


def test_a_look_that_says_nothing_new_does_not_open_it_again(desk: Desk) -> None:
    desk.respond()
    desk.look("needs_response")
    assert desk.refused() == "wrong_state"


def test_what_the_provider_does_not_take_is_told_and_may_be_answered_anew(desk: Desk) -> None:
    desk.provider.answers = [Answer(outcome="failed", code="field_unknown")]
    desk.respond()
    desk.platform.settle()
    assert [one.code for one in desk.platform.all(Parked)] == ["evidence_refused"]
    assert allowed(desk) == ["respond"]
    desk.respond()
    desk.platform.settle()
    assert (desk.provider.sent, desk.refused()) == (2, "wrong_state")


def test_somebody_is_reminded_of_the_second_question_too(desk: Desk) -> None:
    desk.respond()
    desk.look("under_review")
    desk.look("needs_response")
    desk.platform.advance_to(START + timedelta(days=19))
    assert "evidence_due" in {one.code for one in desk.platform.all(Parked)}
