"""What the bank books of all that: debits collected, refunds transferred, a provider's payout arrived."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from common.parties import SELLERS
from common.tools.examples.money import ACCOUNT, came, statement
from common.tools.examples.stage import Stage
from emulators.bank import pain
from emulators.bank.camt import Entry, Extra

DAY: Final = date(2026, 11, 19)


def act(stage: Stage) -> None:
    """One statement says what became of what was on its way."""
    stage.wait(days=2)
    refunds = stage.get("/v1/refunds", state="sent")["items"]
    [payout] = stage.get("/v1/payouts", state="settled")["items"]
    entries = (*_debits(stage), *_transfers(stage), _payout(payout))
    taken = stage.post("/v1/statements", statement(stage, 3, DAY, *entries))
    path = f"/v1/statements/{taken['statements'][0]['statement_id']}/entries"
    stage.get(path, "Debits, transfers, a provider's payout: whose each entry is")
    stage.get(f"/v1/refunds/{refunds[0]['refund_id']}", "A refund that was paid")
    stage.get(f"/v1/payouts/{payout['payout_id']}", "A payout that arrived, and what it is made of")
    collected = stage.get("/v1/debits", member_id=stage.get("/v1/members/frida")["member_id"])["items"]
    stage.get(f"/v1/debits/{collected[0]['debit_id']}", "A debit that was collected, and how long it can be taken back")


def _files(stage: Stage, folder: str) -> Iterator[pain.Message]:
    for file in stage.runtime.world.list_files(folder):
        yield pain.read(stage.runtime.world.get_file(file.name) or b"")


def _debits(stage: Stage) -> Iterator[Entry]:
    """A file of debits is credited in one sum, without what was refused before."""
    for message in _files(stage, "debits/"):
        for batch in message.batches:
            kept = [one for one in batch.orders if "Fritz" not in one.party]
            extra = Extra("IDDT-ESDD", message.name, batch.name, len(kept), ())
            yield replace(came(11, sum(one.amount for one in kept), "", "", DAY, ""), extra=extra)


def _transfers(stage: Stage) -> Iterator[Entry]:
    orders = [one for message in _files(stage, "transfers/") for batch in message.batches for one in batch.orders]
    for number, one in enumerate(orders, 21):
        yield Entry(
            reference=f"NTRY-{number}",
            amount=-one.amount,
            booked_on=DAY,
            debtor_name=SELLERS["MP"].name,
            debtor_iban=ACCOUNT,
            creditor_name=one.party,
            creditor_iban=one.iban,
            end_to_end_id=one.end_to_end_id,
            text="",
            structured="",
        )


def _payout(payout: dict[str, Any]) -> Entry:
    return came(31, payout["amount_minor"], "MARKETPLACE PAYOUT", "STRIPE PAYMENTS UK", DAY, "GB33BUKB20201555555555")
