"""A VAT id counts as proven when the authorities said so, and silence is neither yes nor no."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.failures import Rejected
from functions.members import checks, handlers, providers
from functions.members.checks import Standing, VatAnswer, VatCheck, VatProof, after, policy
from functions.members.model import member_id_of
from functions.members.requests import CheckVat, EraseMember, MergeMember, Search
from tests.kit import Platform
from tests.unit.members.given import (
    ADDRESS,
    OTHER_VAT_ID,
    STAFF,
    VAT_ID,
    Scripted,
    stored,
    told,
    upsert,
    with_register,
)

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)
DAY = timedelta(days=1)
PROOF = VatProof(vat_id=VAT_ID, request_id="WAPI1", checked_at=NOW)
ANSWERS = {
    "valid": VatAnswer(outcome="valid", proof=PROOF),
    "invalid": VatAnswer(outcome="invalid"),
    "unknown": VatAnswer(outcome="unknown", code="MS_UNAVAILABLE"),
}


@pytest.fixture
def platform() -> Platform:
    return Platform("members")


def business(platform: Platform, register: Scripted) -> Platform:
    with_register(platform, register)
    upsert(platform, kind="business", vat_id=VAT_ID)
    platform.settle()
    return platform


def test_a_new_vat_id_is_on_no_document_before_it_is_proven(platform: Platform) -> None:
    with_register(platform, Scripted("valid"))
    answer = upsert(platform, kind="business", vat_id=VAT_ID)
    assert (answer["member"]["vat_state"], told(platform)[-1].buyer.vat_id) == ("unknown", "")
    platform.settle()
    first, proven = told(platform)
    assert (first.buyer.vat_id, proven.buyer.vat_id, proven.buyer.vat_proof) == ("", VAT_ID, "WAPI1")
    assert (proven.revision, stored(platform).vat_state) == (2, "valid")


def test_where_no_register_is_set_up_the_checksum_decides_and_the_proof_is_empty(platform: Platform) -> None:
    upsert(platform, kind="business", vat_id=VAT_ID)
    platform.settle()
    assert (told(platform)[-1].buyer.vat_id, told(platform)[-1].buyer.vat_proof) == (VAT_ID, "")
    platform.advance_to(platform.clock.now() + 100 * DAY)
    assert (len(told(platform)), stored(platform).vat_state) == (2, "valid")


def test_a_register_that_is_set_up_later_proves_what_only_a_checksum_said(platform: Platform) -> None:
    upsert(platform, kind="business", vat_id=VAT_ID)
    platform.settle()
    with_register(platform, Scripted("valid"))
    platform.advance_to(platform.clock.now() + 31 * DAY)
    assert told(platform)[-1].buyer.vat_proof == "WAPI1"


def test_silence_leaves_a_new_id_unknown_and_is_asked_again_after_growing_waits(platform: Platform) -> None:
    register = Scripted("MS_UNAVAILABLE", "TIMEOUT", "HTTP_503", "UNREADABLE", "GLOBAL_MAX_CONCURRENT_REQ", "valid")
    business(platform, register)
    waits = []
    for _ in range(5):
        check = stored(platform).vat_check
        assert check is not None
        assert check.asked_at is not None
        assert (stored(platform).vat_state, len(told(platform))) == ("unknown", 1)
        waits.append(check.next_at - check.asked_at)
        platform.advance_to(check.next_at)
    assert waits == [timedelta(minutes=m) for m in (5, 60, 360, 1440, 1440)]
    assert (stored(platform).vat_state, len(register.asked)) == ("valid", 6)
    assert stored(platform).vat_check == VatCheck(
        look=stored(platform).version, next_at=platform.clock.now() + 30 * DAY, asked_at=platform.clock.now()
    )


def test_the_code_of_a_silence_is_kept_for_who_asks_why(platform: Platform) -> None:
    business(platform, Scripted("MS_MAX_CONCURRENT_REQ"))
    check = stored(platform).vat_check
    assert check is not None
    assert (check.code, check.tries, check.silent_since) == ("MS_MAX_CONCURRENT_REQ", 1, platform.clock.now())


def test_an_invalid_id_is_asked_again_for_new_ones_take_days_to_be_known(platform: Platform) -> None:
    business(platform, Scripted("invalid", "valid"))
    assert (stored(platform).vat_state, len(told(platform))) == ("invalid", 1)
    platform.advance_to(platform.clock.now() + 7 * DAY)
    assert (stored(platform).vat_state, told(platform)[-1].buyer.vat_id) == ("valid", VAT_ID)


def test_a_valid_id_is_asked_about_monthly_and_documents_get_the_newest_proof(platform: Platform) -> None:
    register = Scripted("valid")
    business(platform, register)
    platform.advance_to(platform.clock.now() + 91 * DAY)
    assert len(register.asked) == 4
    assert [event.buyer.vat_proof for event in told(platform)] == ["", "WAPI1", "WAPI2", "WAPI3", "WAPI4"]


def test_an_id_that_is_given_up_is_on_no_document_any_more(platform: Platform) -> None:
    business(platform, Scripted("valid", "invalid"))
    platform.advance_to(platform.clock.now() + 31 * DAY)
    assert (stored(platform).vat_state, stored(platform).vat_proof) == ("invalid", None)
    assert (told(platform)[-1].buyer.vat_id, told(platform)[-1].buyer.vat_proof) == ("", "")


def test_a_proven_id_outlives_silence_for_the_time_of_grace_and_no_longer(platform: Platform) -> None:
    business(platform, Scripted("valid", "MS_UNAVAILABLE"))
    start = platform.clock.now()
    platform.advance_to(start + 30 * DAY + policy().grace_days * DAY - timedelta(hours=1))
    assert (stored(platform).vat_state, len(told(platform))) == ("valid", 2)
    assert told(platform)[-1].buyer.vat_proof == "WAPI1"
    platform.advance_to(start + 30 * DAY + policy().grace_days * DAY + 2 * DAY)
    assert (stored(platform).vat_state, told(platform)[-1].buyer.vat_id) == ("unknown", "")
    assert len(told(platform)) == 3


def test_an_answer_ends_the_silence_and_the_next_one_has_a_grace_of_its_own(platform: Platform) -> None:
    business(platform, Scripted("valid", "TIMEOUT", "valid", "TIMEOUT"))
    platform.advance_to(platform.clock.now() + 65 * DAY)
    check = stored(platform).vat_check
    assert check is not None
    assert (stored(platform).vat_state, check.silent_since) > ("valid", NOW + 59 * DAY)


def test_an_answer_about_a_former_id_is_nobodys(platform: Platform) -> None:
    upsert(platform, kind="business", vat_id=VAT_ID)
    before = stored(platform)

    class Meanwhile(Scripted):
        """A register during whose answer the member changes."""

        def ask(self, asked: object) -> VatAnswer:
            if not self.asked:
                upsert(platform, kind="business", vat_id=OTHER_VAT_ID)
            return super().ask(asked)  # type: ignore[arg-type]

    register = Meanwhile("invalid", "valid")
    with_register(platform, register)
    platform.settle()
    assert before.vat_check is not None
    assert register.asked == [VAT_ID, OTHER_VAT_ID]
    assert (stored(platform).vat_state, told(platform)[-1].buyer.vat_id) == ("valid", OTHER_VAT_ID)


def test_another_id_has_to_be_proven_anew(platform: Platform) -> None:
    business(platform, Scripted("valid", "MS_UNAVAILABLE"))
    upsert(platform, kind="business", vat_id=OTHER_VAT_ID)
    assert (stored(platform).vat_state, stored(platform).vat_proof) == ("unknown", None)
    platform.settle()
    assert (stored(platform).vat_state, told(platform)[-1].buyer.vat_id) == ("unknown", "")


def test_another_name_keeps_the_proof_and_asks_nobody(platform: Platform) -> None:
    register = Scripted("valid")
    business(platform, register)
    upsert(platform, kind="business", vat_id=VAT_ID, name="Anna Schmidt")
    platform.settle()
    assert (len(register.asked), told(platform)[-1].buyer.vat_proof) == (1, "WAPI1")


def test_without_an_id_nobody_is_asked_any_more(platform: Platform) -> None:
    register = Scripted("valid")
    business(platform, register)
    upsert(platform, kind="business", vat_id="")
    platform.advance_to(platform.clock.now() + 100 * DAY)
    assert (len(register.asked), stored(platform).vat_check, stored(platform).vat_state) == (1, None, "none")


def test_an_id_that_only_its_own_country_knows_is_never_asked_about(platform: Platform) -> None:
    register = Scripted("valid")
    with_register(platform, register)
    upsert(platform, kind="business", vat_id="CHE107787577MWST", address=ADDRESS | {"country": "CH"})
    platform.advance_to(platform.clock.now() + 40 * DAY)
    assert (register.asked, stored(platform).vat_state, stored(platform).buyer.vat_id) == ([], "unknown", "")


@pytest.mark.parametrize("end", ["erase", "merge"])
def test_nobody_asks_about_a_closed_account(platform: Platform, end: str) -> None:
    register = Scripted("valid")
    business(platform, register)
    upsert(platform, external_id="m-2")
    if end == "erase":
        platform.do(handlers.erase_member, EraseMember(member_id="m-1", reason="art. 17"))
    else:
        platform.do(handlers.merge_member, MergeMember(member_id="m-1", into="m-2", reason="twice"))
    platform.advance_to(platform.clock.now() + 100 * DAY)
    assert len(register.asked) == 1


def test_a_repeated_message_asks_and_plans_only_once(platform: Platform) -> None:
    register = Scripted("valid")
    platform.bus.disorder = True
    business(platform, register)
    platform.advance_to(platform.clock.now() + 62 * DAY)
    assert (len(register.asked), len(told(platform))) == (3, 4)


def test_staff_have_it_asked_now_and_say_why(platform: Platform) -> None:
    register = Scripted("MS_UNAVAILABLE", "valid")
    business(platform, register)
    with pytest.raises(Rejected, match="reason_missing"):
        platform.do(handlers.check_vat_id, CheckVat(member_id="m-1"), actor=STAFF)
    answer = platform.do(handlers.check_vat_id, CheckVat(member_id="m-1", reason="they called"), actor=STAFF)
    assert answer["vat_check"]["next_at"] == platform.clock.now().isoformat().replace("+00:00", "Z")
    platform.settle()
    assert stored(platform).vat_state == "valid"
    platform.advance_to(platform.clock.now() + 29 * DAY)
    assert len(register.asked) == 2, "the timer of the first look is void"


@pytest.mark.parametrize(("changes", "code"), [({}, "nothing_to_check"), ({"vat_id": "DE1"}, "nothing_to_check")])
def test_what_can_not_be_asked_about_is_not(platform: Platform, changes: dict[str, str], code: str) -> None:
    upsert(platform, **changes)
    with pytest.raises(Rejected, match=code):
        platform.do(handlers.check_vat_id, CheckVat(member_id=member_id_of("m-1")))
    assert "check_vat_id" not in stored(platform).allowed


def test_members_are_listed_by_the_state_of_their_vat_id(platform: Platform) -> None:
    business(platform, Scripted("valid", "invalid"))
    upsert(platform, external_id="m-2", kind="business", vat_id=OTHER_VAT_ID)
    upsert(platform, external_id="m-3")
    platform.settle()
    for state, expected in (("valid", ["m-1"]), ("invalid", ["m-2"]), ("none", ["m-3"]), ("unknown", [])):
        for q in ("", "anna"):
            page = handlers.search_members(Search.model_validate({"q": q, "vat_state": state}), platform.runtime.world)
            assert [member.external_id for member in page.items] == expected


def test_a_slice_asks_each_state_one_by_one_and_leaves_a_silent_one_in_peace(platform: Platform) -> None:
    register = Scripted("MS_UNAVAILABLE")
    with_register(platform, register)
    for number in range(20):
        upsert(platform, external_id=f"m-{number}", kind="business", vat_id=VAT_ID)
    tasks = [
        checks.CheckVatId(member_id=member_id_of(f"m-{number}"), look=1)
        for number in range(20)
    ]  # fmt: skip
    answers = providers.check(tasks, platform.runtime.world, register)
    assert len(register.asked) == providers.TIRED
    assert {(answer.outcome, answer.code) for answer in answers} == {("unknown", "MS_UNAVAILABLE")}


def test_a_number_that_is_refused_says_nothing_of_the_next_one(platform: Platform) -> None:
    for number in range(5):
        upsert(platform, external_id=f"m-{number}", kind="business", vat_id=VAT_ID)
    register = Scripted("INVALID_INPUT", "INVALID_INPUT", "VAT_BLOCKED", "valid")
    tasks = [checks.CheckVatId(member_id=member_id_of(f"m-{number}"), look=1) for number in range(5)]
    answers = providers.check(tasks, platform.runtime.world, register)
    assert [answer.outcome for answer in answers] == ["unknown", "unknown", "unknown", "valid", "valid"]


def test_when_time_is_up_the_rest_is_asked_later(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    upsert(platform, kind="business", vat_id=VAT_ID)
    monkeypatch.setattr(providers, "SLICE_S", -1.0)
    register = Scripted("valid")
    task = checks.CheckVatId(member_id=member_id_of("m-1"), look=1)
    assert providers.check([task], platform.runtime.world, register) == [
        VatAnswer(outcome="unknown", code="NOT_REACHED")
    ]
    assert register.asked == []


def test_we_ask_in_the_name_of_a_legal_entity_of_the_union() -> None:
    assert providers.requester() == ("DE", "136695976")


@given(st.lists(st.tuples(st.sampled_from(sorted(ANSWERS)), st.integers(0, 60 * 24)), max_size=60))
def test_whatever_comes_an_id_is_valid_only_by_a_yes_and_within_the_grace(history: list[tuple[str, int]]) -> None:
    standing = Standing(state="unknown", check=VatCheck(look=1, next_at=NOW))
    now, last, silent_since = NOW, "unknown", None
    for look, (said, minutes) in enumerate(history, start=2):
        now += timedelta(minutes=minutes)
        standing = after(standing, ANSWERS[said], look, now)
        last, silent_since = (said, None) if said != "unknown" else (last, silent_since or now)
        over = silent_since is not None and now - silent_since > timedelta(days=policy().grace_days)
        last = "unknown" if last == "valid" and over else last
        assert standing.check is not None
        assert (standing.state, standing.check.look) == (last, look)
        assert (standing.proof is not None) == (standing.state == "valid")
        assert standing.check.next_at > now
        assert (standing.check.tries > 0) == (said == "unknown") == bool(standing.check.code)
