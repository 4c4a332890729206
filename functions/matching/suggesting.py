"""What money is suggested for, and what there is to tell of it: while it stands, nobody is reminded of those items."""

from collections.abc import Iterable, Iterator
from datetime import date

from common.events.matching import PaymentSuggested
from common.events.matching import Suggestion as Suggested
from common.failures import Rejected
from functions.matching.model import Receipt
from functions.matching.scoring import Verdict
from functions.matching.verdicts import Part, Refusal, Suggestion


def suggested(receipt: Receipt, verdict: Verdict, on: date) -> Receipt:
    """The receipt with a suggestion in place of the one before; itself where it is the same."""
    parts = tuple(
        Part(
            item_id=share.item.id,
            number=share.item.number,
            member_id=share.item.member_id,
            amount_minor=share.amount_minor,
        )
        for share in verdict.shares
    )
    known = receipt.suggestion
    if known is not None and (known.parts, known.score_basis_points) == (parts, verdict.score_basis_points):
        return receipt
    suggestion = Suggestion(
        parts=parts,
        score_basis_points=verdict.score_basis_points,
        evidence=verdict.evidence,
        rules_version=verdict.rules_version,
        on=on,
    )
    return receipt.but(
        zone="suggested",
        reasons=(),
        suggestion=suggestion,
        suggested_items=suggestion.items,
        once_suggested=_once((*receipt.once_suggested, *parts)),
    )


def undecided(receipt: Receipt, reasons: tuple[str, ...]) -> Receipt:
    """The receipt nothing is known of, and why."""
    return receipt.but(zone="manual", reasons=reasons, suggestion=None, suggested_items=())


def refused(receipt: Receipt, reason: str, by: str, on: date) -> Receipt:
    """The receipt whose suggestion somebody refused. Rejected `nothing_suggested` (409)."""
    suggestion = standing(receipt)
    refusal = Refusal(items=suggestion.items, reason=reason, by=by, on=on)
    after = undecided(receipt, (*suggestion.evidence, f"refused by {by}: {reason}"))
    return after.but(refused=(*receipt.refused, refusal))


def standing(receipt: Receipt) -> Suggestion:
    """What is suggested. Rejected `nothing_suggested` (409) where nothing is, or not any more."""
    if receipt.suggestion is None:
        raise Rejected("nothing_suggested", "nothing is suggested for this money, or it is decided", status=409)
    return receipt.suggestion


def news_of(before: Receipt | None, after: Receipt) -> Iterator[PaymentSuggested]:
    """What a commit has to tell of a receipt's suggestions: to each member what stands and what does not any more."""
    former = before.suggestion if before else None
    latest = after.suggestion or former
    if latest is None or after.suggestion == former:
        return
    for member_id in dict.fromkeys(part.member_id for part in after.once_suggested):
        theirs = [part for part in after.once_suggested if part.member_id == member_id]
        yield _told(after, member_id, theirs, latest.on)


def _told(receipt: Receipt, member_id: str, theirs: Iterable[Part], on: date) -> PaymentSuggested:
    now = receipt.suggestion
    stands = {part.item_id: part for part in now.parts} if now else {}
    return PaymentSuggested(
        member_id=member_id,
        receipt_id=receipt.id,
        revision=receipt.version + 1,
        entity=receipt.entity,
        currency=receipt.currency,
        suggestions=tuple(
            Suggested(
                item_id=part.item_id,
                invoice_number=part.number,
                amount_minor=stands.get(part.item_id, part).amount_minor,
                score_basis_points=now.score_basis_points if now and part.item_id in stands else 0,
                stands=part.item_id in stands,
            )
            for part in theirs
        ),
        evidence=now.evidence if now else (),
        rules_version=now.rules_version if now else "",
        suggested_on=on,
    )


def _once(parts: Iterable[Part]) -> tuple[Part, ...]:
    """Each item once, as it was suggested last."""
    return tuple({part.item_id: part for part in parts}.values())
