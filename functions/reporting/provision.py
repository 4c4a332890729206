"""Everything BigQuery needs before the first row, in the order of its making, for a local host or Terraform."""

from typing import Any

from functions.reporting.facts.layout import tables
from functions.reporting.tables import DATASETS, EVENTS_DEFINITION, MESSAGES_DEFINITION
from functions.reporting.views import FUNCTIONS, VIEWS


def reporting_setup(project: str) -> list[dict[str, Any]]:
    """Datasets, tables, views, table functions, each as plain data: `kind`, names, description, schema or query."""
    datasets = [{"kind": "dataset", "dataset": name, "description": text} for name, text in DATASETS.items()]
    typed = tables()
    stored = [EVENTS_DEFINITION, MESSAGES_DEFINITION, *(table.definition() for table in typed)]
    once = [table.once(project) for table in typed]
    return [*datasets, *stored, *once, *(view.definition(project) for view in (*VIEWS, *FUNCTIONS))]
