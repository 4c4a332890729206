"""What finance does while money comes in: files to the bank and back, money nobody could place, refunds, disputes."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import partial
from typing import Final

from common.client import Billing, every, models
from common.client.transport import Refused
from common.tools.local import Local
from common.tools.month.outside import Outside
from common.tools.month.truth import Truth

CLERK: Final = "clerk@marketplace.example"
SECOND: Final = "second@marketplace.example"
PATIENCE: Final = timedelta(days=4)
"""How long money waits for an explanation before somebody asks its sender."""
INBOX: Final = "inbox/statements/"
TRANSFERS: Final = "transfers/"
SCOPES: Final = ("payments:read", "payments:write", "items:read", "items:write", "invoices:read", "invoices:credit")
WINNING: Final = {True: "winning_evidence", False: "losing_evidence"}


class Staff:
    """Two people of finance, at work with the API, the bucket and the bank's door."""

    def __init__(self, platform: Local, outside: Outside, truth: Truth) -> None:
        self._platform = platform
        self._outside = outside
        self._truth = truth
        self.api = Billing(platform.url, platform.token(*SCOPES, email=CLERK), timeout_s=120)
        self._second = Billing(platform.url, platform.token(*SCOPES, email=SECOND), timeout_s=120)
        self._handed_in: set[str] = set()
        self._told: dict[date, int] = {}

    def close(self) -> None:
        """Goes home."""
        self.api.close()
        self._second.close()

    # -- files to the bank -------------------------------------------------------------------------

    def hand_in(self) -> None:
        """Takes every new file to the bank, and brings back what it says of debits."""
        for batch in every(self.api.payments.search_batches, limit=100):
            if batch.file and batch.message_id not in self._handed_in:
                self._outside.hand_in(self.api.payments.batch_file(batch.batch_id))
                self.api.payments.take_report(self._outside.report(batch.message_id))
                self._note(batch.message_id, "debit files handed in")
        for stored in self._platform.runtime.world.list_files(TRANSFERS):
            if stored.name not in self._handed_in:
                content = self._platform.runtime.world.get_file(stored.name)
                if content is not None:
                    self._outside.hand_in(content)
                    self._note(stored.name, "transfer files handed in")

    def _note(self, name: str, what: str) -> None:
        self._handed_in.add(name)
        self._truth.files[what] += 1

    # -- statements from the bank ------------------------------------------------------------------

    def take_statements(self, *, today: date) -> None:
        """What the bank has booked: the single entries on the day, the statement a day later, some of it twice."""
        for day in self._outside.statement_days():
            seen = self._told.get(day, 0)
            if not seen:
                self._put_into_inbox(f"{day.isoformat()}.camt054.xml", self._outside.notification(day))
            elif seen == 1 and day < today:
                self.api.payments.take_statements(self._outside.statement(day))
                self._truth.files["statements uploaded"] += 1
            elif seen == 2 and not day.day % 5:  # noqa: PLR2004 - the statement has been taken in
                self._put_into_inbox(f"{day.isoformat()}.again.xml", self._outside.statement(day))
            else:
                continue
            self._told[day] = seen + 1

    def take_the_rest(self) -> None:
        """Uploads every statement that was not taken in yet."""
        for day in self._outside.statement_days():
            if self._told.get(day, 0) <= 1:
                self.api.payments.take_statements(self._outside.statement(day))
                self._truth.files["statements uploaded"] += 1

    def _put_into_inbox(self, name: str, content: bytes) -> None:
        self._platform.runtime.world.put_file(f"{INBOX}{name}", content, "application/xml")
        self._truth.files["files put into the inbox"] += 1

    # -- money nobody could place ------------------------------------------------------------------

    def look_through(self, today: date) -> None:
        """Asks about money that has waited too long: what its sender says is done, and the rest is given back."""
        for receipt in self._waiting():
            if receipt.source == "bank" and today - receipt.received_on >= PATIENCE:
                self._ask_about(receipt)

    def _waiting(self) -> Iterator[models.ReceiptAnswer]:
        yield from list(every(self.api.matching.search_receipts, state="unapplied", limit=100))
        yield from list(every(self.api.matching.search_receipts, state="partly", limit=100))

    def _ask_about(self, receipt: models.ReceiptAnswer) -> None:
        sent = next((t for t in self._truth.transfers.values() if _is(receipt, t.amount_minor, t.iban)), None)
        item = self._item(sent.number) if sent else None
        if item is not None and item.open_minor and not item.in_flight:
            amount = min(item.open_minor, receipt.unapplied_minor)
            asked = models.MatchByHandBody(item_id=item.item_id, amount_minor=amount, reason="the payer was asked")
            if self._done(lambda: self.api.matching.match_by_hand(receipt.receipt_id, asked)):
                self._truth.matched_by_hand.add(receipt.receipt_id)
                return
        if receipt.unapplied_minor and (item is None or not item.open_minor):
            asked_back = models.RefundMoneyBody(amount_minor=receipt.unapplied_minor, reason="paid too much")
            if self._done(lambda: self.api.matching.refund_money(receipt.receipt_id, asked_back)):
                self._truth.given_back["overpaid"] += 1

    def _item(self, number: str) -> models.ItemAnswer | None:
        found = self.api.matching.search_items(number=number).items
        return found[0] if found else None

    # -- refunds and disputes ----------------------------------------------------------------------

    def approve_refunds(self) -> None:
        """The second person agrees to what the first may not give back alone."""
        for refund in list(every(self._second.payments.search_refunds, state="held", limit=100)):
            self._second.payments.approve_refund(refund.refund_id, models.ApproveRefundBody(reason="checked"))

    def give_goodwill(self, invoice: models.InvoiceAnswer) -> bool:
        """Gives a fifth of an invoice back, the way it was paid; whether it could be."""
        amount = max(1, invoice.total_minor // 5)
        body = models.CreditInvoiceBody(amount_minor=amount, rest="refund", reason="goodwill")
        done = self._done(lambda: self.api.invoicing.credit_invoice(invoice.id, body))
        self._truth.given_back["goodwill"] += done
        return done

    def answer_disputes(self, won: dict[str, bool]) -> None:
        """Sends what we have against a dispute; whether it convinces the bank is its member's secret."""
        for dispute in list(every(self.api.payments.search_disputes, limit=100)):
            if "respond" not in dispute.allowed:
                continue
            if dispute.provider == "stripe":
                texts = {"uncategorized_text": WINNING[won.get(dispute.invoice_number, False)]}
                body = models.RespondToDisputeBody(texts=texts, reason="the invoice and its delivery")
            else:
                body = models.RespondToDisputeBody(accept=True, reason="not worth the trouble")
            self._done(partial(self.api.payments.respond_to_dispute, dispute.dispute_id, body))

    def _done(self, act: Callable[[], object]) -> bool:
        """Whether the platform did it; a refusal is an answer, too."""
        try:
            act()
        except Refused:
            return False
        return True


def _is(receipt: models.ReceiptAnswer, amount_minor: int, iban: str) -> bool:
    return receipt.amount_minor == amount_minor and receipt.iban_ending == iban[-4:]
