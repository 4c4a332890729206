"""What is paid by transfer: bank statements by upload and from the inbox."""

from datetime import date
from typing import Any, Final

from common.parties import SELLERS
from common.tools.examples.stage import Stage
from emulators.bank.camt import Entry, Statement, write

DAY: Final = date(2026, 11, 4)
ACCOUNT: Final = SELLERS["MP"].iban
PAYER: Final = "DE75512108001245126199"
COMPANY: Final = "DE27100777770209299700"
OPENING, TOO_MUCH, TOO_LITTLE = 100_000, 200, 20
INBOX: Final = "inbox/statements/"


def act(stage: Stage) -> None:
    """Money comes to the bank account."""
    stage.wait(days=3)
    _bank(stage)
    _inbox(stage)


def came(
    number: int, amount_minor: int, text: str, name: str = "Anna Vogel", day: date = DAY, iban: str = PAYER
) -> Entry:
    """Money that came in."""
    return Entry(
        reference=f"NTRY-{number}",
        amount=amount_minor,
        booked_on=day,
        debtor_name=name,
        debtor_iban=iban,
        creditor_name=SELLERS["MP"].name,
        creditor_iban=ACCOUNT,
        end_to_end_id=f"E2E-{number}",
        text=text,
        structured="",
    )


def statement(stage: Stage, number: int, day: date, *entries: Entry) -> bytes:
    """A day on our account, which goes on from the day before."""
    known = stage.get("/v1/bank-accounts")["items"]
    opening = known[0]["closing_minor"] if known else OPENING
    return write(Statement(ACCOUNT, SELLERS["MP"].name, "EUR", day, number, opening, entries))


def items_of(stage: Stage, name: str) -> list[dict[str, Any]]:
    """What a member owes; first the item of which most is open."""
    items = stage.get("/v1/items", member_id=stage.get(f"/v1/members/{name}")["member_id"])["items"]
    return sorted((one for one in items if one["open_minor"]), key=lambda one: -int(one["open_minor"]))


def _bank(stage: Stage) -> None:
    anna, small, emil, carlo = (*items_of(stage, "anna")[:2], items_of(stage, "emil")[0], items_of(stage, "carlo")[0])
    entries = (
        came(1, 500, anna["number"]),
        came(2, 1000, "for my invoice, thanks", "E. Berg"),
        came(4, small["open_minor"] + TOO_MUCH, small["number"]),
        came(5, emil["open_minor"] - TOO_LITTLE, "Rechnung", "Emil Berg", iban="FR1420041010050500013M02606"),
        came(6, carlo["open_minor"], carlo["number"], "C Rossi", iban="IT60X0542811101000000123456"),
    )
    day = statement(stage, 1, DAY, *entries)
    taken = stage.post("/v1/statements", day, "A bank statement is taken in")
    stage.post("/v1/statements", day, "The same file again is a duplicate and changes nothing")
    stage.post("/v1/statements", b"<Document/>", "This is no camt.053", refused="unsupported_format")
    stage.get("/v1/statements", "Statements that were taken in", account_iban=ACCOUNT)
    path = f"/v1/statements/{taken['statements'][0]['statement_id']}/entries"
    stage.get(path, "What it brought, and what each entry is")
    stage.get("/v1/items", "Items of a member, and what they add up to", member_id=anna["member_id"])


def _inbox(stage: Stage) -> None:
    """The bank puts its files into a bucket; one is broken."""
    next_day = date(2026, 11, 5)
    day = statement(stage, 2, next_day, came(3, 60_000, "Anzahlung", "Fabrik AG", next_day, COMPANY))
    world = stage.runtime.world
    world.put_file(f"{INBOX}camt.053-2.xml", day, "application/xml")
    world.put_file(f"{INBOX}camt.053-3.xml", day[:-200], "application/xml")
    stage.fire("payments-look-into-inbox")
    stage.get("/v1/statement-files", "What became of the files of the inbox")
    stage.get("/v1/statement-files", "Those that were refused, and why", outcome="refused")
    stage.get("/v1/bank-accounts", "How far each account's statements are complete")
