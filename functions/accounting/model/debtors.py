"""Members whose receivables SAP keeps on an account of their own."""

from typing import Final

from pydantic import Field

from common.documents import Document

MOST: Final = 10_000
"""Debtors of one legal entity: the document stays below 1 MiB."""


class SapDebtors(Document):
    """A legal entity's key accounts: which member is which debtor in SAP. Its id is the entity's code.

    Everybody else is summed up on the receivables account.
    """

    collection = "sap_debtors"

    debtors: dict[str, str] = Field(default_factory=dict)
    """SAP's number of the debtor, by member."""

    def with_debtor(self, member_id: str, debtor: str) -> "SapDebtors":
        """The same with one member mapped; without them where the debtor is empty."""
        others = {member: number for member, number in self.debtors.items() if member != member_id}
        return self.but(debtors=others | ({member_id: debtor} if debtor else {}))
