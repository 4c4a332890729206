"""VAT ids are proven over real HTTP, and whatever the register does instead of answering is unknown, never invalid."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from werkzeug.serving import make_server
from werkzeug.test import Client

from emulators.clock import Clock
from emulators.vies import BEHAVIOURS, ViesSimulator
from emulators.vies.register import ERRORS
from functions.members import providers
from functions.members.checks import CheckVatId, VatAnswer
from functions.members.model import member_id_of
from functions.members.vies import Question
from tests.kit import Platform
from tests.unit.members.given import ADDRESS, OTHER_VAT_ID, VAT_ID, stored, told, upsert

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
QUESTION = Question("mem_1", "DE", "136695976", "Anna Müller", "Lange Straße 1", "50667", "Köln", NOW)


class Register:
    """The simulator behind a real port."""

    def __init__(self, clock: Any) -> None:
        self.simulator = ViesSimulator(None, clock=clock)
        self.server = make_server("127.0.0.1", 0, self.simulator.wsgi, threaded=True)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self.thread = Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def behave(self, *steps: str, key: str = "default") -> None:
        sent = {"key": key, "behaviour": list(steps)}
        httpx.post(f"{self.url}/admin/behaviour", json=sent).raise_for_status()

    def enter(self, vat_id: str, **trader: Any) -> None:
        httpx.post(f"{self.url}/admin/traders", json={"vat_id": vat_id, **trader}).raise_for_status()

    def questions(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.url}/admin/questions").json()
        return found

    def ask(self, question: Question = QUESTION, timeout_s: float = 5) -> VatAnswer:
        return providers.Vies(self.url, timeout_s=timeout_s).ask(question)

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.simulator.close()


@pytest.fixture
def platform() -> Platform:
    return Platform("members")


@pytest.fixture
def register(platform: Platform) -> Iterator[Register]:
    simulator = Register(platform.clock)
    settings = platform.runtime.settings.model_copy(update={"vies_url": simulator.url})
    platform.runtime.world.settings = settings
    yield simulator
    simulator.close()


def test_a_business_is_proven_with_number_date_and_what_the_register_knows_of_it(
    platform: Platform, register: Register
) -> None:
    register.enter(VAT_ID, name="ANNA MÜLLER-WEISS", address="Lange Straße 1\n50667 Köln")
    upsert(platform, kind="business", vat_id=VAT_ID)
    platform.settle()
    proof = stored(platform).vat_proof
    assert proof is not None
    assert proof.request_id.startswith("WAPI")
    assert (proof.checked_at, proof.dated) == (platform.clock.now(), "2026-10-01T08:00:00.000Z")
    assert (proof.name, proof.address) == ("ANNA MÜLLER-WEISS", "Lange Straße 1 50667 Köln")
    assert (proof.agrees, proof.differs) == (("name", "street", "postcode", "city"), ())
    assert told(platform)[-1].buyer.vat_proof == proof.request_id
    (asked,) = register.questions()
    assert (asked["vat_id"], asked["requester"], asked["identifier"]) == (VAT_ID, "DE136695976", proof.request_id)


def test_what_the_register_knows_otherwise_is_evidence_and_not_a_no(platform: Platform, register: Register) -> None:
    register.enter(VAT_ID, name="Somebody Else SARL", address="Paris")
    upsert(platform, kind="business", vat_id=VAT_ID)
    platform.settle()
    proof = stored(platform).vat_proof
    assert proof is not None
    assert (proof.differs, stored(platform).vat_state) == (("name", "street", "postcode", "city"), "valid")


def test_a_state_that_tells_nothing_of_a_trader_matches_nothing(register: Register) -> None:
    proof = register.ask().proof
    assert proof is not None
    assert (proof.name, proof.agrees, proof.differs) == ("", (), ())


def test_a_number_the_register_does_not_hold_is_invalid(platform: Platform, register: Register) -> None:
    register.enter(VAT_ID, valid=False)
    upsert(platform, kind="business", vat_id=VAT_ID)
    platform.settle()
    assert (stored(platform).vat_state, told(platform)[-1].buyer.vat_id) == ("invalid", "")


@pytest.mark.parametrize("status", ["", "+status:400", "+status:500"])
@pytest.mark.parametrize("code", sorted(ERRORS.values()))
def test_every_error_of_the_service_is_unknown_with_its_code(register: Register, code: str, status: str) -> None:
    register.behave(code + status)
    assert register.ask() == VatAnswer(outcome="unknown", code=code)


@pytest.mark.parametrize("number", sorted(ERRORS))
def test_the_service_answers_its_own_test_numbers(register: Register, number: str) -> None:
    asked = {"countryCode": "DE", "vatNumber": number}
    answer = httpx.post(f"{register.url}/check-vat-test-service", json=asked).json()
    assert answer == {"actionSucceed": False, "errorWrappers": [{"error": ERRORS[number]}]}
    for other, valid in (("100", True), ("200", False)):
        asked["vatNumber"] = other
        assert httpx.post(f"{register.url}/check-vat-test-service", json=asked).json()["valid"] is valid


@pytest.mark.parametrize(
    ("step", "code"),
    [
        ("broken_json", "UNREADABLE"),
        ("html", "UNREADABLE"),
        ("empty", "UNREADABLE"),
        ("large", "UNREADABLE"),
        ("valid_as_text", "UNREADABLE"),
        ("other_number", "OTHER_NUMBER"),
        ("valid+status:503", "HTTP_503"),
        ("invalid+status:500", "HTTP_500"),
        ("invalid+status:302", "HTTP_302"),
        ("invalid+status:429", "HTTP_429"),
        ("html+status:502", "UNREADABLE"),
        ("hang_up", "RemoteProtocolError"),
        ("slow:1500+invalid", "ReadTimeout"),
    ],
)
def test_an_answer_that_is_none_is_unknown_and_never_invalid(register: Register, step: str, code: str) -> None:
    register.behave(step)
    answer = register.ask(timeout_s=0.4 if "slow" in step else 5)
    assert (answer.outcome, answer.proof) == ("unknown", None)
    assert answer.code in {code, "ReadError"}


def test_nobody_there_is_unknown(platform: Platform) -> None:
    settings = platform.runtime.settings.model_copy(update={"vies_url": "http://127.0.0.1:9"})
    platform.runtime.world.settings = settings
    upsert(platform, kind="business", vat_id=VAT_ID)
    platform.settle()
    check = stored(platform).vat_check
    assert check is not None
    assert (stored(platform).vat_state, check.code) == ("unknown", "ConnectError")


def test_a_requester_the_service_refuses_makes_nobody_invalid(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "requester", lambda: ("DE", "136695977"))
    assert register.ask() == VatAnswer(outcome="unknown", code="INVALID_REQUESTER_INFO")


def test_without_a_requester_an_answer_has_no_number_and_counts_nevertheless(
    register: Register, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providers, "requester", lambda: ("", ""))
    answer = register.ask()
    assert answer.proof is not None
    assert (answer.outcome, answer.proof.request_id) == ("valid", "")


def test_greek_ids_are_asked_about_as_the_service_calls_greece(register: Register, platform: Platform) -> None:
    upsert(platform, kind="business", vat_id="EL094259216", address=ADDRESS | {"country": "GR"})
    platform.settle()
    assert (register.questions()[0]["vat_id"], stored(platform).vat_state) == ("EL094259216", "valid")


def test_an_outage_of_one_state_is_its_own(platform: Platform, register: Register) -> None:
    register.behave("MS_UNAVAILABLE", key="FR")
    for number in range(6):
        upsert(platform, external_id=f"de-{number}", kind="business", vat_id=VAT_ID)
        country = ADDRESS | {"country": "FR"}
        upsert(platform, external_id=f"fr-{number}", kind="business", vat_id="FR40303265045", address=country)
    tasks = [
        CheckVatId(member_id=member_id_of(f"{state}-{number}"), look=1) for number in range(6) for state in ("de", "fr")
    ]
    answers = providers.check(tasks, platform.runtime.world)
    assert [answer.outcome for answer in answers] == ["valid", "unknown"] * 6
    assert sum(question["vat_id"].startswith("FR") for question in register.questions()) == providers.TIRED


def test_an_outage_passes_and_everybody_is_proven(platform: Platform, register: Register) -> None:
    register.behave("MS_UNAVAILABLE", "SERVICE_UNAVAILABLE+status:503", "broken_json", "hang_up", "valid")
    upsert(platform, kind="business", vat_id=VAT_ID)
    upsert(platform, external_id="m-2", kind="business", vat_id=OTHER_VAT_ID)
    platform.advance_to(platform.clock.now() + timedelta(days=3))
    for name in ("m-1", "m-2"):
        assert (stored(platform, name).vat_state, told(platform, name)[-1].buyer.vat_proof[:4]) == ("valid", "WAPI")
        assert len(told(platform, name)) == 2


def test_what_a_hostile_register_says_can_be_stored_and_shown(register: Register) -> None:
    register.enter(VAT_ID, name="<script>\x00\u202eEvil" + "x" * 5_000, address="a\r\nBcc: b@c.example")
    proof = register.ask().proof
    assert proof is not None
    assert proof.name.startswith("<script> Evil")
    assert len(proof.name) <= 300
    assert proof.address == "a Bcc: b@c.example"
    assert proof.model_dump_json()


@pytest.mark.usefixtures("register")
def test_a_member_with_a_hostile_name_is_asked_about(platform: Platform) -> None:
    upsert(platform, kind="business", vat_id=VAT_ID, name='"},{"valid":false} ' + "Ω" * 150)
    platform.settle()
    assert stored(platform).vat_state == "valid"


# -- the simulator itself ------------------------------------------------------------------------------


def test_the_simulator_keeps_its_register_scripts_and_questions(tmp_path: Path) -> None:
    asked = {"countryCode": "DE", "vatNumber": "136695976"}
    for number in range(2):
        simulator = ViesSimulator(tmp_path, clock=Clock(None))
        http = Client(simulator.wsgi)
        if number == 0:
            http.post("/admin/traders", json={"vat_id": VAT_ID, "name": "Anna"})
            http.post("/admin/behaviour", json={"key": "FR", "behaviour": ["TIMEOUT"]})
        assert http.post("/check-vat-number", json=asked).json["name"] == "Anna"  # type: ignore[index]
        assert len(http.get("/admin/questions").json) == number + 1  # type: ignore[arg-type]
        assert b"TIMEOUT" in http.get("/").data
        simulator.close()


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/admin/behaviour", {"behaviour": ["nonsense"]}),
        ("/admin/behaviour", {"behaviour": "valid"}),
        ("/admin/behaviour", {"behaviour": ["slow:soon"]}),
        ("/admin/behaviour", {"key": 7, "behaviour": []}),
        ("/admin/traders", {"vat_id": 7}),
        ("/admin/traders", {}),
    ],
)
def test_the_simulator_refuses_what_makes_no_sense(path: str, sent: dict[str, Any]) -> None:
    simulator = ViesSimulator(None, clock=Clock(None))
    assert Client(simulator.wsgi).post(path, json=sent).status_code == 400
    simulator.close()


@pytest.mark.parametrize("sent", [None, [], {}, {"countryCode": "GR", "vatNumber": "094259216"}, {"countryCode": "ZZ"}])
def test_a_question_that_is_none_is_invalid_input(sent: Any) -> None:
    simulator = ViesSimulator(None, clock=Clock(None))
    answer = Client(simulator.wsgi).post("/check-vat-number", json=sent).json
    assert answer == {"actionSucceed": False, "errorWrappers": [{"error": "INVALID_INPUT"}]}
    simulator.close()


def test_every_error_can_be_scripted() -> None:
    assert set(ERRORS.values()) <= set(BEHAVIOURS)
