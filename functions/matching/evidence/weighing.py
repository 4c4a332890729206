"""Evidence as features: the words in which an explanation is weighed, each with its weight in `weights.json`."""

from functions.matching.evidence.proposals import Case, Proposal
from functions.matching.evidence.support import RANK

_LITTLE, _SOME, _MUCH = 300, 3_000, 30_000


def features(proposal: Proposal, case: Case) -> tuple[str, ...]:
    """What is true of an explanation, one name a fact or pair of facts."""
    backed, amount = proposal.support, proposal.amount
    payer = backed.payer
    kind = _kind(proposal)
    common = _step(case.commonness())
    found = [
        "any",
        f"mention {proposal.mention}/{proposal.most} {'exact' if amount in {'exact', 'named_sum'} else amount}",
        f"amount {amount} payer {payer} {kind}",
        f"account {backed.account} {kind}",
        f"name {backed.name} {kind}",
        f"id {backed.id_told} {kind}",
        f"against {proposal.against} {kind} {payer}",
        f"against {proposal.against} {'exact' if amount == 'exact' else 'other'}",
        f"common {common} {kind} {payer}",
    ]
    if backed.name_told:
        found.append("name told")
    if kind == "unnamed" and payer == "likely":
        namesakes = case.namesakes(proposal.shares[0][0])
        found.append(f"chance {_step(namesakes * case.commonness())} {backed.name}")
        found.append(f"account {backed.account} name {backed.name}")
    if amount in {"sum_all", "sum_some", "named_sum"}:
        found.append(f"{amount} of {min(proposal.pool, 12) // 3} ways {min(proposal.ways, 3)}")
    if any(item.paid for item, _ in proposal.shares):
        found.append(f"paid before {'exact' if amount == 'exact' else 'other'}")
    return tuple(found)


def _kind(proposal: Proposal) -> str:
    most = RANK[proposal.most]
    if most >= RANK["number"]:
        return "named"
    if most >= RANK["core"]:
        return "partly"
    return "hinted" if most else "unnamed"


def _step(in_a_million: int) -> str:
    if in_a_million < _LITTLE:
        return "rare"
    if in_a_million < _SOME:
        return "some"
    return "much" if in_a_million < _MUCH else "all"
