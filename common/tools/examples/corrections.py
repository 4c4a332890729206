"""What is taken back: credit notes in part and in full, one that was wrong, an invoice that is issued anew."""

from common.tools.examples.runs import of
from common.tools.examples.stage import Stage


def act(stage: Stage) -> None:
    """Every kind of correction."""
    _credit(stage)
    _anew(stage)


def _credit(stage: Stage) -> None:
    invoice = of(stage, "anna")
    path = f"/v1/invoices/{invoice['id']}"
    charge_id = stage.get("/v1/charges/sale-2")["charge_id"]
    line = {"reason": "it was never shown", "lines": [{"charge_id": charge_id, "amount_minor": 20}]}
    stage.post(f"{path}/credit", line, "A part of one line is credited")
    much = {"reason": "too much", "amount_minor": 999_999}
    stage.post(f"{path}/credit", much, "More than is left", refused="more_than_left")
    stage.post(f"{path}/credit", {"reason": "goodwill", "amount_minor": 119, "rest": "refund"}, "An amount is credited")
    stage.get("/v1/credit-notes", "Credit notes of an invoice", invoice_id=invoice["id"])
    stage.get("/v1/credit-notes", "Credit notes of a member", member_id=invoice["member_id"])
    whole = stage.get(path, "An invoice with its credit notes and documents", expand="credit_notes,documents")
    stage.get("/v1/credit-notes", "A credit note by its number", number=whole["credit_notes"][0]["number"])
    _note(stage, str(whole["credit_notes"][0]["credit_note_id"]))


def _note(stage: Stage, credit_note_id: str) -> None:
    path = f"/v1/credit-notes/{credit_note_id}"
    stage.get(path, "A credit note")
    stage.get("/v1/credit-notes/crn_unknown", "There is no such credit note", refused="not_found")
    stage.get(f"{path}/explanation", "Why its amounts are what they are")
    stage.get(f"{path}/pdf", "Its PDF")
    stage.get(f"{path}/xml", "Its XML", format="cii")
    stage.get(f"{path}/link", "The address of its XML", format="cii")
    stage.post(f"{path}/cancel", {"reason": "it was shown"}, "A credit note was wrong: its amount is claimed anew")
    stage.post(f"{path}/cancel", {"reason": "again"}, "It was cancelled already", refused="wrong_state")


def _anew(stage: Stage) -> None:
    carlo = of(stage, "carlo")
    stage.put("/v1/members/carlo", {
        "kind": "private",
        "name": "Carlo Rossi-Bianchi",
        "email": "carlo@mail.example",
        "address": {"street": "Via Roma 7", "city": "Roma", "postcode": "00184", "country": "IT"},
        "language": "it",
    })  # fmt: skip
    path = f"/v1/invoices/{carlo['id']}/reissue"
    stage.post(path, {"reason": "the name was wrong"}, "An invoice is issued anew to the member as they are now")
