"""Credit transfers as banks take them: pain.001.001.09, for money that goes back to those who paid by bank.

European Payments Council, EPC132-08 (SCT customer-to-PSP implementation guidelines).
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
from functions.payments.sepa.messages import TransferFile, TransferOrder

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


def write(file: TransferFile) -> bytes:
    """The message, with one payment information that is booked as a batch; its id is the message's with `-T`."""
    root, grow = document(NAMESPACE)
    message = grow(root, "CstmrCdtTrfInitn")
    header = grow(message, "GrpHdr")
    grow(header, "MsgId", file.message_id)
    grow(header, "CreDtTm", moment(file.made_at))
    totals(grow, header, (order.amount_minor for order in file.orders))
    party(grow, header, "InitgPty", file.payer.model_copy(update={"address": None}))
    _group(grow, grow(message, "PmtInf"), file)
    return written(root)


def _group(grow: Grow, at: Any, file: TransferFile) -> None:
    grow(at, "PmtInfId", f"{file.message_id}-T")
    grow(at, "PmtMtd", "TRF")
    grow(at, "BtchBookg", "true")
    totals(grow, at, (order.amount_minor for order in file.orders))
    grow(at, "PmtTpInf/SvcLvl/Cd", "SEPA")
    grow(at, "ReqdExctnDt/Dt", file.execute_on.isoformat())
    party(grow, at, "Dbtr", file.payer)
    grow(at, "DbtrAcct/Id/IBAN", file.payer.iban)
    bank(grow, at, "DbtrAgt", file.payer)
    grow(at, "ChrgBr", "SLEV")
    for order in file.orders:
        _order(grow, grow(at, "CdtTrfTxInf"), order)


def _order(grow: Grow, at: Any, order: TransferOrder) -> None:
    grow(at, "PmtId/EndToEndId", order.end_to_end_id)
    amount(grow, at, "Amt/InstdAmt", order.amount_minor)
    if order.payee.bic:
        bank(grow, at, "CdtrAgt", order.payee)
    party(grow, at, "Cdtr", order.payee)
    grow(at, "CdtrAcct/Id/IBAN", order.payee.iban)
    remittance(grow, at, order.remittance)
