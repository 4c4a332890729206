"""Direct debits as banks take them: pain.008.001.08, the version of the rulebooks in force until November 2027.

European Payments Council, EPC130-08 and EPC131-08 (SDD Core and B2B customer-to-PSP implementation guidelines).
"""

from typing import Any, Final

from functions.payments.sepa.elements import (
    Grow,
    amount,
    bank,
    document,
    moment,
    party,
    remittance,
    totals,
    written,
)
from functions.payments.sepa.identifiers import payment_information_id
from functions.payments.sepa.messages import SEQUENCES, Amendment, DebitFile, DebitOrder, Sequence

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
NEW_ACCOUNT: Final = "SMNDA"


def write(file: DebitFile) -> bytes:
    """The message; a payment information for each sequence type, in the order of `SEQUENCES`, debits as they come."""
    root, grow = document(NAMESPACE)
    message = grow(root, "CstmrDrctDbtInitn")
    header = grow(message, "GrpHdr")
    grow(header, "MsgId", file.message_id)
    grow(header, "CreDtTm", moment(file.made_at))
    totals(grow, header, (order.amount_minor for order in file.orders))
    party(grow, header, "InitgPty", file.creditor.model_copy(update={"address": None}))
    for sequence in SEQUENCES:
        orders = [order for order in file.orders if order.sequence == sequence]
        if orders:
            _group(grow, grow(message, "PmtInf"), file, sequence, orders)
    return written(root)


def _group(grow: Grow, at: Any, file: DebitFile, sequence: Sequence, orders: list[DebitOrder]) -> None:
    grow(at, "PmtInfId", payment_information_id(file.message_id, sequence))
    grow(at, "PmtMtd", "DD")
    grow(at, "BtchBookg", "true")
    totals(grow, at, (order.amount_minor for order in orders))
    kind = grow(at, "PmtTpInf")
    grow(kind, "SvcLvl/Cd", "SEPA")
    grow(kind, "LclInstrm/Cd", file.scheme)
    grow(kind, "SeqTp", sequence)
    grow(at, "ReqdColltnDt", file.collect_on.isoformat())
    party(grow, at, "Cdtr", file.creditor)
    grow(at, "CdtrAcct/Id/IBAN", file.creditor.iban)
    bank(grow, at, "CdtrAgt", file.creditor)
    grow(at, "ChrgBr", "SLEV")
    _creditor_id(grow, grow(at, "CdtrSchmeId"), file.creditor_id)
    for order in orders:
        _order(grow, grow(at, "DrctDbtTxInf"), order)


def _creditor_id(grow: Grow, at: Any, creditor_id: str) -> None:
    other = grow(at, "Id/PrvtId/Othr")
    grow(other, "Id", creditor_id)
    grow(other, "SchmeNm/Prtry", "SEPA")


def _order(grow: Grow, at: Any, order: DebitOrder) -> None:
    grow(at, "PmtId/EndToEndId", order.end_to_end_id)
    amount(grow, at, "InstdAmt", order.amount_minor)
    mandate = grow(at, "DrctDbtTx/MndtRltdInf")
    grow(mandate, "MndtId", order.mandate_reference)
    grow(mandate, "DtOfSgntr", order.signed_on.isoformat())
    if order.amendment is not None:
        grow(mandate, "AmdmntInd", "true")
        _amendment(grow, grow(mandate, "AmdmntInfDtls"), order.amendment)
    bank(grow, at, "DbtrAgt", order.debtor)
    party(grow, at, "Dbtr", order.debtor)
    grow(at, "DbtrAcct/Id/IBAN", order.debtor.iban)
    remittance(grow, at, order.remittance)


def _amendment(grow: Grow, at: Any, was: Amendment) -> None:
    if was.original_reference:
        grow(at, "OrgnlMndtId", was.original_reference)
    if was.original_creditor_id or was.original_creditor_name:
        creditor = grow(at, "OrgnlCdtrSchmeId")
        if was.original_creditor_name:
            grow(creditor, "Nm", was.original_creditor_name)
        if was.original_creditor_id:
            _creditor_id(grow, creditor, was.original_creditor_id)
    if was.new_account:
        grow(at, "OrgnlDbtrAcct/Id/Othr/Id", NEW_ACCOUNT)
