"""What Terraform is told: functions, what each area needs, secrets, queues, the warehouse; all from declarations."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

from common.events import every_event
from common.functions.declared import DEAD_LETTERS, DELIVERY, Function
from common.tools.areas import AREAS
from common.tools.host import public_prefixes
from common.tools.needs import SECRETS, Needs, needs, secret_id
from common.tools.provision import topics_of
from common.tools.warehouse import kind
from functions.reporting.provision import reporting_setup
from functions.reporting.reports.by_entity import DATASETS as BY_ENTITY
from functions.reporting.reports.by_entity import entity_setup
from functions.reporting.tables import MESSAGES_TABLE, REPORTING
from functions.reporting.views import TABLE

RUNTIME: Final = "python311"
PROJECT: Final = "PROJECT"
"""Stands in a view's query where Terraform puts the project."""
OWN_PACE: Final = {"a_second": 500, "at_once": 80}
"""Cloud Tasks gives no queue more than 500 a second."""
WORLDS_PACE: Final = {"a_second": 25, "at_once": 10}
"""For a function that asks the world: providers, SAP and mail servers refuse who asks too fast."""


def declaration(found: Sequence[Function]) -> dict[str, Any]:
    """The whole of `declared.json`."""
    needed = {area: needs(area, found) for area in AREAS}
    return {
        "areas": {area: _area(area, one, found) for area, one in needed.items()},
        "dead_letters": DEAD_LETTERS,
        "delivery": asdict(DELIVERY),
        "functions": {f.name: _function(f) for f in found},
        "runtime": RUNTIME,
        "secrets": {secret_id(name): f"BILLING_{name.upper()}" for name in SECRETS},
        "topics": sorted(every_event()),
        "warehouse": _warehouse(),
    }


def task_functions(found: Sequence[Function]) -> dict[str, str]:
    """Which function does a task, by the task's name, for all areas."""
    return {f.trigger.name: f.name for f in found if f.kind == "task" and f.trigger}


def _area(area: str, needed: Needs, found: Sequence[Function]) -> dict[str, Any]:
    """What its identity may do: no more than its declarations and its code ask for."""
    own = [function for function in found if function.area == area]
    emitted = {event.name for function in own for event in function.emits}
    sending = list(found) if needed.relays else own
    return {
        "documents": needed.documents,
        "publishes": sorted(every_event() if needed.relays else emitted),
        "queues": sorted(f.name for f in sending if f.kind != "http") if needed.commits else [],
        "reads_files": needed.reads_files,
        "writes_files": needed.writes_files,
        "writes_rows": needed.writes_rows,
        "reads_rows": needed.reads_rows,
        "secrets": [secret_id(name) for name in needed.secrets],
    }


def _function(function: Function) -> dict[str, Any]:
    return {
        "area": function.area,
        "entry_point": function.variable,
        "trigger": function.kind,
        "topics": topics_of(function),
        "task": function.trigger.name if function.kind == "task" and function.trigger else "",
        "schedule": function.cron,
        "paths": public_prefixes(function) if function.kind == "http" else [],
        "door": _door(function),
        "emits": sorted(event.name for event in function.emits),
        "queue": {} if function.kind == "http" else (WORLDS_PACE if function.ask else OWN_PACE),
    }


def _door(function: Function) -> str:
    """Who comes in: `platform` only its own messages, `console` staff by the proxy, `api` whoever has a token."""
    if function.kind != "http":
        return "platform"
    return "console" if function.app is not None else "api"


def _warehouse() -> dict[str, Any]:
    setup = [*reporting_setup(PROJECT), *entity_setup(PROJECT)]
    views = {f"{one['dataset']}.{one['name']}": one for one in setup if one["kind"] == "view"}
    return {
        "datasets": {one["dataset"]: one["description"] for one in setup if one["kind"] == "dataset"},
        "tables": {f"{one['dataset']}.{one['name']}": one for one in setup if one["kind"] == "table"},
        "landing": MESSAGES_TABLE,
        "reports": REPORTING,
        "entity_reports": BY_ENTITY,
        "views": {name: {**one, "level": _level(name, views)} for name, one in views.items()},
        "table_functions": {
            f"{one['dataset']}.{one['name']}": _table_function(one) for one in setup if one["kind"] == "table_function"
        },
    }


def _table_function(one: dict[str, Any]) -> dict[str, Any]:
    arguments = [{"name": each["name"], "type": kind(each["type"])} for each in one["arguments"]]
    return {**one, "arguments": arguments}


def _level(name: str, views: dict[str, dict[str, Any]]) -> int:
    """How many views stand below a view: it can only be made after them."""
    asked = {".".join(found) for found in TABLE.findall(views[name]["query"].replace(f"{PROJECT}.", ""))}
    return max((1 + _level(other, views) for other in asked & set(views) - {name}), default=0)
