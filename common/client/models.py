"""The shapes of the API's requests and answers."""

# Generated from common/openapi.json, sha256 2e84825938713978af2952a6ff04004bf187db0680c5aaa51441037a553a313a: `make generate`.

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field


class AcceptBody(BaseModel):
    """Put a receipt's money where it is suggested to belong."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str = ""
    """Why, in words that are kept; without personal data."""


class ActivateFeesBody(BaseModel):
    """Makes a draft the next version from a day on; `digest` is that of what you have seen."""

    model_config = ConfigDict(
        extra="forbid",
    )
    digest: str
    """The SHA-256 of what you have seen: it is refused where somebody changed it meanwhile."""
    reason: str
    """Why, in words that are kept; without personal data."""
    valid_from: date
    """The first day on which it holds; not before tomorrow."""


class Address(BaseModel):
    """A structured postal address (unstructured ones left SEPA on 2026-11-15)."""

    city: str
    country: Annotated[str, Field(examples=["DE"])]
    postcode: str
    street: str


class AmendMandateBody(BaseModel):
    """Another account, or another name of the same debtor; what is left out stays."""

    model_config = ConfigDict(
        extra="forbid",
    )
    address: Address | None = None
    """The debtor's address, needed where the new account is outside the European Economic Area."""
    bic: str = ""
    """The bank's BIC; empty: it is found by the IBAN."""
    debtor_name: str = ""
    """The debtor's new name; empty: the same."""
    final: bool = False
    """Whether the next debit is the last (FNAL)."""
    iban: str = ""
    """The new account; empty: the same."""


class Amendment(BaseModel):
    """What of a mandate was other before, told to the debtor's bank with the next debit (SDD rulebooks, AT-24)."""

    new_account: bool = False
    """Same mandate, new debtor account: written as `SMNDA`."""
    original_creditor_id: str = ""
    original_creditor_name: str = ""
    original_reference: str = ""


class ApproveBody(BaseModel):
    """Agrees to a credit above the limits. `charge_id` is our id or the credit's own."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class ApproveRefundBody(BaseModel):
    """Agree to a refund that another person asked for, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class BalanceRow(BaseModel):
    """What one account moved, by tax code and country; `balance_minor` is debits less credits."""

    account: str
    balance_minor: int
    country: str
    credit_minor: int
    debit_minor: int
    name: str
    tax_code: str


class BalanceShown(BaseModel):
    """A trial balance, and from what it was added up."""

    batches: int
    """Frozen summaries used."""
    credit_minor: int
    currency: str
    day_from: date
    day_to: date
    debit_minor: int
    entity: str
    journals: int
    """Journals added up one by one, of days that are not closed."""
    rows: list[BalanceRow]


class BehindLine(BaseModel):
    """What one journal adds to a line."""

    credit_minor: int
    debit_minor: int
    document: str
    document_type: str
    journal_id: str
    member_id: str


class Block(BaseModel):
    """Numbers a run reserved for one slice of its pages; every one of them is issued."""

    first: int
    invoices: int
    pages: int
    """The pages of the run up to this one are released with it."""
    released_at: AwareDatetime
    released_by: str


class ByMandateBody(BaseModel):
    """One mandate."""

    model_config = ConfigDict(
        extra="forbid",
    )


class ByReceiptBody(BaseModel):
    """One receipt."""

    model_config = ConfigDict(
        extra="forbid",
    )


class CancelCreditNoteBody(BaseModel):
    """Claims anew what a credit note had wrongly taken back."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class Cause(BaseModel):
    """What keeps messages from one function: how many, since when, and one of them to look at."""

    code: str
    count: int
    detail: str
    example_id: str
    function: str
    since: str


class Causes(BaseModel):
    """Every cause, the commonest first; `complete` is false where so many are parked that some may be missing."""

    complete: bool
    items: list[Cause]


class Change(BaseModel):
    """One field that a version changed; `before` is null in the first version."""

    after: Any | None = None
    before: Any | None = None
    field: str


class ChangeAliasBody(BaseModel):
    """Say that an account is, or is not, a member's, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    member_id: str
    """Whose account it is, or is not: our id of the member."""
    reason: str
    """Why, in words that are kept; without personal data."""


class ChangePeriodBody(BaseModel):
    """Closes a month or opens it again, for a reason that is kept."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class ChangePlanBody(BaseModel):
    """
    Changes a subscription within its period: the rest of the old one is taken back, that of the new one charged.

    `charge_id` names the old charge; `charge` is the marketplace's own id of the new one. `amount_minor` is the new
    fee of the whole period; without it, the fee schedule says so by `category`.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int | None = None
    """An amount in the currency's minor units: 1250 is 12.50 EUR."""
    category: str
    """The new plan, as the fee schedule knows it."""
    charge: str
    """The marketplace's own id of the charge: the same id is the same charge."""
    description: str
    """What stands on the invoice's line."""
    gross: bool = False
    """Whether amounts include VAT."""
    on: date
    """The first day of the new plan."""
    reason: str
    """Why, in words that are kept; without personal data."""


class ChangeRunBody(BaseModel):
    """Releases, continues, pauses, resumes or cancels a run, or runs again what it left behind."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class ChargeAnswer(BaseModel):
    """A charge as stored; `code` and `detail` say why it is parked, `allowed` what may be done with it."""

    active_from: date | None
    active_to: date | None
    allowed: list[str]
    amount_minor: int
    basis_minor: int | None
    category: str
    charge: str
    charge_id: str
    code: str
    credit: bool
    currency: Annotated[str, Field(examples=["EUR"])]
    description: str
    detail: str
    entity: str
    gross: bool
    kind: str
    member: str
    member_id: str
    occurred_on: date
    period_from: date | None
    period_to: date | None
    reason: str
    reversed_because: str
    reversed_minor: int
    """What was taken back of it so far, without sign."""
    rule: str
    state: str


class ChargingItem(BaseModel):
    """What became of one charge of a batch; a refused or parked one says why by `code`, `detail` and `errors`."""

    amount_minor: int = 0
    charge: str
    charge_id: str = ""
    code: str = ""
    detail: str = ""
    errors: list[dict[str, str]] = []
    outcome: str
    state: str | Literal[""] = ""


class ChargingPage(BaseModel):
    """Some charges, in order of id; `next_page_token` is empty at the end."""

    items: list[ChargeAnswer]
    next_page_token: str


class CheckVatBody(BaseModel):
    """Whose VAT id is to be asked about now; `reason` is needed from staff."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str = ""
    """Why, in words that are kept; without personal data."""


class CloseBody(BaseModel):
    """Close a case although something is owed, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class ColumnShown(BaseModel):
    """One column of a report."""

    label: str
    meaning: str
    name: str
    unit: str
    """money, share, number, day, moment, flag or text."""


class Conversion(BaseModel):
    """At what rate the document's currency stands to another one, and who says so."""

    amount_minor: int = 0
    """What was sent, in its minor units; 0 where no money was converted."""
    currency: str
    """The other one: of the tax office, or in which the money was sent."""
    on: date
    rate: str
    """Units of it for one of the journal's currency, a decimal; empty where it can't be told."""
    source: str


class CreditNoteSummary(BaseModel):
    """A credit note in a list."""

    currency: str
    entity: str
    id: str
    invoice_id: str
    invoice_number: str
    issued_on: date
    kind: str
    member_id: str
    number: str
    total_minor: int


class DebtorSet(BaseModel):
    """Makes a member a debtor of their own in SAP, from the next summary on; an empty debtor takes it back."""

    model_config = ConfigDict(
        extra="forbid",
    )
    debtor: str
    """SAP's number of the debtor; empty: from now on summed up with everybody else."""
    entity: str = "MP"
    """The legal entity that sells: `MP`, `MB` or `MS`."""
    member_id: str
    """Our id of the member."""
    reason: str
    """Why, in words that are kept; without personal data."""


class DebtorsShown(BaseModel):
    """Which members are which debtors in SAP."""

    debtors: dict[str, str]
    entity: str


class DecideAttemptBody(BaseModel):
    """What became of an attempt whose provider can't say it, as somebody has found out there, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int = 0
    """What was collected, in minor units; 0: what was asked for."""
    attempt: int
    """The attempt's number, from 1."""
    outcome: str
    """What became of it at the provider."""
    provider_id: str = ""
    """The provider's id of the payment; needed where money came and no answer told it."""
    reason: str
    """Why, in words that are kept; without personal data."""


class DecideHoldBody(BaseModel):
    """Releases or drops what a run holds."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class DecideRefundBody(BaseModel):
    """What became of a refund that nobody told us of, as somebody has found out where it was to be paid, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    outcome: str
    """What became of it where it was to be paid."""
    provider_id: str = ""
    """The provider's id of the refund, where there is one."""
    reason: str
    """Why, in words that are kept; without personal data."""


class DecideWriteOffBody(BaseModel):
    """Approves, refuses or withdraws a write-off."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class Decision(BaseModel):
    """Who decided on a hold, when and why."""

    at: AwareDatetime
    by: str
    reason: str


class Difference(BaseModel):
    """What does not agree, with the documents it drills to (`collection/id`)."""

    account: str = ""
    amount_minor: int = 0
    code: str
    """A snake_case word."""
    currency: str = ""
    documents: list[str] = []
    says: str
    source: str


class DiscardBody(BaseModel):
    """Which parked message to give up, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class DisputeAnswer(BaseModel):
    """A dispute; until `evidence_due_at` it may be answered."""

    allowed: list[str]
    amount_minor: int
    answer_sent_at: AwareDatetime | None
    answered_by: str
    currency: str
    dispute_id: str
    entity: str
    evidence_due_at: AwareDatetime | None
    fee_minor: int
    invoice_number: str
    member_id: str
    provider: str
    provider_id: str
    reason: str
    receipt_id: str
    state: str
    taken_minor: int


class DisputePage(BaseModel):
    """Some disputes; an empty token is the end."""

    items: list[DisputeAnswer]
    next_page_token: str = ""


class DocumentForm(BaseModel):
    """One form of a document in the archive, and its short-lived address."""

    expires_at: AwareDatetime
    format: str
    media_type: str
    sha256: str
    size_bytes: int
    url: str
    """For whoever has it, until `expires_at`."""


class DocumentLink(BaseModel):
    """Where one form of a document may be fetched, by whoever has the address, until when, and what comes."""

    expires_at: AwareDatetime
    media_type: str
    sha256: str
    size_bytes: int
    url: str


class EndFeesBody(BaseModel):
    """Discards a draft, or withdraws a version that has not begun."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class EntryAnswer(BaseModel):
    """One payment on an account of ours; negative amounts left it."""

    account_iban: str
    amount_minor: int
    booked_on: date
    code: str
    currency: str
    entry_id: str
    kind: str
    reason: str
    returned: bool
    reversal: bool
    statement_id: str
    told: bool


class EntryPage(BaseModel):
    """Some entries; an empty token is the end."""

    items: list[EntryAnswer]
    next_page_token: str = ""


class EraseMemberBody(BaseModel):
    """Whose personal data is to be erased, and why; the reason is kept, so it must not hold personal data."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class Erased(BaseModel):
    """What was erased at once, what is kept, and what nobody checked before."""

    also: list[str] = []
    """Accounts of the same person that had been closed in favour of this one, and were erased with it."""
    erased_at: AwareDatetime
    kept: list[str] = [
        "invoices and credit notes",
        "billing runs",
        "bank entries",
        "exact copies in the archive",
    ]
    member_id: str
    not_checked: list[str] = [
        "charges not yet invoiced",
        "open items",
        "collections in flight",
        "reminders to be sent",
    ]
    revision: int


