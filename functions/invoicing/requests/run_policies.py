"""What callers send and are told of how billing runs go."""

from typing import Annotated

from pydantic import AfterValidator

from common.functions.routes import Input, Output
from functions.invoicing.model.invoices import seller_of
from functions.invoicing.model.run_policies import Policy
from functions.invoicing.requests.fields import Entity, Reason


def _known(entity: str) -> str:
    seller_of(entity)
    return entity


class SetPolicy(Input):
    """A legal entity's whole policy."""

    entity: Annotated[Entity, AfterValidator(_known)]
    policy: Policy
    reason: Reason


class ShowPolicy(Input):
    """One legal entity's policy."""

    entity: Annotated[Entity, AfterValidator(_known)]


class PolicyAnswer(Output):
    """A policy in force; version 0 is the one that comes with the platform."""

    entity: str
    policy: Policy
    version: int = 0
