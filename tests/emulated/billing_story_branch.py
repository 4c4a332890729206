"""The part of the billing story that plays at the Belgian company: new fees, merged accounts, a run in slices."""

from datetime import timedelta
from typing import Any, Final

from tests.emulated.billing_story_stage import FIRST, SECOND, Stage, charge, details, member_id

OPENS: Final = FIRST + timedelta(days=61)
ENTITY: Final = "MB"
DAYS: Final = {"julia": 1, "karl": 2, "lena": 2, "mara": 3, "nora": 4, "otto": 4, "paula": 4, "quin": 4}
"""Members and their billing days: each day is a page of the run of its own."""
VAT_ID: Final = "DE136695976"
RULES: Final = [
    {"kind": "listing", "flat_minor": 45},
    {"kind": "commission", "basis_points": 1_100},
    {"kind": "promotion", "segment": "semi_pro", "flat_minor": 300},
]
POLICY: Final = {
    "limits": {"bill_most_minor": {"other": 20_000}},
    "slice_pages": 1,
    "canary_minutes": 0,
}
"""A bill over 200 euro is held, each page is a slice, and after the canary a person says so."""


class Branch:
    """What members, staff and time do at the Belgian company."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def play(self) -> None:
        """From its first fees to what is put right in its invoices."""
        self.stage.to(OPENS)
        self._price()
        self._register()
        self._sell()
        self._merge()
        self._correct(self._bill())

    # -- the acts ------------------------------------------------------------------------------

    def _price(self) -> None:
        """Charges wait for fees, and for a member; fees of later are written, and withdrawn."""
        self._charge("julia", "m1", basis_minor=50_000)
        self.stage.put("/v1/members/julia", self._details("julia", kind="business", vat_id=VAT_ID))
        self.stage.post("/v1/members/julia/vat-check", {"reason": "she asked for it"})
        draft = self._draft("belgium-1", RULES[:1])
        path = f"/v1/fee-schedules/{draft['schedule_id']}"
        draft = self.stage.put(path, self._fees(RULES) | {"reason": "more is sold there"})
        self._activate(draft, self.stage.today.isoformat())
        assert self.stage.get("/v1/charges/julia-m1")["state"] == "accepted"
        later = self._draft("belgium-2", [{"kind": "listing", "flat_minor": 60}])
        self._activate(later, (self.stage.today + timedelta(days=30)).isoformat())
        self.stage.post(f"/v1/fee-schedules/{later['schedule_id']}/withdraw", {"reason": "too dear"})

    def _register(self) -> None:
        for name in DAYS:
            if name != "julia":
                self.stage.put(f"/v1/members/{name}", self._details(name))

    def _sell(self) -> None:
        for name, amount in {"karl": 30_000, "nora": 40_000, "otto": 2_500, "quin": 1_500}.items():
            self._charge(name, "m1", amount_minor=amount)
        self._charge("lena", "m1", amount_minor=9_000, currency="SEK")
        self._credit()
        self._change_plan()
        for number in ("p1", "p2"):
            self._charge("paula", number, kind="promotion", basis_minor=7_000)
        self.stage.put("/v1/members/paula", self._details("paula", segment="semi_pro"))
        self.stage.post("/v1/charges/paula-p1/rate", {"reason": "she sells more now"})
        again = self.stage.post("/v1/charges/rate-parked", {"code": "no_fee_rule", "reason": "so the others"})
        assert again["rated"] == 1

    def _credit(self) -> None:
        """More than one person may give."""
        given = {
            "credit": "julia-k1",
            "member": "julia",
            "entity": ENTITY,
            "currency": "EUR",
            "kind": "commission",
            "amount_minor": 5_100,
            "description": "Goodwill",
            "reason": "the site was down",
            "occurred_on": self.stage.today.isoformat(),
        }
        waiting = self.stage.post("/v1/charges/credit", given)
        assert waiting["charge"]["code"] == "needs_approval"
        self.stage.post("/v1/charges/julia-k1/approve", {"reason": "agreed"}, by=SECOND)

    def _change_plan(self) -> None:
        period = {"period_from": self._day(-10), "period_to": self._day(19)}
        self._charge("mara", "s1", kind="subscription", category="basic", amount_minor=3_000, **period)
        changed = {
            "charge": "mara-s2",
            "on": self._day(0),
            "category": "pro",
            "description": "Shop, larger",
            "amount_minor": 6_000,
            "reason": "she wants more",
        }
        self.stage.post("/v1/charges/mara-s1/change", changed)

    def _merge(self) -> None:
        """Otto's account is closed for Paula's, with what is not invoiced yet."""
        self.stage.post("/v1/members/otto/merge", {"into": "paula", "reason": "one and the same person"})

    def _bill(self) -> dict[str, dict[str, Any]]:
        """In slices: one bill is let pass, one is dropped, one lacks a rate and is billed by a second run."""
        self.stage.put(f"/v1/billing-policies/{ENTITY}", {"policy": POLICY, "reason": "a new branch"})
        empty = self._start(billing_days=[28])
        self._do(empty, "cancel")
        run = self._start(billing_days=[1, 2, 3, 4], canary=1)
        self._decide(run)
        self._do(run, "release")
        self._do(run, "continue", settled=False)
        self._do(run, "pause", settled=False)
        self.stage.settle()
        self._do(run, "resume")
        invoices = self.stage.run_out(run["id"])
        assert invoices.keys() == set(map(member_id, ("julia", "karl", "mara", "paula", "quin")))
        self.stage.post("/v1/exchange-rates", {"source": "ECB", "on": self._day(0), "rates": {"SEK": "11.2345"}})
        follow_up = self._do(run, "rerun")
        self._do(follow_up, "release")
        return invoices | self.stage.run_out(follow_up["id"])

    def _decide(self, run: dict[str, Any]) -> None:
        held = self.stage.get(f"/v1/billing-runs/{run['id']}/left")["held"]
        by_member = {one["member_id"]: f"/v1/billing-runs/{run['id']}/holds/{one['id']}" for one in held}
        self.stage.post(f"{by_member[member_id('karl')]}/release", {"reason": "he did sell so much"})
        self.stage.post(f"{by_member[member_id('nora')]}/drop", {"reason": "a mistake of hers"})

    def _correct(self, invoices: dict[str, dict[str, Any]]) -> None:
        """A part of an invoice is taken back, which was wrong; lines of another; a third is made out anew."""
        julia, paula, karl = (f"/v1/invoices/{invoices[member_id(name)]['id']}" for name in ("julia", "paula", "karl"))
        note = self.stage.post(f"{julia}/credit", {"amount_minor": 150, "reason": "a part was never sold"})
        self.stage.post(f"/v1/credit-notes/{note['id']}/cancel", {"reason": "it was sold"})
        self.stage.post(f"{paula}/credit", {"lines": [{"line": 1}], "reason": "the buyer never paid"})
        self.stage.put("/v1/members/karl", self._details("karl") | {"name": "Karl Berg-Tal"})
        self.stage.post(f"{karl}/reissue", {"reason": "he goes by another name"})

    # -- the ports -----------------------------------------------------------------------------

    def _details(self, name: str, **more: Any) -> dict[str, Any]:
        return details(name, billing_day=DAYS[name], **more)

    def _charge(self, member: str, number: str, **more: Any) -> None:
        today = self.stage.today.isoformat()
        self.stage.post("/v1/charges", charge(member, number, entity=ENTITY, occurred_on=today, **more))

    def _fees(self, rules: list[dict[str, Any]]) -> dict[str, Any]:
        return {"name": "belgian-fees-eur", "entity": ENTITY, "currency": "EUR", "rules": rules}

    def _draft(self, named: str, rules: list[dict[str, Any]]) -> dict[str, Any]:
        drafted: dict[str, Any] = self.stage.post("/v1/fee-schedules", self._fees(rules) | {"draft": named})
        return drafted

    def _activate(self, draft: dict[str, Any], valid_from: str) -> None:
        seen = {"valid_from": valid_from, "digest": draft["digest"], "reason": "read and agreed"}
        self.stage.post(f"/v1/fee-schedules/{draft['schedule_id']}/activate", seen, by=SECOND)

    def _start(self, **how: Any) -> dict[str, Any]:
        asked = {"entity": ENTITY, "cut_off": self._day(0), **how}
        started: dict[str, Any] = self.stage.post("/v1/billing-runs", asked)
        return started

    def _do(self, run: dict[str, Any], verb: str, *, settled: bool = True) -> dict[str, Any]:
        path = f"/v1/billing-runs/{run['id']}/{verb}"
        done: dict[str, Any] = self.stage.post(path, {"reason": "so we decided"}, settled=settled)
        return done

    def _day(self, number: int) -> str:
        """So many days from the opening on."""
        return (OPENS + timedelta(days=number)).isoformat()
