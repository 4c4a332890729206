"""BigQuery's datasets, table and views on one machine, from the definitions `reporting` keeps."""

from collections.abc import Mapping
from typing import Any

from google.cloud import bigquery

from common.google import channels
from common.settings import Settings
from functions.reporting.provision import reporting_setup


def warehouse(settings: Settings) -> None:
    """Makes what is missing."""
    client = channels.bigquery_client(settings)
    for definition in reporting_setup(settings.project):
        if definition["kind"] == "dataset":
            client.create_dataset(f"{settings.project}.{definition['dataset']}", exists_ok=True)
        else:
            client.create_table(_table(settings.project, definition), exists_ok=True)


def _table(project: str, definition: Mapping[str, Any]) -> Any:
    name = f"{project}.{definition['dataset']}.{definition['name']}"
    columns = [bigquery.SchemaField.from_api_repr(dict(column)) for column in definition.get("schema", ())]
    table = bigquery.Table(name, schema=columns or None)
    table.description = definition["description"]
    if definition["kind"] == "view":
        table.view_query = definition["query"]
    return table
