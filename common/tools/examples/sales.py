"""What is sold: fees are drafted and activated, charges come in, are explained, taken back, credited."""

from typing import Any, Final

from common.tools.examples.stage import ANOTHER, Stage

RULES: Final = [
    {"kind": "listing", "flat_minor": 35},
    {"kind": "commission", "basis_points": 1000, "minimum_minor": 50, "cap_minor": 20000},
    {"kind": "subscription", "category": "pro", "flat_minor": 4990},
    {"kind": "subscription", "category": "premium", "flat_minor": 9990},
]
FEES: Final[dict[str, Any]] = {
    "draft": "fees-for-october",
    "name": "marketplace-fees-eur",
    "entity": "MP",
    "currency": "EUR",
    "rules": RULES,
}


def sale(charge: str, member: str, **facts: Any) -> dict[str, Any]:
    """A charge of a listing, unless said otherwise."""
    return {
        "charge": charge,
        "member": member,
        "kind": "listing",
        "description": "Listing fee",
        "currency": "EUR",
        "occurred_on": "2026-10-03",
        **facts,
    }


def commission(charge: str, member: str, price_minor: int) -> dict[str, Any]:
    """A charge of a sale at that price."""
    return sale(charge, member, kind="commission", description=f"Sale {charge}", basis_minor=price_minor)


def act(stage: Stage) -> None:
    """Fees and charges."""
    _fees(stage)
    stage.wait(days=2)
    _charges(stage)
    _parked(stage)
    _put_right(stage)
    _subscription(stage)
    _credits(stage)


def _fees(stage: Stage) -> None:
    drafted = stage.post("/v1/fee-schedules", FEES, "New fees are drafted")
    path = f"/v1/fee-schedules/{drafted['schedule_id']}"
    stated = {name: value for name, value in FEES.items() if name != "draft"}
    dearer = stated | {"rules": [*RULES[1:], {"kind": "listing", "flat_minor": 40}], "reason": "as agreed"}
    changed = stage.put(path, dearer, "The draft is changed")
    stage.get(f"{path}/diff", "What it would change")
    going = {"valid_from": "2026-10-03", "digest": changed["digest"], "reason": "agreed with sales"}
    stage.post(f"{path}/activate", going, "Who wrote it can't activate it", refused="four_eyes")
    stage.post(f"{path}/activate", going, "A second person makes it the next version", by=ANOTHER)
    other = stage.post("/v1/fee-schedules", FEES | {"draft": "fees-nobody-wants"})
    end = {"reason": "not needed"}
    stage.post(f"/v1/fee-schedules/{other['schedule_id']}/withdraw", end, "A draft is discarded")
    stage.get(path, "The version that holds now")
    stage.get("/v1/fee-schedules", "Versions that are active", entity="MP", currency="EUR", state="active", limit=3)


def _charges(stage: Stage) -> None:
    first = commission("sale-1", "anna", 12999)
    taken = stage.post("/v1/charges", first, "A sale: we take the fee from its price", key="sale-1-taken")
    stage.post("/v1/charges", first, "The same id again is the same charge")
    stage.post(
        "/v1/charges", first | {"basis_minor": 100}, "The same id with other content", refused="charge_id_reused"
    )
    other = sale("sale-0", "anna", amount_minor=35)
    reused = "idempotency_key_reused"
    stage.post("/v1/charges", other, "The same key with other content", key="sale-1-taken", refused=reused)
    stage.post("/v1/charges", sale("sale-2", "anna", amount_minor=35), "A listing")
    batch = [
        commission("sale-3", "anna", 4500),
        sale("sale-4", "carlo", amount_minor=2500),
        commission("sale-5", "dora", 19900),
        commission("sale-6", "emil", 70000),
        sale("sale-7", "bakery", amount_minor=600_000, kind="other", description="Campaign in the autumn"),
        sale("sale-8", "bakery", amount_minor="12.50"),
        sale("sale-11", "late-11", amount_minor=700_000, kind="other", description="Campaign in the spring"),
    ]
    stage.post("/v1/charges/batch", {"charges": batch}, "Seven charges, one with a fault")
    stage.get(f"/v1/charges/{taken['charge']['charge_id']}", "A charge by our id")
    stage.get("/v1/charges/sale-1/explanation", "Why it costs what it costs")
    stage.get("/v1/charges/unknown", "There is no such charge", refused="not_found")
    stage.get("/v1/charges", "Charges of a member", member="anna", limit=2)
    case = {"currency": "EUR", "kind": "commission", "occurred_on": "2026-10-03", "basis_minor": 25000, "country": "DE"}
    stage.post("/v1/charges/preview", {"cases": [case]}, "What a sale would cost somebody in Germany")


def _parked(stage: Stage) -> None:
    for number in ("9", "10"):
        stage.post("/v1/charges", commission(f"sale-{number}", f"late-{number}", 3000))
    stage.get("/v1/charges/parked", "Charges that can't be rated yet, and why")
    stage.post("/v1/charges/sale-9/rate", {"reason": "again"}, "It still can't be rated", refused="unknown_member")
    details = {"kind": "private", "name": "Late Comer", "email": "late@mail.example"}
    address = {"street": "1 Long Street", "city": "Town", "postcode": "20095", "country": "DE"}
    for number in ("9", "10", "11"):
        stage.put(f"/v1/members/late-{number}", details | {"address": address})
    stage.post("/v1/charges/rate-parked", {"code": "unknown_member"}, "All that waited for their member are rated")


def _put_right(stage: Stage) -> None:
    part = {"reason": "a part was returned", "amount_minor": 100, "reversal": "return-1"}
    stage.post("/v1/charges/sale-3/reverse", part, "A part of a fee is given back")
    stage.post(
        "/v1/charges/sale-3/reverse",
        {"reason": "too much", "amount_minor": 9999},
        "More than is left",
        refused="more_than_charged",
    )


def _subscription(stage: Stage) -> None:
    month = {"period_from": "2026-09-16", "period_to": "2026-10-15"}
    plan = sale("plan-1", "emil", kind="subscription", category="pro", description="Pro, to 15 October", **month)
    stage.post("/v1/charges", plan, "A month of a subscription")
    changed = {"charge": "plan-2", "on": "2026-10-03", "category": "premium", "description": "Premium, to 15 October"}
    stage.post("/v1/charges/plan-1/change", changed | {"reason": "upgrade"}, "From now on: premium")


def _credits(stage: Stage) -> None:
    given = {
        "credit": "sorry-1",
        "member": "anna",
        "currency": "EUR",
        "amount_minor": 100,
        "description": "Sorry",
        "reason": "slow support",
        "occurred_on": "2026-10-03",
    }
    stage.post("/v1/charges/credit", given, "A little goodwill")
    larger = given | {"credit": "sorry-2", "member": "bakery", "amount_minor": 7500}
    stage.post("/v1/charges/credit", larger, "Above the limit it waits for a second person")
    agreed = {"reason": "they are right"}
    stage.post("/v1/charges/sorry-2/approve", agreed, "Who gave it can't approve it", refused="four_eyes")
    stage.post("/v1/charges/sorry-2/approve", agreed, "A second person agrees", by=ANOTHER)