class Exchange(BaseModel):
    """The VAT of a document in the currency of the seller's tax office (BT-6, BT-111; art. 91, Directive 2006/112)."""

    currency: str
    on: date
    rate: str
    """Units of that currency for one of the document's, a decimal."""
    source: str
    vat_minor: int


class ExplainedLine(BaseModel):
    """One line of the invoice: net unless `priced_with_vat`."""

    before_minor: int
    """Taken back by earlier notes."""
    charge_id: str
    credited_minor: int
    description: str
    invoiced_minor: int
    left_minor: int
    line: int
    net_minor: int
    """What it adds to the base."""
    priced_with_vat: bool
    says: str


class ExplainedVat(BaseModel):
    """One VAT group: how the VAT of this note follows from that of all notes so far."""

    base_minor: int
    base_so_far_minor: int
    """Of this note and the ones before."""
    category: str
    country: str
    invoiced_base_minor: int
    invoiced_vat_minor: int
    rate_basis_points: int
    says: str
    vat_minor: int
    vat_so_far_minor: int


class Fall(BaseModel):
    """Where a dearer sale costs less, at the end of a volume tier."""

    fee_beyond_minor: int
    """Of a sale for one minor unit more."""
    fee_minor: int
    price_minor: int
    rule: str


class Figure(BaseModel):
    """What a run bills in one currency: in all, in one country, of one kind, in one segment."""

    by: str
    count: int
    """Invoices; of a kind, lines."""
    currency: str
    key: str = ""
    """The buyer's country, the kind of charge, the member's segment; empty for all."""
    net_minor: int


class FigureView(BaseModel):
    """One account as the journal and another source have it, in minor units, debits plus."""

    account: str
    currency: str
    difference_minor: int
    journal_minor: int
    measure: str
    other_minor: int
    source: str


class FileAnswer(BaseModel):
    """What became of a file in the inbox."""

    code: str
    detail: str
    file: str
    generation: str
    noted_at: AwareDatetime
    outcome: str
    statement_ids: list[str]


class FilePage(BaseModel):
    """Some files; an empty token is the end."""

    items: list[FileAnswer]
    next_page_token: str = ""


class FindingView(BaseModel):
    """
    An invariant that is or was broken for a member, with its numbers in the catalogue and the evidence.

    While one of a member's findings is open they are not billed, collected from or reminded.
    """

    allowed: list[str]
    changed_at: AwareDatetime
    evidence: list[str]
    found_at: AwareDatetime
    id: str
    member_id: str
    numbers: list[int]
    reason: str
    resolved_by: str
    rule: str
    says: str
    state: str


class Flat(BaseModel):
    """A fee that depends on nothing."""

    amount_minor: int
    does: Literal["flat"] = "flat"


class For(BaseModel):
    """So much for that invoice."""

    amount_minor: int
    invoice_id: str
    invoice_number: str


class Freshness(BaseModel):
    """How far the data go and whether they are whole."""

    as_of: AwareDatetime | None
    """The newest event that is in them."""
    doubled_numbers: int
    """Numbers that two documents have: 0 when all is well."""
    loaded_at: AwareDatetime | None
    """When the newest row came in."""
    missing_numbers: int
    """Numbers of documents within a series that are not there: 0 when all is well."""


class GapAnswer(BaseModel):
    """What is missing between two statements of an account."""

    after: date
    before: date
    closing_minor: int
    first_missing: int | None
    last_missing: int | None
    opening_minor: int
    reason: str


class GiveCredit(BaseModel):
    """
    Money given to a member out of goodwill: their next invoice is so much lower. `credit` is its own id.

    What takes back a certain charge, or a part of it, is a reversal. `kind` says what it is a discount on, for VAT.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int
    """An amount in the currency's minor units: 1250 is 12.50 EUR."""
    credit: str
    """The marketplace's own id of the credit: the same id is the same credit."""
    currency: Annotated[str, Field(examples=["EUR"])]
    """ISO 4217."""
    description: str
    """What stands on the invoice's line."""
    entity: Annotated[str, Field(examples=["MP"])] = "MP"
    """The legal entity that sells: `MP`, `MB` or `MS`."""
    gross: bool = False
    """Whether amounts include VAT."""
    kind: str = "other"
    """What it is, which decides fee and VAT."""
    member: str
    """The marketplace's own id of the member, or ours."""
    occurred_on: date
    """The day it was sold or rendered: the tax point."""
    reason: str
    """Why, in words that are kept; without personal data."""


class GiveUpBody(BaseModel):
    """Gives up a part of an item, or all of it."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int | None = None
    """Left out: all that is open."""
    reason: str
    """Why, in words that are kept; without personal data."""


class Given(BaseModel):
    """The marketplace, or a member of staff, said what it costs."""

    amount_minor: int
    by: str = "marketplace"
    does: Literal["given"] = "given"
    gross: bool = False


class GroupAnswer(BaseModel):
    """The debits of one sequence type."""

    booking_id: str
    count: int
    payment_information_id: str
    rejected: int
    rejected_minor: int
    sequence: str
    total_minor: int


class GroupHold(BaseModel):
    """A group that is unlike the runs before: it holds the whole run until a person says that it is right."""

    decision: Decision | None = None
    figure: Figure
    id: str
    state: str = "held"
    usual_minor: int
    """The mean of the runs before, net."""


class GroupTotal(BaseModel):
    """What a part of a run adds up to in one currency, country, scheme and rate."""

    base_minor: int
    country: str
    currency: str
    invoices: int
    rate_basis_points: int
    scheme: str
    vat_minor: int


class Happening(BaseModel):
    """One event about a member."""

    actor: str
    at: str
    because: str
    commit: str
    event: dict[str, Any]
    name: str


class HeldBill(BaseModel):
    """One member's bill that a run holds."""

    allowed: list[str]
    bill_id: str
    currency: str
    decision: Decision | None
    id: str
    """By which it is released or dropped."""
    limit_minor: int
    member_id: str
    reason: str
    state: str
    total_minor: int


class InvoiceSummary(BaseModel):
    """An invoice in a list."""

    buyer_name: str
    credited_minor: int | None = None
    """What credit notes have taken back, with VAT; told with `state`."""
    currency: str
    due_on: date
    entity: str
    id: str
    issued_on: date
    member_id: str
    number: str
    run_id: str
    state: str | None = None
    """Told where it was asked for, by `state` or by `expand=state`: it stands in another document."""
    total_minor: int


class InvoicingWhy(BaseModel):
    """One fact and how it came about, step by step."""

    of: str
    """Where it stands in the document's answer (RFC 6901)."""
    value: int | str
    why: list[str]


class ItemTotals(BaseModel):
    """What all items of a member add up to in one currency, not only those of a page."""

    open_minor: int = 0
    overdue_minor: int = 0


class LedgerLine(BaseModel):
    """What one journal moved on a member's account."""

    balance_minor: int
    """What the member owes after it, in this currency: debits less credits of all lines up to it."""
    credit_minor: int
    currency: str
    debit_minor: int
    document: str
    document_type: str
    effective_on: date
    event: str
    journal_id: str
    posted_on: date
    word: str
    """`receivables`, `unapplied` or `refunds`: what the member owes, has paid for nothing yet, or is owed back."""


class LedgerSums(BaseModel):
    """What a member's account comes to in one currency: debits less credits."""

    balance_minor: int
    currency: str
    receivables_minor: int
    refunds_minor: int
    unapplied_minor: int


class Limited(BaseModel):
    """The minimum and the cap of a fee."""

    amount_minor: int
    applied: str = ""
    cap_minor: int | None
    does: Literal["limits"] = "limits"
    minimum_minor: int


class Limits(BaseModel):
    """From where on a run, or one bill of it, is held for a person to look at."""

    bill_floor_minor: dict[str, int] = {"other": 100000}
    """A bill up to this is like none before and passes all the same."""
    bill_most_minor: dict[str, int] = {"other": 10000000}
    """A larger bill is always held, unless the member's earlier ones were of that size."""
    bill_times: int = 10
    """A bill may be so many times the largest of the member's last ones."""
    group_basis_points: int = 5000
    """A country, kind, segment or the whole run may differ by so much from the mean of the runs before."""
    group_floor_minor: dict[str, int] = {"other": 1000000}
    """A difference that is not larger is never held."""


class Line(BaseModel):
    """One line: a charge, net, and the VAT category it falls in."""

    amount_minor: int
    category: str
    """EN 16931: S standard, AE reverse charge, E exempt, O outside scope."""
    charge_id: str
    description: str
    kind: str
    occurred_on: date
    quoted_minor: int | None = None
    """The price with VAT as the member was told it, where prices include VAT; then `amount_minor` follows from it."""
    rate_basis_points: int
    rule: str
    service_from: date | None = None
    """The first day it is for, where it is for some days (a subscription's)."""
    service_to: date | None = None
    """The last of those days."""


class LineToCredit(BaseModel):
    """A line of the invoice, by its number from 1 or its charge: what is left of it, or so much of its price."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int | None = None
    """As the line is priced: with VAT where `quoted_minor` is, else net; negative for a reversal's line."""
    charge_id: str = ""
    line: int | None = None


class LinkAnswer(BaseModel):
    """A link; `url` is told only to who asks for the one link, so that no address stands in any record."""

    allowed: list[str] | None = None
    amount_minor: int | None
    expires_on: date
    invoice_ids: list[str]
    language: str
    link_id: str
    made_by: str
    member_id: str
    only: bool
    state: str
    url: str = ""


class LinkPage(BaseModel):
    """Some links; an empty token is the end."""

    items: list[LinkAnswer]
    next_page_token: str = ""


class Location(BaseModel):
    """One item of evidence of where a customer is (Regulation (EU) 282/2011, art. 24f); the address is another."""

    country: Annotated[str, Field(examples=["DE"])]
    kind: str


class MakeLink(BaseModel):
    """A link for a member, or for some of their invoices."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int | None = None
    """What is asked for where it is less than the whole invoice; of one invoice alone, in minor units."""
    expires_on: date | None = None
    """The last day it is good; thirty days from now where it is left out."""
    invoices: list[str] | None = None
    """Our ids of the invoices it is for, which then are shown alone; empty: whatever the member has open."""
    language: str | Literal[""] = ""
    """The language of the page; the member's where it is left out."""
    member_id: str = ""
    """Our id of the member."""
    reason: str = ""
    """Why, in words that are kept; without personal data."""


class MandateAnswer(BaseModel):
    """A mandate; of the account only the end is shown."""

    account_ending: str
    allowed: list[str]
    amendment: Amendment | None
    confirmed: bool
    creditor_id: str
    debtor_name: str
    ended_on: date | None
    entity: str
    final: bool
    lapses_on: date | None
    last_used_on: date | None
    mandate_id: str
    member_id: str
    notice_days: int | None
    one_off: bool
    reason: str
    reference: str
    requested_at: AwareDatetime
    revision: int
    scheme: str
    signed_on: date | None
    state: str
    uses: int


class MandatePage(BaseModel):
    """Some mandates; an empty token is the end."""

    items: list[MandateAnswer]
    next_page_token: str = ""


