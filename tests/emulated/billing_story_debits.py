"""Direct debits of our own in the billing story: mandates, files, what banks refuse and give back."""

from datetime import date, timedelta
from typing import Any, Final

from emulators.bank.reports import status_report
from tests.emulated.billing_story_stage import Stage, iban_of, member_id
from tests.emulated.billing_story_treasury import Treasury

ACCOUNTS: Final = {"rita": 41, "sven": 42, "tilo": 43, "uwe": 44, "vera": 45, "wim": 46}
DISPUTABLE: Final = timedelta(days=14 * 31)
RETURN_FEE_MINOR: Final = 350


class Debits:
    """What debtors, their banks and staff do about mandates and debits."""

    def __init__(self, stage: Stage, treasury: Treasury) -> None:
        self.stage = stage
        self.treasury = treasury
        self.bills: dict[str, dict[str, Any]] = {}

    def give_mandates(self) -> None:
        """Most hold at once; one between companies is signed, confirmed, changed and ended; one lapses in a week."""
        refused = {"iban": iban_of(ACCOUNTS["sven"]), "code": "AC04", "fee_minor": 0}
        taken_back = {"iban": iban_of(ACCOUNTS["rita"]), "code": "MD06", "fee_minor": RETURN_FEE_MINOR}
        self.stage.world("bank/admin/returns", refused)
        self.stage.world("bank/admin/returns", taken_back | {"after_days": 4})
        today = self.stage.today
        for name in ("rita", "sven", "uwe"):
            self._ask(name, signed_on=today.isoformat())
        self._between_companies(today)
        self._ask("wim", signed_on=(today.replace(year=today.year - 3) + timedelta(days=7)).isoformat())

    def give_late_mandate(self) -> None:
        """Tilo had none when he was billed; what he owes has waited for it."""
        self._ask("tilo", signed_on=self.stage.today.isoformat(), notice_days=1)

    def report_return(self) -> None:
        """Uwe's bank says that his debit comes back, which was credited; nothing is ever booked of it."""
        (debit,) = self.stage.items(f"/v1/debits?member_id={member_id('uwe')}")
        assert debit["state"] == "settled", debit
        message = self.treasury.handed_in[debit["batch_id"]]
        (group,) = self.stage.get(f"/v1/debit-batches/{debit['batch_id']}")["groups"]
        name = group["payment_information_id"]
        row = {"batch": name, "end_to_end": debit["end_to_end_id"], "refused": "MS03"}
        made = f"{self.stage.today.isoformat()}T16:00:00Z"
        self.treasury.report(status_report(message, "debits", [name], [row], made))

    def forget(self) -> None:
        """Tilo goes; his mandate is kept until no debit by it can be disputed any more."""
        self.stage.post(f"/v1/members/{member_id('tilo')}/erasure", {"reason": "asked for it"})
        self.stage.to(self.stage.today + DISPUTABLE)

    def _between_companies(self, today: date) -> None:
        mandate = self._ask("vera", scheme="B2B")
        path = f"/v1/mandates/{mandate['mandate_id']}"
        self.stage.post(f"{path}/sign", {"signed_on": today.isoformat()})
        self.stage.post(f"{path}/confirm", {})
        self.stage.post(f"{path}/suspend", {"reason": "asked for a pause"})
        self.stage.post(f"{path}/resume", {})
        self.stage.post(f"{path}/amend", {"debtor_name": "Vera Berg-Tal"})
        self.stage.post(f"{path}/cancel", {"reason": "ended by the debtor"})

    def _ask(self, name: str, **more: Any) -> dict[str, Any]:
        asked = {
            "member_id": member_id(name),
            "entity": "MP",
            "iban": iban_of(ACCOUNTS[name]),
            "debtor_name": f"{name.title()} Berg",
        }
        given: dict[str, Any] = self.stage.post("/v1/mandates", asked | more)
        return given
