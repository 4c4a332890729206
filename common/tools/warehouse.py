"""BigQuery's datasets, tables, views and table functions, from the definitions `reporting` keeps: made, or compared."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from google.api_core import exceptions
from google.cloud import bigquery

from common.google import channels
from common.settings import Settings
from functions.reporting.provision import reporting_setup

Definition = Mapping[str, Any]
TYPES: Final = {"INTEGER": "INT64", "BOOLEAN": "BOOL", "FLOAT": "FLOAT64"}
"""BigQuery's names of a type in tables, where those of arguments differ."""


LABEL: Final = "definitions"
"""The label by which a dataset tells which definitions were made: SHA-256, shortened."""


class Change(NamedTuple):
    """What was done, or would be, to one thing."""

    what: str
    """`made`, `changed` or `refused`."""
    kind: str
    name: str
    detail: str = ""


class NotAdditive(ValueError):
    """The warehouse would lose or reinterpret what is stored; its arguments are the refused changes."""

    def __str__(self) -> str:
        """Each of them in a line."""
        return "\n".join(f"{one.name}: {one.detail}" for one in self.args)


def warehouse(settings: Settings) -> list[Change]:
    """Makes what is missing, and brings descriptions, views and added columns of what is there up to date.

    NotAdditive, and nothing is changed, where a table would lose a column or have it read as something else. Where the
    last dataset's label says that these very definitions were made, nothing else is looked at.
    """
    return make_labelled(channels.bigquery_client(settings), settings.project)


def make_labelled(client: Any, project: str) -> list[Change]:
    """As `warehouse`, by any client."""
    setup = reporting_setup(project)
    if _labelled(client, project, setup):
        return []
    changes = apply(client, project, setup)
    _label(client, project, setup)
    return changes


def digest_of(setup: Sequence[Definition]) -> str:
    """What tells definitions from others."""
    return hashlib.sha256(orjson.dumps(setup, option=orjson.OPT_SORT_KEYS)).hexdigest()[:40]


def _last_dataset(project: str, setup: Sequence[Definition]) -> str:
    return next(f"{project}.{one['dataset']}" for one in reversed(setup) if one["kind"] == "dataset")


def _labelled(client: Any, project: str, setup: Sequence[Definition]) -> bool:
    try:
        labels = client.get_dataset(_last_dataset(project, setup)).labels
    except exceptions.NotFound:
        return False
    return bool(labels.get(LABEL) == digest_of(setup))


def _label(client: Any, project: str, setup: Sequence[Definition]) -> None:
    dataset = client.get_dataset(_last_dataset(project, setup))
    dataset.labels = {**dataset.labels, LABEL: digest_of(setup)}
    client.update_dataset(dataset, ["labels"])


def apply(client: Any, project: str, setup: Sequence[Definition]) -> list[Change]:
    """As `warehouse`, of any definitions, in the order of their making."""
    wanted = planned(client, project, setup)
    refused = [change for change in wanted if change.what == "refused"]
    if refused:
        raise NotAdditive(*refused)
    names = {change.name for change in wanted}
    due = [definition for definition in setup if label(definition) in names]
    return [change for definition in due for change in make(client, project, definition)]


def planned(client: Any, project: str, setup: Sequence[Definition]) -> list[Change]:
    """What `apply` would do; changes nothing."""
    there = {one["dataset"]: _listed(client, project, one["dataset"]) for one in setup if one["kind"] == "dataset"}
    return [change for definition in setup for change in _plan(client, project, definition, there)]


def _listed(client: Any, project: str, dataset: str) -> set[str] | None:
    """The names in a dataset; None where there is no such dataset."""
    try:
        tables = {table.table_id for table in client.list_tables(f"{project}.{dataset}")}
        return tables | {routine.reference.routine_id for routine in client.list_routines(f"{project}.{dataset}")}
    except exceptions.NotFound:
        return None


