"""One short story in which every command and every handler of the platform commits something."""

from datetime import timedelta
from typing import Any

from common.tools.local import Local
from functions.audit.findings import LOOK_AGAIN, PACE
from functions.payments.model.payments import LOOK_AGAIN as LOOK_AGAIN_AT_FROZEN
from tests.emulated.billing_story_books import Books
from tests.emulated.billing_story_branch import Branch
from tests.emulated.billing_story_money import Money
from tests.emulated.billing_story_stage import FIRST, METHODS, Stage, charge, details, member_id
from tests.emulated.billing_story_treasury import payouts_arrive

NIGHT_OF_DORA = FIRST + timedelta(days=68)
"""A night whose proof replays all of Dora's history; each member's comes once a week."""


class Story:
    """What the marketplace, members, staff, bank, SAP and time do; always the same."""

    def __init__(self, platform: Local) -> None:
        self.stage = Stage(platform)
        self.books = Books(self.stage)
        self.invoices: dict[str, dict[str, Any]] = {}

    def play(self) -> None:
        """From the first member to the last message put right."""
        with self.stage.http:
            self.stage.to(FIRST)
            self._register()
            self._sell()
            self._bill()
            self._pay()
            self._remind()
            self.books.close()
            self._put_right()
            self._erase()
            Branch(self.stage).play()
            self.books.give_up()
            self._prove()
            Money(self.stage).play()

    # -- the acts ------------------------------------------------------------------------------

    def _register(self) -> None:
        payouts_arrive(self.stage)
        for name in METHODS:
            self.stage.put(f"/v1/members/{name}", details(name))
        self.stage.post("/v1/members/batch", {"members": [details("ida") | {"external_id": "ida"}]})

    def _sell(self) -> None:
        for name in METHODS:
            self.stage.post("/v1/charges", charge(name, "c1", basis_minor=40_000))
        batch = [charge(name, "c2", basis_minor=9_000) for name in ("anna", "gerd")]
        self.stage.post("/v1/charges/batch", {"charges": batch})
        self.stage.post("/v1/charges", charge("anna", "c3", basis_minor=5_000))
        self.stage.post("/v1/charges/anna-c3/reverse", {"reason": "the buyer never paid"})
        self.books.agree()

    def _bill(self) -> None:
        self.stage.to(FIRST + timedelta(days=29))
        cut_off = (FIRST + timedelta(days=28)).isoformat()
        dropped = self.stage.post("/v1/billing-runs", {"entity": "MP", "cut_off": cut_off})
        self.stage.post(f"/v1/billing-runs/{dropped['id']}/cancel", {"reason": "too early"})
        run = self.stage.post("/v1/billing-runs", {"entity": "MP", "cut_off": cut_off})
        self.stage.post(f"/v1/billing-runs/{run['id']}/release", {"reason": "the preview was checked"})
        self.invoices = self.stage.run_out(run["id"])
        assert self.invoices.keys() == set(map(member_id, METHODS))

    def _pay(self) -> None:
        self.stage.to(FIRST + timedelta(days=33))
        anna, gerd = self._invoice("anna"), self._invoice("gerd")
        self.stage.transfer("anna", anna["total_minor"], str(anna["reference"]), "")
        self.stage.transfer("gerd", gerd["total_minor"], "", "for the kitchen")
        self.stage.transfer("hanna", 1_000, "", "inv MP-2031-9999999")
        self.stage.statement()
        self.stage.passes(timedelta(hours=5))
        unapplied = self.stage.items("/v1/receipts?state=unapplied")
        (receipt,) = [one for one in unapplied if one["amount_minor"] == gerd["total_minor"]]
        item_id = self.stage.items(f"/v1/items?member_id={gerd['member_id']}")[0]["item_id"]
        by_hand = {"item_id": item_id, "amount_minor": gerd["total_minor"], "reason": "he called"}
        matched = self.stage.post(f"/v1/receipts/{receipt['receipt_id']}/match", by_hand)
        undo = {"receipt_id": receipt["receipt_id"], "match_id": matched["match_id"], "reason": "not his"}
        self.stage.post("/v1/matches/unmatch", undo)

    def _remind(self) -> None:
        for day in range(43, 58):
            self.stage.to(FIRST + timedelta(days=day))
        cases, fritz = self.stage.items("/v1/dunning-cases"), member_id("fritz")
        (case,) = [case for case in cases if case["member_id"] == fritz and "close" in case["allowed"]]
        self.stage.post(f"/v1/dunning-cases/{case['case_id']}/close", {"reason": "we let it go"})
        for name in ("fritz", "hanna"):
            self.stage.post(f"/v1/invoices/{self._invoice(name)['id']}/credit", {"reason": "goodwill"})
        gerd = self._invoice("gerd")
        self.stage.transfer("gerd", gerd["total_minor"], str(gerd["reference"]), "")
        self.stage.statement()

    def _put_right(self) -> None:
        for number in range(2):
            self.stage.give_up(f"lost-{number}")
        parked = sorted(self.stage.items("/v1/parked"), key=lambda one: str(one["id"]))
        self.stage.post(f"/v1/parked/{parked[0]['id']}/replay", {"reason": "put right"})
        for one in self.stage.items("/v1/parked"):
            self.stage.post(f"/v1/parked/{one['id']}/discard", {"reason": "of no use"})

    def _erase(self) -> None:
        for name in ("ida", "hanna"):
            self.stage.post(f"/v1/members/{member_id(name)}/erasure", {"reason": "asked for it"})

    def _prove(self) -> None:
        """Somebody edits an item behind the platform's back; the proof finds it, and staff put it right."""
        self.stage.to(NIGHT_OF_DORA)
        goodwill = {"amount_minor": 500, "reason": "goodwill"}
        self.stage.post(f"/v1/invoices/{self._invoice('dora')['id']}/credit", goodwill)
        self.stage.passes(timedelta(hours=1))  # so that no mail is written of while it is looked at
        (item,) = self.stage.items(f"/v1/items?member_id={member_id('dora')}")
        before = self.stage.edit(item["item_id"], reference="RF1")
        self.stage.night()
        self.stage.passes(LOOK_AGAIN + PACE)
        self._ask_back()
        (finding,) = self.stage.items("/v1/audit/findings?state=open")
        self.stage.post(f"/v1/audit/findings/{finding['id']}/resolve", {"reason": "put back as it was"})
        self.stage.edit(item["item_id"], **before)
        self.stage.night()
        self.stage.passes(LOOK_AGAIN_AT_FROZEN)

    def _ask_back(self) -> None:
        """She wants what is hers back, which waits: nothing new is begun with her money for now."""
        (receipt,) = self.stage.items(f"/v1/receipts?member_id={member_id('dora')}")
        wish = {"amount_minor": receipt["unapplied_minor"], "reason": "she asked for it"}
        self.stage.post(f"/v1/receipts/{receipt['receipt_id']}/refund", wish)

    def _invoice(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self.stage.get(f"/v1/invoices/{self.invoices[member_id(name)]['id']}")
        return found
