"""Who is billed: members register, change, are checked, merged and erased."""

from typing import Any, Final

from common.tools.examples.stage import Stage

BAKERY: Final[dict[str, Any]] = {
    "kind": "business",
    "name": "Bäckerei Sonnenschein GmbH",
    "email": "billing@sonnenschein.example",
    "address": {"street": "Marktstraße 5", "city": "Hamburg", "postcode": "20095", "country": "DE"},
    "vat_id": "DE136695976",
    "language": "de",
    "terms_days": 14,
}
CARD: Final = {"payment_method": "card", "payment_token": "pm_card_visa"}


def person(name: str, country: str, **facts: Any) -> dict[str, Any]:
    """A private person's details."""
    address = {"street": "1 Long Street", "city": "Town", "postcode": "20095", "country": country}
    return {
        "kind": "private",
        "name": name,
        "email": f"{name.partition(' ')[0].lower()}@mail.example",
        "address": address,
        **facts,
    }


def act(stage: Stage) -> None:
    """Members of several kinds, and what may happen to an account."""
    _register(stage)
    _look(stage)
    _leave(stage)


def _register(stage: Stage) -> None:
    stage.put("/v1/members/bakery", BAKERY, "A business registers")
    stage.put(
        "/v1/members/bakery", BAKERY | {"address": {"country": "Germany"}}, "An address has faults", refused="invalid"
    )
    stage.put(
        "/v1/members/bakery", BAKERY | {"if_revision": 7}, "Somebody else changed them", refused="revision_changed"
    )
    people = [
        {"external_id": "anna", **person("Anna Vogel", "DE")},
        {"external_id": "carlo", **person("Carlo Rossi", "IT", language="it")},
        {"external_id": "dora", **person("Dora Lang", "AT"), **CARD},
        {"external_id": "emil", **person("Emil Berg", "DE")},
        {"external_id": "nobody", "kind": "private"},
    ]
    stage.post("/v1/members/batch", {"members": people}, "Four people register, and one of whom nothing is known")
    stage.post("/v1/members/bakery/vat-check", {"reason": "a new contract"}, "Their VAT id is asked about now")


def _look(stage: Stage) -> None:
    shown = stage.get("/v1/members/bakery", "A business whose VAT id is valid")
    stage.get("/v1/members/unknown", "Nobody has that id", refused="not_found")
    stage.get(f"/v1/members/by-id/{shown['member_id']}", "The same by our id")
    stage.get("/v1/members", "Members by a word of their name", q="vogel")
    stage.put("/v1/members/bakery", BAKERY | {"reference": "PO-4711"}, "Their order number is to stand on invoices")
    stage.get("/v1/members/bakery/history", "Who changed what, and when")


def _leave(stage: Stage) -> None:
    stage.put("/v1/members/anna2", person("Anna Vogel", "DE"))
    stage.put("/v1/members/zoe", person("Zoe Weiss", "DE"))
    stage.post("/v1/members/anna2/merge", {"into": "anna", "reason": "registered twice"}, "Anna had two accounts")
    mistake = {"into": "anna", "reason": "by mistake"}
    stage.post("/v1/members/anna/merge", mistake, "An account can't follow itself", refused="merged_into_itself")
    stage.post("/v1/members/zoe/erasure", {"reason": "art. 17 GDPR"}, "Somebody is forgotten")
