"""Payment providers as they are at the port: what really happened there, what they say of it and when."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from common.failures import TryLater
from common.tools.simulation.dealings import (
    CURRENCY,
    FATES,
    HABITS,
    NEVER,
    PAGE_LIFE,
    PAGE_TAKES,
    PAYMENTS,
    PAYOUTS,
    Back,
    Fate,
    Habits,
    Page,
    There,
)
from emulators.simulation import Faults, Kind, Scheduler
from functions.payments.model.asking import (
    ONLY_TOLD,
    Answer,
    DisputeSaid,
    Invitation,
    Invited,
    Movement,
    MovementKind,
    Notice,
    PayoutSaid,
    ProviderName,
    RefundOrder,
)
from functions.payments.model.payments import ChargeAttempt
from functions.payments.providers.port import NOT_OFFERED, Offering

FEE_MINOR, FEE_BASIS_POINTS, DISPUTE_FEE_MINOR = 25, 140, 1500
ARRIVES_AFTER: Final = timedelta(days=2)


@dataclass(eq=False)
class SimulatedProvider(Offering):
    """One provider. A token says what becomes of a payment; `webhook` is called with what it tells, and when."""

    name: ProviderName
    faults: Faults
    scheduler: Scheduler
    webhook: Callable[[str, ProviderName, tuple[Notice, ...]], None]
    paid_out: Callable[[PayoutSaid], None]
    """Called when a payout leaves for the bank."""
    payments: dict[str, list[There]] = field(default_factory=dict)
    """By attempt: more than one only where we asked again after the key had been forgotten."""
    refunds: dict[str, Back] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)
    payouts_made: dict[str, PayoutSaid] = field(default_factory=dict)
    balance: list[Movement] = field(default_factory=list)
    """What is not paid out yet."""
    events: list[tuple[datetime, tuple[Notice, ...]]] = field(default_factory=list)
    unheard: list[Notice] = field(default_factory=list)
    """Of events that nobody was told of: a poll will."""
    calls: dict[str, int] = field(default_factory=dict)

    @property
    def habits(self) -> Habits:
        """How it differs."""
        return HABITS[self.name]

    @property
    def key_life(self) -> timedelta:  # type: ignore[override]
        """See Provider: an hour before the truth."""
        return self.habits.key_life - min(timedelta(hours=1), self.habits.key_life / 12)

    @property
    def searchable(self) -> bool:  # type: ignore[override]
        """See Provider."""
        return self.habits.searchable

    @property
    def now(self) -> datetime:
        """The simulated moment."""
        return self.scheduler.clock.now()

    def each(self) -> Iterator[There]:
        """Every payment."""
        return (there for found in self.payments.values() for there in found)

    # -- the port ------------------------------------------------------------------------------

    def charge(self, wanted: ChargeAttempt) -> Answer:
        """See Provider."""
        call, silence = self._asked(wanted.attempt_id)
        if silence:
            return Answer(outcome="unknown", code=silence)
        known = self.payments.get(wanted.attempt_id, [])
        remembered = bool(known) and self.now - known[0].made_at < self.habits.key_life
        there = known[0] if remembered else self._collected(wanted)
        if self.faults.strikes(Kind.CHARGED_THEN_SILENT, f"{wanted.attempt_id} call {call}", call):
            return Answer(outcome="unknown", code=Kind.CHARGED_THEN_SILENT)
        return self._answer(there, call)

    def get(self, provider_id: str) -> Answer:
        """See Provider."""
        call, silence = self._asked(provider_id)
        if silence:
            return Answer(outcome="unknown", code=silence)
        if self.habits.only_tells:
            return Answer(outcome="unknown", provider_id=provider_id, code=ONLY_TOLD)
        found = next((there for there in self.each() if there.id == provider_id), None)
        if found is None and provider_id in self.pages:
            return self._of_page(self.pages[provider_id], call)
        return self._answer(found, call) if found else Answer(outcome="not_found", provider_id=provider_id)

    def search(self, attempt_id: str) -> Answer:
        """See Provider."""
        call, silence = self._asked(f"search {attempt_id}")
        if silence:
            return Answer(outcome="unknown", code=silence)
        found = self.payments.get(attempt_id)
        return self._answer(found[0], call) if found else Answer(outcome="not_found")

    def refund(self, wanted: RefundOrder) -> Answer:
        """See Provider."""
        call, silence = self._asked(wanted.refund_id)
        if silence:
            return Answer(outcome="unknown", code=silence)
        back = self.refunds.get(wanted.refund_id)
        if back is None:
            paid = next((there for there in self.each() if there.id == wanted.provider_id), None)
            if paid is None or paid.withdrawn_minor or wanted.amount_minor > paid.amount_minor - paid.refunded_minor:
                return Answer(outcome="failed", code="charge_disputed" if paid else "no_such_payment")
            back = self._given_back(wanted, paid)
        if self.faults.strikes(Kind.REFUNDED_THEN_SILENT, f"{wanted.refund_id} call {call}", call):
            return Answer(outcome="unknown", code=Kind.REFUNDED_THEN_SILENT)
        return back.said

    def get_refund(self, provider_id: str) -> Answer:
        """See Provider."""
        if self.habits.only_tells:
            return Answer(outcome="unknown", provider_id=provider_id, code=ONLY_TOLD)
        return self._find_refund(lambda back: back.id == provider_id, provider_id)

    def search_refund(self, wanted: RefundOrder) -> Answer:
        """See Provider."""
        return self._find_refund(lambda back: back.order.refund_id == wanted.refund_id, wanted.refund_id)

    def invite(self, wanted: Invitation) -> Invited:
        """See Provider."""
        _, silence = self._asked(wanted.invitation_id)
        if wanted.method in self.habits.refuses_pages:
            return Invited(outcome="failed", code=NOT_OFFERED)
        if silence:
            return Invited(outcome="unknown", code=silence)
        page = self.pages.setdefault(f"pg_{wanted.invitation_id}", Page(f"pg_{wanted.invitation_id}", wanted, self.now))
        return Invited(outcome="succeeded", provider_id=page.id, url=f"https://{self.name}.example/{page.id}")

    def get_dispute(self, provider_id: str) -> DisputeSaid:
        """See Provider."""
        if self.habits.only_tells:
            return DisputeSaid(outcome="unknown", provider_id=provider_id, code=ONLY_TOLD)
        _, silence = self._asked(f"dispute {provider_id}")
        if silence:
            return DisputeSaid(outcome="unknown", provider_id=provider_id, code=silence)
        found = next((there for there in self.each() if self._dispute_id(there) == provider_id), None)
        if found is None or not found.disputes:
            return DisputeSaid(outcome="not_found", provider_id=provider_id, code=ONLY_TOLD if found else "")
        return self._dispute_of(found)

    def get_payout(self, provider_id: str) -> PayoutSaid:
        """See Provider."""
        _, silence = self._asked(provider_id)
        known = self.payouts_made.get(provider_id)
        if silence or known is None:
            return PayoutSaid(outcome="unknown", provider_id=provider_id, code=silence or "no_such_payout")
        return known

    def changes(self, since: datetime) -> Sequence[Notice]:
        """See Provider."""
        _, silence = self._asked("changes")
        if silence:
            raise TryLater(silence)
        if self.habits.only_tells:
            return ()
        return [notice for at, notices in self.events if at >= since for notice in notices]

    # -- what members and time do --------------------------------------------------------------

    def pay(self, page_id: str) -> bool:
        """A member pays on a page; whether that was possible."""
        page = self.pages[page_id]
        wanted = page.wanted
        if wanted.attempt_id in self.payments or self.now - page.made_at >= PAGE_LIFE:
            return False
        takes = PAGE_TAKES.get(wanted.method, NEVER)
        text = (wanted.attempt_id, wanted.payment_id, wanted.description)
        self._begin(*text, wanted.amount_minor, Fate(takes=takes))
        return True

    def pay_out(self) -> None:
        """What there is leaves for the bank, if it is more than nothing; two notices tell of it, as providers do."""
        net = sum(line.amount_minor - line.fee_minor for line in self.balance)
        if net <= 0:
            return
        payout_id = f"{PAYOUTS[self.name]}{len(self.payouts_made) + 1:04d}"
        lines = tuple(line.model_copy(update={"payout_id": payout_id}) for line in self.balance)
        self.payouts_made[payout_id] = made = PayoutSaid(
            outcome="succeeded",
            provider_id=payout_id,
            amount_minor=net,
            currency=CURRENCY,
            state="paid",
            arrives_on=self.now.date() + ARRIVES_AFTER,
            statement_text=payout_id,
            movements=lines,
        )
        self.balance = []
        self.paid_out(made)
        for kind in ("paid", "reconciled"):
            notice = Notice(event_id="", type=f"payout.{kind}", about="payout", provider_id=payout_id)
            self._tell(f"evt_{payout_id}_{kind}", notice)

    def is_busy(self) -> bool:
        """Whether money is still under way here, or waits to be paid out."""
        moving = any(there.state == "processing" for there in self.each())
        moving |= any(back.state == "processing" for back in self.refunds.values())
        return moving or sum(line.amount_minor - line.fee_minor for line in self.balance) > 0

    # -- inside --------------------------------------------------------------------------------

    def _asked(self, what: str) -> tuple[int, str]:
        """Counts a question; why nothing is answered, where nothing is."""
        call = self.calls[what] = self.calls.get(what, 0) + 1
        place = f"{self.name} {what} call {call}"
        for kind in (Kind.PROVIDER_SILENT, Kind.PROVIDER_BROKEN):
            if self.faults.strikes(kind, place, call):
                return call, kind
        return call, ""

    def _collected(self, wanted: ChargeAttempt) -> There:
        fate = FATES[wanted.token]
        tried = sum(there.payment_id == wanted.payment_id for there in self.each())
        text = (wanted.attempt_id, wanted.payment_id, wanted.invoice_number)
        return self._begin(*text, wanted.amount_minor, fate, refused=tried < fate.declines)

    def _begin(
        self, attempt_id: str, payment_id: str, text: str, amount_minor: int, fate: Fate, *, refused: bool = False
    ) -> There:
        twins = self.payments.setdefault(attempt_id, [])
        name = f"{PAYMENTS[self.name]}{attempt_id.partition('_')[2]}{'x' * len(twins)}"
        there = There(name, attempt_id, payment_id, text, amount_minor, fate, self.now)
        twins.append(there)
        if refused:
            there.state, there.code, there.soft = "failed", fate.code, fate.soft
            self._tell_of(there)
        elif fate.takes:
            self._later(fate.takes, lambda: self._arrived(there), f"{there.id} arrives")
        else:
            self._arrived(there)
        return there

    def _arrived(self, there: There) -> None:
        there.state = "succeeded"
        fee = FEE_MINOR + there.amount_minor * FEE_BASIS_POINTS // 10_000
        self._move(there.id, "charge", there.amount_minor, there.attempt_id, fee)
        self._tell_of(there)
        if there.fate.taken_back_after:
            self._later(there.fate.taken_back_after, lambda: self._taken_back(there), f"{there.id} is taken back")

    def _taken_back(self, there: There) -> None:
        there.disputes, there.withdrawn_minor = True, there.amount_minor
        fee = 0 if self.name == "gocardless" else DISPUTE_FEE_MINOR
        self._move(self._dispute_id(there), "chargeback", -there.amount_minor, there.attempt_id, fee)
        self._tell_of_dispute(there)
        if there.fate.wins:
            self._later(there.fate.taken_back_for, lambda: self._won(there), f"{there.id} is won")

    def _won(self, there: There) -> None:
        there.withdrawn_minor = 0
        self._move(self._dispute_id(there), "chargeback_reversed", there.amount_minor, there.attempt_id)
        self._tell_of_dispute(there)

    def _given_back(self, wanted: RefundOrder, paid: There) -> Back:
        back = Back(f"re_{wanted.refund_id}", wanted)
        self.refunds[wanted.refund_id] = back
        paid.refunded_minor += wanted.amount_minor
        self._move(back.id, "refund", -wanted.amount_minor, wanted.refund_id)
        self._later(self.habits.refund_takes, lambda: self._refunded(back), f"{back.id} arrives")
        return back

    def _refunded(self, back: Back) -> None:
        back.state = "succeeded"
        said = back.said.model_copy(update={"said_at": self.now})
        notice = Notice(
            event_id="",
            type="refund.updated",
            about="refund",
            provider_id=back.id,
            attempt_id=back.order.refund_id,
            said=said if self.habits.only_tells else None,
        )
        self._tell(f"evt_{back.id}_{back.state}", notice)

    def _move(self, provider_id: str, kind: MovementKind, amount: int, reference: str, fee: int = 0) -> None:
        self.balance.append(
            Movement(
                movement_id=f"{kind}_{provider_id}",
                kind=kind,
                amount_minor=amount,
                fee_minor=fee,
                currency=CURRENCY,
                at=self.now,
                provider_id=provider_id,
                reference=reference,
            )
        )

    def _later(self, wait: timedelta, what: Callable[[], None], place: str) -> None:
        self.scheduler.at(self.now + wait, what, place)

    # -- what it says --------------------------------------------------------------------------

    def _dispute_id(self, there: There) -> str:
        return there.id if self.name in {"gocardless", "mollie"} else f"dp_{there.id}"

    def _answer(self, there: There, call: int = 0) -> Answer:
        succeeded = there.state == "succeeded"
        wrong = call and succeeded and self.faults.strikes(Kind.ANSWER_WRONG, f"{there.id} call {call}", call)
        return there.said if not wrong else there.said.model_copy(update={"amount_minor": there.amount_minor + 1})

    def _of_page(self, page: Page, call: int) -> Answer:
        """As Stripe's session: nothing yet, or its payment, or that nobody came."""
        found = self.payments.get(page.wanted.attempt_id)
        if found:
            return self._answer(found[0], call)
        if self.now - page.made_at >= PAGE_LIFE:
            return Answer(outcome="failed", provider_id=page.id, code="expired")
        return Answer(outcome="not_found", provider_id=page.id)

    def _find_refund(self, fits: Callable[[Back], bool], what: str) -> Answer:
        _, silence = self._asked(f"find {what}")
        if silence:
            return Answer(outcome="unknown", code=silence)
        found = next((back for back in self.refunds.values() if fits(back)), None)
        return found.said if found else Answer(outcome="not_found")

    def _dispute_of(self, there: There) -> DisputeSaid:
        said = there.dispute_said(self._dispute_id(there))
        return said.model_copy(update={"said_at": self.now}) if self.habits.only_tells else said

    def _tell_of(self, there: There) -> None:
        said = self._answer(there) if self.habits.only_tells else None
        notice = Notice(
            event_id="",
            type=f"payment.{there.state}",
            about="payment",
            provider_id=there.id,
            attempt_id=there.attempt_id,
            said=said,
        )
        self._tell(f"evt_{there.id}_{there.state}", notice)

    def _tell_of_dispute(self, there: There) -> None:
        said = self._dispute_of(there)
        notice = Notice(
            event_id="",
            type=f"dispute.{said.state}",
            about="dispute",
            provider_id=said.provider_id,
            dispute=said if self.habits.only_tells else None,
        )
        payment = notice.model_copy(update={"about": "payment", "provider_id": there.id, "dispute": None})
        told = (payment, notice) if self.name == "gocardless" else (notice,)
        self._tell(f"evt_{said.provider_id}_{said.state}", *told)

    def _tell(self, event: str, *notices: Notice) -> None:
        """Tells an event: late, several times, otherwise, or never; who can't be asked tells until it is heard."""
        told = tuple(one.model_copy(update={"event_id": event, "fingerprint": event}) for one in notices)
        self.events.append((self.now, told))
        lost = self.faults.strikes(Kind.WEBHOOK_LOST, event)
        if lost and not self.habits.only_tells:
            self.unheard.append(told[0])
            self.scheduler.tell(f"{event}: {Kind.WEBHOOK_LOST}")
            return
        for copy in range(3 if self.faults.strikes(Kind.WEBHOOK_REPEATED, event) else 1):
            self._send(event, copy, told, timedelta(days=1) if lost else NEVER)
        if self.faults.strikes(Kind.WEBHOOK_CONTRADICTED, event):
            other = tuple(one.model_copy(update={"fingerprint": "another", "said": None}) for one in told)
            self._later(timedelta(days=3), lambda: self.webhook(f"webhook {event} otherwise", self.name, other), event)

    def _send(self, event: str, copy: int, told: tuple[Notice, ...], wait: timedelta) -> None:
        place = f"webhook {event} copy {copy}"
        wait += timedelta(seconds=2 + copy)
        if self.faults.strikes(Kind.WEBHOOK_LATE, f"{event} copy {copy}"):
            wait += timedelta(hours=30) * self.faults.draw("how late", f"{event} copy {copy}")
        self._later(wait, lambda: self.webhook(place, self.name, told), place)