def _plan(client: Any, project: str, definition: Definition, there: Mapping[str, set[str] | None]) -> Iterator[Change]:
    named = label(definition)
    names = there.get(definition["dataset"])
    if definition["kind"] == "dataset":
        if names is None:
            yield Change("made", "dataset", named)
    elif definition["name"] not in (names or ()):
        yield Change("made", definition["kind"], named)
    elif definition["kind"] == "table":
        found = client.get_table(_name(project, definition))
        faults = lost(_stored(found), definition)
        yield from (Change("refused", "table", named, fault) for fault in faults)
        changes = [name for name in _LAYOUT if getattr(found, name) != getattr(_table(project, definition), name)]
        if changes and not faults:
            yield Change("changed", "table", named, ", ".join(changes))
    elif definition["kind"] == "view":
        found = client.get_table(_name(project, definition))
        same = (found.view_query, found.description) == (definition["query"], definition["description"])
        if not same or found.schema != _described(found.schema, definition):
            yield Change("changed", "view", named)
    else:
        found = client.get_routine(_name(project, definition))
        if _differs(found, _routine(project, definition)):
            yield Change("changed", definition["kind"], named)


def lost(old: Definition, new: Definition) -> list[str]:
    """What of a stored table its new definition would lose or reinterpret; a table grows by nullable columns alone."""
    after = {column["name"]: column for column in new["schema"]}
    before = {column["name"]: column for column in old["schema"]}
    found = [f"column {name} was removed" for name in before if name not in after]
    found += [
        f"column {name} was {column['type']} and is {after[name]['type']}"
        for name, column in before.items()
        if name in after and after[name]["type"] != column["type"]
    ]
    found += [f"column {name} became required" for name in after if _stricter(before.get(name), after[name])]
    if _told(old["partitioning"]) != _told(new["partitioning"]):
        found.append(f"partitioned by {_told(old['partitioning'])}, now by {_told(new['partitioning'])}")
    return found


def _stricter(before: Definition | None, after: Definition) -> bool:
    return after["mode"] == "REQUIRED" and (before is None or before["mode"] != "REQUIRED")


def _told(partitioning: Definition) -> str:
    return " ".join(str(partitioning[name]) for name in ("type", "field"))


def _stored(table: Any) -> dict[str, Any]:
    """A table that stands there, as a definition."""
    split = table.time_partitioning
    partitioning = {"type": split.type_, "field": split.field} if split else {"type": "", "field": ""}
    if split and split.expiration_ms:
        partitioning["expiration_ms"] = split.expiration_ms
    return {"schema": [column.to_api_repr() for column in table.schema], "partitioning": partitioning}


def make(client: Any, project: str, definition: Definition) -> list[Change]:
    """One dataset, table, view or table function as its definition says; tells what it did, nothing where all stood."""
    made = {"dataset": _make_dataset, "view": _make_view, "table": _make_table, "table_function": _make_function}
    what, detail = made[definition["kind"]](client, project, definition)
    return [Change(what, definition["kind"], label(definition), detail)] if what else []


Done = tuple[str, str]


def label(definition: Definition) -> str:
    """Its name without the project."""
    return ".".join(definition[part] for part in ("dataset", "name") if part in definition)


def _created(create: Callable[[Any], Any], read: Callable[[], Any], wanted: Any) -> tuple[Any, bool]:
    """What is there now, and whether it was made."""
    try:
        return create(wanted), True
    except exceptions.Conflict:
        return read(), False


def _make_dataset(client: Any, project: str, definition: Definition) -> Done:
    dataset = bigquery.Dataset(f"{project}.{definition['dataset']}")
    dataset.description = definition["description"]
    there, made = _created(client.create_dataset, lambda: client.get_dataset(dataset.reference), dataset)
    if there.description != dataset.description:
        there.description = dataset.description
        client.update_dataset(there, ["description"])
        return "changed", "description"
    return ("made", "") if made else ("", "")


