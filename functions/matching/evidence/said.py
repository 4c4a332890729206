"""Why, in words: the evidence of a decision as a person would tell it."""

from collections.abc import Iterator
from typing import Final

from functions.matching.evidence.proposals import Case, Proposal
from functions.matching.evidence.support import RANK

_MENTIONS: Final = {
    "reference": "the payment has the reference of {}",
    "number": "the text names {}",
    "broken": "the text names {}, broken or glued",
    "digits": "the text has the digits of {}",
    "core": "the text has the running number of {}",
    "serial": "the text has a number like the end of {}",
    "near": "the text names {} but for one character",
}
_AMOUNTS: Final = {
    "exact": "the amount is exactly what is open",
    "named_sum": "the items named add up to the amount",
    "sum_all": "everything open of the member adds up to the amount",
    "sum_some": "{} items of the member add up to the amount",
    "short": "the amount differs by a bank's fee or rounding",
    "discount": "the amount lacks a discount",
    "part": "the amount is a part of what is open",
    "over": "the amount is more than what is open",
    "named_part": "the amount is a part of what the items named add up to",
    "named_over": "the amount is more than the items named add up to",
}
_ACCOUNTS: Final = {
    "same": "the payer's account is the member's",
    "alias": "the payer's account has paid for the member",
    "other": "the payer's account is another member's",
    "differs": "the payer's account is not the one known of the member",
}
_NAMES: Final = {
    "full": "the payer has the member's name",
    "strong": "the payer's name is like the member's",
    "initial": "the payer's name is the member's with an initial",
    "some": "a word of the payer's name is the member's",
    "none": "the payer has another name",
}
_AGAINST: Final = {
    "unknown": "but a number in the text is none that is open",
    "sibling": "but the text names another item of the member",
    "stranger": "but the text names an item of another member",
    "settled": "but the text names an item that is paid already",
}


def said(proposal: Proposal, case: Case, *, tied: bool) -> tuple[str, ...]:
    """What speaks for an explanation, and what against it."""
    return tuple(_parts(proposal, case, tied=tied))


def _parts(proposal: Proposal, case: Case, *, tied: bool) -> Iterator[str]:
    for item, _ in proposal.shares:
        how = proposal.mention if RANK[proposal.mention] == RANK["near"] else case.mentions[item.invoice]
        if how in _MENTIONS:
            yield _MENTIONS[how].format(item.number or item.invoice)
    yield _AMOUNTS[proposal.amount].format(len(proposal.shares))
    backed = proposal.support
    if backed.account in _ACCOUNTS:
        yield _ACCOUNTS[backed.account]
    if backed.id_told == "yes":
        yield "the text has the member's id"
    if backed.name in _NAMES:
        yield _NAMES[backed.name]
    if backed.name_told:
        yield "the text has the member's name"
    if proposal.against in _AGAINST:
        yield _AGAINST[proposal.against]
    if tied:
        yield "but something else is as likely"


def unexplained(case: Case) -> tuple[str, ...]:
    """Why nothing explains the money."""
    if case.settled:
        numbers = ", ".join(item.number or item.invoice for item in case.settled)
        return (f"the text names {numbers}, which is paid already: perhaps a second payment",)
    if case.items:
        return ("what it might be for is not open with that amount",)
    return ("nothing open has its reference, number, payer or name with the amount",)
