"""What money is for: what the rules suggest, what people decide, and whose accounts were learned from it."""

from typing import Any

from common.tools.examples.money import items_of
from common.tools.examples.stage import ANOTHER, Stage

RECEIPTS = "/v1/receipts"
ACCOUNTS = "/v1/payer-accounts"


def act(stage: Stage) -> None:
    """Suggestions, matches by hand, accounts."""
    _suggested(stage)
    _by_hand(stage)
    _accounts(stage)
    _rules(stage)
    _given_up(stage)


def _suggested(stage: Stage) -> None:
    found = stage.get(RECEIPTS, "Money of which the rules are not sure enough", zone="suggested")["items"]
    right, wrong = (_of(found, name) for name in ("Anna Vogel", "Emil Berg"))
    why = {"reason": "he paid for his brother"}
    stage.post(f"{RECEIPTS}/{wrong['receipt_id']}/refuse", why, "A suggestion is wrong")
    stage.post(f"{RECEIPTS}/{wrong['receipt_id']}/accept", {}, "It was refused", refused="nothing_suggested")
    stage.post(f"{RECEIPTS}/{right['receipt_id']}/accept", {}, "A suggestion is right")
    rest = {"reason": "it was too much for that one"}
    stage.post(f"{RECEIPTS}/{right['receipt_id']}/spread", rest, "What is left pays what else the member owes")
    stage.get(f"{RECEIPTS}/{right['receipt_id']}", "A receipt, and why it lies where it does")
    stage.get(f"/v1/items/{items_of(stage, 'anna')[0]['item_id']}", "An item, partly paid")


def _of(receipts: list[dict[str, Any]], payer: str) -> dict[str, Any]:
    return next(one for one in receipts if one["payer_name"] == payer)


def _by_hand(stage: Stage) -> None:
    unplaced = stage.get(RECEIPTS, "Money nobody could place", state="unapplied", zone="manual")["items"]
    receipt = _of(unplaced, "E. Berg")
    path, item = f"{RECEIPTS}/{receipt['receipt_id']}", items_of(stage, "emil")[0]
    given = {"item_id": item["item_id"], "amount_minor": 1000, "reason": "the payer told us"}
    stage.post(f"{path}/match", given | {"amount_minor": 1001}, "More than came", refused="more_than_unapplied")
    matched = stage.post(f"{path}/match", given, "Somebody decides what it is for")
    back = {"receipt_id": receipt["receipt_id"], "match_id": matched["match_id"], "reason": "it was for two"}
    stage.post("/v1/matches/unmatch", back, "And takes it back")
    shares = [_share(item, 800), _share(items_of(stage, "anna")[0], 200)]
    stage.post(f"{path}/matches", {"shares": shares, "reason": "they told us"}, "It was for two members")


def _share(item: dict[str, Any], amount_minor: int) -> dict[str, Any]:
    return {"item_id": item["item_id"], "amount_minor": amount_minor}


def _accounts(stage: Stage) -> None:
    carlo = stage.get("/v1/members/carlo")["member_id"]
    [account] = stage.get(ACCOUNTS, "Accounts that a member paid from", member_id=carlo)["items"]
    path, whose = f"{ACCOUNTS}/{account['alias_id']}", {"member_id": carlo}
    stage.post(f"{path}/revoke", whose | {"reason": "it is his tax adviser's"}, "An account is not a member's")
    again = whose | {"reason": "it is his after all"}
    stage.post(f"{path}/restore", again, "It is")
    stage.post(f"{path}/restore", again, "It was not revoked", refused="not_revoked")


def _rules(stage: Stage) -> None:
    """What is decided without a person, and what would be by others."""
    stage.get("/v1/unapplied", "Money that lies unapplied, with its owner and age")
    receipt = _of(stage.get(RECEIPTS, state="unapplied")["items"], "Emil Berg")
    stage.post(f"{RECEIPTS}/{receipt['receipt_id']}/preview", {}, "What would be decided on some money today")
    rules = stage.get("/v1/matching-rules", "The rules in force")
    own = {name: value for name, value in rules.items() if name != "policy_version"}
    surer = own | {"version": "surer", "suggested_from_basis_points": 9_990}
    stage.post("/v1/matching-rules/backtest", {"rules": surer}, "What rules that suggest less would have decided")


def _given_up(stage: Stage) -> None:
    """What is not claimed any more."""
    found = [one for one in stage.get("/v1/items", state="open")["items"] if not one["in_flight"]]
    opened = sorted(found, key=lambda one: (one["open_minor"], one["item_id"]))
    path = f"/v1/items/{opened[0]['item_id']}/write-off"
    why = {"reason": "the shop has closed"}
    stage.post(path, why | {"amount_minor": opened[0]["open_minor"] + 1}, "More than is open", refused="more_than_open")
    little = stage.post(path, why | {"amount_minor": 1}, "A little is given up by one person")
    path = f"/v1/write-offs/{little['write_off_id']}"
    stage.post(f"{path}/withdraw", {"reason": "they paid the shop's debts"}, "It is claimed again")
    stage.get(path, "What became of it")
    much = f"/v1/items/{opened[-1]['item_id']}/write-off"
    asked = stage.post(much, why, "Much waits for a second person")
    path = f"/v1/write-offs/{asked['write_off_id']}"
    stage.post(f"{path}/approve", why, "Who asked can't agree", refused="same_person")
    stage.post(f"{path}/refuse", {"reason": "they still trade"}, "A second person does not agree", by=ANOTHER)
    again = stage.post(much, why)
    stage.post(f"/v1/write-offs/{again['write_off_id']}/approve", why, "A second person agrees", by=ANOTHER)
    stage.get("/v1/write-offs", "What was given up", state="decided")
