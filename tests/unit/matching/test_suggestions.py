"""What is suggested for money: told, accepted, refused, and withdrawn when it is decided otherwise."""

from typing import Any

import pytest

from common.events.matching import PaymentMatched, PaymentSuggested
from common.events.matching import Suggestion as Suggested
from common.failures import Rejected
from functions.matching.evidence.rules import present_rules
from functions.matching.handlers import by_hand, queries, returns, suggestions
from functions.matching.model import item_id_of
from functions.matching.requests import Accept, MatchByHand, MatchSeveral, RefundMoney, Refuse, SearchReceipts
from tests.kit import Platform
from tests.unit.matching.told import credit_note, invoice, item, money, number, receipt, reference

EVA = "staff:eva@example.org"


def tie(platform: Platform) -> None:
    """Two invoices of the same amount, and money for one of them from somebody with the member's name."""
    platform.tell(invoice(1), invoice(2))
    platform.tell(money(payer_name="Anna Berg", text="danke"))


def news(platform: Platform) -> list[PaymentSuggested]:
    told = [event for event in platform.events(PaymentSuggested) if isinstance(event, PaymentSuggested)]
    return sorted(told, key=lambda event: (event.revision, event.member_id))


def standing(event: PaymentSuggested) -> dict[str, int]:
    return {one.invoice_number: one.amount_minor for one in event.suggestions if one.stands}


def accept(platform: Platform, name: str = "rcp_1") -> dict[str, Any]:
    told: dict[str, Any] = platform.do(suggestions.accept, Accept(receipt_id=name), actor=EVA)
    platform.settle()
    return told


def refuse(platform: Platform, name: str = "rcp_1") -> None:
    platform.do(suggestions.refuse, Refuse(receipt_id=name, reason="it is her brother's"), actor=EVA)
    platform.settle()


def test_what_is_probable_but_not_sure_is_suggested(platform: Platform) -> None:
    tie(platform)
    kept = receipt(platform)
    assert (kept.zone, kept.state, kept.member_id) == ("suggested", "unapplied", "")
    assert kept.suggestion is not None
    assert kept.suggestion.rules_version == present_rules().version
    assert kept.suggestion.evidence[-1] == "but something else is as likely"
    [event] = news(platform)
    assert (event.member_id, event.receipt_id, event.revision) == ("mem_1", "rcp_1", kept.version)
    assert standing(event) == {kept.suggestion.parts[0].number: 10_000}
    assert event.suggestions[0].score_basis_points == kept.suggestion.score_basis_points
    assert (event.evidence, event.rules_version) == (kept.suggestion.evidence, kept.suggestion.rules_version)


def test_an_accepted_suggestion_is_a_match_that_says_who_accepted_it(platform: Platform) -> None:
    tie(platform)
    suggestion = receipt(platform).suggestion
    assert suggestion is not None
    told = accept(platform)
    assert [one["item"]["state"] for one in told["matches"]] == ["settled"]
    [event] = platform.events(PaymentMatched)
    assert isinstance(event, PaymentMatched)
    assert (event.decided_by, event.score_basis_points) == (EVA, suggestion.score_basis_points)
    assert event.evidence == (*suggestion.evidence, f"accepted by {EVA}")
    assert receipt(platform).suggestion is None
    last = news(platform)[-1]
    assert (standing(last), last.revision) == ({}, receipt(platform).version)


def test_a_suggestion_is_accepted_once(platform: Platform) -> None:
    tie(platform)
    accept(platform)
    with pytest.raises(Rejected, match="nothing_suggested"):
        accept(platform)
    with pytest.raises(Rejected, match="nothing_suggested"):
        refuse(platform)


def test_a_refused_suggestion_is_withdrawn_and_not_made_again(platform: Platform) -> None:
    tie(platform)
    suggestion = receipt(platform).suggestion
    assert suggestion is not None
    refuse(platform)
    kept = receipt(platform)
    assert (kept.zone, kept.suggestion, kept.suggested_items) == ("manual", None, ())
    assert kept.reasons[-1] == f"refused by {EVA}: it is her brother's"
    assert standing(news(platform)[-1]) == {}
    from functions.matching.book import Book
    from functions.matching.handlers.deciding import Judge

    again = Judge(kept, Book(receipts=[kept]), platform.read, platform.clock.now().date()).verdict(last=True)
    assert again is not None
    assert (again.zone, again.shares) == ("manual", ())


def test_when_the_item_is_settled_otherwise_the_one_that_is_left_is_sure(platform: Platform) -> None:
    tie(platform)
    [event] = news(platform)
    [suggested] = standing(event)
    platform.tell(money(name="rcp_2", reference=reference(suggested)))
    assert item(platform, 1).state == item(platform, 2).state == "settled"
    assert receipt(platform).zone == "automatic"
    assert standing(news(platform)[-1]) == {}


def test_when_a_credit_note_settles_the_item_the_suggestion_is_over(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2))
    platform.tell(money(payer_name="Anna Berg", text="danke"))
    [suggested] = standing(news(platform)[0])
    platform.tell(credit_note(int(suggested[-7:])))
    assert suggested not in standing(news(platform)[-1])
    assert receipt(platform).zone == "automatic"


def test_money_that_is_matched_by_hand_is_not_suggested_any_more(platform: Platform) -> None:
    tie(platform)
    [suggested] = standing(news(platform)[0])
    other = number(2) if suggested == number(1) else number(1)
    asked = MatchByHand(receipt_id="rcp_1", item_id=item_id_of(other), amount_minor=100, reason="she called")
    platform.do(by_hand.match_by_hand, asked, actor=EVA)
    platform.settle()
    assert receipt(platform).suggestion is None
    assert standing(news(platform)[-1]) == {}


