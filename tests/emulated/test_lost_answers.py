"""Whatever becomes of a commit's answer, each command and each handler has exactly one effect, and nobody repairs.

In one run every function's first commit is struck, each by one of twelve faults: its answer is lost after the effect,
or it is refused before, with each of six codes. Twelve runs, in each of which everybody gets the next fault, are all
combinations; `make test` plays one of them, `pytest -m long` all.
"""

import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import httpx
import orjson
import pytest

from common.tools.areas import functions
from common.tools.local import Local, local
from emulators.faults import CODES
from functions.audit.invariants import prove
from functions.audit.invariants.state import State
from functions.notifications.model import REMINDERS
from functions.payments.handlers import inbox, statements
from tests.emulated.billing_story import Story
from tests.emulated.billing_story_names import named
from tests.emulated.billing_story_stage import PROOF

pytestmark = [pytest.mark.emulated, pytest.mark.timeout(900)]

SITE: Final = (
    r'"function":"([a-z0-9-]+)","id":"[0-9a-f]{32}",'
    r'"key":"(?:(/[^"\\]*)\\u001f|[^"]*?\\u001f([A-Z]+ /[^"\\]*)\\u001f)?'
)
"""In the bytes of a commit: the function of its record and, for a command, the route."""
COMBINATIONS: Final = [(kind, code) for kind in ("lose_answer", "refuse") for code in CODES]
COMMITS_NOTHING: Final = {
    "console-pages": "shows pages; its actions are other areas' commands",
    "audit-api": "only answers questions",
    "notifications-api": "only answers questions",
    "relay-sweep": "publishes what others committed",
    "relay-replay-parked": "publishes a parked message again",
    "reporting-load-events": "writes rows to BigQuery, without a commit",
}
MOMENTS: Final = re.compile(r"_at$|^head$|^at$|^sha256$|^dated$|^not_before$|^since$|^fingerprint$|^generation$")
"""Fields that say when something happened, may happen or was last asked for, or are hashes of what does; the
generation of a file in the bucket is such a moment, too."""
BY_ORDER: Final = {
    "notifications": {"version", "words", "mail", "digest"},
    "known_items": {"version", "reminded", "reminded_until"},
    "digests": {"version", "waiting"},
    "sap_batches": {"after", "bounds", "digest"},
    "proofs": {"digest", "report"},
    "addressees": {"version"},
    "provider_events": {"told_by", "version"},
}
"""What depends on which of two events came first, as nobody promises an order: a mail's words on what is owed, and
which of the notices that wait are told together (each is compared, and its mail is looked for); whether a provider's
event was heard by webhook or by the poll first. A batch's cursor stands at the last of its journals' ids, which are
drawn, as do the bounds of its pages; digests are over those ids, and a proof's report is named by its own. Two changes
of a member that are heard of together are written once, and leave a record less. How often a reminder is put off, and
which level has gone out by the end, is a matter of the minute in which the clock leaps for months: of reminders only
the mails are looked for, and what the simulation promises of them."""
BY_PAGE: Final = {"erasures": {"id", "records", "values", "kept"}}
"""An erasure goes through records page by page in the order of their ids: which are on a page is drawn, too."""
BY_DELAY: Final = {
    "notifications": {"tries", "reason"},
    "parked": {"version"},
    "closings": {"closed_through"},
}
"""What a message or task that comes late or twice leaves: a mail is tried before its document is there; a dead letter
is told again; hundreds of sweeps, one virtual minute each, and the books are closed a day later."""


@dataclass(frozen=True)
class Outcome:
    """What a story came to: documents, what the world saw, which commits there were, and what is broken."""

    documents: dict[str, list[dict[str, Any]]]
    world: dict[str, list[str]]
    sites: Counter[str]
    broken: list[str]
    struck: Counter[str]


@contextmanager
def platform(state: Path) -> Iterator[Local]:
    with local(state) as running:
        yield running
    shutil.rmtree(state, ignore_errors=True)


def nothing(_: Local) -> None:
    """No faults."""


