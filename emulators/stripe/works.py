"""All that is behind the Stripe simulator's addresses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from emulators.stripe.agenda import Agenda
from emulators.stripe.answers import Answers
from emulators.stripe.balance import Balance
from emulators.stripe.behaviours import BEHAVIOURS, convention
from emulators.stripe.checkout import Checkout
from emulators.stripe.disputes import Disputes
from emulators.stripe.ledger import Json, Ledger
from emulators.stripe.payments import Payments
from emulators.stripe.refunds import Refunds
from emulators.stripe.webhooks import Webhooks
from emulators.world.clock import VirtualClock, epoch
from emulators.world.payouts import PayTo
from emulators.world.rows import Rows
from emulators.world.script import Script


@dataclass(frozen=True)
class Works:
    """What the addresses lead to."""

    clock: VirtualClock
    ledger: Ledger
    script: Script
    webhooks: Webhooks
    agenda: Agenda
    answers: Answers
    balance: Balance
    payments: Payments
    refunds: Refunds
    disputes: Disputes
    checkout: Checkout

    @classmethod
    def over(
        cls, rows: Rows, clock: VirtualClock, first_wait: float, sign_at: Callable[[], float], pay_to: PayTo
    ) -> Self:
        """Everything over one database."""
        ledger, script = Ledger(rows), Script(rows, BEHAVIOURS)
        webhooks = Webhooks(ledger, clock, first_wait=first_wait, sign_at=sign_at)
        agenda = Agenda(ledger, clock)
        webhooks.settle = agenda.settle
        balance = Balance(ledger, script, webhooks, agenda, clock, pay_to)
        payments = Payments(ledger, script, webhooks, agenda, balance, clock)
        return cls(
            clock=clock,
            ledger=ledger,
            script=script,
            webhooks=webhooks,
            agenda=agenda,
            answers=Answers(ledger, clock),
            balance=balance,
            payments=payments,
            refunds=Refunds(ledger, script, webhooks, agenda, balance, clock),
            disputes=Disputes(ledger, webhooks, agenda, balance, clock),
            checkout=Checkout(ledger, payments, webhooks, agenda, clock),
        )

    def end_mandate(self, mandate: Json, status: str) -> Json:
        """The member's bank, or the member, ends a mandate."""
        after = mandate | {"status": status}
        self.ledger.put(after)
        self.webhooks.tell("mandate.updated", after, epoch(self.clock), None, convention(""))
        return after
