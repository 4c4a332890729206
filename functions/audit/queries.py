"""What callers may look at of the daily proofs: the list, one proof, its signed report."""

from common.failures import Rejected
from common.world import World
from functions.audit.proof.model import Proof
from functions.audit.requests_of_proofs import OneProof, ProofList, ProofPage, ProofSummary, ProofView


def list_proofs(asked: ProofList, world: World) -> ProofPage:
    """The daily proofs, by legal entity, verdict or month."""
    equals = {"entity": asked.entity, "verdict": asked.verdict, "month": asked.month}
    narrowed = {name: value for name, value in equals.items() if value}
    found = world.read.select(Proof, limit=asked.limit, after=asked.page_token, **narrowed)
    following = found[-1].id if len(found) == asked.limit else ""
    return ProofPage(items=[ProofSummary.of(proof) for proof in found], next_page_token=following)


def show_proof(asked: OneProof, world: World) -> ProofView:
    """One daily proof: every source's figures, what differs, what is waited for."""
    return ProofView.of(_found(asked, world))


def show_report(asked: OneProof, world: World) -> bytes:
    """The signed report of a daily proof, as it is archived."""
    content = world.get_file(_found(asked, world).report)
    if content is None:
        raise Rejected("not_found", "the report is not in the archive", status=404)
    return content


def _found(asked: OneProof, world: World) -> Proof:
    proof = world.read.find(Proof, asked.proof_id)
    if proof is None:
        raise Rejected("not_found", "there is no such proof", status=404)
    return proof
