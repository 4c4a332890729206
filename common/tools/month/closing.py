"""What accounting does in a month: it closes the books of the month before, and sees to what SAP did not take."""

from datetime import date, timedelta
from typing import Final

from common.client import Billing, every, models
from common.parties import SELLERS
from common.tools.local import Local
from common.tools.month.outside import Outside
from functions.accounting.posting import chart
from functions.accounting.posting.deferring import month_of

ACCOUNTANT: Final = "accountant@marketplace.example"
SCOPES: Final = ("journals:read", "journals:write")
CLOSES_ON: Final = 4
"""The day of the month on which the month before is closed."""
SETTLED: Final = frozenset({"accepted", "reversed", "void"})
"""States of batches in which nothing is left to be done."""
DISORDER: Final = {
    "default": ["accept", "timeout", "repeat", "timeout_before_posting", "same_number", "silent", "accept"],
    "DZ": ["accept", "reject:351(F5)", "accept"],
}
"""What SAP does with the first messages, by document type: of a day's documents it refuses one."""
OUTAGE_ON, OUTAGE_S = 10, 86_400
LOCKED_ON: Final = 14
"""From which day of a month SAP answers nothing for a day; on which day it takes nothing on the bank's account."""


class Accountant:
    """Somebody of accounting, at work with the API, and SAP with all that goes wrong there."""

    def __init__(self, platform: Local, outside: Outside) -> None:
        self._outside = outside
        self.api = Billing(platform.url, platform.token(*SCOPES, email=ACCOUNTANT), timeout_s=120)
        self.closed: list[str] = []
        """The months that were closed, like `2026-10`."""
        self._locked = False

    def begin(self) -> None:
        """SAP is told what it will do to us."""
        for document_type, steps in DISORDER.items():
            self._outside.post("sap/admin/behaviour", {"document_type": document_type, "behaviour": steps})

    def morning(self, day: date, *, quiet: bool = False) -> None:
        """What SAP refused is put right and sent again; on the fourth the month before is closed."""
        self.put_right()
        if day.day >= CLOSES_ON:
            self._close_month(month_of(day.replace(day=1) - timedelta(days=1)))
        if not quiet and day.day == OUTAGE_ON:
            self._outside.post("sap/admin/down", {"seconds": OUTAGE_S})
        if not quiet and day.day == LOCKED_ON:
            self._lock(locked=True)

    def put_right(self) -> list[str]:
        """Opens what is locked at SAP and has every refused batch sent again; the batches that are not settled."""
        if self._locked:
            self._lock(locked=False)
        waiting = [batch for batch in every(self.api.accounting.list_batches, limit=100) if batch.state not in SETTLED]
        for batch in waiting:
            if "resend" in batch.allowed:
                self.api.accounting.resend(batch.id, models.ResendingBody(reason="the cause was put right in SAP"))
        return [batch.id for batch in waiting]

    def _lock(self, *, locked: bool) -> None:
        self._locked = locked
        account = chart().money_accounts["bank"]
        told = {"kind": "account", "company_code": SELLERS["MP"].company_code, "what": account, "locked": locked}
        self._outside.post("sap/admin/locks", told)

    def _close_month(self, month: str) -> None:
        if month in self.closed:
            return
        for entity in SELLERS:
            self.api.accounting.close_period(f"{entity}-{month}", models.ChangePeriodBody(reason="all is in"))
        self.closed.append(month)
