"""What is encoded once gives the bytes that encoding it each time would give."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal

from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, computed_field, field_serializer

from common.documents import Document, canonical
from common.encoding import Encoding, is_flat, plan_of
from common.parties import Buyer, personal
from common.values import Value


class Row(Value):
    """A flat value of every type that may be in one."""

    text: str
    number: int
    on: date
    kind: Literal["a", "b"] | None = None
    yes: bool = False
    most: int | None = None


class Inner(Value):
    """What holds rows."""

    rows: tuple[Row, ...]
    name: Annotated[str, personal()] = ""


class Middle(Value):
    """What holds rows without a personal field of its own."""

    rows: tuple[Row, ...]
    numbers: tuple[int, ...] = ()


class Outer(Document):
    """Rows at every depth."""

    collection = "outers"

    rows: tuple[Row, ...]
    others: tuple[Row, ...] = ()
    inner: tuple[Inner, ...] = ()
    middle: tuple[Middle, ...] = ()


rows = st.lists(
    st.builds(
        Row,
        text=st.text(alphabet=st.characters(exclude_categories=["Cs"])),
        number=st.integers(-(2**53), 2**53),
        on=st.dates(),
        kind=st.sampled_from(["a", "b", None]),
        yes=st.booleans(),
        most=st.none() | st.integers(0, 9),
    ),
    max_size=4,
).map(tuple)
outers = st.builds(
    Outer,
    id=st.just("o"),
    rows=rows,
    others=rows,
    inner=st.lists(st.builds(Inner, rows=rows), max_size=2).map(tuple),
    middle=st.lists(st.builds(Middle, rows=rows), max_size=2).map(tuple),
)


def plainly(model: BaseModel) -> dict[str, Any]:
    return model.model_dump(mode="json")


@given(outers)
def test_the_bytes_are_those_of_the_plain_way(outer: Outer) -> None:
    encoding = Encoding()
    assert canonical(encoding.body(outer)) == canonical(plainly(outer))
    assert canonical(encoding.body(outer)) == canonical(plainly(outer))


@given(outers, outers)
def test_what_unfolds_is_plain_again_and_all_else_stays(outer: Outer, other: Outer) -> None:
    encoding = Encoding()
    kept, told = encoding.body(outer), encoding.body(other, unfolds=True)
    encoding.unfold()
    assert told == plainly(other)
    assert canonical(kept) == canonical(plainly(outer))


def test_lists_are_told_apart_however_often_their_place_is_taken() -> None:
    encoding = Encoding()
    made = [encoding.body(Outer(id="o", rows=(Row(text=str(n), number=n, on=date.min),))) for n in range(200)]
    assert [str(n) for n in range(200)] == [orjson_text(body) for body in made]


def orjson_text(body: dict[str, Any]) -> str:
    return canonical(body).decode().partition('"text":"')[2].partition('"')[0]


def test_a_value_of_a_subclass_is_told_as_pydantic_tells_it() -> None:
    class More(Row):
        since: datetime = datetime(2026, 10, 1, tzinfo=UTC)

    outer = Outer.model_construct(id="o", rows=(More(text="t", number=1, on=date.min),))
    assert encoded(outer)["rows"] == [
        {**plainly(Row(text="t", number=1, on=date.min)), "since": "2026-10-01T00:00:00Z"}
    ]


def encoded(outer: Outer) -> dict[str, Any]:
    encoding = Encoding()
    body = encoding.body(outer, unfolds=True)
    encoding.unfold()
    return body


def test_only_what_tells_itself_by_its_fields_is_flat() -> None:
    class Timed(Value):
        at: datetime

    class Computed(Value):
        number: int

        @computed_field  # type: ignore[prop-decorator]
        @property
        def double(self) -> int:
            return 2 * self.number

    class Otherwise(Value):
        number: int

        @field_serializer("number")
        def _as_text(self, number: int) -> str:
            return str(number)

    class Fraction(Value):
        part: float

    assert is_flat(Row)
    assert [kind for kind in (Timed, Computed, Otherwise, Fraction, Buyer, Inner, Middle) if is_flat(kind)] == []


def test_personal_data_is_left_to_who_puts_it_aside() -> None:
    class Named(Document):
        secret: Annotated[tuple[Row, ...], personal(())] = ()
        inner: tuple[Inner, ...] = ()

    assert plan_of(Named) is None
