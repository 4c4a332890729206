"""Audit's routes: a document's trail, a member's timeline, what the proofs found."""

from common.failures import Rejected
from common.functions.routes import command, page, query
from common.world import World
from functions.audit import queries, trail
from functions.audit.findings import Finding
from functions.audit.handlers.proving import resolve_finding
from functions.audit.requests import (
    FindingList,
    FindingPage,
    FindingView,
    Happening,
    OneMember,
    OneTrail,
    Resolve,
    StepView,
    TimelineView,
    TrailView,
)
from functions.audit.requests_of_proofs import OneProof, ProofList, ProofPage, ProofView


def show_trail(asked: OneTrail, world: World) -> TrailView:
    """Every version of a document, verified against its hash chain, or its state at a moment."""
    reference = f"{asked.collection}/{asked.document_id}"
    found = trail.steps(reference, world.records(documents=reference))
    if not found:
        raise Rejected("not_found", "no commit tells of this document", status=404)
    stored = world.stored(asked.collection, asked.document_id)
    then = trail.as_of(found, asked.at) if asked.at else None
    return TrailView(
        reference=reference,
        steps=[_view(step) for step in found],
        faults=list(trail.faults(reference, found, stored)),
        as_of=then.body if then else None,
    )


def show_timeline(asked: OneMember, world: World) -> TimelineView:
    """What happened to a member, from the commit records that tell of them."""
    happenings = [
        Happening(
            at=record.body["at"],
            name=event["name"],
            actor=record.body["actor"],
            commit=record.id,
            because=record.body["because"],
            event=event["body"],
        )
        for record in world.records(subjects=asked.member_id)
        for event in record.body["events"]
        if event["body"]["member_id"] == asked.member_id
    ]
    happenings.sort(key=lambda happening: happening.at, reverse=True)
    return TimelineView(member_id=asked.member_id, happenings=happenings[: max(1, min(asked.limit, 1000))])


def list_findings(asked: FindingList, world: World) -> FindingPage:
    """What the nightly proof found broken, by state or member."""
    equals = {"state": asked.state, "member_id": asked.member_id}
    narrowed = {name: value for name, value in equals.items() if value}
    found = world.read.select(Finding, limit=asked.limit, after=asked.page_token, **narrowed)
    following = found[-1].id if len(found) == asked.limit else ""
    return FindingPage(items=[FindingView.of(finding) for finding in found], next_page_token=following)


def _view(step: trail.Step) -> StepView:
    body = step.record.body
    return StepView(
        version=step.version,
        commit=step.record.id,
        hash=step.record.hash,
        at=body["at"],
        actor=body["actor"],
        function=body["function"],
        reason=body["reason"],
        because=body["because"],
        body=step.body,
    )


ROUTES = (
    query("/v1/audit/trail/{collection}/{document_id}", show_trail, OneTrail, TrailView, scope="audit:read"),
    query("/v1/audit/findings", list_findings, FindingList, FindingPage, scope="audit:read"),
    command(
        "POST", "/v1/audit/findings/{finding_id}/resolve", resolve_finding, Resolve, FindingView, scope="audit:write"
    ),
    query("/v1/proofs", queries.list_proofs, ProofList, ProofPage, scope="audit:read"),
    query("/v1/proofs/{proof_id}", queries.show_proof, OneProof, ProofView, scope="audit:read"),
    page(
        "/v1/proofs/{proof_id}/report",
        queries.show_report,
        OneProof,
        scope="audit:read",
        media="application/octet-stream",
    ),
    query("/v1/audit/members/{member_id}/timeline", show_timeline, OneMember, TimelineView, scope="members:read"),
)
