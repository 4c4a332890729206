"""The one place that carries a request to an endpoint: pooled connections, signed tokens where one is due."""

import threading
import time
from collections.abc import Mapping

import urllib3

from emulators.identity import Issuer

TOKEN_LIFETIME_S = 3600
TOKEN_REUSE_S = 300.0
UNREACHABLE = 0


class Courier:
    """Sends requests over kept-alive connections and reuses tokens for some minutes, as Google does."""

    def __init__(self, issuer: Issuer, *, connections: int = 16) -> None:
        self._issuer = issuer
        self._pool = urllib3.PoolManager(num_pools=64, maxsize=connections, retries=False)
        self._tokens: dict[tuple[str, str, str], tuple[float, str]] = {}
        self._lock = threading.Lock()

    def bearer(self, *, email: str, audience: str) -> dict[str, str]:
        """The Authorization header of the identity for the audience."""
        key = (self._issuer.url, email, audience)
        with self._lock:
            signed_at, token = self._tokens.get(key, (float("-inf"), ""))
            if time.monotonic() - signed_at > TOKEN_REUSE_S:
                token = self._issuer.identity_token(email=email, audience=audience, lifetime_s=TOKEN_LIFETIME_S)
                self._tokens[key] = (time.monotonic(), token)
        return {"Authorization": f"Bearer {token}"}

    def send(self, method: str, url: str, *, body: bytes | None, headers: Mapping[str, str], timeout_s: float) -> int:
        """The HTTP status of the answer; 0 where there was none (refused, dropped or too late)."""
        timeout = urllib3.Timeout(connect=timeout_s, read=timeout_s)
        try:
            response = self._pool.request(
                method, url, body=body, headers=dict(headers), timeout=timeout, redirect=False
            )
        except (urllib3.exceptions.HTTPError, OSError, ValueError):
            return UNREACHABLE
        return response.status

    def close(self) -> None:
        """Closes the connections kept open."""
        self._pool.clear()
