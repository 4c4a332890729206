"""What every provider's signed notifications have in common: raw bytes, several secrets, constant time, tolerance.

Signatures are compared with `hmac.compare_digest` on bytes and with every secret in force, whichever fits first, so
that an answer's time says nothing (tests/architecture/test_signatures.py keeps it so).
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final

import orjson

from common.failures import Rejected

LARGEST: Final = 2 * 1_048_576
"""Bytes of a notification: the largest known (GoCardless, 250 events) has a sixth of it."""
LONGEST: Final = 4096
"""Characters of a signature's header."""
OLDEST_S: Final = 300
"""So long after its moment a signature is good: what is sent again is signed anew by every provider."""
AHEAD_S: Final = 60
"""So far the sender's clock may be ahead of ours."""
UNREADABLE: Final = "unreadable"
"""The type of a notice of which nothing can be made; it is told, and the others of its notification go on."""
Refusal = Callable[[str], Rejected]
"""A provider's own refusal, of a sentence for people."""
_ENDS: Final = re.compile(r"(.+)@([0-9]{4}-[0-9]{2}-[0-9]{2})")


def secrets_of(setting: str, now: float) -> list[str]:
    """The secrets in force of a setting `new,old@2026-12-31`; the day is the last (UTC) on which an old one is good.

    While a secret is being changed both are; a date that is none makes it part of the secret. `now` in seconds.
    """
    today = datetime.fromtimestamp(now, UTC).date()
    given = [_dated(part.strip()) for part in setting.split(",")]
    return [secret for secret, until in given if secret and (until is None or today <= until)]


def _dated(text: str) -> tuple[str, date | None]:
    found = _ENDS.fullmatch(text)
    if found is None:
        return text, None
    try:
        return found[1], date.fromisoformat(found[2])
    except ValueError:
        return text, None


def header_of(headers: Mapping[str, str], name: str, refuse: Refusal | None = None) -> str:
    """A signature's header, by its lower-case name; Rejected `bad_signature` where it is missing, long or not ASCII."""
    value = headers.get(name, "")
    if not value or len(value) > LONGEST or not value.isascii():
        raise (refuse or bad)("the signature header is missing or malformed")
    return value


def must_fit(message: bytes, given: Iterable[bytes], secrets: Sequence[str], refuse: Refusal | None = None) -> None:
    """Rejected `bad_signature` unless one of the given digests (raw bytes) is the HMAC of the message by a secret."""
    wanted = [hmac.new(secret.encode(), message, hashlib.sha256).digest() for secret in secrets if secret]
    fitting = [hmac.compare_digest(digest, right) for digest in given for right in wanted]
    if not any(fitting):
        raise (refuse or bad)("no signature fits")


def must_be_recent(moment: int, now: float) -> None:
    """Rejected `bad_signature` unless a signature's moment is near, both ways. Real time in seconds."""
    if not now - OLDEST_S <= moment <= now + AHEAD_S:
        raise bad("the signature is too old or from the future")


def must_be_small(body: bytes) -> None:
    """Rejected `too_large` (413) for what no provider sends: it is refused before anything is computed of it."""
    if len(body) > LARGEST:
        raise Rejected("too_large", f"a notification has at most {LARGEST} bytes", status=413)


def in_hex(text: str, size: int = 32) -> list[bytes]:
    """A digest in lower-case hexadecimal, none where it is anything else."""
    return [bytes.fromhex(text)] if re.fullmatch(f"[0-9a-f]{{{2 * size}}}", text) else []


def fingerprint(event: Any, *, without: Iterable[str] = ()) -> str:
    """What an event says, as a hash: the same event told again has the same, whatever the order of its fields."""
    left_out = frozenset(without)
    kept = {name: value for name, value in event.items() if name not in left_out} if isinstance(event, dict) else event
    return hashlib.sha256(orjson.dumps(kept, option=orjson.OPT_SORT_KEYS)).hexdigest()


def bad(detail: str) -> Rejected:
    """The refusal of a signature, where the provider asks for no status of its own."""
    return Rejected("bad_signature", detail, status=400)
