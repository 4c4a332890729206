"""Who may call: machines by identity token, staff by Identity-Aware Proxy, each with scopes."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import jwt

from common.failures import Rejected
from common.settings import Settings

AREAS: Final = (
    "members", "charges", "fees", "invoices", "payments", "items", "notifications", "dunning", "journals",
    "parked", "audit", "reports",
)  # fmt: skip
READ: Final = frozenset(f"{area}:read" for area in AREAS)
ROLES: Final[dict[str, frozenset[str]]] = {
    "support": READ - {"audit:read", "parked:read", "reports:read"}
    | {"members:write", "invoices:credit", "charges:credit", "payments:link"},
    "finance": READ
    | {"invoices:credit", "invoices:run", "items:write", "payments:write", "journals:write"}
    | {"charges:credit", "fees:write", "payments:link"},
    "administrator": READ
    | {f"{area}:write" for area in AREAS}
    | {"invoices:credit", "invoices:run", "charges:credit", "members:erase", "payments:link"},
    "auditor": READ,
}
"""What each role of staff may do. An auditor only reads."""
IAP_ISSUER: Final = "https://cloud.google.com/iap"
LEEWAY_S: Final = 30


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: `machine:…` or `staff:…`, and what they may do."""

    name: str
    scopes: frozenset[str]

    def must(self, scope: str) -> None:
        """Rejected `forbidden` (403) without that scope."""
        if scope not in self.scopes:
            raise Rejected("forbidden", f"this needs the scope {scope}", status=403)


def caller_of(authorization: str, assertion: str, settings: Settings, audience: str) -> Caller:
    """The caller by their identity token, or staff by the proxy's signed header; Rejected 401 otherwise."""
    if assertion:
        return staff(assertion, settings)
    claims = verified(authorization, settings, audience)
    return Caller(f"machine:{claims['email']}", frozenset(str(claims.get("scope", "")).split()))


def staff(assertion: str, settings: Settings) -> Caller:
    """A member of staff by Identity-Aware Proxy's assertion (ES256, exact audience); their roles' scopes."""
    claims = _decode(assertion, settings, "ES256", settings.iap_audience, IAP_ISSUER)
    roles = json.loads(settings.staff).get(claims["email"], [])
    scopes = frozenset[str]().union(*(ROLES.get(role, frozenset()) for role in roles))
    return Caller(f"staff:{claims['email']}", scopes)


def verified(authorization: str, settings: Settings, audience: str) -> dict[str, Any]:
    """The claims of a bearer token (RS256) for this audience; Rejected `unauthenticated` (401) otherwise."""
    scheme, _, token = authorization.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Rejected("unauthenticated", "an identity token is needed", status=401)
    return _decode(token, settings, "RS256", audience, settings.issuer_url)


def must_be_pusher(authorization: str, settings: Settings, audience: str) -> None:
    """Lets only the platform's own Pub/Sub, Tasks and Scheduler in; Rejected 401 or 403 otherwise."""
    claims = verified(authorization, settings, audience)
    if claims.get("email") != settings.pusher or not claims.get("email_verified"):
        raise Rejected("forbidden", "only the platform's own messages come here", status=403)


def _decode(token: str, settings: Settings, algorithm: str, audience: str, issuer: str) -> dict[str, Any]:
    try:
        key = _keys(_jwks_url(settings, algorithm)).get_signing_key_from_jwt(token).key
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=[algorithm],
            audience=audience,
            issuer=issuer,
            leeway=LEEWAY_S,
            options={"require": ["exp", "iat", "aud", "iss", "email"]},
        )
    except (jwt.PyJWTError, UnicodeError, ValueError) as fault:
        raise Rejected("unauthenticated", "the token is not valid here", status=401) from fault
    return claims


def _jwks_url(settings: Settings, algorithm: str) -> str:
    if settings.mode == "local":
        return f"{settings.issuer_url}/.well-known/jwks.json"
    if algorithm == "ES256":
        return "https://www.gstatic.com/iap/verify/public_key-jwk"
    return "https://www.googleapis.com/oauth2/v3/certs"


@lru_cache(maxsize=8)
def _keys(url: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(url, cache_keys=True, lifespan=3600, timeout=5)