class MatchByHandBody(BaseModel):
    """Put so much of a receipt on an item, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int
    """An amount in the currency's minor units: 1250 is 12.50 EUR."""
    item_id: str
    """Our id of the open item."""
    reason: str
    """Why, in words that are kept; without personal data."""


class MembersItem(BaseModel):
    """What became of one member of a batch; a refused one says why by `code`, `detail` and `errors`."""

    code: str = ""
    detail: str = ""
    errors: list[dict[str, str]] = []
    external_id: str
    member_id: str = ""
    outcome: str | Literal["refused"]
    revision: int = 0


class MergeMemberBody(BaseModel):
    """Whose account is to be closed, who goes on in their place, and why. It can't be taken back."""

    model_config = ConfigDict(
        extra="forbid",
    )
    into: str
    """Who goes on: our id or the marketplace's."""
    reason: str
    """Why, in words that are kept; without personal data."""


class Moved(BaseModel):
    """The parked messages concerned."""

    parked_ids: list[str]


class NextStep(BaseModel):
    """The level that comes next, and the day it is planned for."""

    level: str
    planned_on: date


class NoteRef(BaseModel):
    """One credit note of an invoice, as the invoice's account of them knows it."""

    claimed_by: str = ""
    """The invoice that claims anew what it took back: since it was cancelled, or since its invoice was replaced."""
    credit_note_id: str
    kind: str
    number: str
    total_minor: int


class NotificationAnswer(BaseModel):
    """A notification and what became of it."""

    amount_minor: int
    created_at: str
    currency: str
    id: str
    member_id: str
    number: str
    reason: str
    sent_at: str
    sha256: str
    state: str
    template: str
    to: str


class NotificationPage(BaseModel):
    """Some notifications; `next_page_token` is empty at the end."""

    items: list[NotificationAnswer]
    next_page_token: str


class OfferProceeds(BaseModel):
    """So much of a member's proceeds may pay for that invoice; `offer` is the marketplace's own id, each used once."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int
    """How much of the proceeds may be used at most, in minor units."""
    currency: Annotated[str, Field(examples=["EUR"])]
    """ISO 4217."""
    invoice_id: str
    """Our id of the invoice."""
    member_id: str
    """Our id of the member."""
    offer: str
    """The marketplace's own id of this offer; the same one again is answered as before."""


class ParkedGroup(BaseModel):
    """The charges that are parked for one reason: how many, and some of them."""

    charges: int
    code: str
    examples: list[ChargeAnswer]


class ParkedGroups(BaseModel):
    """Every reason for which charges are parked now, and what may be done about it."""

    items: list[ParkedGroup]


class ParkedView(BaseModel):
    """
    A parked message: which function refused or could not take what, and why.

    `subscription` and `attempts` say where it was given up. What nobody could read is `raw`, in base64, or in the
    archived `raw_file`; a list leaves `raw` out and tells its size alone.
    """

    allowed: list[str]
    attempts: int = 0
    code: str
    detail: str
    facts: list[dict[str, Any]]
    function: str
    id: str
    name: str
    parked_at: str
    raw: str = ""
    raw_bytes: int = 0
    raw_file: str = ""
    state: str
    subscription: str = ""


class PartAnswer(BaseModel):
    """So much for that item."""

    amount_minor: int
    item_id: str
    member_id: str
    number: str


class PartShown(BaseModel):
    """One SAP document of a batch."""

    document_type: str
    lines: int
    message_id: str
    number: int
    reason: str
    reversal_message_id: str
    """Of the document that counters it; empty where there is none."""
    reversal_state: str
    reversed_by: str
    """SAP's number of the document that counters it."""
    sap_document: str
    state: str
    year: str


class PartTakenBack(BaseModel):
    """A part of a charge that was taken back."""

    amount_minor: int
    reason: str
    reversal_id: str
    rule: str
    taken_at: AwareDatetime
    taken_by: str


class Parts(BaseModel):
    """What a payout is made of, signed, plus is ours; the sum of all is its amount."""

    adjustments_minor: int = 0
    chargebacks_minor: int = 0
    charges_minor: int = 0
    fees_minor: int = 0
    refunds_minor: int = 0


class PayerAnswer(BaseModel):
    """A member an account has paid for."""

    allowed: list[str]
    by: str
    into: str
    """Who took their place, where their account was merged."""
    last_seen_on: date
    matches: int
    """How often that was sure."""
    member_id: str
    reason: str
    """Why it was revoked or restored."""
    revoked: bool


class PaymentsBatchAnswer(BaseModel):
    """A file of debits."""

    batch_id: str
    collect_on: date
    count: int
    entity: str
    file: str
    groups: list[GroupAnswer]
    hand_in_on: date
    message_id: str
    scheme: str
    sealed_at: AwareDatetime | None
    sha256: str
    size_bytes: int
    state: str
    total_minor: int


class PaymentsDecisionAnswer(BaseModel):
    """What follows a failed attempt, and every reason for it."""

    action: str
    at: AwareDatetime | None
    group: str
    policy: str
    reason_class: str
    reasons: list[str]


class PayoutAnswer(BaseModel):
    """A payout, what it is made of, and the lines nobody can explain (at most 50 are named)."""

    amount_minor: int
    arrived_on: date | None
    arrives_on: date | None
    bank_entry_id: str
    currency: str
    entity: str
    movements: int
    parts: Parts
    payout_id: str
    provider: str
    provider_id: str
    state: str
    unexplained: list[str]
    unexplained_count: int


class PayoutsAnswer(BaseModel):
    """Some payouts; an empty token is the end."""

    items: list[PayoutAnswer]
    next_page_token: str = ""


class PeriodShown(BaseModel):
    """A month of a legal entity's books."""

    allowed: list[str]
    by: str
    changed_on: date | None
    entity: str
    id: str
    month: str
    reason: str
    """Why it was changed last."""
    state: str


class PeriodsShown(BaseModel):
    """The months of a legal entity's books, the latest first."""

    items: list[PeriodShown]
    next_page_token: str


class PlanChanged(BaseModel):
    """What was given back of the old plan, and the charge for the rest of the new one."""

    given_back_minor: int
    new: ChargeAnswer
    old: ChargeAnswer
    reversal_id: str


class Policy(BaseModel):
    """How one legal entity bills. A run keeps the policy it was started with."""

    billing_day: int = 1
    """Of members who have none of their own."""
    canary: int = 20
    """A scheduled run issues the first page alone, of at most so many bills; 0: no canary."""
    canary_minutes: int = 60
    """After so long the run goes on by itself if every canary invoice is issued and archived; 0: a person says so."""
    four_eyes_minor: dict[str, int] = {"other": 100000000}
    """Whoever of the staff started a run does not release more than this, nor a hold of it."""
    grace_hours: int = 24
    """After the end of a billing period, so long charges of it may still arrive before a scheduled run begins."""
    limits: Limits | None = None
    longest_months: int = 3
    """What is carried forward is invoiced once its oldest charge is so many months old."""
    minimum_minor: dict[str, int] = {}
    """Less than this is not invoiced but carried forward, where the currency is named."""
    releases_itself: bool = False
    """A scheduled run that nothing holds is released by itself."""
    scheduled: bool = False
    """Runs start by themselves on the members' billing days."""
    slice_pages: int = 100
    """So many pages are numbered and issued at once; a run is paused or stopped between two slices."""


class PolicyAnswer(BaseModel):
    """A policy in force; version 0 is the one that comes with the platform."""

    entity: str
    policy: Policy
    version: int = 0


class Posting(BaseModel):
    """One line of a journal: exactly one of debit and credit is positive, in minor units."""

    account: str
    country: str = ""
    credit_minor: int = 0
    debit_minor: int = 0
    tax_code: str = ""
    word: str = ""
    """What the account is for, the same in every chart: `receivables`, `money.stripe`, `revenue.oss`; empty: unsaid."""


class Preceding(BaseModel):
    """The document an invoice stands in the place of (EN 16931, BG-3: BT-25 and BT-26)."""

    credit_note_id: str
    """What takes that invoice back; money it frees pays for this one."""
    invoice_number: str
    """The invoice itself, or the one the credit note was about."""
    issued_on: date
    kind: str
    """It replaces an invoice, or claims anew what a credit note had wrongly taken back."""
    number: str


class PreviewCase(BaseModel):
    """A charge that might be: of a member, or of anybody in a country and a segment."""

    model_config = ConfigDict(
        extra="forbid",
    )
    active_from: date | None = None
    active_to: date | None = None
    amount_minor: int | None = None
    basis_minor: int | None = None
    category: str = ""
    country: str = ""
    currency: Annotated[str, Field(examples=["EUR"])]
    entity: Annotated[str, Field(examples=["MP"])] = "MP"
    gross: bool = False
    """Whether `amount_minor` includes VAT; of a fee of ours, the schedule says so."""
    kind: str
    member: str | Literal[""] = ""
    occurred_on: date
    period_from: date | None = None
    period_to: date | None = None
    segment: str = ""
    turnover_minor: int | None = None
    """Of the month before this sale; as it is now, when None and a member is named."""


class PreviewRetry(BaseModel):
    """A failed attempt that may not have happened: what would follow it?"""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int
    """An amount in the currency's minor units: 1250 is 12.50 EUR."""
    code: str
    """Why it failed, as the provider or the scheme says it: `insufficient_funds`, `AM04`."""
    currency: Annotated[str, Field(examples=["EUR"])]
    """ISO 4217."""
    failed_at: AwareDatetime
    """When this one failed."""
    first_at: AwareDatetime | None = None
    """When the first of them was made; the same as this one where it is left out."""
    mandate: str = "at_provider"
    """Of a direct debit: whether its mandate is known to hold; `at_provider` where the provider keeps it."""
    method: str
    """By card or by direct debit."""
    provider: str = "stripe"
    """Who was asked."""
    soft: bool = True
    """Whether the provider's adapter takes it as worth another try."""
    tries: int = 1
    """How many attempts were made with this card or account, this one included."""


class Problem(BaseModel):
    """RFC 9457 problem details."""

    code: str
    """Stable word for machines."""
    detail: str | None = None
    errors: list[dict[str, Any]] | None = None
    status: int
    title: str
    type: str


class ProceedsAnswer(BaseModel):
    """What became of an offer. The marketplace keeps `taken_minor` back and pays out the rest."""

    currency: str
    invoice_id: str
    invoice_number: str
    member_id: str
    offer: str
    offered_minor: int
    outcome: str
    proceeds_id: str
    receipt_id: str
    taken_at: AwareDatetime | None
    taken_minor: int


class ProceedsPage(BaseModel):
    """Some offers that were taken; an empty token is the end."""

    items: list[ProceedsAnswer]
    next_page_token: str = ""


class ProofSummary(BaseModel):
    """A proof as lists show it."""

    day: date
    differences_count: int
    entity: str
    id: str
    journals: int
    late_count: int
    proven_at: AwareDatetime
    verdict: str
    version: int


class Prorated(BaseModel):
    """Some days' part of a period's fee; the parts of a period add up to its fee."""

    active_from: date
    active_to: date
    amount_minor: int
    days: int
    does: Literal["prorated"] = "prorated"
    of_days: int
    whole_minor: int


