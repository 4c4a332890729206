"""Addresses of documents that are good for a quarter of an hour for whoever has them; signed, so that nobody makes one.

A signature of our own rather than Cloud Storage's: it is the same on one machine and in the cloud, needs no right to
sign as a service account, works for the XML inside a PDF, and each download is a request that our own log has.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from common.failures import Rejected

GOOD_FOR: Final = timedelta(minutes=15)
PURPOSE: Final = "document-link-v1"
"""Stands in what is signed, so that no other signature of the same secret is one of these."""


def secrets_of(setting: str) -> list[str]:
    """The secrets in a setting, newest first; RuntimeError where there is none."""
    found = [secret.strip() for secret in setting.split(",") if secret.strip()]
    if not found:
        raise RuntimeError("link_secrets is empty: no address can be signed")
    return found


def signature(document_id: str, format_: str, expires: int, secret: str) -> str:
    """What proves that we gave this address: HMAC-SHA256 over document, form and end, in hexadecimal."""
    signed = "\n".join((PURPOSE, document_id, format_, str(expires)))
    return hmac.new(secret.encode(), signed.encode(), "sha256").hexdigest()


def must_be_ours(
    document_id: str, format_: str, expires: int, given: str, *, secrets: Sequence[str], now: datetime
) -> None:
    """Rejected `link_invalid` or `link_expired` (403). Every secret is tried, in constant time."""
    expected = [signature(document_id, format_, expires, secret) for secret in secrets]
    if not any([hmac.compare_digest(one, given) for one in expected]):  # noqa: C419 - all are compared
        raise Rejected("link_invalid", "this address was not made by us", status=403)
    if now.timestamp() > expires:
        raise Rejected("link_expired", "this address has expired; ask for a new one", status=403)


def address(base_url: str, document_id: str, format_: str, expires: int, secret: str) -> str:
    """Where one form of a document may be fetched until `expires` (seconds since 1970)."""
    path = "pdf" if format_ == "pdf" else f"xml/{format_}"
    signed = signature(document_id, format_, expires, secret)
    return f"{base_url}/v1/downloads/{document_id}/{path}?expires={expires}&signature={signed}"
