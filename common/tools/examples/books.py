"""What follows: members are told and reminded, and what the books say of it all."""

from common.documents import id_from
from common.tools.examples.stage import Stage


def act(stage: Stage) -> None:
    """Mails, reminders, journals."""
    _told(stage)
    _late(stage)
    _books(stage)


def _told(stage: Stage) -> None:
    dora = stage.get("/v1/members/dora")["member_id"]
    told = stage.get("/v1/notifications", "What a member was told", member_id=dora)["items"]
    sent = next(one for one in told if one["state"] == "sent")
    path = f"/v1/notifications/{sent['id'] if 'id' in sent else sent['notification_id']}"
    stage.get(path, "One mail")
    stage.get(f"{path}/copy", "Exactly what was sent")


def _late(stage: Stage) -> None:
    for _ in range(3):
        stage.wait(days=10)
    listed = stage.get("/v1/dunning-cases", "Who is late", limit=2)["items"]
    path = f"/v1/dunning-cases/{listed[0]['case_id']}"
    stage.get(path, "A case, and its next step")
    stage.post(f"{path}/close", {"reason": "goodwill"}, "A case is closed")
    stage.post(f"{path}/close", {"reason": "goodwill"}, "It was closed already", refused="wrong_state")


def _months(stage: Stage) -> None:
    month = stage.get("/v1/periods", "The months of the books")["items"][0]["id"]
    told = {"reason": "all statements are in"}
    stage.post(f"/v1/periods/{month}/close", told, "A month is not over yet", refused="not_over")
    over = f"/v1/periods/{_before(month)}"
    stage.post(f"{over}/close", told, "A month is closed")
    stage.post(f"{over}/reopen", told, "It is not complete yet", refused="wrong_state")
    stage.post(f"{over}/keep", {"reason": "a statement is missing"}, "It stays open after all")
    quiet = f"/v1/periods/{_before(month).replace('MP', 'MS')}"
    stage.post(f"{quiet}/close", told)
    stage.post(f"{quiet}/reopen", {"reason": "an invoice is missing"}, "A closed month is to be opened again")


def _before(month: str) -> str:
    """The id of the month before: `MP-2026-10`."""
    entity, year, number = month.split("-")
    months = int(year) * 12 + int(number) - 2
    return f"{entity}-{months // 12:04}-{months % 12 + 1:02}"


def _books(stage: Stage) -> None:
    for _ in range(3):
        stage.fire("accounting-close-day")
        stage.wait(days=1)
    member_id = stage.get("/v1/members/emil")["member_id"]
    journals = stage.get("/v1/journals", "Journals of a member", member_id=member_id, limit=2)["items"]
    stage.get("/v1/journals", "Nothing was asked", refused="nothing_asked")
    stage.get(f"/v1/journals/{journals[0]['id']}", "One journal")
    stage.get(f"/v1/ledgers/{member_id}", "A member's account", limit=3)
    _months(stage)
    stage.get("/v1/trial-balance", "What every account moved", day_from="2026-11-01", day_to="2026-11-02")
    stage.get("/v1/sap-batches", "Batches that SAP took", state="accepted", limit=2)
    rejected = stage.get("/v1/sap-batches", state="rejected")["items"]
    path = f"/v1/sap-batches/{rejected[0]['id']}"
    stage.post(f"{path}/resend", {"reason": "the period is open now"}, "A rejected batch is sent again")
    stage.get(path, "What became of it")
    _sap(stage)
    assert id_from("mem", "emil") == member_id  # noqa: S101 - ids come from causes, so this is told the same each time


def _sap(stage: Stage) -> None:
    taken = stage.get("/v1/sap-batches", state="accepted")["items"]
    number = taken[0]["sap_document"]
    stage.get(f"/v1/sap-documents/{number}", "What is behind a line of a SAP document", line=1, limit=2)
    stage.get("/v1/sap-documents/9999999999", "No batch of ours", refused="not_found")
    dora = stage.get("/v1/members/dora")["member_id"]
    mapped = {"entity": "MP", "member_id": dora, "debtor": "100007", "reason": "a key account from now on"}
    stage.post("/v1/sap-debtors", mapped, "A member is a debtor of their own in SAP")
    stage.get("/v1/sap-debtors", "Who is", entity="MP")
    stage.post(
        f"/v1/sap-batches/{taken[-1]['id']}/reverse", {"reason": "posted to a wrong account"}, "A batch is reversed"
    )
