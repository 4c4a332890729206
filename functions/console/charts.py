"""A report's chart as lines and boxes of an SVG: bars beside each other or on top of each other, zero where it is."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from functions.console.shown import capital, day, money, rate, words

WIDTH: Final = 760
HEIGHT: Final = 280
LEFT: Final = 118
RIGHT: Final = 12
TOP: Final = 14
BOTTOM: Final = 44
MOST_PLACES: Final = 16
"""Places of one chart: the latest ones; all of them stand in the report's table."""
MOST_SERIES: Final = 8
"""As many as there are colours to be told apart."""
TICKS: Final = 5
NOTHING: Final = "none"
Panel = Mapping[str, Any]


def drawn(panel: Panel, title: str, *, stacked: bool) -> dict[str, Any]:
    """What a template draws of one panel, in whole units of the drawing, and the figures for the table beneath."""
    at = panel["at"][-MOST_PLACES:]
    series = [{**one, "values": one["values"][-MOST_PLACES:]} for one in panel["series"][:MOST_SERIES]]
    low, high, step = _scale([one["values"] for one in series], len(at), stacked=stacked)
    return {
        "title": f"{title}, {_where(panel)}" if _where(panel) else title,
        "desc": _desc(panel, series, at),
        "bars": _bars(series, len(at), low, high, stacked=stacked),
        "ticks": [{"y": _y(value, low, high), "label": said(value, panel)} for value in range(low, high + 1, step)],
        "zero": _y(0, low, high),
        "marks": [{"x": _middle(n, len(at)), "label": _short(place)} for n, place in enumerate(at)],
        "legend": [{"n": n, "label": capital(words(one["label"]))} for n, one in enumerate(series)],
        "rows": [
            {"at": _place(place), "cells": [said(one["values"][n], panel) for one in series]}
            for n, place in enumerate(at)
        ],
        "left_out": len(panel["at"]) - len(at) + len(panel["series"]) - len(series),
    }


def said(value: int | None, panel: Panel) -> str:
    """A figure with its unit; a dash where there is none."""
    if value is None:
        return "–"
    if panel["unit"] == "money":
        return money(value, panel["currency"])
    if panel["unit"] == "share":
        return rate(value)
    whole, part = divmod(abs(value), 10 ** panel["places"])
    told = f"{whole:,}" + (f".{part}" if panel["places"] else "")
    return f"−{told}" if value < 0 else told


def _where(panel: Panel) -> str:
    return " in ".join(filter(None, (panel["entity"], panel["currency"])))


def _desc(panel: Panel, series: Sequence[Mapping[str, Any]], at: Sequence[str]) -> str:
    """What the picture shows, in words: its extent and its highest figure."""
    found = [(v, one["label"], at[n]) for one in series for n, v in enumerate(one["values"]) if v is not None]
    if not found:
        return "There are no figures."
    value, label, place = max(found)
    names = ", ".join(words(one["label"]) for one in series)
    return (
        f"Bars of {names} over {len(at)} places, from {_place(at[0])} to {_place(at[-1])}. Highest: "
        f"{said(value, panel)} of {words(label)} at {_place(place)}. Every figure stands in the table beneath."
    )


def _scale(values: Sequence[Sequence[int | None]], places: int, *, stacked: bool) -> tuple[int, int, int]:
    """The lowest and highest line and what is between two lines: round numbers around zero and every value."""
    tops = [value or 0 for one in values for value in one]
    if stacked:
        columns = [[one[n] or 0 for one in values] for n in range(places)]
        tops = [sum(v for v in column if v > 0) for column in columns]
        tops += [sum(v for v in column if v < 0) for column in columns]
    low, high = min([0, *tops]), max([0, *tops])
    step = _round_step(max(high - low, 1))
    return (low // step) * step, max(-(-high // step) * step, step), step


def _round_step(extent: int) -> int:
    """1, 2 or 5 with zeros, so that there are few lines."""
    power: int = 10 ** max(len(str(extent // TICKS)) - 1, 0)
    return next(step for step in (power, 2 * power, 5 * power, 10 * power) if extent <= step * TICKS)


def _bars(
    series: Sequence[Mapping[str, Any]], places: int, low: int, high: int, *, stacked: bool
) -> list[dict[str, Any]]:
    slot = (WIDTH - LEFT - RIGHT) // max(places, 1)
    inner = min(slot * 8 // 10, 90)
    width = inner if stacked else max(inner // max(len(series), 1), 2)
    found = []
    for n in range(places):
        ends = {True: 0, False: 0}
        for number, one in enumerate(series):
            value = one["values"][n]
            if not value:
                continue
            start = ends[value > 0] if stacked else 0
            ends[value > 0] = start + value
            upper, lower = sorted((_y(start, low, high), _y(start + value, low, high)))
            x = LEFT + n * slot + (slot - (inner if stacked else width * len(series))) // 2
            found.append({"x": x + (0 if stacked else number * width), "y": upper, "width": max(width - 1, 1),
                          "height": max(lower - upper, 1), "n": number})  # fmt: skip
    return found


def _y(value: int, low: int, high: int) -> int:
    extent = HEIGHT - TOP - BOTTOM
    return HEIGHT - BOTTOM - (value - low) * extent // (high - low)


def _middle(n: int, places: int) -> int:
    slot = (WIDTH - LEFT - RIGHT) // max(places, 1)
    return LEFT + n * slot + slot // 2


def _place(place: str) -> str:
    return (day(place) if _is_day(place) else words(place)) or NOTHING


def _short(place: str) -> str:
    """A place under its bars: the month alone where it is a month's first day."""
    told = _place(place)
    if _is_day(place):
        return told[3:] if place.endswith("-01") else told[:6]
    return told if len(told) <= 14 else f"{told[:13]}…"  # noqa: PLR2004 - what fits


def _is_day(place: str) -> bool:
    return len(place) == 10 and place[4] == place[7] == "-" and place[:4].isdecimal()  # noqa: PLR2004 - ISO 8601
