"""A month of bills in memory: everybody of the cast and a crowd, through the platform's own handlers."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import chain, count
from typing import Any, Final

from common.commit import Cause
from common.failures import Rejected
from common.runtime import Runtime
from common.settings import Settings
from common.tools.areas import functions
from common.tools.month.cast import Role, cast
from common.tools.month.people import Person, people
from common.tools.month.sales import charges
from emulators.bus import Bus
from emulators.memory import MemoryClock, MemoryEngine

FIRST: Final = date(2026, 9, 1)
LAST: Final = date(2026, 9, 30)
BEGIN: Final = datetime(2025, 7, 5, 8, tzinfo=UTC)
"""Days after a rate of VAT changed: who was charged around then, and not billed yet, has two rates on one invoice."""
BILLED_AT: Final = datetime(2026, 10, 1, 8, tzinfo=UTC)
AREAS: Final = ("members", "charging", "invoicing")
ENTITIES: Final = ("MB", "MP", "MS")
BATCH: Final = 500


class BilledMonth:
    """September 2026, billed on 1 October by every legal entity, then corrected; the same seed gives the same one."""

    def __init__(self, members: int, seed: int) -> None:
        self.engine = MemoryEngine()
        self.clock = MemoryClock(BEGIN)
        self.runtime = Runtime(self.engine, self.clock, Settings())
        self._bus = Bus(self.runtime, self.engine, self.clock, functions(*AREAS))
        self._keys = count()
        self.cast = cast()
        self.crowd = people(members, seed)
        self.seed = seed
        self.runs: list[str] = []
        """Of each legal entity, once it is billed."""

    def play(self) -> None:
        """Registers, charges, bills and corrects."""
        early = [role for role in self.cast if role.begins_on < FIRST]
        self._begin(early)
        self._bus.advance_to(BILLED_AT)
        self._begin([role for role in self.cast if role not in early], self.crowd)
        self.runs = [self._bill(entity) for entity in ENTITIES]
        for role in self.cast:
            for step in role.then:
                self._correct(role, step)
        self._bus.settle()

    def _do(self, handler: Callable[..., Any], given: Any) -> Any:
        cause = Cause("month", str(next(self._keys)), "machine:month")
        return self.runtime.commit(cause, lambda unit: handler(given, unit))

    def _begin(self, roles: Sequence[Role], crowd: Sequence[Person] = ()) -> None:
        """Members register and are charged."""
        from functions.charging.handlers.intake import take_charges
        from functions.charging.requests.charges import Batch as Charges
        from functions.members.handlers import upsert_members
        from functions.members.requests import Batch as Members

        for batch in _batches([*(role.member for role in roles), *(person.details() for person in crowd)]):
            _must_be_taken(self._do(upsert_members, Members(members=batch)))
        self._bus.settle()
        by_day = charges(crowd, FIRST, (LAST - FIRST).days + 1, self.seed)
        for batch in _batches([*chain(*(role.charges for role in roles)), *chain(*by_day.values())]):
            _must_be_taken(self._do(take_charges, Charges(charges=batch)))
        for role in roles:
            self._take_back(role)
        self._bus.settle()

    def _take_back(self, role: Role) -> None:
        from functions.charging.handlers.corrections import reverse_charge
        from functions.charging.handlers.intake import give_credit
        from functions.charging.requests.charges import GiveCredit
        from functions.charging.requests.corrections import Reverse

        for credit in role.credits:
            self._do(give_credit, GiveCredit.model_validate(credit))
        for place in role.reverse:
            reversal = Reverse(charge_id=role.charges[place]["charge"], reason="the buyer never paid")
            self._do(reverse_charge, reversal)

    def _bill(self, entity: str) -> str:
        from functions.invoicing.handlers.runs import release_run, start_run
        from functions.invoicing.requests.runs import ChangeRun, StartRun

        run: Any = self._do(start_run, StartRun(entity=entity, cut_off=LAST))
        self._bus.settle()
        self._do(release_run, ChangeRun(run_id=run["id"], reason="the preview was checked"))
        self._bus.advance_to(self.clock.now() + timedelta(minutes=5))
        return str(run["id"])

    def _correct(self, role: Role, step: str) -> None:
        from functions.invoicing.handlers.credits import cancel_credit_note, credit_invoice, reissue_invoice
        from functions.invoicing.requests.credit_notes import CancelCreditNote, CreditInvoice, ReissueInvoice

        invoice = self._invoice_of(role)
        if step == "reissue":
            self._do(reissue_invoice, ReissueInvoice(invoice_id=invoice.id, reason="the address was another"))
            return
        wanted = {
            "lines": {"lines": [{"line": 1}]},
            "amount": {"amount_minor": max(1, invoice.total_minor // 3)},
            "refund": {"rest": "refund"},
        }.get(step, {})
        asked = CreditInvoice.model_validate({"invoice_id": invoice.id, "reason": _reason(role), **wanted})
        note: Any = self._do(credit_invoice, asked)
        if step == "cancel":
            self._do(cancel_credit_note, CancelCreditNote(credit_note_id=note["id"], reason="credited by mistake"))

    def _invoice_of(self, role: Role) -> Any:
        from functions.invoicing.model.invoices import Invoice
        from functions.members.model import member_id_of

        found = self.runtime.world.read.select(Invoice, member_id=member_id_of(role.id), limit=1)
        if not found:
            raise RuntimeError(f"{role.id} has no invoice to correct")
        return found[0]


def _reason(role: Role) -> str:
    return str(role.member["name"]) if role.id.startswith("hostile") else "charged twice"


def _must_be_taken(told: Any) -> None:
    """Raises where an item of a batch was refused; what has no fee yet is parked, as it is in life."""
    refused = [one for one in told["items"] if one["outcome"] == "refused"]
    if refused:
        raise Rejected("not_taken", f"{refused[:3]}")


def _batches(things: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    for start in range(0, len(things), BATCH):
        yield things[start : start + BATCH]
