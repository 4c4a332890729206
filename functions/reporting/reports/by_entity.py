"""Who reads the reports of one legal entity alone: a dataset for each, with views of that entity's rows and no others.

A reader is let into such a dataset and into nothing else; its views are authorised to read the reports beneath. Row
access policies would have to stand on every table of facts, where they bind the platform's own readers, too; and a view
without an entity's column (freshness, completeness) tells of all of them, so it is in none.
"""

from collections.abc import Iterator
from typing import Any, Final

from common.parties import SELLERS
from functions.reporting.tables import REPORTING
from functions.reporting.views import VIEWS, View

DATASETS: Final = {entity: f"{REPORTING}_{entity.lower()}" for entity in SELLERS}
"""By legal entity: the dataset of its reports."""


def entity_setup(project: str) -> list[dict[str, Any]]:
    """Datasets and views as plain data, in the order of their making, after all others."""
    return [definition for entity in SELLERS for definition in _of(entity, project)]


def _of(entity: str, project: str) -> Iterator[dict[str, Any]]:
    told = f"What finance reads of the legal entity {entity}, and of no other."
    yield {"kind": "dataset", "dataset": DATASETS[entity], "description": told}
    for view in VIEWS:
        if view.dataset == REPORTING and any(column["name"] == "entity" for column in view.columns):
            yield _narrowed(view, entity, project)


def _narrowed(view: View, entity: str, project: str) -> dict[str, Any]:
    query = f"SELECT * FROM `{project}.{REPORTING}.{view.name}` WHERE entity = '{entity}'\n"  # noqa: S608 - our own names
    return {**view.definition(project), "dataset": DATASETS[entity], "query": query}
