"""A quarter's books in memory with SAP and BigQuery to be asked, whose nights a test lets come round."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from common.commit import Cause
from common.parties import SELLERS, Seller
from common.ports import Answer
from common.world import World
from functions.audit.findings import Finding
from functions.audit.handlers import daily_proof
from functions.audit.proof.day import SapSum
from functions.audit.proof.model import Proof, ProofProgress, ProveDay, proof_id
from functions.audit.proof.warehouse import BY_ACCOUNT, BY_JOURNAL, number_of
from tests.unit.audit.month import Month

Row = dict[str, Any]
POSTINGS = "billing_raw.journal_posted_postings"


class Books(Month):
    """The month with its SAP's documents and its rows as they are, until a test changes some."""

    def __init__(self) -> None:
        super().__init__()
        self._rows = {name: dict(held) for name, held in self.engine.rows.items()}
        self.nights = 0
        self.documents: list[tuple[str, str, date, Counter[str], str]] = []
        self.restore()

    def restore(self) -> None:
        """Puts everything back, and has SAP's and BigQuery's doors open."""
        super().restore()
        if not hasattr(self, "_rows"):
            return
        self.engine.rows = {name: {key: dict(row) for key, row in held.items()} for name, held in self._rows.items()}
        self.documents = list(self._posted())
        self.engine.warehouse = self._answer
        self.sap_is_down = False

    def _posted(self) -> Iterator[tuple[str, str, date, Counter[str], str]]:
        """What SAP has: message, entity, day, sums, currency."""
        for batch in self.bodies("sap_batches"):
            exchanges = [part[name] for part in batch["parts"] for name in ("posting", "reversal") if part[name]]
            for exchange in exchanges:
                lines = self.story.sap.posted.get(exchange["message_id"], ())
                sums = Counter[str]()
                for line in lines:
                    sums[line.account] += line.debit_minor - line.credit_minor
                day = date.fromisoformat(batch["posted_on"])
                yield exchange["message_id"], batch["entity"], day, sums, batch["currency"]

    def ask_sap(self, seller: Seller, as_of: date, world: World) -> list[SapSum]:
        """What SAP says its accounts hold."""
        assert world is self.world
        if self.sap_is_down:
            raise ConnectionError("503 Service Unavailable")
        found: Counter[tuple[str, str]] = Counter()
        for _, entity, day, sums, currency in self.documents:
            for account, minor in sums.items() if entity == seller.entity and day <= as_of else ():
                found[account, currency] += minor
        return [SapSum(account, currency, minor) for (account, currency), minor in found.items()]

    def _answer(self, sql: str, asked: Mapping[str, Answer]) -> Iterable[Row]:
        """What BigQuery would: the proof's own three queries over the rows that were inserted."""
        rows = list(self.engine.rows[POSTINGS].values())
        if "MAX(occurred_at)" in sql:
            later = [row["occurred_at"] for row in rows if row["posted_on"] >= str(asked["day"])]
            return [{"newest": max(later, default=None)}]
        wanted = {"posted_on": str(asked["day"]), **{k: v for k, v in asked.items() if k != "day"}}
        fitting = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
        by = {BY_ACCOUNT: ("account", "currency"), BY_JOURNAL: ("journal_id",)}[sql]
        groups: dict[tuple[str, ...], list[Row]] = {}
        for row in fitting:
            groups.setdefault(tuple(row[name] for name in by), []).append(row)
        return [dict(zip(by, key, strict=True)) | _sums(found) for key, found in sorted(groups.items())]

    def night(self, after: timedelta = timedelta(days=1)) -> list[Proof]:
        """A night's proof of everything; the proofs it made."""
        self.story.clock.advance_to(self.story.clock.now() + after)
        self.nights += 1
        slot = self.story.clock.now()
        found: list[Proof] = []
        for entity in SELLERS:
            task: ProveDay | None = ProveDay(member_id="", entity=entity, slot=slot)
            while task is not None:
                task = self._step(task, found)
        return found

    def _step(self, task: ProveDay, found: list[Proof]) -> ProveDay | None:
        (step,) = daily_proof.prove_days([task], self.world, self.ask_sap)
        if step.proven is None:
            return None
        cause = Cause("test", f"{self.nights}{task.entity}{step.proven.day}", "machine:test")
        self.story.runtime.commit(cause, lambda unit: daily_proof.record_days([task], [step], unit))
        proof = self.world.read.find(Proof, proof_id(task.entity, step.proven.day))
        assert proof is not None
        found.append(proof)
        return step.following

    def proofs(self) -> list[Proof]:
        """Every proof there is, by day."""
        return sorted(self.world.read.select(Proof, limit=10_000), key=lambda one: (one.entity, one.day))

    def cases(self, state: str = "open") -> list[Finding]:
        """The cases of the daily proof in a state."""
        found = self.world.read.select(Finding, limit=10_000, state=state)
        return [one for one in found if one.rule.startswith("daily_proof")]

    def progress(self) -> ProofProgress:
        """How far the one that sells is proven."""
        found = self.world.read.find(ProofProgress, "MP")
        assert found is not None
        return found

    def day_of_journal(self, **fields: str) -> tuple[str, date]:
        """A journal that says so, and its day."""
        found = next(one for one in self.bodies("journals") if all(one[k] == v for k, v in fields.items()))
        return found["id"], date.fromisoformat(found["posted_on"])


def _sums(rows: list[Row]) -> Row:
    return {
        "debit_minor": sum(row["debit_minor"] for row in rows),
        "credit_minor": sum(row["credit_minor"] for row in rows),
        "row_count": len(rows),
        "journals": sum(number_of(row["journal_id"]) for row in rows),
    }
