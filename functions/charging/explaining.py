"""Why a charge costs what it costs: its steps as data, and the sentence that follows from them."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import Field

from common.money import EXPONENTS, Currency, decimal_text
from common.values import Exact
from functions.charging.schedules import Scope

ROUNDING: Final = "Half up, once for each charge, to the minor unit; reckoned before in whole numbers, exactly."


class Reckoned(Exact):
    """One step: what it came to, in minor units."""

    amount_minor: int

    def says(self, currency: Currency) -> str:
        """The step as a part of the sentence."""
        raise NotImplementedError


class Given(Reckoned):
    """The marketplace, or a member of staff, said what it costs."""

    does: Literal["given"] = "given"
    by: Literal["marketplace", "credit"] = "marketplace"
    gross: bool = False

    def says(self, currency: Currency) -> str:
        """`rated by the marketplace: 12.50 EUR net`."""
        told = f"{money(self.amount_minor, currency)} {'gross' if self.gross else 'net'}"
        return f"rated by the marketplace: {told}" if self.by == "marketplace" else f"credit of {told}"


class Flat(Reckoned):
    """A fee that depends on nothing."""

    does: Literal["flat"] = "flat"

    def says(self, currency: Currency) -> str:
        """`flat 0.35 EUR`."""
        return f"flat {money(self.amount_minor, currency)}"


class Share(Reckoned):
    """A share of the price."""

    does: Literal["share"] = "share"
    on_minor: int
    basis_points: int
    exact: str
    """Before rounding, in units of the currency."""

    def says(self, currency: Currency) -> str:
        """`10.5 % of 33.33 EUR = 3.49965, rounded half up 3.50 EUR`."""
        part = share_of(self.basis_points, self.on_minor, currency)
        return f"{part} = {self.exact}, rounded half up {money(self.amount_minor, currency)}"


class Slice(Exact):
    """The part of an amount that lies in one band."""

    on_minor: int
    basis_points: int


class Graduated(Reckoned):
    """Each slice at its own band's rate.

    By turnover, the fee is what the month's fee grows by, both rounded: a month's fees add up to that of its turnover.
    """

    does: Literal["graduated"] = "graduated"
    by: Literal["price", "turnover"]
    before_minor: int = 0
    """The month's turnover before this sale."""
    slices: tuple[Slice, ...]
    exact: str

    def says(self, currency: Currency) -> str:
        """`graduated by price: 10 % of 100.00 EUR + 8 % of 50.00 EUR = 14, rounded half up 14.00 EUR`."""
        parts = " + ".join(share_of(one.basis_points, one.on_minor, currency) for one in self.slices)
        rounded = f"rounded half up {money(self.amount_minor, currency)}"
        if self.by == "price":
            return f"graduated by price: {parts} = {self.exact}, {rounded}"
        before = f"{money(self.before_minor, currency)} before"
        return f"graduated by the month's turnover ({before}): {parts} = {self.exact}, {rounded} over the month"


class Volume(Reckoned):
    """The whole amount at the rate of the band that the price, or the month's turnover with it, reaches."""

    does: Literal["volume"] = "volume"
    by: Literal["price", "turnover"]
    reached_minor: int
    above_minor: int
    up_to_minor: int | None
    on_minor: int
    basis_points: int
    flat_minor: int
    exact: str

    def says(self, currency: Currency) -> str:
        """`volume by price, over 100.00 EUR: 8 % of 150.00 EUR + 1.00 EUR = 13, rounded half up 13.00 EUR`."""
        what = "price" if self.by == "price" else f"the month's turnover of {money(self.reached_minor, currency)}"
        parts = share_of(self.basis_points, self.on_minor, currency)
        parts += f" + {money(self.flat_minor, currency)}" if self.flat_minor else ""
        rounded = f"rounded half up {money(self.amount_minor, currency)}"
        return f"volume by {what}, {self._band(currency)}: {parts} = {self.exact}, {rounded}"

    def _band(self, currency: Currency) -> str:
        above = f"over {money(self.above_minor, currency)}" if self.above_minor else ""
        up_to = f"up to {money(self.up_to_minor, currency)}" if self.up_to_minor is not None else ""
        return " ".join(filter(None, (above, up_to))) or "any"