class RateBody(BaseModel):
    """Rates a parked charge again. `charge_id` is our id or the marketplace's; `reason` is needed from staff."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str | Literal[""] = ""
    """Why, in words that are kept; without personal data."""


class RateParked(BaseModel):
    """Rates every charge again that is parked with this code."""

    model_config = ConfigDict(
        extra="forbid",
    )
    code: str
    """The reason for which they are parked."""
    reason: str | Literal[""] = ""
    """Why, in words that are kept; without personal data."""


class RatedAgain(BaseModel):
    """What became of the first page of parked charges; `more` says that the others follow by themselves."""

    code: str
    more: bool
    rated: int
    still_parked: int


class RatesAnswer(BaseModel):
    """A day's rates."""

    on: date
    """The day they were published, up to a week before the one asked for."""
    rates: dict[str, str]
    source: str


class RecordRates(BaseModel):
    """What a source published on a day; by currency, units for one euro (ECB) or francs for one unit (BAZG)."""

    model_config = ConfigDict(
        extra="forbid",
    )
    on: date
    """The day they were published."""
    rates: Annotated[dict[str, str], Field(max_length=100, min_length=1)]
    """Decimal numbers by currency."""
    source: str
    """Who published them: the European Central Bank, or the Swiss customs office."""


class RefundAnswer(BaseModel):
    """A refund; of the account it goes to only the end."""

    allowed: list[str]
    amount_minor: int
    approved_by: str
    code: str
    credit_note_number: str
    currency: str
    entity: str
    iban_ending: str
    invoice_number: str
    member_id: str
    paid_on: date | None
    payee_name: str
    provider_id: str
    reason: str
    receipt_id: str
    refund_id: str
    requested_by: str
    state: str
    tries: int
    way: str


class RefundMoneyBody(BaseModel):
    """Pay so much of a receipt's unapplied money back, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int
    """An amount in the currency's minor units: 1250 is 12.50 EUR."""
    reason: str
    """Why, in words that are kept; without personal data."""


class RefundPage(BaseModel):
    """Some refunds; an empty token is the end."""

    items: list[RefundAnswer]
    next_page_token: str = ""


class RefuseBody(BaseModel):
    """Refuse what is suggested for a receipt's money, and why: it is not suggested again."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class ReissueInvoiceBody(BaseModel):
    """Takes back what is left of an invoice and claims it anew, to the member as they are now."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class ReplayBody(BaseModel):
    """Which parked message to replay, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    all_like_this: bool = False
    """Also every other one of the same function and code."""
    reason: str
    """Why, in words that are kept; without personal data."""


class ReportNamed(BaseModel):
    """One of the reports there are."""

    columns: list[ColumnShown]
    group: str
    lead: str
    name: str
    period: str
    """The column of days it is narrowed by; empty where it is as of now."""
    then_day: str
    """Not empty where it can be told as it was known at a moment: what its day is called."""
    title: str
    view: str


class ReportTaken(BaseModel):
    """What became of a bank's report; `ignored` of its refusals say that nothing went wrong."""

    batch_id: str
    ignored: int
    message_id: str
    refused: int
    refused_whole: list[str]


class ReportsShown(BaseModel):
    """The reports there are, and how fresh and whole the data are."""

    freshness: Freshness | None
    """None where it was not asked for, or there is no warehouse here."""
    reports: list[ReportNamed]


class RequestMandate(BaseModel):
    """
    A mandate to be given; with `signed_on` it was signed already.

    Who takes over mandates given elsewhere says what they were before: it is told to banks with the first debit.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    address: Address | None = None
    """Needed where the account is outside the European Economic Area."""
    bic: str = ""
    """The bank's BIC; empty: it is found by the IBAN."""
    confirmed: bool = False
    """Whether the payer's bank has confirmed it already (B2B)."""
    debtor_name: str
    """Who is debited, as their bank knows them."""
    entity: str
    """The legal entity that sells: `MP`, `MB` or `MS`."""
    iban: str
    """The account to be debited, in any country of SEPA."""
    member_id: str
    """Our id of the member."""
    notice_days: int | None = None
    """How many days before a debit they are told, where less than 14 was agreed."""
    one_off: bool = False
    """Whether it is for one debit alone (OOFF)."""
    original_creditor_id: str = ""
    """The creditor identifier to whom it was given."""
    original_creditor_name: str = ""
    """The creditor's name to whom it was given."""
    original_reference: str = ""
    """The reference under which it was given elsewhere."""
    reference: str = ""
    """The mandate's unique reference (UMR), at most 35 characters; empty: one of ours."""
    scheme: str = "CORE"
    """`CORE`, or `B2B` for companies alone, which can't have it refunded."""
    signed_on: date | None = None
    """The day on which the debtor signed."""


class ResendingBody(BaseModel):
    """Sends a rejected batch again, after its cause was put right."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class ResolveBody(BaseModel):
    """Which finding somebody has looked into, and what came of it."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class RespondToDisputeBody(BaseModel):
    """Send evidence to the provider, texts by its own names for them, or accept that the money is lost."""

    model_config = ConfigDict(
        extra="forbid",
    )
    accept: bool = False
    """Whether the money is given up instead: no evidence is sent then."""
    reason: str
    """Why, in words that are kept; without personal data."""
    texts: Annotated[dict[str, str] | None, Field(max_length=30)] = None
    """Evidence, by the provider's own names for its parts (`uncategorized_text`); empty where the dispute is accepted."""


class RetryPlan(BaseModel):
    """What would follow if every further attempt failed in the same way; the last decision ends it."""

    attempts: int
    """How many would be made in all."""
    decisions: list[PaymentsDecisionAnswer]


class RetryRefundBody(BaseModel):
    """Try a refund that failed once more: as before, or by transfer to an account that somebody found out."""

    model_config = ConfigDict(
        extra="forbid",
    )
    payee_iban: str = ""
    """Another account it is to be transferred to; empty: as before."""
    payee_name: str = ""
    """Whose account that is."""
    reason: str
    """Why, in words that are kept; without personal data."""


class Return(BaseModel):
    """A debit taken back after it was credited (or said to be, before we have seen the credit)."""

    amount_minor: int
    code: str
    fee_minor: int = 0
    returned_on: date


class ReverseBody(BaseModel):
    """
    Takes a charge back: an amount, a share, or the days from one on that were not used; all that is left otherwise.

    `charge_id` is our id or the marketplace's. With `reversal`, the marketplace's own id of it, it is done once however
    often it is asked for.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int | None = None
    """An amount in the currency's minor units: 1250 is 12.50 EUR."""
    reason: str
    """Why, in words that are kept; without personal data."""
    reversal: str | Literal[""] = ""
    """The marketplace's own id of the reversal: the same id is the same reversal."""
    share_basis_points: int | None = None
    """A share of the charge in hundredths of a percent."""
    unused_from: date | None = None
    """The first day that was not used: it and all after it are given back."""


class ReversingBody(BaseModel):
    """Has SAP's documents of a batch mirrored; its journals are posted anew by a batch that supplements it."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class RevokeLinkBody(BaseModel):
    """The link that is to lead nowhere any more."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str = ""
    """Why, in words that are kept; without personal data."""


class RulesAnswer(BaseModel):
    """The rules in force: how sure is sure enough, and what may be trusted at all; and the policy beside them."""

    discount_basis_points: list[int]
    least_probability_basis_points: int
    most_expected_loss_cents: int
    most_items_in_a_sum: int
    policy_version: str
    short_basis_points: int
    short_cents: int
    suggested_from_basis_points: int
    trusted: list[dict[str, list[str]]]
    version: str


class RunAnswer(BaseModel):
    """A run: its preview once it is frozen, its numbers once it is released."""

    allowed: list[str]
    canary: int
    closing: bool
    completed_at: AwareDatetime | None = None
    cut_off: date
    days: list[int]
    entity: str
    first_number: str = ""
    followed_by: str
    follows: str
    freezes_at: AwareDatetime | None
    frozen_at: AwareDatetime | None
    gross_minor: dict[str, int]
    """By currency."""
    held: int
    id: str
    invoices: int
    issued_on: date
    last_number: str = ""
    numbered: int
    """Invoices that have their numbers; they are issued, whatever happens to the run."""
    pages: int
    scheduled: bool
    skipped: int
    started_at: AwareDatetime
    started_by: str
    state: str
    totals: list[GroupTotal]
    trouble: str
    """Why it stands still, or was cancelled."""


class RunList(BaseModel):
    """Runs, the latest first."""

    items: list[RunAnswer]
    next_page_token: str


class RunProgress(BaseModel):
    """A run, what it bills by country, kind and segment, what holds it, and how far it got."""

    allowed: list[str]
    blocks: list[Block]
    """Its slices, each with its block of numbers."""
    canary: int
    closing: bool
    compared_with: int
    """How many runs before it was compared with."""
    completed_at: AwareDatetime | None = None
    cut_off: date
    days: list[int]
    entity: str
    expected_end: AwareDatetime | None
    """When the present phase will be over at this speed; None where nothing can be said."""
    figures: list[Figure]
    first_number: str = ""
    followed_by: str
    follows: str
    freezes_at: AwareDatetime | None
    frozen_at: AwareDatetime | None
    frozen_percent: int
    """While it freezes: of the entity's open bills, by number."""
    gross_minor: dict[str, int]
    """By currency."""
    held: int
    holds: list[GroupHold]
    """Groups that are unlike the runs before: it can't be released before somebody let them pass."""
    id: str
    invoices: int
    invoices_a_minute: int
    """Since the last slice was released."""
    issued_invoices: int
    issued_on: date
    issued_pages: int
    last_number: str = ""
    numbered: int
    """Invoices that have their numbers; they are issued, whatever happens to the run."""
    pages: int
    policy: Policy
    scheduled: bool
    skipped: int
    started_at: AwareDatetime
    started_by: str
    state: str
    totals: list[GroupTotal]
    trouble: str
    """Why it stands still, or was cancelled."""


class SapLineShown(BaseModel):
    """One summary line of a SAP document."""

    account: str
    country: str
    credit_minor: int
    debit_minor: int
    debtor: str
    document_type: str
    line: int
    tax_code: str


class Scope(BaseModel):
    """What a rule is for; an empty field is for every value."""

    category: str = ""
    country: str = ""
    kind: str
    segment: str = ""


class Seller(BaseModel):
    """A legal entity of the marketplace that bills: its name, tax numbers, bank account, SAP company code."""

    address: Address
    bic: str
    colour: str = "#0b5c6b"
    """Of its documents."""
    company_code: str
    contact: str = ""
    """Whom to ask about an invoice (BT-41), a department."""
    creditor_id: str = ""
    """Under which it collects by SEPA direct debit (creditor identifier, AT-02); empty where it does not."""
    currency: str
    email: str
    endpoint: str = ""
    """Its own electronic address (BT-34)."""
    entity: str
    iban: str
    legal_id: str = ""
    """Its number in the commercial register (BT-30)."""
    name: str
    oss_from: date | None = None
    """From when on it takes part in the One-Stop-Shop; before, consumers elsewhere pay its own VAT (art. 59c)."""
    phone: str = ""
    qr_iban: str = ""
    """Where a Swiss QR reference may be paid to."""
    time_zone: str
    transfer_reference: str = "rf"
    """What payers quote: ISO 11649, the Belgian structured communication, the Swiss QR reference."""
    vat_currency: str = "EUR"
    """In which it tells the tax office what it owes (BT-6)."""
    vat_id: str


class Series(BaseModel):
    """One measure, or one value of the column that splits it: a value for each place, its `places` the last digits."""

    label: str
    values: list[int | None]


