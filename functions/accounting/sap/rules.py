"""How a legal entity's accounts are told to SAP: data (`accounts.json`), by entity, `*` for every other."""

import json
from functools import lru_cache
from pathlib import Path

from common.values import Exact


class Rules(Exact):
    """What SAP has to be told of an entity's accounts."""

    receivables: frozenset[str]
    """Accounts on which key accounts are posted as debtors; everybody else stays on the account itself."""
    tax: frozenset[str]
    """Accounts SAP determines by the tax code: posted as tax items with their base."""
    splitting: str
    """What balances the parts of a document that is too long; it adds up to nothing over all parts."""
    created_by: str
    account_length: int
    """Digits of a G/L account, for DATEV."""
    datev_consultant: int
    datev_client: int


@lru_cache(maxsize=1)
def _all() -> dict[str, Rules]:
    told = json.loads(Path(__file__).with_name("accounts.json").read_text(encoding="utf-8"))
    return {entity: Rules.model_validate(told["*"] | rules) for entity, rules in told.items()}


def rules_of(entity: str) -> Rules:
    """The rules of a legal entity."""
    return _all().get(entity) or _all()["*"]
