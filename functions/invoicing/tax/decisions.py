"""Where a service is taxed, at what rate and on what grounds: Directive 2006/112/EC, art. 44, 45, 58, 59c, 135 and 196.

The sellers live in a member state or in Switzerland. Parts of a country outside its VAT area are told by the postcode;
a seller whose own state has such parts (France) would need that state's rules for them, which are not here.
"""

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Final, Literal

from common.failures import Rejected
from common.parties import Buyer, Seller
from functions.invoicing.tax.locations import Located, located
from functions.invoicing.tax.natures import Service, service_of
from functions.invoicing.tax.notes import NOTES
from functions.invoicing.tax.rates import rate_on, rates
from functions.invoicing.tax.territories import Territory, state_of_vat_id, territory_of

Category = Literal["S", "AE", "E", "O"]
"""EN 16931 (UNCL 5305): standard rate, reverse charge, exempt, outside the scope."""
Scheme = Literal["domestic", "reverse_charge", "oss", "outside_scope", "exempt", "home_rate"]

OUTSIDE: Final = "VATEX-EU-O"
REVERSE: Final = "VATEX-EU-AE"


@dataclass(frozen=True, slots=True)
class VatDecision:
    """How one line is taxed. `evidence` says on what grounds, and is kept with the invoice."""

    category: Category
    country: str
    """Where the VAT is owed, or would be; empty outside the scope."""
    rate_basis_points: int
    scheme: Scheme
    note_key: str = ""
    exemption_code: str = ""
    """BT-121, from the VATEX list."""
    evidence: tuple[str, ...] = ()
    region: str = ""
    """Part of the country with a standard rate of its own."""

    @property
    def note(self) -> str:
        """What the law wants said on the invoice, in English."""
        return NOTES[self.note_key]

    @property
    def rate_place(self) -> str:
        """Whose rate it is: the country, or a region of it."""
        return self.region or self.country


def decide(seller: Seller, buyer: Buyer, kind: str, tax_point: date) -> VatDecision:
    """The VAT on a charge of that kind, supplied on that day.

    Rejected `unknown_service`, `no_vat_rate` (before the table), `location_contradictory`, `no_vat_registration` (a
    seller from outside the Union that has none for its consumers there) or `unknown_tax_area` (a seller elsewhere).
    """
    return Case(seller, buyer).decide(kind, tax_point)


