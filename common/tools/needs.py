"""What an area needs of the cloud, read from its source and declarations, so that nobody has to keep a second list."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from common.functions.declared import Function
from common.settings import Settings

ROOT: Final = Path(__file__).parents[2]
SECRETS: Final = (
    "stripe_key", "adyen_key", "adyen_hmac_keys", "mollie_key", "mollie_access_token", "mollie_secrets",
    "gocardless_token", "gocardless_secrets", "webhook_secrets", "link_secrets",
    "proof_secrets",
)  # fmt: skip
"""Settings whose values nobody may read but the area that uses them."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one area's identity must be allowed, and nothing more."""

    documents: str
    """`write`, `read` or empty: what it does in the database."""
    relays: bool
    """It sends what other areas left, so it publishes to every topic and puts tasks into every queue."""
    reads_files: bool
    writes_files: bool
    writes_rows: bool
    reads_rows: bool
    secrets: tuple[str, ...]
    """The names of settings; the names of its secrets follow from them."""

    @property
    def commits(self) -> bool:
        """Whether it writes documents, and so tells events and asks for tasks."""
        return self.documents == "write"


@cache
def _attributes(area: str) -> frozenset[str]:
    return frozenset(_named(path for path in (ROOT / "functions" / area).rglob("*.py")))


def _named(paths: Iterable[Path]) -> Iterator[str]:
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute):
                yield node.attr
                if getattr(node.value, "attr", getattr(node.value, "id", "")) == "world":
                    yield f"world.{node.attr}"


def needs(area: str, functions: Iterable[Function]) -> Needs:
    """What an area needs: its declarations tell of documents and messages, its code of files, rows and secrets."""
    own = [function for function in functions if function.area == area]
    used = _attributes(area)
    return Needs(
        documents=_documents(own),
        relays=any(function.job for function in own),
        reads_files="get_file" in used,
        writes_files="put_file" in used,
        writes_rows="insert_rows" in used,
        reads_rows="world.query" in used,
        secrets=tuple(name for name in SECRETS if name in used),
    )


def _documents(own: list[Function]) -> str:
    routes = [route for function in own for route in function.routes]
    if any(function.kind != "http" for function in own) or any(r.kind in {"command", "upload", "form"} for r in routes):
        return "write"
    return "read" if routes else ""


def secret_id(name: str) -> str:
    """A setting's name in Secret Manager: `stripe_key` is `billing-stripe-key`."""
    assert name in Settings.model_fields  # noqa: S101 - a secret is a setting
    return f"billing-{name.replace('_', '-')}"
