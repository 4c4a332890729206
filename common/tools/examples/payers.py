"""Who pays how: members with cards at several providers, and mandates with everything that becomes of them."""

from typing import Any, Final

from common.tools.examples.desk import CLOSED, DISPUTES, PAYS, SILENT
from common.tools.examples.members import person
from common.tools.examples.sales import sale
from common.tools.examples.stage import Stage

CARDS: Final = {
    "ella": (CLOSED, "stripe", "AT"),
    "hanna": (DISPUTES, "stripe", "FR"),
    "gerd": (SILENT, "mollie", "DE"),
    "ida": (PAYS, "adyen", "NL"),
}
"""Token, provider and country."""
DEBITED: Final = {"frida": "Frida Kern", "fritz": "Fritz Lange"}
IBAN: Final = "DE02120300000000202051"
OTHER_IBAN: Final = "NL91ABNA0417164300"
MANDATES: Final = "/v1/mandates"


def act(stage: Stage) -> None:
    """They register, sign, and have something to pay."""
    people = [
        {**person(f"{name.title()} Muster", country), "external_id": name}
        | {"payment_method": "card", "payment_provider": provider, "payment_token": token}
        for name, (token, provider, country) in CARDS.items()
    ]
    debited = {"payment_method": "direct_debit", "payment_provider": "sepa"}
    people += [{**person(name, "DE"), "external_id": known, **debited} for known, name in DEBITED.items()]
    stage.post("/v1/members/batch", {"members": people})
    for number, name in enumerate([*CARDS, *DEBITED], 21):
        amount = 60_000 if name == "ella" else 2_500
        stage.post("/v1/charges", sale(f"sale-{number}", name, amount_minor=amount, kind="other"))
    _signed(stage)
    _changed(stage)
    _of_a_company(stage)


def _mandate(stage: Stage, member: str, name: str, **facts: Any) -> dict[str, Any]:
    member_id = stage.get(f"/v1/members/{member}")["member_id"]
    return {"member_id": member_id, "entity": "MP", "iban": IBAN, "debtor_name": name, **facts}


def _signed(stage: Stage) -> None:
    frida = _mandate(stage, "frida", "Frida Kern", signed_on="2026-09-30")
    stage.post(MANDATES, frida | {"iban": "DE02120300000000202052"}, "A digit is wrong", refused="invalid_iban")
    made = stage.post(MANDATES, frida, "A mandate that was signed on paper holds at once")
    stage.post(MANDATES, frida, "Another one holds already", refused="another_mandate")
    stage.get(MANDATES, "Mandates of a member", member_id=frida["member_id"])
    no_company = "A consumer's mandate needs no bank's confirmation"
    stage.post(f"{MANDATES}/{made['mandate_id']}/confirm", {}, no_company, refused="not_b2b")


def _changed(stage: Stage) -> None:
    elsewhere = {"original_reference": "SHOP-4711", "original_creditor_name": "Kleinanzeiger GmbH"}
    fritz = _mandate(stage, "fritz", "Fritz Lange", **elsewhere)
    made = stage.post(MANDATES, fritz, "A mandate that was given elsewhere is to be signed anew")
    path = f"{MANDATES}/{made['mandate_id']}"
    stage.post(f"{path}/sign", {"signed_on": "2026-10-02"}, "The debtor has signed it")
    moved = {"iban": OTHER_IBAN, "debtor_name": "Fritz Lange-Kern"}
    stage.post(f"{path}/amend", moved, "Another account and name")
    stage.post(f"{path}/suspend", {"reason": "the member asked for it"}, "No debits for now")
    stage.post(f"{path}/resume", {}, "They go on")
    stage.post(f"{path}/resume", {}, "They were not suspended", refused="wrong_state")
    stage.get(path, "A mandate, and what its next debit tells the payer's bank")


def _of_a_company(stage: Stage) -> None:
    bakery = _mandate(stage, "bakery", "Bäckerei Sonnenschein GmbH", scheme="B2B")
    made = stage.post(MANDATES, bakery)
    path = f"{MANDATES}/{made['mandate_id']}"
    stage.post(f"{path}/sign", {"signed_on": "2026-10-02"}, "A company's waits for its bank's confirmation")
    stage.post(f"{path}/confirm", {}, "The payer's bank has confirmed it")
    stage.post(f"{path}/cancel", {"reason": "they pay by transfer"}, "It ends for good")
