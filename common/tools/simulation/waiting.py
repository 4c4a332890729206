"""What a simulated story still waits for: while there is anything, its days go on."""

from typing import TYPE_CHECKING

from common.parking import Parked
from functions.payments.model.debits import Debit
from functions.payments.model.refunds import Refund

if TYPE_CHECKING:
    from common.tools.simulation.story import Story


def waits_for(story: "Story") -> str:
    """What is on its way outside or waits for staff, in words; nothing where the days may end."""
    if story.bank.booked:
        return "a booking at the bank"
    if story.is_unheard() or any(one.is_busy() for one in story.providers.values()):
        return "a provider"
    if any(name not in story.bank.files for name in story.bank_files()):
        return "a file for the bank"
    read = story.runtime.world.read
    for parked in read.select(Parked, limit=1, state="parked"):
        return f"{parked.function} parked: {parked.code} {parked.detail}"
    if any(debit.state == "announced" for debit in read.select(Debit, batch_id="", limit=1000)):
        return "an announced debit"
    transfers = read.select(Refund, state="requested", limit=1000)
    return "a transfer" if any(refund.way == "transfer" for refund in transfers) else ""
