"""BigQuery's datasets, tables and views on one machine, from the definitions `reporting` keeps."""

from collections.abc import Mapping
from typing import Any

from google.cloud import bigquery

from common.google import channels
from common.settings import Settings
from functions.reporting.provision import reporting_setup

Definition = Mapping[str, Any]


def warehouse(settings: Settings) -> None:
    """Makes what is missing, and brings descriptions, views and added columns of what is there up to date.

    What can't be changed in place (a column's type, the partitioning) is refused by BigQuery, and so here: BadRequest.
    """
    client = channels.bigquery_client(settings)
    for definition in reporting_setup(settings.project):
        make(client, settings.project, definition)


def make(client: Any, project: str, definition: Definition) -> None:
    """One dataset, table or view as its definition says."""
    if definition["kind"] == "dataset":
        _make_dataset(client, project, definition)
    elif definition["kind"] == "view":
        _make_view(client, project, definition)
    else:
        _make_table(client, project, definition)


def _make_dataset(client: Any, project: str, definition: Definition) -> None:
    dataset = bigquery.Dataset(f"{project}.{definition['dataset']}")
    dataset.description = definition["description"]
    there = client.create_dataset(dataset, exists_ok=True)
    if there.description != dataset.description:
        there.description = dataset.description
        client.update_dataset(there, ["description"])


def _make_table(client: Any, project: str, definition: Definition) -> None:
    table = bigquery.Table(_name(project, definition), schema=_columns(definition))
    table.description = definition["description"]
    split = definition["partitioning"]
    table.time_partitioning = bigquery.TimePartitioning(type_=split["type"], field=split["field"])
    table.require_partition_filter = definition["require_partition_filter"]
    table.clustering_fields = definition["clustering"]
    there = client.create_table(table, exists_ok=True)
    _bring_up(
        client,
        there,
        table,
        ("description", "schema", "clustering_fields", "require_partition_filter", "time_partitioning"),
    )


def _make_view(client: Any, project: str, definition: Definition) -> None:
    """A view is made without columns, as BigQuery finds them out; then they are described."""
    view = bigquery.Table(_name(project, definition))
    view.description = definition["description"]
    view.view_query = definition["query"]
    there = client.create_table(view, exists_ok=True)
    _bring_up(client, there, view, ("description", "view_query"))
    found = client.get_table(view.reference)
    _bring_up(client, found, bigquery.Table(view.reference, schema=_described(found.schema, definition)), ("schema",))


def _bring_up(client: Any, there: Any, wanted: Any, names: tuple[str, ...]) -> None:
    changed = [name for name in names if getattr(there, name) != getattr(wanted, name)]
    for name in changed:
        setattr(there, name, getattr(wanted, name))
    if changed:
        client.update_table(there, changed)


def _described(found: list[Any], definition: Definition) -> list[Any]:
    """A view's columns as BigQuery found them, with what they mean; their types and modes are not ours to set."""
    texts = {column["name"]: column["description"] for column in definition["schema"]}
    told = [{**column.to_api_repr(), "description": texts[column.name]} for column in found]
    return [bigquery.SchemaField.from_api_repr(column) for column in told]


def _name(project: str, definition: Definition) -> str:
    return f"{project}.{definition['dataset']}.{definition['name']}"


def _columns(definition: Definition) -> list[Any]:
    return [bigquery.SchemaField.from_api_repr(dict(column)) for column in definition["schema"]]