_LAYOUT: Final = ("description", "schema", "clustering_fields", "require_partition_filter", "time_partitioning")


def _table(project: str, definition: Definition) -> Any:
    table = bigquery.Table(_name(project, definition), schema=_columns(definition))
    table.description = definition["description"]
    split = definition["partitioning"]
    kept_ms = split.get("expiration_ms")
    table.time_partitioning = bigquery.TimePartitioning(
        type_=split["type"], field=split["field"], expiration_ms=kept_ms
    )
    table.require_partition_filter = definition["require_partition_filter"]
    if definition["clustering"]:  # the client keeps a None as a value, to which no fields can be added later
        table.clustering_fields = definition["clustering"]
    return table


def _make_table(client: Any, project: str, definition: Definition) -> Done:
    table = _table(project, definition)
    there, made = _created(client.create_table, lambda: client.get_table(table.reference), table)
    changed = _bring_up(client, there, table, _LAYOUT)
    return ("made", "") if made else ("changed" if changed else "", ", ".join(changed))


def _make_view(client: Any, project: str, definition: Definition) -> Done:
    """A view is made without columns, as BigQuery finds them out; then they are described."""
    view = bigquery.Table(_name(project, definition))
    view.description = definition["description"]
    view.view_query = definition["query"]
    there, made = _created(client.create_table, lambda: client.get_table(view.reference), view)
    changed = _bring_up(client, there, view, ("description", "view_query"))
    found = client.get_table(view.reference) if changed else there
    columns = bigquery.Table(view.reference, schema=_described(found.schema, definition))
    changed += _bring_up(client, found, columns, ("schema",))
    return ("made", "") if made else ("changed" if changed else "", ", ".join(changed))


def _make_function(client: Any, project: str, definition: Definition) -> Done:
    routine = _routine(project, definition)
    there, made = _created(client.create_routine, lambda: client.get_routine(routine.reference), routine)
    if made or not _differs(there, routine):
        return ("made" if made else ""), ""
    routine._properties["etag"] = there.etag  # noqa: SLF001 - nobody else's change is overwritten
    client.update_routine(routine, ["arguments", "body", "description", "language", "type_"])
    return "changed", ""


def _routine(project: str, definition: Definition) -> Any:
    return bigquery.Routine(
        _name(project, definition),
        type_="TABLE_VALUED_FUNCTION",
        language="SQL",
        arguments=[
            bigquery.RoutineArgument.from_api_repr({"name": one["name"], "dataType": {"typeKind": kind(one["type"])}})
            for one in definition["arguments"]
        ],
        body=definition["query"],
        description=definition["description"],
    )


def kind(name: str) -> str:
    """A column's type as an argument's."""
    return TYPES.get(name, name)


def _differs(there: Any, wanted: Any) -> bool:
    return any(getattr(there, part) != getattr(wanted, part) for part in ("arguments", "body", "description"))


def _bring_up(client: Any, there: Any, wanted: Any, names: tuple[str, ...]) -> list[str]:
    changed = [name for name in names if getattr(there, name) != getattr(wanted, name)]
    for name in changed:
        setattr(there, name, getattr(wanted, name))
    if changed:
        client.update_table(there, changed)
    return changed


def _described(found: list[Any], definition: Definition) -> list[Any]:
    """A view's columns as BigQuery found them, with what they mean; their types and modes are not ours to set."""
    texts = {column["name"]: column["description"] for column in definition["schema"]}
    told = [{**column.to_api_repr(), "description": texts.get(column.name) or None} for column in found]
    return [bigquery.SchemaField.from_api_repr(column) for column in told]


def _name(project: str, definition: Definition) -> str:
    return f"{project}.{definition['dataset']}.{definition['name']}"


def _columns(definition: Definition) -> list[Any]:
    return [bigquery.SchemaField.from_api_repr(dict(column)) for column in definition["schema"]]
