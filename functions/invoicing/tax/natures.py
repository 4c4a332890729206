"""What each kind of charge is to VAT: an electronic service, an exempt one, or no supply at all; a row a kind."""

import json
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from common.failures import Rejected


class Service(BaseModel):
    """The nature of a kind of charge, with the law it follows from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    nature: Literal["electronic", "exempt", "no_supply"]
    law: str
    exemption_code: str = ""
    """BT-121, from the VATEX list, where it is exempt."""
    note_key: str = ""
    """Which text the law wants, where it is exempt."""


def service_of(kind: str) -> Service:
    """What a kind of charge is; Rejected `unknown_service` where the table does not say."""
    found = services().get(kind)
    if found is None:
        raise Rejected("unknown_service", f"how {kind!r} is taxed is not known")
    return found


@cache
def services() -> dict[str, Service]:
    """Every kind of charge."""
    table = json.loads(Path(__file__).with_name("services.json").read_text("utf-8"))["services"]
    return {kind: Service.model_validate(row) for kind, row in table.items()}
