"""Asking the European Commission whether a VAT id is valid (VIES, by its REST service)."""

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Protocol

from common.parties import SELLERS
from common.settings import Settings
from common.world import World
from functions.members.checks import CheckVatId, VatAnswer
from functions.members.countries import EU, VAT_PREFIXES
from functions.members.model import Member, awaits
from functions.members.vies import Question, question, understood

if TYPE_CHECKING:
    import httpx

TIMEOUT_S: Final = 10.0
"""For connecting and for each part of an answer."""
LONGEST_S: Final = 15.0
"""For a whole answer, however slowly it drips."""
SLICE_S: Final = 240.0
"""For everything that one message asks; what is left then is asked later."""
LARGEST: Final = 65_536
"""Bytes of an answer; a longer one is none."""
AT_ONCE: Final = 4
"""Member states asked side by side; each is asked one question at a time, for each counts who asks at once."""
TIRED: Final = 2
"""After so many answers in a row that tell nothing, a member state is left in peace for this time."""
OF_THE_NUMBER: Final = frozenset({"INVALID_INPUT", "VAT_BLOCKED"})
"""Refusals that say nothing of the next question."""


class Register(Protocol):
    """What we need of the common register. It never raises: not knowing is an answer."""

    def ask(self, asked: Question) -> VatAnswer:
        """What the register says now."""
        ...


def check(tasks: Sequence[CheckVatId], world: World, register: Register | None = None) -> list[VatAnswer]:
    """What the register says of each task's member; an answer for each, `unasked` where none is set up."""
    found = register or register_of(world.settings)
    members = world.read.find_all(Member, [task.member_id for task in tasks])
    awaited = [m if awaits(m, task) else None for m, task in zip(members, tasks, strict=True)]
    if found is None:
        return [VatAnswer(outcome="unasked" if member else "skipped") for member in awaited]
    questions = {member.id: question(member, world.now) for member in awaited if member}
    answers = _asked(found, questions.values())
    return [answers[member.id] if member else VatAnswer(outcome="skipped") for member in awaited]


def register_of(settings: Settings) -> Register | None:
    """The register these settings name; None where nobody is to be asked."""
    return _vies(settings.vies_url) if settings.vies_url else None


@lru_cache(maxsize=4)
def _vies(url: str) -> "Vies":
    return Vies(url)


def _asked(register: Register, questions: Iterable[Question]) -> dict[str, VatAnswer]:
    by_state: dict[str, list[Question]] = {}
    for one in questions:
        by_state.setdefault(one.country, []).append(one)
    until = monotonic() + SLICE_S
    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = pool.map(lambda asked: list(_one_by_one(register, asked, until)), by_state.values())
        return dict(pair for pairs in found for pair in pairs)


def _one_by_one(register: Register, questions: Sequence[Question], until: float) -> Iterator[tuple[str, VatAnswer]]:
    """Asks a member state until it tires; who is not asked then hears why."""
    silent = 0
    answer = VatAnswer(outcome="unknown", code="NOT_REACHED")
    for asked in questions:
        if monotonic() >= until:
            answer, silent = VatAnswer(outcome="unknown", code="NOT_REACHED"), TIRED
        if silent < TIRED:
            answer = register.ask(asked)
            silent = silent + 1 if answer.outcome == "unknown" and answer.code not in OF_THE_NUMBER else 0
        yield asked.member_id, answer


def requester() -> tuple[str, str]:
    """In whose name we ask: the first legal entity with a VAT id of the Union. Only then there is a proof's number."""
    ids = [s.vat_id for s in SELLERS.values() if VAT_PREFIXES.get(s.vat_id[:2]) in EU]
    return (ids[0][:2], ids[0][2:]) if ids else ("", "")


class Vies:
    """The Commission's service. `url` is what comes before `/check-vat-number`; `transport` takes the wire's place."""

    def __init__(
        self, url: str, transport: "httpx.BaseTransport | None" = None, *, timeout_s: float = TIMEOUT_S
    ) -> None:
        import httpx

        self._longest_s = timeout_s * LONGEST_S / TIMEOUT_S
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            timeout=timeout_s,
            trust_env=False,
            follow_redirects=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            limits=httpx.Limits(max_connections=AT_ONCE),
            transport=transport,
        )

    def ask(self, asked: Question) -> VatAnswer:
        """See Register."""
        import httpx

        try:
            with self._client.stream("POST", "/check-vat-number", json=asked.body(*requester())) as response:
                return understood(asked, response.status_code, self._content(response))
        except httpx.HTTPError as fault:
            return VatAnswer(outcome="unknown", code=type(fault).__name__)
        except (ValueError, TypeError, RecursionError):
            return VatAnswer(outcome="unknown", code="UNREADABLE")

    def _content(self, response: "httpx.Response") -> Any:
        """The answer's JSON; ValueError where it is too long, takes too long, or is none."""
        content, until = b"", monotonic() + self._longest_s
        for part in response.iter_raw():
            content += part
            if len(content) > LARGEST or monotonic() > until:
                raise ValueError("no answer of this service")
        return json.loads(content)
