"""Adyen's errors, in Adyen's own shape, and its reasons for a refusal."""

from typing import Any

REASONS = {
    "2": "Refused",
    "4": "Acquirer Error",
    "5": "Blocked Card",
    "6": "Expired Card",
    "8": "Invalid Card Number",
    "9": "Issuer Unavailable",
    "12": "Not enough balance",
    "20": "FRAUD",
    "24": "CVC Declined",
    "26": "Revocation Of Auth",
    "27": "Declined Non Generic",
    "31": "Issuer Suspected Fraud",
    "38": "Authentication required",
}


class AdyenError(Exception):
    """An error answer: the HTTP status and the envelope."""

    def __init__(self, status: int, code: str, message: str, kind: str = "validation") -> None:
        super().__init__(message)
        self.status = status
        self.body: dict[str, Any] = {"status": status, "errorCode": code, "message": message, "errorType": kind}


def missing(field: str) -> AdyenError:
    """A field that has to be there."""
    return AdyenError(422, "702", f"Required field '{field}' is not provided.")


def in_progress() -> AdyenError:
    """The same key is being worked on."""
    return AdyenError(422, "704", "request already processed or in progress")


def failure() -> AdyenError:
    """A fault of theirs."""
    return AdyenError(500, "905", "Payment details are not supported", "internal")
