"""What would break the rules of direct debits, tried by the real thing: each is refused."""

from datetime import date
from typing import Final

from common.failures import Rejected
from functions.payments.handlers import mandates
from functions.payments.model.debits import Debit, Return, returned
from functions.payments.requests.mandates import WithReason
from tests.unit.payments.sepa.scene import Scene, invoice

BACK_ON: Final = date(2026, 10, 20)


def settled_debit() -> Debit:
    """A debit of 119.00 EUR that was credited."""
    scene = Scene()
    scene.mandate()
    scene.issue(invoice())
    scene.to("2026-10-14")
    scene.credit_batch()
    return scene.debit()


def told_too_late() -> None:
    """A debit is collected sooner than its member was told."""
    debit = settled_debit()
    debit.but(collect_on=debit.announced_on)


def returned_in_part() -> None:
    """Another amount comes back than was collected."""
    returned(settled_debit(), Return(code="AM04", amount_minor=1, returned_on=BACK_ON))


def returned_twice() -> None:
    """One credit comes back twice."""
    back = Return(code="AM04", amount_minor=11_900, returned_on=BACK_ON)
    returned(returned(settled_debit(), back), back)


def debited_without_a_mandate() -> None:
    """A mandate ends between announcement and file: nothing is handed in."""
    scene = Scene()
    known = scene.mandate()
    scene.issue(invoice())
    scene.platform.do(mandates.cancel_mandate, WithReason(mandate_id=known.mandate_id, reason="left"))
    scene.to("2026-10-14")
    raise Rejected(scene.debit().code if scene.debit().state == "dropped" else "")


ALL: Final = (told_too_late, returned_in_part, returned_twice, debited_without_a_mandate)
