"""The part of the billing story in which money comes in by every way there is, and goes back by some."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from tests.emulated.billing_story_back import Back
from tests.emulated.billing_story_debits import Debits
from tests.emulated.billing_story_hands import Hands
from tests.emulated.billing_story_pages import Pages
from tests.emulated.billing_story_stage import FIRST, Stage, charge, details, member_id
from tests.emulated.billing_story_treasury import Treasury

OPENS: Final = FIRST + timedelta(days=77)
"""A Monday."""
DUE: Final = 14
"""Days later all bills are due, and collected."""
DAYS: Final = (1, 2, 3, 4, 11, 13, 14, 15, 16, 17, 18, 21, 22, 23, 24, 25, 31)
"""On which somebody does something, or the bank does; on the last, money that nobody claimed is two months old."""
SEPA: Final = {"payment_method": "direct_debit", "payment_provider": "sepa"}
CARD: Final = {"payment_method": "card"}
CAST: Final[dict[str, dict[str, str]]] = {
    "rita": SEPA,
    "sven": SEPA,
    "tilo": SEPA,
    "uwe": SEPA,
    "xenia": CARD | {"payment_provider": "adyen", "payment_token": "shopper1/stored1"},
    "wanda": {"payment_method": "direct_debit", "payment_provider": "gocardless", "payment_token": "MD0PAYS1"},
    "ulf": CARD | {"payment_provider": "mollie", "payment_token": "cst_1/mdt_1"},
    "yara": CARD | {"payment_provider": "stripe", "payment_token": "pm_card_yara"},
    "zoe": CARD | {"payment_provider": "stripe", "payment_token": "pm_card_zoe"},
    "nils": {"payment_method": "transfer"},
    "pia": {"payment_method": "transfer"},
    "paul": {"payment_method": "transfer"},
    "olga": {"payment_method": "transfer"},
    "olla": {"payment_method": "transfer", "name": "Olga Berg"},
    "omar": {"payment_method": "transfer"},
    "omer": {"payment_method": "transfer", "name": "Omar Berg"},
}
"""Who pays how; what becomes of it, the acts say."""
DEBTORS: Final = ("vera", "wim")
"""Members with a mandate who buy nothing."""
BIG_MINOR: Final = 60_000
"""Zoe's commission: what is given back of it needs a second person."""


class Money:
    """What members, their banks, providers and staff do about money, day by day."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.treasury = Treasury(stage)
        self.debits = Debits(stage, self.treasury)
        self.back = Back(stage, self.treasury)
        self.pages = Pages(stage)
        self.hands = Hands(stage)

    def play(self) -> None:
        """From what is told to the providers' simulators to the last statement."""
        self.stage.to(OPENS)
        self._script()
        self._register()
        self._bill()
        for number in DAYS:
            self._day(number)
        self.debits.forget()

    # -- the acts ------------------------------------------------------------------------------

    def _script(self) -> None:
        self.stage.world("mollie/admin/mandates", {"customer": "cst_1", "method": "creditcard", "mandate": "mdt_1"})
        told_twice = {"payment_method": "pm_card_zoe", "behaviour": ["succeed+contradict_webhook"]}
        self.stage.world("stripe/admin/behaviour", told_twice)

    def _register(self) -> None:
        for name, how in CAST.items():
            self.stage.put(f"/v1/members/{name}", details(name) | how)
        for name in DEBTORS:
            self.stage.put(f"/v1/members/{name}", details(name))
        self.debits.give_mandates()

    def _bill(self) -> None:
        today = self.stage.today.isoformat()
        for name in CAST:
            amount = {"amount_minor": BIG_MINOR} if name == "zoe" else {"basis_minor": 40_000}
            self.stage.post("/v1/charges", charge(name, "t1", occurred_on=today, **amount))
        run = self.stage.post("/v1/billing-runs", {"entity": "MP", "cut_off": today})
        self.stage.post(f"/v1/billing-runs/{run['id']}/release", {"reason": "the preview was checked"})
        invoices = self.stage.run_out(run["id"])
        assert invoices.keys() >= set(map(member_id, CAST))
        bills = {name: invoices[member_id(name)] for name in CAST}
        for act in (self.debits, self.back, self.pages, self.hands):
            act.bills = bills

    def _day(self, number: int) -> None:
        day = OPENS + timedelta(days=number)
        self.treasury.morning(day)
        self.stage.to(day)
        for act in self._acts().get(number, []):
            act()
        self.treasury.afternoon()

    def _acts(self) -> dict[int, list[Callable[[], None]]]:
        """What is done on which day, after what the morning's files bring about."""
        back, debits, hands, pages = self.back, self.debits, self.hands, self.pages
        return {
            1: [pages.keep_back, pages.revoke_link],
            2: [pages.pay, hands.pay],
            4: [hands.decide, self.treasury.charge],
            DUE - 1: [debits.give_late_mandate],
            DUE: [back.decide_attempt, back.contradict],
            DUE + 1: [back.dispute],
            DUE + 2: [back.answer_dispute, debits.report_return, back.give_goodwill, back.decide_refund],
            DUE + 4: [back.approve, back.fail_refund, back.end_mandate, hands.give_back],
            DUE + 7: [back.retry_refund, self.treasury.transfers_out],
            DAYS[-1]: [hands.review],
        }