class Limited(Reckoned):
    """The minimum and the cap of a fee."""

    does: Literal["limits"] = "limits"
    minimum_minor: int
    cap_minor: int | None
    applied: Literal["", "minimum", "cap"] = ""

    def says(self, currency: Currency) -> str:
        """`minimum 0.50 EUR, cap 200.00 EUR; cap applied = 200.00 EUR`."""
        cap = "no cap" if self.cap_minor is None else f"cap {money(self.cap_minor, currency)}"
        text = f"minimum {money(self.minimum_minor, currency)}, {cap}"
        text += f"; {self.applied} applied" if self.applied else ""
        return f"{text} = {money(self.amount_minor, currency)}"


class Prorated(Reckoned):
    """Some days' part of a period's fee; the parts of a period add up to its fee."""

    does: Literal["prorated"] = "prorated"
    whole_minor: int
    days: int
    of_days: int
    active_from: date
    active_to: date

    def says(self, currency: Currency) -> str:
        """`17 of 31 days, 2026-10-15 to 2026-10-31, of 39.90 EUR = 21.88 EUR`."""
        when = f"{self.active_from} to {self.active_to}"
        whole = money(self.whole_minor, currency)
        return f"{self.days} of {self.of_days} days, {when}, of {whole} = {money(self.amount_minor, currency)}"


class TakenBack(Reckoned):
    """What a reversal takes back: `amount_minor` is negative, or positive where a credit is taken back."""

    does: Literal["taken_back"] = "taken_back"
    how: Literal["rest", "amount", "share", "unused"]
    charge: str
    of_minor: int
    """What the charge came to."""
    already_minor: int
    """What earlier reversals took back of it, without sign."""
    basis_points: int = 0
    """Of a share."""
    days: int = 0
    """Not used, of the `of_days` of the charge's whole period."""
    of_days: int = 0

    def says(self, currency: Currency) -> str:
        """`takes back 5.00 EUR of charge c-1 over 12.50 EUR`."""
        what = {
            "rest": "the rest" if self.already_minor else "all",
            "amount": money(abs(self.amount_minor), currency),
            "share": f"{plain(self.basis_points, 2)} %",
            "unused": f"{self.days} unused of {self.of_days} days",
        }[self.how]
        already = f", {money(self.already_minor, currency)} of it taken back before" if self.already_minor else ""
        whole = f"charge {self.charge} over {money(self.of_minor, currency)}{already}"
        return f"takes back {what} of {whole} = {money(self.amount_minor, currency)}"


Step = Annotated[
    Given | Flat | Share | Graduated | Volume | Limited | Prorated | TakenBack, Field(discriminator="does")
]


class Rating(Exact):
    """How a charge was rated: by which version and rule, from which inputs beside the charge's own, step by step."""

    schedule_id: str = ""
    """Empty where nothing was looked up: the amount was given, or taken back."""
    schedule: str = ""
    version: int = 0
    valid_from: date | None = None
    digest: str = ""
    """The SHA-256 of what that version says."""
    scope: Scope | None = None
    """Of the rule that applied."""
    country: str = ""
    segment: str = ""
    turnover_minor: int = 0
    """The member's turnover of the month before this charge, where the fees go by it."""
    gross: bool = False
    steps: tuple[Step, ...]

    @property
    def amount_minor(self) -> int:
        """The result."""
        return self.steps[-1].amount_minor

    def sentence(self, currency: Currency) -> str:
        """The whole as one sentence for people; it tells of version, inputs and rounding."""
        told = "; ".join(step.says(currency) for step in self.steps)
        if self.scope is None:
            return told
        which = f"version {self.version}, valid from {self.valid_from}" if self.version else "draft"
        return f"{self.schedule} {which}; {self.scope}: {told}{', VAT included' if self.gross else ''}"


def money(amount_minor: int, currency: Currency) -> str:
    """An amount as people write it: `12.50 EUR`."""
    return f"{decimal_text(amount_minor, currency)} {currency}"


def share_of(basis_points: int, amount_minor: int, currency: Currency) -> str:
    """`10.5 % of 33.33 EUR`."""
    return f"{plain(basis_points, 2)} % of {money(amount_minor, currency)}"


def exactly(ten_thousandths: int, currency: Currency) -> str:
    """An amount in ten-thousandths of a minor unit as a decimal of the currency, exactly: `3.49965`."""
    return plain(ten_thousandths, 4 + EXPONENTS[currency])


def plain(number: int, places: int) -> str:
    """A number of so many decimal places without closing zeros."""
    text = f"{Decimal(number).scaleb(-places):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
