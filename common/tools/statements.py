"""`billing import-statement`: bank statements read on this machine, or sent to the running platform."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import orjson
from rich.console import Console

from common.money import EXPONENTS, decimal_text
from common.parties import SELLERS
from functions.payments.commands import read_statements

_SHOWN: Final = 1000
_SENT: Final = "import-statement-sent/1"


def read(files: Sequence[Path]) -> dict[str, Any]:
    """What the files say, each whole or refused (functions.payments.commands)."""
    return read_statements(files, [iban for seller in SELLERS.values() for iban in (seller.iban, seller.qr_iban)])


def sent(files: Sequence[Path], state: Path) -> dict[str, Any]:
    """What the running platform answers to each file: `taken` by file, `refusals` as when they are only read."""
    taken: list[dict[str, Any]] = []
    refusals: list[dict[str, Any]] = []
    for file in files:
        try:
            answer = _post(file.read_bytes(), state)
        except (OSError, ValueError) as fault:
            refusals.append({"file": str(file), "code": "not_sent", "detail": str(fault), "line": 0, "place": ""})
            continue
        if answer.get("statements") is not None:
            taken.append({"file": str(file), **answer})
        else:
            refusals.append({"file": str(file), **_refusal(answer)})
    return {"schema": _SENT, "taken": taken, "refusals": refusals}


def show(found: dict[str, Any], out: Console) -> None:
    """For people: entries, duplicates, refusals, gaps and totals."""
    if "taken" in found:
        _show_sent(found["taken"], out)
    else:
        _show_entries(found["entries"], out)
        _lines(
            out,
            "duplicate",
            (
                f"{d['file']} statement {d['statement']} entry {d['position']}: {d['why']}"
                + (f", first in {d['first_file']} statement {d['first_statement']}" if d["first_file"] else "")
                for d in found["duplicates"]
            ),
        )
        _lines(
            out,
            "gap",
            (
                f"{g['account']} {g['currency']}: {g['reason']} between {g['after']} and {g['before']}"
                for g in found["gaps"]
            ),
        )
        _lines(
            out,
            "warning",
            (f"{s['file']} statement {s['number']}: {w}" for s in found["statements"] for w in s["warnings"]),
        )
    _lines(out, "refused", (_place(one) for one in found["refusals"]))
    if "totals" in found:
        told = found["totals"]
        out.print(
            f"{told['files']} files, {told['refused']} refused; {told['entries']} entries, "
            f"{told['duplicates']} duplicates"
        )


def _show_entries(entries: Sequence[dict[str, Any]], out: Console) -> None:
    """A line each: a table would cut what people look for."""
    for one in entries[:_SHOWN]:
        amount = f"{_amount(one['amount_minor'], one['currency']):>14} {one['currency']}"
        who = " ".join(part for part in (one["counterparty_name"], one["counterparty_iban"]) if part)
        about = " ".join([*one["references"], one["text"]])
        mark = "" if one["outcome"] == "new" else "  (duplicate)"
        line = f"{one['booked_on']} {amount}  {one['kind']:<16}  {who} | {about}{mark}"
        out.print(_plain(line), markup=False, highlight=False, soft_wrap=True)
    if len(entries) > _SHOWN:
        out.print(f"and {len(entries) - _SHOWN} more")


def _show_sent(taken: Sequence[dict[str, Any]], out: Console) -> None:
    for file in taken:
        for one in file["statements"]:
            told = f"{file['file']} statement {one['number']}: {one['outcome']}, {one['entries']} entries"
            out.print(_plain(f"{told}, {one['already_known']} known before"), markup=False)


def _lines(out: Console, what: str, lines: Iterable[str]) -> None:
    for line in lines:
        out.print(f"{what}: {_plain(line)}", markup=False, soft_wrap=True)


def _place(one: dict[str, Any]) -> str:
    where = ", ".join(part for part in (f"line {one['line']}" if one["line"] else "", one["place"]) if part)
    return f"{one['file']}: {where + ': ' if where else ''}{one['code']}: {one['detail']}"


def _plain(text: str) -> str:
    """Without what moves a terminal's cursor: names come from outside."""
    return "".join(letter if letter.isprintable() else "?" for letter in text)


def _amount(minor: int, currency: str) -> str:
    return decimal_text(minor, currency) if currency in EXPONENTS else f"{minor} (minor units)"


def _post(content: bytes, state: Path) -> dict[str, Any]:
    import httpx

    file = state / "addresses.json"
    if not file.exists():
        raise OSError(f"nothing runs over {state}: start `billing up` first")
    addresses = orjson.loads(file.read_bytes())
    asked = {
        "email": "marketplace@billing-local.iam.gserviceaccount.com",
        "audience": addresses["url"],
        "scopes": ["payments:write"],
    }
    try:
        token = httpx.post(f"{addresses['emulators']}/identity/token", json=asked).raise_for_status().json()["token"]
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/octet-stream"}
        answer = httpx.post(f"{addresses['url']}/v1/statements", content=content, headers=headers, timeout=300)
    except httpx.HTTPError as fault:
        raise OSError(f"the platform does not answer: {fault}") from fault
    found: dict[str, Any] = answer.json()
    return found


def _refusal(problem: dict[str, Any]) -> dict[str, Any]:
    first: dict[str, Any] = next(iter(problem.get("errors", [])), {})
    return {
        "code": problem.get("code", ""),
        "detail": first.get("detail") or problem.get("detail", ""),
        "line": int(first.get("line") or 0),
        "place": first.get("pointer", ""),
    }
