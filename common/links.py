"""Addresses under which a member pays: short, signed, and good for nothing once the link behind them has ended.

An address holds no more than the link's id and a signature: whose it is, what for and until when stands in the link,
which can be revoked. Who tries addresses is refused by the signature, before anything is read.
"""

import base64
import binascii
import hmac
from collections.abc import Sequence
from typing import Final

from common.documents import id_from
from common.failures import Rejected

PURPOSE: Final = b"payment-link-v1"
"""Stands in what is signed, so that no other signature of the same secret is one of these."""
PREFIX: Final = "lnk"
ID_BYTES: Final = 13
"""The hash in an id (`common.documents.id_from`)."""
MAC_BYTES: Final = 14
"""112 bits; with the id they make 36 characters."""


def link_id_of_invoice(invoice_id: str) -> str:
    """The id of the link that goes out with an invoice."""
    return id_from(PREFIX, "invoice", invoice_id)


def secrets_in(setting: str) -> list[str]:
    """The secrets in a setting, newest first; RuntimeError where there is none."""
    found = [secret.strip() for secret in setting.split(",") if secret.strip()]
    if not found:
        raise RuntimeError("link_secrets is empty: no address can be signed")
    return found


def token_of(link_id: str, secret: str) -> str:
    """A link's id with the proof that we gave it away, for an address: 36 characters."""
    raw = bytes.fromhex(link_id.removeprefix(f"{PREFIX}_"))
    return base64.urlsafe_b64encode(raw + _mac(raw, secret)).decode()


def link_id_in(token: str, secrets: Sequence[str]) -> str:
    """The link of a token; Rejected `link_invalid` (404) where we never gave it. Every secret is tried."""
    raw = _bytes(token)
    expected = [_mac(raw[:ID_BYTES], secret) for secret in secrets]
    if not any([hmac.compare_digest(one, raw[ID_BYTES:]) for one in expected]):  # noqa: C419 - all are compared
        raise Rejected("link_invalid", "this address was not made by us", status=404)
    return f"{PREFIX}_{raw[:ID_BYTES].hex()}"


def address_of(base_url: str, link_id: str, setting: str) -> str:
    """Where a member pays with a link; `setting` holds the secrets."""
    return f"{base_url}/pay/{token_of(link_id, secrets_in(setting)[0])}"


def _mac(raw: bytes, secret: str) -> bytes:
    return hmac.new(secret.encode(), PURPOSE + b"\n" + raw, "sha256").digest()[:MAC_BYTES]


def _bytes(token: str) -> bytes:
    """As they are in the one way of writing them: nothing else is a second address of the same link."""
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return b""
    return raw if base64.urlsafe_b64encode(raw).decode() == token else b""