@dataclass(frozen=True)
class Case:
    """One seller and one buyer: who and where they are is found once for all lines."""

    seller: Seller
    buyer: Buyer

    def decide(self, kind: str, tax_point: date) -> VatDecision:
        """The same as `decide`; made once for all days on which the same rates and rules hold."""
        period = bisect_right(self._changes, tax_point)
        found = self._known.get((kind, period))
        if found is None:
            found = self._known[kind, period] = self._decide(kind, tax_point, period)
        return found

    @cached_property
    def _changes(self) -> list[date]:
        return days_of_change(self.seller.oss_from)

    @cached_property
    def _known(self) -> dict[tuple[str, int], VatDecision]:
        """By kind and period; all electronic services are one, under no kind."""
        return {}

    def _decide(self, kind: str, tax_point: date, period: int) -> VatDecision:
        service = service_of(kind)
        if service.nature == "no_supply":
            return _outside("no_supply", (f"no supply for consideration: {service.law}",))
        if service.nature == "exempt":
            return self._exempt(service)
        electronic = self._known.get(("", period)) or self._electronic(tax_point)
        return self._known.setdefault(("", period), electronic)

    # -- who and where ----------------------------------------------------------------------------

    @cached_property
    def home(self) -> Territory:
        """Where the seller is."""
        return territory_of(self.seller.address.country, self.seller.address.postcode)

    @cached_property
    def address(self) -> Territory:
        """Where the buyer's billing address is."""
        return territory_of(self.buyer.address.country, self.buyer.address.postcode)

    @cached_property
    def vat_state(self) -> str:
        """The member state, not the seller's own, that gave a business its valid VAT id; empty without one."""
        state = state_of_vat_id(self.buyer.vat_id) if self.buyer.business else ""
        return "" if state == self.home.country else state

    @cached_property
    def consumer(self) -> Located:
        """Where the buyer is as a consumer: a private person, or who has not proven to be a business (art. 18(2))."""
        who = "private customer" if not self.buyer.business else "business without a valid VAT id, taxed as a consumer"
        found = located(self.buyer)
        return Located(found.territory, (*found.grounds, who))

    # -- the rules --------------------------------------------------------------------------------

    def _electronic(self, day: date) -> VatDecision:
        if self.home.area == "EU":
            return self._by_union_law(day)
        if self.home.area == "CH":
            return self._by_swiss_law(day)
        raise Rejected("unknown_tax_area", f"sellers in {self.home.country} are not provided for")

    def _by_union_law(self, day: date) -> VatDecision:
        business = self._settled_business()
        where = self.address if business else self.consumer.territory
        grounds = business or self.consumer.grounds
        if where.area != "EU":
            return _outside("outside_scope", (*grounds, f"{where.in_words} lies outside the Union's VAT area"))
        if where.country == self.home.country:
            return _taxed(where, day, "domestic", grounds)
        if business:
            return self._reverse_charge(grounds)
        if self._in_oss(day):
            return _taxed(where, day, "oss", (*grounds, f"taxed in {where.country} (art. 58), One-Stop-Shop"))
        below = "taxed at the seller's home, below the threshold of art. 59c"
        return _taxed(self.home, day, "home_rate", (*grounds, below))

    def _by_swiss_law(self, day: date) -> VatDecision:
        business = self._settled_business()
        where = self.address if business else self.consumer.territory
        grounds = business or self.consumer.grounds
        if where.area == "CH":
            return _taxed(where, day, "domestic", grounds)
        if where.area == "EU" and not business:
            if not self._in_oss(day):
                raise Rejected("no_vat_registration", f"{self.seller.entity} may not tax consumers in {where.country}")
            return _taxed(where, day, "oss", (*grounds, f"taxed in {where.country} (art. 58), non-Union One-Stop-Shop"))
        return _outside("outside_swiss_vat", (*grounds, f"place of supply {where.in_words} (MWSTG art. 8(1))"))

    def _settled_business(self) -> tuple[str, ...]:
        """On what grounds the place of a business is its address; empty where it is taxed as a consumer."""
        if not self.buyer.business:
            return ()
        by_address = f"business in {self.address.in_words} by the billing address"
        if self.address.area != "EU":
            return (by_address, "no VAT id of the Union is needed there")
        if self.address.country == self.home.country:
            return (by_address,)
        if self.vat_state:
            proof = "consultation number kept" if self.buyer.vat_proof else "no consultation number"
            return (by_address, f"VAT id of {self.vat_state} checked as valid, {proof}")
        return ()

    def _reverse_charge(self, grounds: tuple[str, ...]) -> VatDecision:
        return VatDecision(
            category="AE",
            country=self.vat_state,
            rate_basis_points=0,
            scheme="reverse_charge",
            note_key="reverse_charge",
            exemption_code=REVERSE,
            evidence=(*grounds, "the recipient owes the VAT (art. 44 and 196)"),
        )

    def _exempt(self, service: Service) -> VatDecision:
        """A business is supplied where it is established (art. 44), a consumer where the seller is (art. 45)."""
        grounds = (f"{'business' if self.buyer.business else 'private'} customer in {self.address.in_words}",)
        if self.address.area != self.home.area:
            return _outside("outside_swiss_vat" if self.home.area == "CH" else "outside_scope", grounds)
        return VatDecision(
            category="E",
            country=(self.address if self.buyer.business else self.home).country,
            rate_basis_points=0,
            scheme="exempt",
            note_key=service.note_key,
            exemption_code=service.exemption_code if self.home.area == "EU" else "",
            evidence=(*grounds, f"exempt: {service.law}"),
        )

    def _in_oss(self, day: date) -> bool:
        return self.seller.oss_from is not None and self.seller.oss_from <= day


@cache
def days_of_change(oss_from: date | None) -> list[date]:
    """The first days of new rates, anywhere, and of the seller's part in the One-Stop-Shop, in order.

    From one to the next nothing that a decision asks about a day changes.
    """
    changes = {rate.valid_from for history in rates().values() for rate in history}
    return sorted(changes | ({oss_from} if oss_from else set()))


def _taxed(where: Territory, day: date, scheme: Scheme, grounds: tuple[str, ...]) -> VatDecision:
    rate = rate_on(where.region or where.country, day)
    return VatDecision("S", where.country, rate.basis_points, scheme, evidence=grounds, region=where.region)


def _outside(note_key: str, grounds: tuple[str, ...]) -> VatDecision:
    return VatDecision("O", "", 0, "outside_scope", note_key, OUTSIDE, grounds)
