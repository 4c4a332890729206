"""What goes between the platform and the bank in the billing story: files of debits and transfers, and statements."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from http import HTTPStatus
from typing import Any, Final

from common.parties import SELLERS
from common.tools.month.outside import PROVIDERS
from tests.emulated.billing_story_stage import Stage

EARLY: Final = time(7)
"""Before the bank's cut-off."""
INBOX: Final = "inbox/statements/"
TRANSFERS: Final = "transfers/"


class Treasury:
    """Staff with the bank's door on one side and the API on the other."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.account = SELLERS["MP"].iban
        self.handed_in: dict[str, str] = {}
        """Message ids by batch."""
        self._sent: set[str] = set()
        self._told = 0

    def morning(self, day: date) -> None:
        """Debits that are due go to the bank, which says of each whether it takes it."""
        self.stage.platform.advance_to(datetime.combine(day, EARLY, UTC))
        self.stage.settle()
        self.stage.fires("payments-hand-in-debits")
        for batch in self.stage.items("/v1/debit-batches?limit=100"):
            if batch["file"] and batch["batch_id"] not in self.handed_in:
                content = self.stage.http.get(f"/v1/debit-batches/{batch['batch_id']}/file").raise_for_status()
                self._to_bank(content.content)
                self.handed_in[batch["batch_id"]] = batch["message_id"]
                self.report(self._from_bank(f"payments/{batch['message_id']}/report.xml"))

    def afternoon(self) -> None:
        """Takes in what the bank has booked until yesterday, one file by the inbox, the others by hand."""
        for day in self._days():
            content = self._from_bank(f"statements/{self.account}/{day}.xml")
            if self._told:
                self.stage.upload(content)
            else:
                world = self.stage.platform.runtime.world
                world.put_file(f"{INBOX}{day}.camt053.xml", content, "application/xml")
                self.stage.fires("payments-look-into-inbox")
            self._told += 1
        self.stage.fires("payments-poll-providers")

    def transfers_out(self) -> None:
        """Money that goes back by transfer goes to the bank."""
        self.stage.fires("payments-start-transfers")
        world = self.stage.platform.runtime.world
        for stored in world.list_files(TRANSFERS):
            content = world.get_file(stored.name)
            if content is not None and stored.name not in self._sent:
                self._to_bank(content)
                self._sent.add(stored.name)

    def charge(self) -> None:
        """The bank takes its price."""
        self.stage.world("bank/admin/charges", {"iban": self.account, "amount_minor": 1_490})

    def report(self, content: bytes) -> None:
        """What the bank says of a file is taken in."""
        self.stage.upload(content, path="/v1/debit-reports")

    def _days(self) -> Iterator[str]:
        """The days on which something was booked and which are over."""
        listed = self._ask(f"statements?account={self.account}").json()["statements"]
        days = sorted({str(one["day"]) for one in listed} - self.stage.uploaded)
        for day in days:
            if day < self.stage.today.isoformat():
                self.stage.uploaded.add(day)
                yield day

    def _ask(self, path: str) -> Any:
        return self.stage.platform.http.get(f"{self.stage.platform.emulators}/bank/{path}").raise_for_status()

    def _from_bank(self, path: str) -> bytes:
        content: bytes = self._ask(path).content
        return content

    def _to_bank(self, content: bytes) -> None:
        answer = self.stage.platform.http.post(f"{self.stage.platform.emulators}/bank/payments", content=content)
        assert answer.status_code == HTTPStatus.CREATED, answer.text


def payouts_arrive(stage: Stage) -> None:
    """From now on what providers pay out is booked on our account."""
    for provider in PROVIDERS:
        account = {"provider": provider, "currency": "EUR", "iban": SELLERS["MP"].iban}
        stage.world("bank/admin/payouts", account)
