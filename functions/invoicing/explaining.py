"""Why everything on an invoice is as it is: charges and rules, VAT decisions and grounds, sums, rates, days.

Pure: an invoice is frozen with all it was made from, and the tables it was reckoned with are dated.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from common.dates import is_bank_day
from common.events.invoicing import Exchange, Line, VatTotal
from common.failures import Rejected
from common.money import decimal_text
from functions.invoicing.model.invoices import Amounts, Invoice
from functions.invoicing.requests.explanations import Explanation, Why
from functions.invoicing.tax import rates
from functions.invoicing.tax.amounts import GroupAmounts, amounts_of
from functions.invoicing.tax.decisions import Case, VatDecision


def explain(invoice: Invoice, of: str = "") -> Explanation:
    """Why every amount, rate and day of an invoice is as it is; Rejected `not_found` (404) for an `of` it has not."""
    told = Told(invoice)
    decisions = Decisions(invoice)
    facts = [*_lines(told, invoice.lines), *_groups(told, decisions), *_sums(told), *_due(invoice)]
    return _explanation(invoice, facts, of)


@dataclass(frozen=True)
class Told:
    """Amounts as people read them."""

    document: Amounts

    def money(self, amount_minor: int) -> str:
        """An amount with its currency."""
        return f"{decimal_text(amount_minor, self.document.currency)} {self.document.currency}"

    def added(self, parts: Iterable[int]) -> str:
        """A sum with its parts; the middle of a long one is left out."""
        amounts = [decimal_text(part, self.document.currency) for part in parts]
        if len(amounts) > MOST_PARTS:
            amounts = [*amounts[: MOST_PARTS - 1], f"… ({len(amounts)} in all)", amounts[-1]]
        return " + ".join(amounts)


MOST_PARTS = 12


@dataclass(frozen=True)
class Decisions:
    """How each line was taxed, found again from the parties as they were and the dated tables."""

    invoice: Invoice

    @cached_property
    def _case(self) -> Case:
        return Case(self.invoice.seller, self.invoice.buyer)

    def of(self, total: VatTotal) -> tuple[VatDecision | None, list[date]]:
        """The decision on a group and its tax points; None where today's tables or the erased buyer tell otherwise."""
        lines = _of_group(self.invoice.lines, total)
        days = sorted({line.occurred_on for line in lines})
        try:
            found = self._case.decide(lines[0].kind, days[0]) if lines else None
        except Rejected:
            return None, days
        return (found if found and _is(found, total) else None), days

    def grounds(self, decision: VatDecision | None) -> list[str]:
        """What was kept with the invoice on its VAT: of a group where it is known, else all of it."""
        kept = self.invoice.evidence
        own = [ground for ground in kept if decision and ground in decision.evidence]
        return own or list(kept)


def _is(decision: VatDecision, total: VatTotal) -> bool:
    facts = (decision.category, decision.country, decision.rate_basis_points, decision.scheme)
    return facts == (total.category, total.country, total.rate_basis_points, total.scheme)


def _of_group(lines: Iterable[Line], total: VatTotal) -> list[Line]:
    group = (total.category, total.rate_basis_points)
    return [line for line in lines if (line.category, line.rate_basis_points) == group]


def _lines(told: Told, lines: Iterable[Line]) -> Iterator[Why]:
    for place, line in enumerate(lines):
        at, charge = f"/lines/{place}", f"charge {line.charge_id} ({line.kind}) of {_when(line)}: {line.rule}"
        rate = f"the rate of its VAT group, for its tax point {line.occurred_on}"
        if line.quoted_minor is None:
            yield Why(
                of=f"{at}/amount_minor", value=line.amount_minor, why=[charge, "the charge's amount, without VAT"]
            )
        else:
            yield Why(of=f"{at}/amount_minor", value=line.amount_minor, why=[charge, _net_within(told, line)])
            quoted = "the charge's amount, with VAT: what the member was told"
            yield Why(of=f"{at}/quoted_minor", value=line.quoted_minor, why=[charge, quoted])
        yield Why(of=f"{at}/rate_basis_points", value=line.rate_basis_points, why=[rate])


def _when(line: Line) -> str:
    days = f" for {line.service_from} to {line.service_to}" if line.service_from else ""
    return f"{line.occurred_on}{days}"


def _net_within(told: Told, line: Line) -> str:
    quoted = told.money(line.quoted_minor or 0)
    if not line.rate_basis_points:
        return f"the price {quoted}: no VAT is due, so that it is the net amount"
    return (
        f"the net amount within the price {quoted}: its share of the base of all such prices, {quoted} / "
        f"{_one_and(line.rate_basis_points)} (largest remainder)"
    )


def _groups(told: Told, decisions: Decisions) -> Iterator[Why]:
    for place, total in enumerate(told.document.vat):
        due = amounts_of(_of_group(told.document.lines, total), total.rate_basis_points)
        decision, days = decisions.of(total)
        grounds = decisions.grounds(decision)
        at = f"/vat/{place}"
        yield Why(of=f"{at}/category", value=total.category, why=[*grounds, *_exemption(total)])
        yield Why(of=f"{at}/country", value=total.country, why=grounds)
        yield Why(of=f"{at}/scheme", value=total.scheme, why=grounds)
        yield Why(of=f"{at}/rate_basis_points", value=total.rate_basis_points, why=_rate(total, decision, days))
        yield Why(of=f"{at}/base_minor", value=total.base_minor, why=_base(told, total, due))
        yield Why(of=f"{at}/vat_minor", value=total.vat_minor, why=_vat(told, total, due))
        if total.quoted_minor is not None:
            yield _quoted(told, total, at)


