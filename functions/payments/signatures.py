"""Whether a webhook comes from Stripe: its signature over the raw bytes, by one of our secrets."""

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Final

from common.failures import Rejected

TOLERANCE_S: Final = 300
LONGEST: Final = 4096
_MOMENT: Final = re.compile(r"[0-9]{1,12}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def must_be_signed(body: bytes, header: str, secrets: Sequence[str], now: float) -> None:
    """Rejected `bad_signature` (400) unless a `v1` of the header fits one of the secrets and is recent.

    `now` is real time in seconds: signatures know no virtual clock. Several secrets and several `v1` let a
    secret be changed without a gap.
    """
    moment, digests = _read(header)
    if not now - TOLERANCE_S <= moment <= now:
        raise _bad("the signature is too old or from the future")
    signed = f"{moment}.".encode() + body
    wanted = [hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode() for secret in secrets if secret]
    matches = [hmac.compare_digest(digest.encode(), right) for digest in digests for right in wanted]
    if not any(matches):
        raise _bad("no signature fits")


def _read(header: str) -> tuple[int, list[str]]:
    if not header or len(header) > LONGEST or not header.isascii():
        raise _bad("the signature header is missing or malformed")
    pairs = [part.strip().partition("=") for part in header.split(",")]
    moments = [value for name, _, value in pairs if name == "t"]
    if len(moments) != 1 or not _MOMENT.fullmatch(moments[0]):
        raise _bad("the signature header has no single moment")
    return int(moments[0]), [value for name, _, value in pairs if name == "v1" and _DIGEST.fullmatch(value)]


def _bad(detail: str) -> Rejected:
    return Rejected("bad_signature", detail, status=400)