def told(state: Path, faults: Callable[[Local], None] = nothing) -> Outcome:
    """Plays the story over an empty platform with these faults, and looks at what came of it."""
    with platform(state) as running, pytest.MonkeyPatch.context() as patch:
        for module in (statements, inbox):
            patch.setattr(module, "ENTRIES_A_COMMIT", 1)
        faults(running)
        Story(running).play()
        struck = struck_sites(running)
        running.http.delete(f"{running.emulators}/admin/faults").raise_for_status()
        running.advance_to(running.runtime.clock.now() + timedelta(minutes=5))
        running.fire_schedules(without={PROOF})
        state_ = State(running.runtime.world)
        broken = [f"{b.invariant.title}: {b.evidence[0]}" for b in prove(running.runtime.world)]
        return Outcome(
            {collection: bodies(state_, collection) for collection in sorted(state_.collections)},
            world(running),
            Counter(site(record.body) for record in state_.records),
            sorted([*broken, *mails_amiss(running, state_)]),
            struck,
        )


def bodies(state: State, collection: str) -> list[dict[str, Any]]:
    ignored = BY_ORDER.get(collection, set())
    kept = [body for body in state.bodies(collection) if not is_of_reminders(body)]
    return [{k: v for k, v in timeless(body).items() if k not in ignored} for body in kept]


def is_of_reminders(body: Mapping[str, Any]) -> bool:
    """Whether it is a reminder, or says nothing of an item but that its member was reminded."""
    return body.get("template") in REMINDERS or ("reminded" in body and not body["item_version"])


def timeless(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: timeless(each) for name, each in value.items() if not MOMENTS.search(name)}
    return [timeless(each) for each in value] if isinstance(value, list) else value


def world(running: Local) -> dict[str, list[str]]:
    """What left the house: charges at the provider, documents in SAP."""
    asked = f"{running.emulators}/"
    intents = running.http.get(f"{asked}stripe/v1/payment_intents?limit=100", headers=KEY).raise_for_status().json()
    posted = running.http.get(f"{asked}sap/documents").raise_for_status().json()["documents"]
    return {
        "charges": sorted(f"{one['amount']} {one['status']}" for one in intents["data"]),
        "sap": sorted(str(one.get("reference") or one.get("total")) for one in posted),
    }


def mails_amiss(running: Local, state: State) -> Iterator[str]:
    """Which mails are missing, came twice or tell of nothing: each is named by the first notification it tells."""
    listed = running.http.get(f"{running.emulators}/mail/messages.json").raise_for_status().json()["messages"]
    arrived = Counter(one["message_id"].strip("<>").partition("@")[0] for one in listed)
    told = Counter({n["mail"] or n["id"]: 1 for n in state.bodies("notifications") if n["state"] == "sent"})
    yield from (f"no mail tells {one}" for one in (told - arrived).elements())
    yield from (f"the mail {one} is one too many" for one in (arrived - told).elements())


KEY: Final = {"Authorization": "Bearer sk_test_anything"}


def site(body: Mapping[str, Any]) -> str:
    """Where a commit was made: the function and, for a command, its route."""
    route = next((part for part in body["key"].split("\x1f") if re.match(r"([A-Z]+ )?/", part)), "")
    return f"{body['function']} {route}".strip()


def struck_sites(running: Local) -> Counter[str]:
    listed = running.http.get(f"{running.emulators}/admin/faults").raise_for_status().json()["faults"]
    return Counter({key: 1 for fault in listed for key, met in fault["keys"].items() if met > fault["skip"]})


def everybody_once(shift: int, *, skip: int = 0) -> Callable[[Local], None]:
    """Strikes the first commit (or a later one) of every function and every command, each with its own fault."""
    names = sorted(function.name for function in functions())

    def faults(running: Local) -> None:
        for number, (kind, code) in enumerate(COMBINATIONS):
            mine = [name for place, name in enumerate(names) if (place + shift) % len(COMBINATIONS) == number]
            containing = rf'"function":"({"|".join(mine)})","id"'
            fault = {"kind": kind, "code": code, "on": "google.firestore.v1.Firestore/Commit", "per": SITE}
            add(running, fault | {"containing": containing, "times": 1, "skip": skip})

    return faults


def add(running: Local, fault: dict[str, Any]) -> None:
    answer = running.http.post(f"{running.emulators}/admin/faults", json=fault)
    assert answer.status_code == httpx.codes.OK, answer.text