def test_money_that_is_given_back_is_not_suggested_any_more(platform: Platform) -> None:
    platform.tell(invoice(1), invoice(2))
    platform.tell(money(payer_name="Anna Berg", text="danke", payer_iban="DE02120300000000202051"))
    assert receipt(platform).suggestion is not None
    platform.do(returns.refund_money, RefundMoney(receipt_id="rcp_1", amount_minor=10_000, reason="hers"), actor=EVA)
    platform.settle()
    assert receipt(platform).suggestion is None
    assert standing(news(platform)[-1]) == {}


def test_every_item_that_was_ever_suggested_is_told_of_when_it_is_over(platform: Platform) -> None:
    tie(platform)
    refuse(platform)
    last = news(platform)[-1]
    assert [(one.invoice_number, one.stands) for one in last.suggestions] == [
        (one.invoice_number, False) for one in news(platform)[0].suggestions
    ]


def test_news_of_a_suggestion_is_told_once(platform: Platform) -> None:
    tie(platform)
    for stored in platform.engine.select("commits", {}, limit=1000):
        record = platform.runtime.record(stored.id)
        platform.engine.publish(record.messages() if record else [])
    platform.settle()
    assert len(news(platform)) == 1


def test_receipts_are_found_by_zone_and_age(platform: Platform) -> None:
    tie(platform)
    platform.tell(money(999, "rcp_2", text="hallo"), money(998, "rcp_3", received_on="2026-08-01"))

    def found(**asked: Any) -> list[str]:
        page = queries.search_receipts(SearchReceipts.model_validate(asked), platform.runtime.world)
        return [one.receipt_id for one in page.items]

    assert found(zone="suggested") == ["rcp_1"]
    assert found(zone="manual") == ["rcp_2", "rcp_3"]
    assert found(zone="manual", min_age_days=30) == ["rcp_3"]
    assert found(min_age_days=30, limit=1) == ["rcp_3"]
    assert found(state="unapplied", zone="automatic") == []


def test_pages_of_an_age_go_on_until_all_are_seen(platform: Platform) -> None:
    platform.tell(*[money(500 + n, f"rcp_{n:03}", received_on="2026-08-01") for n in range(25)])
    seen, after = [], ""
    while True:
        asked = SearchReceipts(min_age_days=10, limit=10, page_token=after)
        page = queries.search_receipts(asked, platform.runtime.world)
        seen += [one.receipt_id for one in page.items]
        after = page.next_page_token
        if not after:
            break
    assert seen == [f"rcp_{n:03}" for n in range(25)]


def test_a_receipt_says_what_is_suggested_and_what_may_be_done(platform: Platform) -> None:
    tie(platform)
    [told] = queries.search_receipts(SearchReceipts(zone="suggested"), platform.runtime.world).items
    assert told.suggestion is not None
    assert told.suggestion.parts[0].amount_minor == 10_000
    assert told.allowed == ["match", "refund", "accept", "refuse"]


def test_one_receipt_is_put_on_items_of_many_members_at_once(platform: Platform) -> None:
    platform.tell(*[invoice(n, 1_000, member=f"mem_{n}", name=f"Nobody {n}") for n in (1, 2, 3)], money(2_500))
    shares = [
        {"item_id": item_id_of(number(n)), "amount_minor": amount} for n, amount in ((1, 1_000), (2, 1_000), (3, 500))
    ]
    asked = MatchSeveral.model_validate({"receipt_id": "rcp_1", "shares": shares, "reason": "a payout of three"})
    told = platform.do(by_hand.match_several, asked, actor=EVA)
    platform.settle()
    assert [one["item"]["open_minor"] for one in told["matches"]] == [0, 0, 500]
    assert receipt(platform).state == "applied"


def test_several_matches_at_once_are_made_all_or_none(platform: Platform) -> None:
    platform.tell(invoice(1, 1_000), invoice(2, 1_000), money(1_500))
    shares = [{"item_id": item_id_of(number(n)), "amount_minor": 1_000} for n in (1, 2)]
    asked = MatchSeveral.model_validate({"receipt_id": "rcp_1", "shares": shares, "reason": "both"})
    with pytest.raises(Rejected, match="more_than_unapplied"):
        platform.do(by_hand.match_several, asked, actor=EVA)
    assert item(platform, 1).open_minor == 1_000
    missing = MatchSeveral.model_validate(
        {"receipt_id": "rcp_1", "shares": [{"item_id": "item_9", "amount_minor": 1}], "reason": "none"}
    )
    with pytest.raises(Rejected, match="not_found"):
        platform.do(by_hand.match_several, missing, actor=EVA)


def test_the_same_item_twice_in_one_command_is_two_matches_of_it(platform: Platform) -> None:
    platform.tell(invoice(1, 1_000), money(1_000))
    shares = [{"item_id": item_id_of(number(1)), "amount_minor": amount} for amount in (400, 600)]
    asked = MatchSeveral.model_validate({"receipt_id": "rcp_1", "shares": shares, "reason": "two parts"})
    told = platform.do(by_hand.match_several, asked, actor=EVA)
    assert len({one["match_id"] for one in told["matches"]}) == 2


def test_suggestions_of_other_kinds_keep_their_meaning() -> None:
    assert Suggested(item_id="item_1", invoice_number="n", amount_minor=1, score_basis_points=1).stands
