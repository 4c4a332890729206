"""The books of the billing story: a month closed and opened again, what SAP takes back, debts that are given up."""

from datetime import timedelta
from typing import Any, Final

from common.tools.local import MACHINE
from tests.emulated.billing_story_stage import FIRST, PROOF, SECOND, Stage, charge, member_id

MONTH: Final = "MP-2031-04"
"""The first month with journals."""
SUBSCRIBED_DAYS: Final = 90
"""A period that ends in the month after that of its invoice."""
LITTLE_MINOR: Final = 100
"""One person alone may give that up."""


class Books:
    """What people in accounting and collections decide."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def agree(self) -> None:
        """Anna becomes a debtor of her own in SAP; Ben has paid for his shop for longer than he is billed for now."""
        key_account = {"entity": "MP", "member_id": member_id("anna"), "debtor": "100007", "reason": "a key account"}
        self.stage.post("/v1/sap-debtors", key_account)
        period = {
            "period_from": FIRST.isoformat(),
            "period_to": (FIRST + timedelta(days=SUBSCRIBED_DAYS - 1)).isoformat(),
        }
        shop = charge("ben", "s1", kind="subscription", category="basic", amount_minor=6_000, **period)
        self.stage.post("/v1/charges", shop)

    def close(self) -> None:
        """A month is complete once SAP, which refuses a document at first, has all of it; two people open it again."""
        self.stage.world("sap/admin/behaviour", {"behaviour": ["reject:102(F5)", "accept"]})
        self.stage.to(FIRST + timedelta(days=60))
        for verb in ("close", "keep", "close"):
            self._change(verb)
        self.stage.fire()
        for batch in self.stage.items("/v1/sap-batches?state=rejected"):
            self.stage.post(f"/v1/sap-batches/{batch['id']}/resend", {"reason": "the period was opened"})
        self._reverse()
        self.stage.fires("accounting-complete-periods")
        assert {one["id"]: one["state"] for one in self.stage.items("/v1/periods")}[MONTH] == "closed"
        self.stage.fires(PROOF)
        self._change("reopen")
        assert self._change("reopen", by=SECOND)["state"] == "open"

    def give_up(self) -> None:
        """A large debt is given up by two, once they agree; a little of another by one, who is sorry for it."""
        path = f"/v1/items/{self._open('karl')}/write-off"
        asked = self.stage.post(path, {"reason": "he cannot pay"})
        self._decide(asked, "refuse", by=SECOND)
        self._decide(self.stage.post(path, {"reason": "he is insolvent"}), "approve", by=SECOND)
        wish = {"amount_minor": LITTLE_MINOR, "reason": "not worth a letter"}
        self._decide(self.stage.post(f"/v1/items/{self._open('mara')}/write-off", wish), "withdraw")

    def _reverse(self) -> None:
        """The first day was posted to a wrong account."""
        accepted = self.stage.items("/v1/sap-batches?state=accepted")
        path = f"/v1/sap-batches/{min(accepted, key=lambda one: (one['posted_on'], one['id']))['id']}"
        self.stage.post(f"{path}/reverse", {"reason": "posted to a wrong account"})
        assert self.stage.get(path)["state"] == "reversed"

    def _change(self, verb: str, *, by: str = MACHINE) -> dict[str, Any]:
        changed: dict[str, Any] = self.stage.post(f"/v1/periods/{MONTH}/{verb}", {"reason": "so we decided"}, by=by)
        return changed

    def _decide(self, write_off: dict[str, Any], verb: str, *, by: str = MACHINE) -> None:
        path = f"/v1/write-offs/{write_off['write_off_id']}/{verb}"
        self.stage.post(path, {"reason": "looked at again"}, by=by)

    def _open(self, name: str) -> str:
        (item,) = self.stage.items(f"/v1/items?member_id={member_id(name)}&state=open")
        return str(item["item_id"])
