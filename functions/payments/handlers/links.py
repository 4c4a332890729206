"""Making, showing and revoking the links under which members pay."""

from collections.abc import Sequence
from datetime import date

from common.documents import id_from
from common.failures import Rejected
from common.links import PREFIX, address_of
from common.transaction import Transaction
from common.world import World
from functions.payments.model.links import GOOD_FOR, LINK, LONGEST, PaymentLink
from functions.payments.model.payables import Payable, payable_id_of
from functions.payments.requests.links import ByLink, LinkAnswer, LinkPage, ListLinks, MakeLink, RevokeLink


def make_link(given: MakeLink, transaction: Transaction) -> LinkAnswer:
    """Makes a link for a member's open invoices, or for those that are named (by id), alone.

    Its address is told to who asks for the link. Rejected `reason_missing` (staff say why), `nothing_chosen`,
    `unknown_invoice` (404), `another_member`, `amount_without_invoice`, `more_than_open`, `expiry_out_of_range`.
    """
    _must_have_reason(given.reason, transaction)
    found = transaction.find_all(Payable, [payable_id_of(one) for one in given.invoices])
    payables = [payable for payable in found if payable is not None]
    if len(payables) != len(given.invoices):
        raise Rejected("unknown_invoice", "there is no such invoice", status=404)
    member_id = _one_member(given, payables)
    known = payables or transaction.select(Payable, member_id=member_id, limit=1)
    if not known:
        raise Rejected("nothing_chosen", "this member has no invoice")
    _must_be_owed(given, payables)
    link = PaymentLink(
        id=id_from(PREFIX, transaction.actor, given.model_dump_json(), transaction.now.isoformat()),
        member_id=member_id,
        invoice_ids=tuple(payable.invoice_id for payable in payables),
        only=bool(payables),
        amount_minor=given.amount_minor,
        language=given.language or known[0].language,
        expires_on=_expiry(given, transaction.now.date()),
        made_by=transaction.actor,
        reason=given.reason,
    )
    transaction.put(link)
    return LinkAnswer.of(link)


def revoke_link(given: RevokeLink, transaction: Transaction) -> LinkAnswer:
    """Ends a link at once. Rejected `not_found` (404), `wrong_state` (409), `reason_missing`."""
    _must_have_reason(given.reason, transaction)
    link = _existing(transaction.find(PaymentLink, given.link_id))
    after = link.but(state=LINK.move(link.state, "revoke"), reason=given.reason)
    transaction.put(after)
    return LinkAnswer.of(after)


def show_link(given: ByLink, world: World) -> LinkAnswer:
    """A link with its address; Rejected `not_found` (404)."""
    link = _existing(world.read.find(PaymentLink, given.link_id))
    settings = world.settings
    url = address_of(settings.base_url, link.id, settings.link_secrets) if link.state == "active" else ""
    return LinkAnswer.of(link, url)


def list_links(given: ListLinks, world: World) -> LinkPage:
    """A member's links, without their addresses."""
    found = world.read.select(PaymentLink, limit=given.limit, after=given.page_token, member_id=given.member_id)
    following = found[-1].id if len(found) == given.limit else ""
    return LinkPage(items=[LinkAnswer.of(link) for link in found], next_page_token=following)


def _one_member(given: MakeLink, payables: Sequence[Payable]) -> str:
    members = {payable.member_id for payable in payables} | ({given.member_id} if given.member_id else set())
    if not members:
        raise Rejected("nothing_chosen", "name a member, or invoices")
    if len(members) > 1:
        raise Rejected("another_member", "a link is for one member")
    return members.pop()


def _must_be_owed(given: MakeLink, payables: Sequence[Payable]) -> None:
    if given.amount_minor is None:
        return
    if len(payables) != 1:
        raise Rejected("amount_without_invoice", "an amount is for one invoice")
    if given.amount_minor > payables[0].open_minor:
        raise Rejected("more_than_open", f"{payables[0].number} has less open than that")


def _expiry(given: MakeLink, today: date) -> date:
    expires_on = given.expires_on or today + GOOD_FOR
    if not today <= expires_on <= today + LONGEST:
        raise Rejected("expiry_out_of_range", "a link expires today at the earliest, and within a year")
    return expires_on


def _existing(link: PaymentLink | None) -> PaymentLink:
    if link is None:
        raise Rejected("not_found", "there is no such link", status=404)
    return link


def _must_have_reason(reason: str, transaction: Transaction) -> None:
    if transaction.actor.startswith("staff:") and not reason.strip():
        raise Rejected("reason_missing", "staff say why they make or revoke a link")
