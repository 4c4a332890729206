"""What callers say of SEPA mandates, and what they are told."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AfterValidator, Field

from common.functions.routes import Input, Limit, Output, PageToken
from common.parties import Address, personal
from functions.payments.model.mandates import MANDATE, Mandate, MandateState
from functions.payments.requests.fields import Id
from functions.payments.sepa.banks import Scheme
from functions.payments.sepa.charset import is_identifier
from functions.payments.sepa.messages import Amendment


def _identifier(text: str) -> str:
    if text and not is_identifier(text):
        raise ValueError("only letters, digits, spaces and /-?:().,'+, no slash at an end, none twice")
    return text


Iban = Annotated[str, Field(min_length=15, max_length=42), personal("")]
Bic = Annotated[str, Field(pattern="^([A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?)?$")]
DebtorName = Annotated[str, Field(min_length=1, max_length=140), personal()]
Reference = Annotated[str, Field(max_length=35), AfterValidator(_identifier)]
Entity = Annotated[str, Field(pattern="^[A-Z]{2,4}$")]
Why = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_ .,:/#-]*$", max_length=100)]


class RequestMandate(Input):
    """A mandate to be given; with `signed_on` it was signed already.

    Who takes over mandates given elsewhere says what they were before: it is told to banks with the first debit.
    """

    member_id: Annotated[str, Field(min_length=1, max_length=100)]
    entity: Entity
    scheme: Scheme = "CORE"
    iban: Iban
    bic: Bic = ""
    debtor_name: DebtorName
    address: Address | None = None
    reference: Reference = ""
    one_off: bool = False
    notice_days: Annotated[int, Field(ge=1, le=14)] | None = None
    signed_on: date | None = None
    confirmed: bool = False
    original_reference: Reference = ""
    original_creditor_id: Reference = ""
    original_creditor_name: Annotated[str, Field(max_length=70), AfterValidator(_identifier)] = ""


class ByMandate(Input):
    """One mandate."""

    mandate_id: Id


class SignMandate(ByMandate):
    """The debtor has signed it."""

    signed_on: date


class AmendMandate(ByMandate):
    """Another account, or another name of the same debtor; what is left out stays."""

    iban: Annotated[str, Field(max_length=42), personal("")] = ""
    bic: Bic = ""
    debtor_name: Annotated[str, Field(max_length=140), personal()] = ""
    address: Address | None = None
    final: bool = False


class WithReason(ByMandate):
    """With the reason, which holds no personal data."""

    reason: Why


class SearchMandates(Input):
    """Which mandates."""

    member_id: Id = ""
    limit: Limit = 50
    page_token: PageToken = ""


class MandateAnswer(Output):
    """A mandate; of the account only the end is shown."""

    mandate_id: str
    member_id: str
    entity: str
    scheme: Scheme
    state: MandateState
    reference: str
    creditor_id: str
    debtor_name: str
    account_ending: str
    one_off: bool
    final: bool
    confirmed: bool
    notice_days: int | None
    requested_at: datetime
    signed_on: date | None
    last_used_on: date | None
    lapses_on: date | None
    ended_on: date | None
    reason: str
    uses: int
    amendment: Amendment | None
    revision: int
    allowed: list[str]

    @classmethod
    def of(cls, mandate: Mandate) -> Self:
        """As the document has it."""
        own = {"mandate_id", "account_ending", "lapses_on", "allowed", "amendment"}
        return cls(
            mandate_id=mandate.id,
            account_ending=mandate.iban[-4:],
            lapses_on=mandate.lapses_on,
            amendment=mandate.amendment,
            allowed=_allowed(mandate),
            **mandate.model_dump(include=set(cls.model_fields) - own),
        )


def _allowed(mandate: Mandate) -> list[str]:
    """What people may do; a mandate is activated by its signature or its bank, and expires by itself."""
    waits = mandate.scheme == "B2B" and not mandate.confirmed
    never = {"activate", "expire", "resume" if waits else ""}
    verbs = [verb for verb in MANDATE.allows(mandate.state) if verb not in never]
    return verbs + ["confirm"] * (waits and bool(verbs))


class MandatePage(Output):
    """Some mandates; an empty token is the end."""

    items: list[MandateAnswer]
    next_page_token: str = ""