class SetPolicyBody(BaseModel):
    """A legal entity's whole policy."""

    model_config = ConfigDict(
        extra="forbid",
    )
    policy: Policy
    """The whole policy; what is left out is as it comes with the platform."""
    reason: str
    """Why, in words that are kept; without personal data."""


class Share(BaseModel):
    """A share of the price."""

    amount_minor: int
    basis_points: int
    does: Literal["share"] = "share"
    exact: str
    """Before rounding, in units of the currency."""
    on_minor: int


class ShareGiven(BaseModel):
    """So much for that item."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int
    item_id: str


class SignMandateBody(BaseModel):
    """The debtor has signed it."""

    model_config = ConfigDict(
        extra="forbid",
    )
    signed_on: date
    """The day on which the debtor signed."""


class Skipped(BaseModel):
    """A bill that a run leaves open, and why."""

    bill_id: str
    currency: str = ""
    limit_minor: int = 0
    """The minimum it does not reach."""
    member_id: str
    reason: str
    """`frozen`, `no_recipient`, `member_erased`, `nothing_up_to_cut_off`, `carried_forward`, `below_minimum`,  `dropped` (a hold), and the codes of what can't be taxed: `no_vat_rate`, `location_contradictory`, and others."""
    total_minor: int = 0
    """What would have been invoiced, where that is known."""


class Slice(BaseModel):
    """The part of an amount that lies in one band."""

    basis_points: int
    on_minor: int