def _quoted(told: Told, total: VatTotal, at: str) -> Why:
    prices = [line.quoted_minor for line in _of_group(told.document.lines, total) if line.quoted_minor is not None]
    why = [f"prices with VAT: {told.added(prices)}"]
    return Why(of=f"{at}/quoted_minor", value=total.quoted_minor or 0, why=why)


def _exemption(total: VatTotal) -> list[str]:
    return [f"said on the invoice: {total.note} ({total.exemption_code or 'no code'})"] if total.note else []


def _rate(total: VatTotal, decision: VatDecision | None, days: list[date]) -> list[str]:
    if total.category != "S":
        return ["no VAT is charged in this category"]
    if decision is None or not days:
        return [f"the standard rate of {total.country} when the invoice was issued"]
    points = f"tax points {days[0]} to {days[-1]}" if days[1:] else f"tax point {days[0]}"
    rate = rates.rate_on(decision.rate_place, days[0])
    until = f" until {rate.valid_until}" if rate.valid_until else ""
    return [
        f"{points}: the standard rate of {decision.rate_place}, in force from {rate.valid_from}{until}",
        f"source: {rates.source()}",
    ]


def _base(told: Told, total: VatTotal, due: GroupAmounts) -> list[str]:
    group = _of_group(told.document.lines, total)
    net = [line.amount_minor for line in group if line.quoted_minor is None]
    why = []
    if due.quoted_minor is not None:
        share = f"{told.money(due.quoted_minor)} / {_one_and(total.rate_basis_points)}"
        why.append(f"net within prices with VAT: {share} = {told.money(due.quoted_base_minor)}, rounded half up once")
    if net:
        why.append(f"prices without VAT: {told.added(net)} = {told.money(due.net_minor)}")
    return why


def _vat(told: Told, total: VatTotal, due: GroupAmounts) -> list[str]:
    if total.category != "S":
        return ["no VAT is charged in this category"]
    why = []
    if due.quoted_minor is not None:
        within = f"{told.money(due.quoted_minor)} - {told.money(due.quoted_base_minor)}"
        why.append(f"VAT within prices with VAT: {within} = {told.money(due.quoted_minor - due.quoted_base_minor)}")
    if due.net_minor or due.quoted_minor is None:
        why.append(_product(told, due.net_minor, total.rate_basis_points))
    return why


def _product(told: Told, net_minor: int, basis_points: int) -> str:
    """The exact product in hundredths of a percent of a minor unit, and how it is rounded (BR-CO-17)."""
    sign, exact = ("-" if net_minor < 0 else ""), abs(net_minor) * basis_points
    whole, rest = divmod(exact, 10_000)
    return (
        f"{told.money(net_minor)} x {_percent(basis_points)} = {sign}{whole}.{rest:04d} minor units, "
        "rounded half up once for the group (EN 16931, BR-CO-17)"
    )


def _sums(told: Told) -> Iterator[Why]:
    document = told.document
    bases, taxes = [vat.base_minor for vat in document.vat], [vat.vat_minor for vat in document.vat]
    yield Why(of="/net_minor", value=document.net_minor, why=[f"bases of all VAT groups: {told.added(bases)}"])
    yield Why(of="/vat_minor", value=document.vat_minor, why=[f"VAT of all groups: {told.added(taxes)}"])
    both = f"{told.money(document.net_minor)} net and {told.money(document.vat_minor)} VAT"
    yield Why(of="/total_minor", value=document.total_minor, why=[both])
    if document.exchange:
        yield from _exchanged(told, document.exchange)


def _exchanged(told: Told, exchange: Exchange) -> Iterator[Why]:
    rate = f"{exchange.source}: {exchange.rate} {exchange.currency} for 1 {told.document.currency}"
    chosen = f"published on {exchange.on}, the last one by the day of issue (Directive 2006/112/EC, art. 91 and 230)"
    reckoned = f"{told.money(told.document.vat_minor)} x {exchange.rate}, rounded half up once"
    yield Why(of="/exchange/currency", value=exchange.currency, why=["the currency of the tax office that is owed"])
    yield Why(of="/exchange/rate", value=exchange.rate, why=[rate, chosen])
    yield Why(of="/exchange/on", value=exchange.on.isoformat(), why=[chosen])
    yield Why(of="/exchange/vat_minor", value=exchange.vat_minor, why=[rate, reckoned])


def _due(invoice: Invoice) -> Iterator[Why]:
    terms = f"{invoice.buyer.terms_days} days after {invoice.issued_on}, the member's terms"
    plain = (invoice.due_on - invoice.issued_on).days == invoice.buyer.terms_days
    moved = "a bank day" if is_bank_day(invoice.due_on) else "as it was agreed"
    why = [terms, moved if plain else f"moved to {invoice.due_on}, the next day on which banks settle (TARGET)"]
    yield Why(of="/due_on", value=invoice.due_on.isoformat(), why=why)


def _explanation(document: Invoice, facts: list[Why], of: str) -> Explanation:
    wanted = [fact for fact in facts if fact.of == of or not of or fact.of.startswith(f"{of}/")]
    if not wanted:
        raise Rejected("not_found", f"there is nothing to explain at {of}", status=404)
    return Explanation(document_id=document.id, number=document.number, currency=document.currency, facts=wanted)


def _one_and(basis_points: int) -> str:
    whole = 10_000 + basis_points
    return f"{whole // 10_000}.{whole % 10_000:04d}"


def _percent(basis_points: int) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02d} %"
