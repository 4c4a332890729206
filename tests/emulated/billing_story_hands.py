"""Money that does not say what it is for, in the billing story: suggestions, people who decide, and what goes back."""

from typing import Any

from tests.emulated.billing_story_stage import Stage, iban_of, member_id

UNKNOWN_MINOR = 1_234


class Hands:
    """Two members of one name owe the same, so that nobody can know whom their money is for."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.bills: dict[str, dict[str, Any]] = {}

    def pay(self) -> None:
        """One Olga pays, one Omar does, and a stranger."""
        for name in ("olga", "omar"):
            self._transfer(f"{name.title()} Berg", self.bills[name]["total_minor"], 50 + len(name) * (name == "omar"))
        self._transfer("Somebody Else", UNKNOWN_MINOR, 60)

    def decide(self) -> None:
        """One suggestion is refused and the money split, the other is accepted."""
        first, second = (self._receipt(name) for name in ("olga", "omar"))
        path = f"/v1/receipts/{first['receipt_id']}"
        self.stage.post(f"{path}/refuse", {"reason": "it is for both"})
        shares = [
            {"item_id": self._item(name), "amount_minor": amount}
            for name, amount in (("olga", 1_000), ("olla", first["amount_minor"] - 1_000))
        ]
        self.stage.post(f"{path}/matches", {"shares": shares, "reason": "she called"})
        path = f"/v1/receipts/{second['receipt_id']}"
        self.stage.post(f"{path}/accept", {"reason": "it is his"})
        self._spread()
        self._doubt()

    def give_back(self) -> None:
        """What the stranger sent."""
        unapplied = self.stage.items("/v1/receipts?state=unapplied")
        (receipt,) = [one for one in unapplied if one["amount_minor"] == UNKNOWN_MINOR]
        wish = {"amount_minor": UNKNOWN_MINOR, "reason": "nobody knows them"}
        self.stage.post(f"/v1/receipts/{receipt['receipt_id']}/refund", wish)

    def review(self) -> None:
        """Money that nobody has claimed for two months is proposed to go back."""
        self.stage.fires("matching-start-review")

    def _spread(self) -> None:
        """What Nils' proceeds paid is undone, and put where the law puts it."""
        (receipt,) = self.stage.items(f"/v1/receipts?member_id={member_id('nils')}")
        (item,) = self.stage.items(f"/v1/items?member_id={member_id('nils')}")
        undo = {"receipt_id": receipt["receipt_id"], "match_id": item["allocations"][0]["match_id"], "reason": "not so"}
        self.stage.post("/v1/matches/unmatch", undo)
        self.stage.post(f"/v1/receipts/{receipt['receipt_id']}/spread", {"reason": "he owes nothing else"})

    def _doubt(self) -> None:
        """An account is taken for nobody's, and for its member's again."""
        alias = self.stage.items(f"/v1/payer-accounts?member_id={member_id('anna')}")[0]
        said = {"member_id": member_id("anna"), "reason": "her brother's"}
        self.stage.post(f"/v1/payer-accounts/{alias['alias_id']}/revoke", said)
        self.stage.post(f"/v1/payer-accounts/{alias['alias_id']}/restore", said | {"reason": "hers all the same"})

    def _transfer(self, payer: str, amount_minor: int, account: int) -> None:
        self.stage.booking(payer, iban_of(account), amount_minor, "", "danke")

    def _receipt(self, name: str) -> dict[str, Any]:
        found = self.stage.items("/v1/receipts?zone=suggested")
        (receipt,) = [one for one in found if one["payer_name"] == f"{name.title()} Berg"]
        return receipt

    def _item(self, name: str) -> str:
        (item,) = self.stage.items(f"/v1/items?number={self.bills[name]['number']}")
        return str(item["item_id"])