class SpreadBody(BaseModel):
    """Put what is left of a receipt on what its member owes, in the order of law, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""
    stated: list[str] | None = None
    """Items the payer said it is for: they come first, in this order."""


class StartRun(BaseModel):
    """Bills charges up to `cut_off`, with today (in the legal entity's zone) as date where none is given."""

    model_config = ConfigDict(
        extra="forbid",
    )
    billing_days: list[int] = []
    """Only members who are billed on these days of the month; empty: all."""
    canary: int = 0
    """Issue at most so many bills first, and wait; 0: no canary."""
    closing: bool = False
    """Carry nothing forward, however small."""
    cut_off: date
    """The last day whose charges are meant."""
    entity: Annotated[str, Field(examples=["MP"])]
    """The legal entity that sells: `MP`, `MB` or `MS`."""
    grace_hours: int = 0
    """Wait so long after the end of the cut-off day for charges that come late; 0: freeze at once."""
    issued_on: date | None = None
    """The date on the invoices; today where it is left out."""
    reason: str = ""
    """Why, in words that are kept; needed from staff alone."""


class StatementAnswer(BaseModel):
    """A bank statement that was taken in."""

    account_iban: str
    closed_on: date | None
    closing_minor: int | None
    credits: int
    credits_minor: int
    currency: str
    debits: int
    debits_minor: int
    entity: str
    entries: int
    format: str
    kind: str
    known: int
    number: str
    opened_on: date | None
    opening_minor: int | None
    sequence: int | None
    slices_left: int
    statement_id: str
    taken_at: AwareDatetime
    warnings: list[str]


class StatementOutcome(BaseModel):
    """
    What became of one statement; `already_known` of its payments had come before.

    `new` are the others: none of a duplicate. Of a long one, which goes on being taken in after the answer, they are
    counted when that is over: `slices_left` and `known` of the statement tell.
    """

    already_known: int
    credits: int
    debits: int
    entries: int
    new: int = 0
    number: str
    outcome: str
    statement_id: str
    warnings: list[str]


class StatementPage(BaseModel):
    """Some bank statements; an empty token is the end."""

    items: list[StatementAnswer]
    next_page_token: str = ""


class StatementsTaken(BaseModel):
    """
    What became of a file; `complete`: no statement is missing on its accounts, as far as anybody knows.

    `duplicate`: all of it had been taken in before, and nothing is changed by it.
    """

    complete: bool = True
    duplicate: bool = False
    new: int = 0
    """Payments that this file brought first."""
    statements: list[StatementOutcome]


class StepView(BaseModel):
    """One version of a document and the commit that wrote it."""

    actor: str
    at: str
    because: str
    body: dict[str, Any]
    commit: str
    function: str
    hash: str
    reason: str
    version: int


class SuggestionAnswer(BaseModel):
    """What money is probably for."""

    evidence: list[str]
    on: date
    parts: list[PartAnswer]
    rules_version: str
    score_basis_points: int


class SummaryLine(BaseModel):
    """What a day posted on one account for one document type, tax code, country and, on receivables, SAP debtor."""

    account: str
    country: str
    credit_minor: int
    debit_minor: int
    debtor: str = ""
    document_type: str
    tax_code: str


class TakeCharge(BaseModel):
    """A charge; `charge` is the marketplace's own id of it, `member` that of the member."""

    model_config = ConfigDict(
        extra="forbid",
    )
    active_from: date | None = None
    """The first day of the period on which it was used; the period's first where it is left out."""
    active_to: date | None = None
    """The last such day; the period's last where it is left out."""
    amount_minor: int | None = None
    """An amount in the currency's minor units: 1250 is 12.50 EUR."""
    basis_minor: int | None = None
    """The price that our fee is taken from, in minor units."""
    category: str = ""
    """What is sold, as the fee schedule knows it."""
    charge: str
    """The marketplace's own id of the charge: the same id is the same charge."""
    currency: Annotated[str, Field(examples=["EUR"])]
    """ISO 4217."""
    description: str
    """What stands on the invoice's line."""
    entity: Annotated[str, Field(examples=["MP"])] = "MP"
    """The legal entity that sells: `MP`, `MB` or `MS`."""
    gross: bool = False
    """Whether `amount_minor` includes VAT; of a fee of ours, the schedule says so."""
    kind: str
    """What it is, which decides fee and VAT."""
    member: str
    """The marketplace's own id of the member, or ours."""
    occurred_on: date
    """The day it was sold or rendered: the tax point."""
    period_from: date | None = None
    """The first day of the subscription's period."""
    period_to: date | None = None
    """The last day of the subscription's period."""


class Taken(BaseModel):
    """What became of a charge that was sent: `duplicate` came before with the same content."""

    charge: ChargeAnswer
    outcome: str


class TakenBack(BaseModel):
    """What a reversal takes back: `amount_minor` is negative, or positive where a credit is taken back."""

    already_minor: int
    """What earlier reversals took back of it, without sign."""
    amount_minor: int
    basis_points: int = 0
    """Of a share."""
    charge: str
    days: int = 0
    """Not used, of the `of_days` of the charge's whole period."""
    does: Literal["taken_back"] = "taken_back"
    how: str
    of_days: int = 0
    of_minor: int
    """What the charge came to."""


class ThresholdAnswer(BaseModel):
    """
    Sales to consumers in other member states by the year's completed runs, without VAT, credit notes not taken off.

    An entity without the One-Stop-Shop may tax them at home while neither this year nor the one before passes it.
    """

    entity: str
    left_minor: int
    oss_from: date | None
    reached: bool
    sold_minor: int
    threshold_minor: int
    """Euro cents, as the other two."""
    unconverted: list[str]
    """Currencies without a known rate: not counted."""
    year: int


class Tier(BaseModel):
    """A band of amounts, from where the one before ends up to `up_to_minor` (that included); the last has no end."""

    basis_points: int = 0
    flat_minor: int = 0
    """Once for the whole, where the amount lies in this band; only in volume tiers."""
    up_to_minor: int | None = None


class TimelineView(BaseModel):
    """What happened to a member, newest first."""

    happenings: list[Happening]
    member_id: str


class Timing(BaseModel):
    """A difference of time alone: what it waits for, and since which document."""

    amount_minor: int = 0
    code: str
    currency: str = ""
    documents: list[str] = []
    says: str
    source: str


class TrailView(BaseModel):
    """A document's whole trail, and what is wrong with its chain (nothing, when it is whole)."""

    as_of: dict[str, Any] | None
    faults: list[str]
    reference: str
    steps: list[StepView]


class TrustedGiven(BaseModel):
    """A combination of evidence that may be posted without a person: one of each list."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount: list[str]
    mention: list[str]
    payer: list[str]


class UnappliedGroup(BaseModel):
    """Unapplied money of one currency and age that is one team's task."""

    bucket: str
    """Its age in days: `0-7`."""
    currency: str
    oldest_on: date
    owner: str
    receipts: int
    unapplied_minor: int


class Unmatch(BaseModel):
    """Take a match back, and why."""

    model_config = ConfigDict(
        extra="forbid",
    )
    match_id: str
    """Our id of the match."""
    reason: str
    """Why, in words that are kept; without personal data."""
    receipt_id: str
    """Our id of the receipt."""


class UpsertMember(BaseModel):
    """
    A member's whole details: a field left out is its default. A business is of segment business by default.

    How a member pays (`payment_method`, `payment_provider`, `payment_token`) stays as it is where none of the three is
    sent: members set it up themselves.

    `reason` is needed from staff. With `if_revision` nothing is changed that somebody else changed meanwhile
    (`revision_changed`, 412); 0 stands for a member who is not known yet.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    address: Address
    """Where they live or have their seat."""
    billing_day: int = 1
    """The day of the month they are billed on; every month has it."""
    currency: Annotated[str, Field(examples=["EUR"])] = "EUR"
    """ISO 4217."""
    dunning_profile: Annotated[str, Field(examples=["standard"])] = "standard"
    """Which ladder of reminders holds for them."""
    email: str
    """Where mail goes."""
    endpoint: Annotated[str, Field(examples=["0208:0202239951"])] = ""
    """Their address for electronic invoices, with its scheme: `0208:0202239951` (EN 16931, BT-49)."""
    external_id: Annotated[str, Field(examples=["m-1"])]
    """The marketplace's own id of the member."""
    if_revision: int | None = None
    """Nothing is changed where the member has another revision by now; 0: they must be new."""
    kind: str
    """What it is, which decides fee and VAT."""
    language: Annotated[str, Field(examples=["de"])] = "en"
    """ISO 639-1; documents and mails are written in it where we speak it."""
    locations: Annotated[list[Location], Field(validate_default=True)] = []
    """What else says where they are (Implementing Regulation (EU) 282/2011, art. 24f)."""
    name: str
    """Full name, or the company's."""
    payment_method: str = "transfer"
    """How they pay."""
    payment_provider: str = "stripe"
    """Who collects, where the method collects by itself; `sepa` is our own direct debit."""
    payment_token: str = ""
    """The provider's token of their card or mandate; never the card itself."""
    reason: str = ""
    """Why, in words that are kept; without personal data."""
    reference: str = ""
    """What they want to read on invoices: an order number, a cost centre (EN 16931, BT-10)."""
    segment: str = "private"
    """Which fees hold for them."""
    terms_days: int = 14
    """Days to pay, from the date of the invoice."""
    vat_id: str = ""
    """With its prefix; documents name it while it is valid."""


class UpsertMemberBody(BaseModel):
    """
    A member's whole details: a field left out is its default. A business is of segment business by default.

    How a member pays (`payment_method`, `payment_provider`, `payment_token`) stays as it is where none of the three is
    sent: members set it up themselves.

    `reason` is needed from staff. With `if_revision` nothing is changed that somebody else changed meanwhile
    (`revision_changed`, 412); 0 stands for a member who is not known yet.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    address: Address
    """Where they live or have their seat."""
    billing_day: int = 1
    """The day of the month they are billed on; every month has it."""
    currency: Annotated[str, Field(examples=["EUR"])] = "EUR"
    """ISO 4217."""
    dunning_profile: Annotated[str, Field(examples=["standard"])] = "standard"
    """Which ladder of reminders holds for them."""
    email: str
    """Where mail goes."""
    endpoint: Annotated[str, Field(examples=["0208:0202239951"])] = ""
    """Their address for electronic invoices, with its scheme: `0208:0202239951` (EN 16931, BT-49)."""
    if_revision: int | None = None
    """Nothing is changed where the member has another revision by now; 0: they must be new."""
    kind: str
    """What it is, which decides fee and VAT."""
    language: Annotated[str, Field(examples=["de"])] = "en"
    """ISO 639-1; documents and mails are written in it where we speak it."""
    locations: Annotated[list[Location], Field(validate_default=True)] = []
    """What else says where they are (Implementing Regulation (EU) 282/2011, art. 24f)."""
    name: str
    """Full name, or the company's."""
    payment_method: str = "transfer"
    """How they pay."""
    payment_provider: str = "stripe"
    """Who collects, where the method collects by itself; `sepa` is our own direct debit."""
    payment_token: str = ""
    """The provider's token of their card or mandate; never the card itself."""
    reason: str = ""
    """Why, in words that are kept; without personal data."""
    reference: str = ""
    """What they want to read on invoices: an order number, a cost centre (EN 16931, BT-10)."""
    segment: str = "private"
    """Which fees hold for them."""
    terms_days: int = 14
    """Days to pay, from the date of the invoice."""
    vat_id: str = ""
    """With its prefix; documents name it while it is valid."""


class VatCheck(BaseModel):
    """Where asking about a member's VAT id stands."""

    asked_at: AwareDatetime | None = None
    code: str = ""
    """Why the last answer told nothing: `MS_UNAVAILABLE`, `TIMEOUT`, …"""
    look: int
    """The look that counts: a timer of another one is void."""
    next_at: AwareDatetime
    silent_since: AwareDatetime | None = None
    """The first of them."""
    tries: int = 0
    """Answers in a row that told nothing."""


class VatProof(BaseModel):
    """A valid VAT id as the tax authorities confirmed it (Regulation (EU) 904/2010, art. 31; 282/2011, art. 18)."""

    address: str = ""
    agrees: list[str] = []
    """What is as the member told us; of what stands neither here nor in `differs` nothing is known."""
    checked_at: AwareDatetime
    dated: str = ""
    """When the service says it was asked."""
    differs: list[str] = []
    name: str = ""
    """The holder as registered; some states never tell."""
    request_id: str = ""
    """The consultation number, `requestIdentifier`; empty where the service gave none."""
    vat_id: str


class VatTotal(BaseModel):
    """VAT of one category and rate on its base, rounded half up once (EN 16931, BR-CO-17)."""

    base_minor: int
    category: str
    country: str
    """Where the VAT is owed; empty outside scope."""
    exemption_code: str = ""
    """Why no VAT is charged (BT-121), a code of the VATEX list: `VATEX-EU-AE`."""
    note: str = ""
    """What the law wants said on the invoice, for instance `Reverse charge`."""
    note_key: str = ""
    """Which legal text that is, for documents in other languages; empty where none is needed."""
    quoted_minor: int | None = None
    """What members were told with VAT, where prices include VAT.  Base and VAT add up to exactly this; where only some lines are priced so, those lines' part of them does."""
    rate_basis_points: int
    scheme: str
    """`home_rate`: a consumer elsewhere in the Union, taxed at the seller's home below the threshold of art. 59c."""
    vat_minor: int


class Version(BaseModel):
    """One version of a member: when it came about, by whom and why, and what it changed."""

    actor: str
    at: AwareDatetime
    because: str
    """The commit that caused it, where a message did."""
    changes: list[Change]
    commit: str
    function: str
    reason: str
    revision: int
    version: int


class Volume(BaseModel):
    """The whole amount at the rate of the band that the price, or the month's turnover with it, reaches."""

    above_minor: int
    amount_minor: int
    basis_points: int
    by: str
    does: Literal["volume"] = "volume"
    exact: str
    flat_minor: int
    on_minor: int
    reached_minor: int
    up_to_minor: int | None


class Wait(BaseModel):
    """Why a planned attempt is not made yet, and when it is at the latest: part of its plan."""

    attempt: int
    """The attempt that waits: the bound is counted once for each."""
    reasons: list[str]
    since: AwareDatetime
    until: AwareDatetime


class WayBack(BaseModel):
    """
    One way in which money can still be taken back, and the last day of it.

    `returned` by the payer's bank, `refunded` on the payer's word, `claimed` as unauthorised, `disputed` with a card.
    """

    can: str
    until: date


class WebhookTaken(BaseModel):
    """It is on record."""

    received: bool = True


class WhyAnswer(BaseModel):
    """Why money lies where it does: the evidence, its score, the rules' version, and who decided."""

    by: str
    """The person, or `rules`."""
    evidence: list[str]
    rules_version: str
    score_basis_points: int
    """How probable it was by the evidence; 0 where a person decided by themselves."""


class WithReasonBody(BaseModel):
    """With the reason, which holds no personal data."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""


class WriteOffAnswer(BaseModel):
    """A write-off: who gave up how much of what, and why."""

    allowed: list[str]
    amount_minor: int
    approved_by: str
    currency: str
    decided_by: str
    decided_on: date
    entity: str
    invoice_number: str
    item_id: str
    member_id: str
    reason: str
    state: str
    write_off_id: str


class WriteOffPage(BaseModel):
    """Some write-offs."""

    items: list[WriteOffAnswer]
    next_page_token: str


class AccountAnswer(BaseModel):
    """How far an account's statements are complete."""

    account_iban: str
    closing_minor: int | None
    currency: str
    entity: str
    first_on: date | None
    gaps: list[GapAnswer]
    last_on: date | None
    state: str
    statements: int


class AccountPage(BaseModel):
    """Some accounts; an empty token is the end."""

    items: list[AccountAnswer]
    next_page_token: str = ""


class AliasAnswer(BaseModel):
    """An account and whom it has paid for."""

    alias_id: str
    crowded: bool
    """It paid for more members than are kept: it tells nothing."""
    iban_ending: str
    member_id: str
    """Whose it is taken for now; empty where it is several members', or nothing came from it for long."""
    payers: list[PayerAnswer]


class AliasPage(BaseModel):
    """Some accounts; an empty token is the end."""

    items: list[AliasAnswer]
    next_page_token: str = ""


class AllocationAnswer(BaseModel):
    """An entry; a negative amount is a counter-entry. `match_id` is the credit note's for a credit."""

    amount_minor: int
    item_id: str
    kind: str
    match_id: str
    receipt_id: str
    why: WhyAnswer | None = None
    """Of a match, on the receipt's side."""


class AttemptAnswer(BaseModel):
    """One attempt."""

    amount_minor: int
    attempt_id: str
    code: str
    decided_at: AwareDatetime | None
    decided_by: str
    decision: PaymentsDecisionAnswer | None
    method: str
    number: int
    provider: str
    provider_id: str
    sent_at: AwareDatetime
    soft: bool
    state: str


class BatchPage(BaseModel):
    """Some files; an empty token is the end."""

    items: list[PaymentsBatchAnswer]
    next_page_token: str = ""


class BatchShown(BaseModel):
    """A batch for SAP: what it sums up, its documents, and what SAP said."""

    allowed: list[str]
    attempt: int
    currency: str
    digest: str
    """SHA-256 over its journals, one after the other."""
    entity: str
    id: str
    journals: int
    lines: list[SummaryLine]
    number: int
    """0 for the day's first batch, then those that supplement it."""
    parts: list[PartShown]
    posted_on: date
    reason: str
    sap_document: str
    """The number of its first SAP document."""
    sealed_at: AwareDatetime | None
    state: str
    total_minor: int


class BatchesShown(BaseModel):
    """A page of batches."""

    items: list[BatchShown]
    next_page_token: str


class Buyer(BaseModel):
    """A member as a document names them. `vat_id` is set only where it was checked as valid."""

    account: str = ""
    """The marketplace's own id of them, which payers quote; empty where nobody said."""
    address: Address
    business: bool
    email: str
    endpoint: str = ""
    """Where electronic invoices go (BT-49): the scheme (EAS) and the address, `0208:0202239951`."""
    language: Annotated[str, Field(examples=["de"])] = "en"
    locations: Annotated[list[Location], Field(validate_default=True)] = []
    member_id: str
    name: str
    payment_method: str = "transfer"
    payment_provider: str = "stripe"
    """Who collects, where the method collects by itself."""
    payment_token: str = ""
    reference: str = ""
    """What a public or large buyer wants quoted (EN 16931, BT-10; in Germany the Leitweg-ID)."""
    terms_days: int = 14
    vat_id: str = ""
    vat_proof: str = ""
    """The tax authorities' own number of the check (VIES, `requestIdentifier`); empty where nobody was asked."""


class CaseAnswer(BaseModel):
    """A case; `allowed` says what may be done with it, `next_step` what comes by itself."""

    allowed: list[str]
    buyer_name: str
    case_id: str
    closed_because: str
    currency: str
    due_on: date
    email: str
    entity: str
    in_flight: bool
    invoice_id: str
    invoice_number: str
    item_id: str
    language: str
    member_id: str
    next_step: NextStep | None
    open_minor: int
    reached: str
    reference: str
    state: str
    total_minor: int
    waits_because: str
    """Why the step that is due was not taken yet; empty where nothing is in its way."""


class CasePage(BaseModel):
    """Some cases, in order of id; an empty token is the end."""

    items: list[CaseAnswer]
    next_page_token: str = ""


class ChargingBatch(BaseModel):
    """Up to 500 charges, each as for a single one; a faulty one does not stop the others."""

    model_config = ConfigDict(
        extra="forbid",
    )
    charges: list[TakeCharge]
    """Each as for a single one; a faulty one does not stop the others."""


class ChargingBatchAnswer(BaseModel):
    """One answer for each charge, in their order."""

    items: list[ChargingItem]


class CheckoutAnswer(BaseModel):
    """A payment that a member makes themselves; nothing is done to it by hand, so `allowed` is empty."""

    allowed: list[str] | None = None
    amount_minor: int
    begun_at: AwareDatetime
    checkout_id: str
    code: str
    currency: str
    decided_at: AwareDatetime | None
    entity: str
    kept: bool
    kind: str
    member_id: str
    method: str
    provider: str
    provider_id: str
    purposes: list[For]
    state: str


class CheckoutPage(BaseModel):
    """Some payments; an empty token is the end."""

    items: list[CheckoutAnswer]
    next_page_token: str = ""


class ClaimedAnew(BaseModel):
    """The invoice that stands in the place of another document, and the credit note that made room for it."""

    credit_note_id: str
    credit_note_number: str
    invoice: InvoiceSummary


class CreditInvoiceBody(BaseModel):
    """Takes an invoice back: all that is left of it, some `lines`, or `amount_minor` spread over what is left."""

    model_config = ConfigDict(
        extra="forbid",
    )
    amount_minor: int | None = None
    """An amount in the currency's minor units: 1250 is 12.50 EUR."""
    basis: str = "gross"
    """Whether `amount_minor` includes VAT."""
    lines: Annotated[list[LineToCredit], Field(validate_default=True)] = []
    """The lines to be taken back; empty: all of them, or an amount."""
    reason: str
    """Why, in words that are kept; without personal data."""
    rest: str = "credit"
    """What is to become of money that had paid for it."""


class CreditNoteAnswer(BaseModel):
    """A credit note as it was issued; amounts are positive."""

    allowed: list[str]
    buyer: Buyer
    claimed_by: str
    """The invoice that claims anew what it took back, if one does."""
    currency: str
    documents: list[DocumentForm] | None = None
    """Told with `expand=documents`; empty while nothing is in the archive."""
    entity: str
    exchange: Exchange | None = None
    id: str
    invoice_id: str
    invoice_issued_on: date
    invoice_number: str
    issued_on: date
    kind: str
    lines: list[Line]
    member_id: str
    net_minor: int
    number: str
    places: list[int]
    """For each line the number of the invoice's line it takes back; empty where they are the same."""
    reason: str
    rest: str
    seller: Seller
    sequence: int
    state: str
    total_minor: int
    vat: list[VatTotal]
    vat_minor: int


class CreditNoteList(BaseModel):
    """Credit notes in order of id, of one invoice in the order they were issued."""

    items: list[CreditNoteSummary]
    next_page_token: str


class DebitAnswer(BaseModel):
    """A debit, with the days until which it can still be taken back."""

    amount_minor: int
    announced_on: date
    attempt: int
    batch_id: str
    code: str
    collect_on: date
    currency: str
    debit_id: str
    end_to_end_id: str
    entity: str
    final_on: date | None
    invoice_number: str
    mandate_id: str
    mandate_reference: str
    member_id: str
    payment_id: str
    returns: list[Return]
    scheme: str
    sequence: str | Literal[""]
    settled_on: date | None
    state: str
    ways_back: list[WayBack]


class DebitPage(BaseModel):
    """Some debits; an empty token is the end."""

    items: list[DebitAnswer]
    next_page_token: str = ""


class ExplainedCreditNote(BaseModel):
    """Why each amount of a credit note is what it is."""

    currency: str
    id: str
    invoice_id: str
    invoice_number: str
    kind: str
    left_minor: int
    """Of the invoice, after this note."""
    lines: list[ExplainedLine]
    number: str
    reason: str
    rest: str
    says: str
    total_minor: int
    vat: list[ExplainedVat]


class FeeRule(BaseModel):
    """
    A flat fee, a share of the price, or tiers; for all cases its filled scope names.

    Graduated: each slice at its own band's rate. Volume: the whole amount at the rate of the band it reaches.
    Either by the single price or by the member's turnover of the calendar month, this sale included. Minimum and cap
    are for each charge.
    """

    basis_points: int | None = None
    by: str = "price"
    cap_minor: int = 10000000000000
    category: str = ""
    country: str = ""
    flat_minor: int | None = None
    graduated: Annotated[list[Tier], Field(validate_default=True)] = []
    gross: bool | None = None
    """Whether the fee includes VAT; as the schedule says, when None."""
    kind: str
    minimum_minor: int = 0
    segment: str = ""
    volume: Annotated[list[Tier], Field(validate_default=True)] = []


class FeesAnswer(BaseModel):
    """A version or a draft; `status` is what an active one is today, `shipped` whether it came with the program."""

    activated_at: AwareDatetime | None
    activated_by: str
    allowed: list[str]
    currency: Annotated[str, Field(examples=["EUR"])]
    digest: str
    drafted_at: AwareDatetime | None
    drafted_by: list[str]
    entity: str
    falls: list[Fall]
    """What to look at before it is activated: dearer sales that would cost less."""
    gross: bool
    name: str
    reason: str
    """Why it was activated, discarded or withdrawn."""
    rules: list[FeeRule]
    schedule_id: str
    shipped: bool
    state: str
    status: str
    valid_from: date | None
    valid_to: date | None
    """The last day; None while no later version is known."""
    version: int
    """0 for a draft."""


class FeesPage(BaseModel):
    """Some versions and drafts: those that came with the program first, then in order of id."""

    items: list[FeesAnswer]
    next_page_token: str


class FinalityAnswer(BaseModel):
    """When the money is final, why not before, and each way in which it can still be taken back until then."""

    final_on: date
    is_final: bool
    source: str
    ways_back: list[WayBack]
    why: str


class FindingPage(BaseModel):
    """Some findings, and where the next ones begin."""

    items: list[FindingView]
    next_page_token: str


class Graduated(BaseModel):
    """
    Each slice at its own band's rate.

    By turnover, the fee is what the month's fee grows by, both rounded: a month's fees add up to that of its turnover.
    """

    amount_minor: int
    before_minor: int = 0
    """The month's turnover before this sale."""
    by: str
    does: Literal["graduated"] = "graduated"
    exact: str
    slices: list[Slice]


class HistoryAnswer(BaseModel):
    """A member's versions, the newest first; `next_page_token` is empty at the end."""

    as_of: dict[str, Any] | None = None
    """The member as they were at the instant asked for, without what was erased since; null before the first."""
    items: list[Version]
    member_id: str
    next_page_token: str


class InvoiceAnswer(BaseModel):
    """An invoice as it was issued."""

    allowed: list[str]
    buyer: Buyer
    credit_note_id: str
    """Its last credit note; empty where there is none."""
    credit_notes: list[NoteRef]
    credited_minor: int
    currency: str
    documents: list[DocumentForm] | None = None
    """Told with `expand=documents`; empty while nothing is in the archive."""
    due_on: date
    entity: str
    evidence: list[str]
    id: str
    issued_on: date
    left_by_line: list[int]
    """What no credit note has taken, as each line is priced."""
    lines: list[Line]
    member_id: str
    net_minor: int
    number: str
    preceding: Preceding | None
    """What it stands in the place of, if anything."""
    reference: str
    replaced_by: str
    """The invoice that stands in its place, if one does."""
    run_id: str
    seller: Seller
    state: str
    total_minor: int
    vat: list[VatTotal]
    vat_minor: int
    whole_credit_notes: list[CreditNoteAnswer] | None = None
    """Told with `expand=credit_notes`."""


class InvoiceList(BaseModel):
    """Invoices in order of id."""

    items: list[InvoiceSummary]
    next_page_token: str


class InvoicingExplanation(BaseModel):
    """Every amount, rate and day of a document, in the order of its answer."""

    currency: str
    document_id: str
    facts: list[InvoicingWhy]
    number: str


class ItemAnswer(BaseModel):
    """An open item."""

    allocations: list[AllocationAnswer]
    allowed: list[str]
    buyer_name: str
    currency: str
    due_on: date
    entity: str
    in_flight: bool
    invoice_id: str
    item_id: str
    member_id: str
    number: str
    open_minor: int
    overdue: bool
    reference: str
    state: str
    total_minor: int


class ItemPage(BaseModel):
    """Some items; an empty token is the end. Where a member is asked for, `totals` by currency is over all theirs."""

    items: list[ItemAnswer]
    next_page_token: str = ""
    totals: dict[str, ItemTotals] | None = None


class JournalShown(BaseModel):
    """A journal."""

    batch_id: str = ""
    """The batch that told SAP of it; empty until its day is sealed."""
    batch_state: str = ""
    conversion: Conversion | None
    currency: str
    document: str
    document_type: str
    effective_on: date
    """The day it happened, by its own document; it stands in the books on `posted_on`."""
    entity: str
    event: str
    """The name of the money event it is for; empty in old ones."""
    id: str
    member_id: str
    names: dict[str, str]
    """What the chart calls the accounts."""
    posted_on: date
    postings: list[Posting]
    reverses: str
    """The journal it takes back, in whole or in part."""
    sap_documents: list[str] = []
    """SAP's numbers of the documents that hold its lines."""


class JournalsShown(BaseModel):
    """A page of journals."""

    items: list[JournalShown]
    next_page_token: str


class LedgerShown(BaseModel):
    """A member's account: a page of its lines in the order of the books, and what all of them come to."""

    as_of: date | None
    items: list[LedgerLine]
    member_id: str
    next_page_token: str
    totals: list[LedgerSums]


class LeftList(BaseModel):
    """What a run left out, and what it holds, a page of its manifest after the other."""

    held: list[HeldBill]
    next_page_token: str
    """Pass it on to get more; empty at the end. A page may be empty and not be the last."""
    skipped: list[Skipped]


class MatchAnswer(BaseModel):
    """A match that was made, and its item afterwards."""

    item: ItemAnswer
    match_id: str


class MatchSeveralBody(BaseModel):
    """Put parts of a receipt on several items, of one member or of many, and why: all of it or nothing."""

    model_config = ConfigDict(
        extra="forbid",
    )
    reason: str
    """Why, in words that are kept; without personal data."""
    shares: list[ShareGiven]
    """How much is for which item; all of it or nothing."""


class MatchingDecisionAnswer(BaseModel):
    """What would be decided on some money now."""

    evidence: list[str]
    parts: list[PartAnswer]
    receipt_id: str
    rules_version: str
    score_basis_points: int
    waits: bool
    """It names an invoice that is not there: it is looked at again before it is decided without."""
    zone: str


class MemberAnswer(BaseModel):
    """A member as stored."""

    address: Address
    allowed: list[str]
    billing_day: int
    currency: str
    dunning_profile: str
    email: str
    endpoint: str
    erased_at: AwareDatetime | None = None
    external_id: str
    kind: str
    language: str
    locations: list[Location]
    member_id: str
    merged_at: AwareDatetime | None = None
    merged_into: str = ""
    name: str
    payment_method: str
    payment_provider: str
    payment_token: str
    reference: str
    replaces: list[str] = []
    revision: int
    segment: str
    state: str
    terms_days: int
    vat_check: VatCheck | None = None
    vat_id: str
    vat_proof: VatProof | None = None
    vat_state: str
    """`unknown` until the tax authorities answered: documents name the id only while it is `valid`."""


class MembersBatch(BaseModel):
    """Up to 500 members, each as for a single one with its `external_id`; a faulty one does not stop the others."""

    model_config = ConfigDict(
        extra="forbid",
    )
    members: list[UpsertMember]
    """Each as for a single one; a faulty one does not stop the others."""
    reason: str = ""
    """Why, in words that are kept; without personal data."""


class MembersBatchAnswer(BaseModel):
    """One answer for each member, in their order."""

    items: list[MembersItem]


class MembersPage(BaseModel):
    """Some members, in order of id; `next_page_token` is empty at the end."""

    items: list[MemberAnswer]
    next_page_token: str


class Merged(BaseModel):
    """The closed account, the one that goes on, and others that had been closed for the first and follow it."""

    also: list[str] = []
    into: str
    member: MemberAnswer


class PageAnswer(BaseModel):
    """One page of a manifest: what it adds up to, and which bills were left out and why."""

    figures: list[Figure]
    members: list[str]
    """Who gets an invoice, in the order of their numbers."""
    offset: int
    run_id: str
    skipped: list[Skipped]
    state: str
    totals: list[GroupTotal]


class Panel(BaseModel):
    """A chart of one legal entity and currency."""

    at: list[str]
    """The places, in their order: days as ISO 8601."""
    currency: str
    entity: str
    places: int
    """Decimal places of the values."""
    series: list[Series]
    unit: str
    """money, share (basis points), or number."""


class ParkedPage(BaseModel):
    """Some parked messages, and where the next ones begin."""

    items: list[ParkedView]
    next_page_token: str


class PaymentAnswer(BaseModel):
    """A payment. `allowed` has `decide` while nobody knows what became of an attempt."""

    allowed: list[str] | None = None
    amount_minor: int
    attempts: list[AttemptAnswer]
    currency: str
    entity: str
    finality: FinalityAnswer | None
    """Of money that came; none before."""
    invoice_id: str
    invoice_number: str
    member_id: str
    method: str
    next_at: AwareDatetime | None
    """When the next attempt is made."""
    open_minor: int
    """What is still owed, and asked for by a further attempt."""
    payment_id: str
    provider: str
    settled: bool
    state: str
    wait: Wait | None
    """Why the planned attempt, named by its number, was not made on its day, and until when it waits at most."""


class PaymentPage(BaseModel):
    """Some payments; an empty token is the end."""

    items: list[PaymentAnswer]
    next_page_token: str = ""


class Preview(BaseModel):
    """
    Rates cases without recording anything: by the fees of their days, or by a version or draft named by its id.

    Each case is rated for itself, as if it came next.
    """

    model_config = ConfigDict(
        extra="forbid",
    )
    cases: list[PreviewCase]
    """What might be sold; each is rated for itself."""
    schedule_id: str = ""
    """Our id of the version or draft."""


class ProofPage(BaseModel):
    """Some proofs, and where the next ones begin."""

    items: list[ProofSummary]
    next_page_token: str


class ProofView(BaseModel):
    """A day of a legal entity: every source's figures, what differs, what is waited for, what is on its way."""

    day: date
    differences: list[Difference]
    differences_count: int
    entity: str
    explained: list[Timing]
    figures: list[FigureView]
    findings: list[str]
    """The open cases, by id (`/v1/audit/findings`)."""
    id: str
    journals: int
    late: list[Timing]
    late_count: int
    proven_at: AwareDatetime
    report: str
    sha256: str
    verdict: str
    version: int


class ReceiptAnswer(BaseModel):
    """Money that came. `matched` is what each match still carries."""

    allocations: list[AllocationAnswer]
    allowed: list[str]
    amount_minor: int
    currency: str
    entity: str
    final_on: date | None
    """From this day on it can't be taken back by the rules of the way it came."""
    iban_ending: str
    matched: dict[str, int]
    member_id: str
    payer_name: str
    reasons: list[str]
    """Why the rules did not put it anywhere by themselves."""
    receipt_id: str
    received_on: date
    reference: str
    refund_minor: int
    """Set aside to be paid back, or paid back."""
    returned_minor: int
    """Taken back by the payer's bank."""
    source: str
    state: str
    suggestion: SuggestionAnswer | None
    text: str
    unapplied_minor: int
    ways_back: list[WayBack]
    """How it can be taken back until then, and the last day of each way."""
    zone: str | Literal[""]
    """How the rules decided when they last looked; empty while it waits for an invoice it names."""


class ReceiptPage(BaseModel):
    """Some receipts; an empty token is the end. Where a member is asked for, all their unapplied money by currency."""

    items: list[ReceiptAnswer]
    next_page_token: str = ""
    unapplied_minor: dict[str, int] | None = None


class Replayed(BaseModel):
    """Money on which the other rules decide otherwise."""

    amount_minor: int
    currency: str
    present: MatchingDecisionAnswer
    present_agrees: bool
    proposed: MatchingDecisionAnswer
    proposed_agrees: bool
    """Whether a decision is where the money lies now; for money that lies nowhere, whether it is left there."""
    receipt_id: str
    stands: list[PartAnswer]
    """Where it lies now, whoever decided that."""


class RuleChange(BaseModel):
    """A rule before and after; None where there was, or is, none."""

    after: FeeRule | None
    before: FeeRule | None
    scope: str


class RulesGiven(BaseModel):
    """Rules of evidence, whole."""

    model_config = ConfigDict(
        extra="forbid",
    )
    discount_basis_points: list[int]
    least_probability_basis_points: int
    """What is less probable is not posted without a person."""
    most_expected_loss_cents: int
    """The money at risk: amount times the probability of being wrong."""
    most_items_in_a_sum: int
    short_basis_points: int
    short_cents: int
    suggested_from_basis_points: int
    trusted: list[TrustedGiven]
    version: str


class SapDocumentShown(BaseModel):
    """A SAP document: its lines, and what is behind the one that was asked for."""

    batch_id: str
    batch_state: str
    company_code: str
    currency: str
    journals: list[BehindLine]
    """Those behind the line that was asked for."""
    lines: list[SapLineShown]
    message_id: str
    next_page_token: str
    number: str
    part: int
    posted_on: date
    reverses: str
    """The number of the document it counters."""
    year: str


class UnappliedAnswer(BaseModel):
    """Every unapplied cent, with its owner and its age."""

    as_of: date
    groups: list[UnappliedGroup]
    policy_version: str
    totals: dict[str, int]
    """By currency, in minor units."""


class UpcomingDocument(BaseModel):
    """What one document would say."""

    due_on: date
    exchange: Exchange | None
    lines: list[Line]
    net_minor: int
    total_minor: int
    vat: list[VatTotal]
    vat_minor: int


class Upserted(BaseModel):
    """What became of one member."""

    member: MemberAnswer
    outcome: str


class Accepted(BaseModel):
    """Matches that were made in one go, and the receipt afterwards."""

    matches: list[MatchAnswer]
    receipt: ReceiptAnswer


class Backtest(BaseModel):
    """Decide on money that came as if it came today, by the rules in force and by others; nothing is written."""

    model_config = ConfigDict(
        extra="forbid",
    )
    limit: int = 50
    """How many at most; more than 100 are 100."""
    page_token: str = ""
    """`next_page_token` of the page before; empty for the first."""
    received_from: date | None = None
    """Only money of this day and later."""
    rules: RulesGiven
    """The rules that are compared with those in force, whole."""


class BacktestAnswer(BaseModel):
    """What other rules would change."""

    changed: list[Replayed]
    next_page_token: str = ""
    present_disagrees: int
    """Automatic by the rules in force, but not where the money lies now."""
    proposed_disagrees: int
    """The same by the other rules: what they would have posted wrongly, as far as what lies there now is right."""
    replayed: int
    zones: dict[str, int]
    """How many went from which zone into which: `suggested > automatic`."""


class ChangeDraftBody(BaseModel):
    """Other fees for a draft."""

    model_config = ConfigDict(
        extra="forbid",
    )
    currency: Annotated[str, Field(examples=["EUR"])]
    """ISO 4217."""
    entity: Annotated[str, Field(examples=["MP"])]
    """The legal entity that sells: `MP`, `MB` or `MS`."""
    gross: bool = False
    """Whether amounts include VAT."""
    name: Annotated[str, Field(examples=["marketplace-fees-eur"])]
    """What this series of versions is called."""
    reason: str
    """Why, in words that are kept; without personal data."""
    rules: list[FeeRule]
    """Which fee holds for what; the closest rule counts."""


class ChargingWhy(BaseModel):
    """Why an amount is what it is, as data: what applied, from which inputs, step by step."""

    country: str
    digest: str
    """The SHA-256 of what that version says."""
    rounding: str = "Half up, once for each charge, to the minor unit; reckoned before in whole numbers, exactly."
    rule: str
    """All of it as a sentence, which stands on the invoice's line."""
    schedule: str
    schedule_id: str
    """Empty where nothing was looked up: the amount was given, or taken back."""
    scope: Scope | None
    """Of the rule that applied; an empty field is for every value."""
    segment: str
    steps: list[
        Annotated[
            Given | Flat | Share | Graduated | Volume | Limited | Prorated | TakenBack,
            Field(discriminator="does"),
        ]
    ]
    turnover_minor: int
    valid_from: date | None
    version: int
    """0 for a draft."""


class ChartShown(BaseModel):
    """What the report's chart draws."""

    panels: list[Panel]
    stacked: bool
    title: str
    x: str


class DraftFees(BaseModel):
    """A new draft; `draft` is your own id of it: sent again with the same fees, it is the same draft."""

    model_config = ConfigDict(
        extra="forbid",
    )
    currency: Annotated[str, Field(examples=["EUR"])]
    """ISO 4217."""
    draft: str
    """Your own id of the draft: the same id is the same draft."""
    entity: Annotated[str, Field(examples=["MP"])]
    """The legal entity that sells: `MP`, `MB` or `MS`."""
    gross: bool = False
    """Whether amounts include VAT."""
    name: Annotated[str, Field(examples=["marketplace-fees-eur"])]
    """What this series of versions is called."""
    rules: list[FeeRule]
    """Which fee holds for what; the closest rule counts."""


class FeesDiff(BaseModel):
    """What changes from one version to another, scope by scope."""

    added: list[RuleChange]
    after: str
    """The ids; empty where nothing was in force."""
    before: str
    changed: list[RuleChange]
    gross_after: bool
    gross_before: bool | None
    removed: list[RuleChange]
    same: int
    """How many rules stay as they are."""


class Matched(BaseModel):
    """A match that was made or taken back, and both its sides afterwards."""

    item: ItemAnswer
    match_id: str
    receipt: ReceiptAnswer


class PreviewItem(BaseModel):
    """What a case would cost, or by `code` and `detail` why nobody can say."""

    amount_minor: int = 0
    code: str = ""
    detail: str = ""
    gross: bool = False
    why: ChargingWhy | None = None


class Previewed(BaseModel):
    """One answer for each case, in their order."""

    items: list[PreviewItem]


class ReportShown(BaseModel):
    """A page of a report: rows in a fixed order, and the chart over all of them."""

    chart: ChartShown | None
    freshness: Freshness
    items: list[dict[str, str | int | bool | None]]
    known_at: AwareDatetime | None
    next_page_token: str
    report: ReportNamed
    total: int
    """How many rows there are on all pages."""


class Upcoming(BaseModel):
    """What a member owes one legal entity in one currency and has not been invoiced yet."""

    currency: str
    documents: list[UpcomingDocument]
    entity: str
    expected_on: date | None
    """The day of the next scheduled run for it, whatever that comes to; none where runs are started by hand."""
    invoiced_by: date | None
    """A balance below the minimum is invoiced at the latest by the first run from this day on."""
    minimum_minor: int
    """Less is carried forward; 0 where everything is invoiced."""
    reason: str
    """Why it would not be invoiced: `below_minimum` and others, as a billing run says."""
    state: str
    total_minor: int
    """With VAT, where it is known."""


class UpcomingList(BaseModel):
    """A member's next invoices: one a legal entity and currency, more where lines can't share a document."""

    items: list[Upcoming]
    member_id: str
    on: date


class ChargingExplanation(BaseModel):
    """Why a line of an invoice is what it is: a charge, a credit, or a part of one that was taken back."""

    active_from: date | None
    active_to: date | None
    amount_minor: int
    basis_minor: int | None
    category: str
    charge: str
    """The marketplace's own id."""
    charge_id: str
    """Of the line asked about."""
    code: str
    currency: Annotated[str, Field(examples=["EUR"])]
    decided_at: AwareDatetime | None
    """When it was rated, approved or taken back."""
    decided_by: str
    detail: str
    entity: str
    gross: bool
    kind: str
    member_id: str
    occurred_on: date
    period_from: date | None
    period_to: date | None
    reason: str
    """Why it was given or taken back."""
    reproduced: bool | None
    """Whether the version named gives the same amount again; None where nothing was looked up."""
    reverses: str
    """The charge it takes back, whole or in part; empty for a charge itself."""
    state: str
    taken_at: AwareDatetime
    taken_back: list[PartTakenBack]
    taken_by: str
    why: ChargingWhy | None
    """None while it is parked: `code` and `detail` say why."""
