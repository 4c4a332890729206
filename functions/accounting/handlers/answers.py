"""Recording what SAP said, message by message, and asking again where it said nothing."""

from collections.abc import Iterator, Sequence

from common.transaction import Transaction
from functions.accounting.handlers.sealing import Days, put_reversed
from functions.accounting.model.batches import (
    ASKED,
    BATCH,
    SapBatch,
    SendBatch,
    accepted,
    ask_again_in,
)
from functions.accounting.model.journals import seller
from functions.accounting.model.parts import (
    SapAnswer,
    SapDocument,
    document_id,
    number_key,
    outcome,
    reasons,
)


def record_answers(
    tasks: Sequence[SendBatch], answers: Sequence[Sequence[SapAnswer]], transaction: Transaction
) -> None:
    """Records what SAP said; where it said nothing, asks again later."""
    batches = transaction.find_all(SapBatch, [task.batch_id for task in tasks])
    days = Days.of(batches, transaction)
    named = [
        document_id(seller(batch.entity).company_code, answer.year, answer.document)
        for batch, given in zip(batches, answers, strict=True)
        if batch
        for answer in given
        if answer.kind == "accepted"
    ]
    known = {one.id: one.message_id for one in transaction.find_all(SapDocument, named) if one}
    for task, batch, given in zip(tasks, batches, answers, strict=True):
        if batch is not None and batch.state in ASKED and given:
            _record(task, batch, given, known, days, transaction)


def _record(
    task: SendBatch,
    batch: SapBatch,
    given: Sequence[SapAnswer],
    known: dict[str, str],
    days: Days,
    transaction: Transaction,
) -> None:
    waiting = {one.message_id for one in batch.pending}
    believed = _all_believed([answer for answer in given if answer.message_id in waiting], batch, known)
    if not believed:
        return
    after = _answered(batch, {answer.message_id: answer for answer in believed}, transaction)
    for document in _documents(after, believed):
        if document.id not in known:
            known[document.id] = document.message_id
            transaction.put(document)
    if after.state == "reversed":
        put_reversed(after, days)
        return
    days.put(after)
    if after.state == "accepted":
        transaction.emit(accepted(after))
    elif after.pending:
        transaction.later(task, transaction.now + ask_again_in(after))


def _all_believed(given: Sequence[SapAnswer], batch: SapBatch, known: dict[str, str]) -> list[SapAnswer]:
    """The answers, each number believed for the first message it was said of."""
    claims, believed = dict(known), []
    company = seller(batch.entity).company_code
    for answer in given:
        told = _believed(answer, batch, claims)
        if told.kind == "accepted":
            claims[document_id(company, told.year, told.document)] = told.message_id
        believed.append(told)
    return believed


def _believed(answer: SapAnswer, batch: SapBatch, known: dict[str, str]) -> SapAnswer:
    """The answer, unless its number stands for another message already: then nobody knows what SAP has."""
    if answer.kind != "accepted":
        return answer
    company = seller(batch.entity).company_code
    other = known.get(document_id(company, answer.year, answer.document), answer.message_id)
    if other == answer.message_id:
        return answer
    words = (
        f"SAP names document {answer.document} of {company} {answer.year}, which stands for message {other} already:"
        " look it up in SAP before anything is sent again"
    )
    return SapAnswer(message_id=answer.message_id, kind="unknown", reason=words)


def _answered(batch: SapBatch, answers: dict[str, SapAnswer], transaction: Transaction) -> SapBatch:
    parts = tuple(part.answered(answers, transaction.now) for part in batch.parts)
    told = batch.but(parts=parts)
    verb = outcome(told.exchanges)
    return told.but(
        state=BATCH.move(batch.state, verb),
        sap_document=next((part.posting.document for part in parts if part.posting.document), ""),
        reason=reasons(told.exchanges),
        unanswered=batch.unanswered + (verb == "lose"),
        answered_at=transaction.now,
    )


def _documents(batch: SapBatch, told: Sequence[SapAnswer]) -> Iterator[SapDocument]:
    """The documents that were told."""
    taken = {answer.message_id: answer for answer in told if answer.kind == "accepted"}
    company = seller(batch.entity).company_code
    for part in batch.parts:
        for exchange, reverses in ((part.posting, ""), (part.reversal, part.posting.document)):
            if exchange is not None and (answer := taken.get(exchange.message_id)):
                yield SapDocument(
                    id=document_id(company, answer.year, answer.document),
                    number_key=number_key(answer.document),
                    number=answer.document,
                    company_code=company,
                    year=answer.year,
                    batch_id=batch.id,
                    part=part.number,
                    message_id=answer.message_id,
                    reverses=reverses,
                )
