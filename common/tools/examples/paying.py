"""Members who pay by themselves: the link, the form of its page, and what staff see of it."""

from common.tools.examples.money import items_of
from common.tools.examples.stage import Stage

LINKS = "/v1/payment-links"


def act(stage: Stage) -> None:
    """A link for a part of an invoice, used and then revoked."""
    item = items_of(stage, "anna")[0]
    asked = {"invoices": [item["invoice_id"]], "amount_minor": 700, "reason": "agreed on the phone"}
    too_much = asked | {"amount_minor": item["open_minor"] + 1}
    stage.post(LINKS, too_much, "More than is open", refused="more_than_open")
    made = stage.post(LINKS, asked, "A link under which a member pays a part")
    path = f"{LINKS}/{made['link_id']}"
    shown = stage.get(path, "The link, with its address")
    stage.get(LINKS, "The links of a member", member_id=made["member_id"])
    form = {"key": "1", "method": "card", "pay": item["number"], f"amount-{item['number']}": "7.00"}
    page = shown["url"].partition("/pay/")[2]
    told = stage.http.post(f"/pay/{page}/checkouts", data=form | {f"shown-{item['number']}": str(item["open_minor"])})
    stage.wait()
    checkout_id = told.headers["Location"].rpartition("/")[2]
    stage.wait(hours=2)
    stage.get("/v1/checkouts", "What a member paid themselves, or began to", member_id=made["member_id"])
    stage.get(f"/v1/checkouts/{checkout_id}", "One of it")
    stage.post(f"{path}/revoke", {"reason": "it was sent to another one"}, "The link is revoked")
    stage.post(f"{path}/revoke", {"reason": "again"}, "It was already", refused="wrong_state")
