"""Cards and accounts that a provider says can't be charged any more, though nobody was charged: ended mandates."""

from datetime import datetime
from typing import Final

from common.documents import Document
from functions.payments.model.asking import ProviderName
from functions.payments.model.payments import means_of

MANDATE_ENDED: Final = "mandate_ended"
"""The code of an attempt that is not made because its mandate has ended at the provider."""


class EndedMeans(Document):
    """What is known of one card or account without telling which; its id is a digest of the provider and its token.

    It may be in force again: a provider can reinstate a mandate.
    """

    collection = "ended_means"

    provider: ProviderName
    ended: bool
    code: str
    """How the provider says so."""
    said_at: datetime


def means_ids(provider: str, token: str) -> tuple[str, ...]:
    """Under which ids a token is looked for: `customer/method` also as the method alone, which is unique itself.

    A provider may tell of a method after its customer is gone.
    """
    if not token:
        return ()
    return tuple(dict.fromkeys(means_of(provider, name) for name in (token, token.rpartition("/")[2])))