Telling = Callable[[], Outcome]
"""The story without any fault, once it is told."""


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Telling]:
    """Told in a process of its own: a disturbed one spends most of its time waiting to try again."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        yield pool.submit(told, tmp_path_factory.mktemp("undisturbed") / "state").result


def same(found: Outcome, undisturbed: Outcome, *, but: Mapping[str, set[str]] | None = None) -> None:
    gone = {**BY_PAGE, **(but or {})}
    documents, expected = (named(without(outcome.documents, gone)) for outcome in (found, undisturbed))
    told = [*differences(documents, expected), *differences(found.world, undisturbed.world)]
    assert not told, "\n".join(told)
    assert found.broken == undisturbed.broken


def without(
    documents: Mapping[str, list[dict[str, Any]]], fields: Mapping[str, set[str]]
) -> dict[str, list[dict[str, Any]]]:
    """The documents less these fields of these collections; what is the same then counts once."""
    found = dict(documents)
    for name, gone in fields.items():
        kept = [{k: v for k, v in one.items() if k not in gone} for one in documents.get(name, [])]
        found[name] = list({orjson.dumps(one, option=orjson.OPT_SORT_KEYS): one for one in kept}.values())
    return found


def differences(found: dict[str, list[str]], expected: dict[str, list[str]]) -> list[str]:
    """What is other than expected, a line each: the documents' fields that differ."""
    lines = []
    for name in sorted(found.keys() | expected.keys()):
        missing = [*(Counter(expected.get(name, [])) - Counter(found.get(name, []))).elements()]
        more = [*(Counter(found.get(name, [])) - Counter(expected.get(name, []))).elements()]
        lines += [f"{name}: {_compared(one, more)}" for one in missing]
        lines += [f"{name} has more: {one[:300]}" for one in more[len(missing) :]]
    return lines


def _compared(one: str, others: list[str]) -> str:
    if not one.startswith("{"):
        return f"misses {one}"
    wanted = orjson.loads(one)
    found = [orjson.loads(other) for other in others]
    twin = max(found, default=None, key=lambda other: sum(wanted.get(k) == v for k, v in other.items()))
    if twin is None:
        return f"misses {one[:300]}"
    changed = {k: f"{wanted.get(k)!r} became {twin.get(k)!r}" for k in wanted | twin if wanted.get(k) != twin.get(k)}
    return f"{wanted['id']}: {changed}"


@pytest.mark.parametrize("shift", [0])
def test_every_function_bears_a_commit_answer_that_is_lost_or_refused(
    shift: int, undisturbed: Telling, tmp_path: Path
) -> None:
    found = told(tmp_path / "state", everybody_once(shift))
    assert set(found.struck) == set(undisturbed().sites)
    same(found, undisturbed())


def test_the_story_has_a_commit_of_every_handler_and_every_command(undisturbed: Telling) -> None:
    commands = {
        f"{f.name} {r.method + ' ' if r.kind == 'command' else ''}{r.path}"
        for f in functions()
        for r in f.routes
        if r.kind in {"command", "upload", "form"}
    }
    handlers = {f.name for f in functions() if f.kind != "http"} - COMMITS_NOTHING.keys()
    assert commands | handlers == set(undisturbed().sites)


@pytest.mark.long
@pytest.mark.parametrize("shift", range(1, len(COMBINATIONS)))
def test_every_function_bears_every_fault_of_its_commit(shift: int, undisturbed: Telling, tmp_path: Path) -> None:
    found = told(tmp_path / "state", everybody_once(shift))
    assert set(found.struck) == set(undisturbed().sites)
    same(found, undisturbed())


@pytest.mark.long
@pytest.mark.parametrize("skip", [1, 2])
def test_later_commits_bear_it_as_well(skip: int, undisturbed: Telling, tmp_path: Path) -> None:
    same(told(tmp_path / "state", everybody_once(skip, skip=skip)), undisturbed())


@pytest.mark.long
@pytest.mark.parametrize("kind", ["lose_answer", "refuse"])
@pytest.mark.parametrize("rpc", ["google.pubsub.v1.Publisher/Publish", "google.cloud.tasks.v2.CloudTasks/CreateTask"])
def test_a_lost_answer_of_a_publication_changes_nothing(
    kind: str, rpc: str, undisturbed: Telling, tmp_path: Path
) -> None:
    def faults(running: Local) -> None:
        add(running, {"kind": kind, "on": rpc, "code": "INTERNAL", "probability": 0.3, "seed": 7})

    same(told(tmp_path / "state", faults), undisturbed(), but=BY_DELAY)


@pytest.mark.long
def test_a_storm_of_aborted_commits_changes_nothing(undisturbed: Telling, tmp_path: Path) -> None:
    def faults(running: Local) -> None:
        add(running, {"kind": "refuse", "on": "Commit", "code": "ABORTED", "probability": 0.3, "seed": 11})

    same(told(tmp_path / "state", faults), undisturbed())
