"""What a file of debits or transfers says, whatever its format: values alone, all of them checked before."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field

from common.money import Minor
from common.parties import Address, personal
from common.values import Exact
from functions.payments.sepa.banks import Scheme

Sequence = Literal["FRST", "RCUR", "FNAL", "OOFF"]
SEQUENCES: tuple[Sequence, ...] = ("FRST", "RCUR", "FNAL", "OOFF")
Positive = Annotated[Minor, Field(gt=0)]


class Account(Exact):
    """Whose account; the bank is found by the IBAN alone where `bic` is empty."""

    name: Annotated[str, personal()]
    iban: Annotated[str, personal("")]
    bic: str = ""
    address: Annotated[Address | None, personal(None)] = None
    """Only where the account is outside the European Economic Area, where law wants it."""


class Amendment(Exact):
    """What of a mandate was other before, told to the debtor's bank with the next debit (SDD rulebooks, AT-24)."""

    original_reference: str = ""
    original_creditor_id: str = ""
    original_creditor_name: str = ""
    new_account: bool = False
    """Same mandate, new debtor account: written as `SMNDA`."""


class Remittance(Exact):
    """What it is for: a structured reference, or else a text."""

    reference: str = ""
    issuer: Literal["ISO", "BBA"] = "ISO"
    """Whose form the reference has: ISO 11649 or the Belgian one."""
    text: str = ""


class DebitOrder(Exact):
    """One debit."""

    end_to_end_id: str
    amount_minor: Positive
    sequence: Sequence
    mandate_reference: str
    signed_on: date
    amendment: Amendment | None = None
    debtor: Account
    remittance: Remittance


class DebitFile(Exact):
    """One message of debits of one legal entity and scheme, collected on one day."""

    message_id: str
    made_at: datetime
    scheme: Scheme
    collect_on: date
    creditor: Account
    creditor_id: str
    orders: tuple[DebitOrder, ...]


class TransferOrder(Exact):
    """One credit transfer in euro."""

    end_to_end_id: str
    amount_minor: Positive
    payee: Account
    remittance: Remittance


class TransferFile(Exact):
    """One message of transfers from one account on one day."""

    message_id: str
    made_at: datetime
    execute_on: date
    payer: Account
    orders: tuple[TransferOrder, ...]
