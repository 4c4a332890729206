"""Debits of our own: the file that was handed in, what the bank says of it, and what became of each."""

from typing import Any

from common.tools.examples.stage import Stage
from emulators.bank.reports import status_report


def act(stage: Stage) -> None:
    """The bank refuses one of two debits."""
    [batch] = stage.get("/v1/debit-batches", "Files of direct debits of a legal entity", entity="MP")["items"]
    path = f"/v1/debit-batches/{batch['batch_id']}"
    stage.get(path, "A file of debits, and where it lies")
    stage.get(f"{path}/file", "The file itself, as the bank gets it (pain.008)")
    debits = stage.get("/v1/debits", "The debits of a file", batch_id=batch["batch_id"])["items"]
    refused = next(one for one in debits if one["debit_id"] == _debit_of(stage, "fritz")["debit_id"])
    _reported(stage, batch, refused)
    stage.get(f"/v1/debits/{refused['debit_id']}", "A debit that the bank refused")
    stage.get("/v1/debits/dbt_unknown", "There is no such debit", refused="not_found")


def _debit_of(stage: Stage, name: str) -> dict[str, Any]:
    member_id = stage.get(f"/v1/members/{name}")["member_id"]
    [found] = stage.get("/v1/debits", "Debits of a member" * (name == "frida"), member_id=member_id)["items"]
    debit: dict[str, Any] = found
    return debit


def _reported(stage: Stage, batch: dict[str, Any], debit: dict[str, Any]) -> None:
    group = batch["groups"][0]["payment_information_id"]
    line = {"batch": group, "end_to_end": debit["end_to_end_id"], "refused": "AC04"}
    message, made = batch["message_id"], "2026-11-17T09:00:00Z"
    told = status_report(message, "debits", [group], [line], made)
    stage.post("/v1/debit-reports", told, "The bank refuses a debit of a closed account (pain.002)")
    other = told.replace(message.encode(), b"SOMEBODY-ELSES")
    stage.post("/v1/debit-reports", other, "The file is none of ours", refused="unknown_message")
    stage.post("/v1/debit-reports", b"<Document/>", "This is no pain.002", refused="unsupported_format")
