"""Everything BigQuery needs before the first row, in the order of its making, for a local host or Terraform."""

from typing import Any

from functions.reporting.tables import DATASETS, EVENTS_DEFINITION
from functions.reporting.views import VIEWS


def reporting_setup(project: str) -> list[dict[str, Any]]:
    """Datasets, then tables, then views, each as plain data: `kind`, names, description, schema or query."""
    datasets = [{"kind": "dataset", "dataset": name, "description": text} for name, text in DATASETS.items()]
    return [*datasets, EVENTS_DEFINITION, *(view.definition(project) for view in VIEWS)]
