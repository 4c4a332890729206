"""What is owed: a billing run with holds and a canary, and the invoices that come of it."""

from typing import Any, Final

from common.tools.examples.stage import Stage

RUNS: Final = "/v1/billing-runs"
POLICY: Final = "/v1/billing-policies/MP"
LIMITS: Final = {"bill_most_minor": {"EUR": 500_000}}


def act(stage: Stage) -> None:
    """A run from its policy to its invoices."""
    _rates(stage)
    _policy(stage)
    member_id = stage.get("/v1/members/anna")["member_id"]
    stage.get("/v1/upcoming-invoices", "What a member will be invoiced next", member_id=member_id)
    stage.wait(days=31)
    run_id = _decided(stage)
    _issued(stage, run_id)
    _again(stage, run_id)
    _invoices(stage, run_id)


def _rates(stage: Stage) -> None:
    told = {"source": "BAZG", "on": "2026-10-03", "rates": {"EUR": "0.9365", "PLN": "0.2199"}}
    stage.post("/v1/exchange-rates", told, "A day's rates are recorded")
    stage.post(
        "/v1/exchange-rates", told | {"on": "2026-12-24"}, "Nobody knows them yet", refused="rates_of_the_future"
    )
    stage.get("/v1/exchange-rates", "The rates of a Sunday are those of the Friday before", on="2026-10-04")
    stage.get("/v1/oss-thresholds/MB/2026", "How near Belgium's sales are to EUR 10,000")


def _policy(stage: Stage) -> None:
    known = stage.get(POLICY, "The policy that comes with the platform")
    policy = known["policy"] | {"limits": known["policy"]["limits"] | LIMITS, "minimum_minor": {"EUR": 400}}
    stage.put(POLICY, {"policy": policy, "reason": "smaller limits"}, "Bills above 5,000.00 EUR are held")


def _decided(stage: Stage) -> str:
    """A run up to its release."""
    asked = {"entity": "MP", "cut_off": "2026-10-31", "canary": 1}
    stage.post(RUNS, asked | {"cut_off": "2027-01-31"}, "Nobody knows them yet", refused="cut_off_after_issue")
    run_id = str(stage.post(RUNS, asked, "October is billed, one invoice first")["id"])
    stage.post(RUNS, asked, "One run at a time", refused="run_in_progress")
    stage.get(f"{RUNS}/{run_id}", "Its preview, and what holds it")
    left = stage.get(f"{RUNS}/{run_id}/left", "Whom it leaves out or holds, and why")
    bakery = stage.get("/v1/members/bakery")["member_id"]
    held = next(one for one in left["held"] if one["member_id"] == bakery)
    dropped = {"reason": "the campaign is billed later"}
    stage.post(f"{RUNS}/{run_id}/holds/{held['id']}/drop", dropped, "A held bill is left out")
    stage.get(f"{RUNS}/{run_id}/pages/0", "A page of its manifest")
    return run_id


def _issued(stage: Stage, run_id: str) -> None:
    run = f"{RUNS}/{run_id}"
    stage.post(f"{run}/resume", {"reason": "a try"}, "It was not paused", refused="wrong_state")
    stage.post(f"{run}/release", {"reason": "the preview was checked"}, "The canary is issued")
    stage.wait(minutes=5)
    stage.post(f"{run}/continue", {"reason": "it looks right"}, "The others follow", at_once=True)
    stage.post(f"{run}/pause", {"reason": "a moment, please"}, "A run is paused", at_once=True)
    stage.post(f"{run}/resume", {"reason": "all is well"}, "And goes on")
    stage.wait(minutes=5)
    stage.get(RUNS, "The runs of a legal entity", entity="MP")


def _again(stage: Stage, run_id: str) -> None:
    again = stage.post(f"{RUNS}/{run_id}/rerun", {"reason": "repaired"}, "What was left behind is run again")
    run = f"{RUNS}/{again['id']}"
    left = stage.get(f"{run}/left")
    hold = f"{run}/holds/{left['held'][0]['id']}"
    stage.post(f"{hold}/release", {"reason": "the campaign is real"}, "A held bill may pass after all")
    stage.post(f"{run}/cancel", {"reason": "next month will do"}, "A run is cancelled; its bills stay open")


def _invoices(stage: Stage, run_id: str) -> None:
    listed = stage.get("/v1/invoices", "Invoices of a run, two at a time", run_id=run_id, limit=2)
    stage.get("/v1/invoices", "The next two", run_id=run_id, limit=2, page_token=listed["next_page_token"])
    invoice = of(stage, "anna")
    stage.get("/v1/invoices", "An invoice by its number", number=invoice["number"])
    path = f"/v1/invoices/{invoice['id']}"
    stage.get(
        "/v1/invoices",
        "A member's invoices that nothing was taken back of",
        member_id=invoice["member_id"],
        state="issued",
    )
    stage.get("/v1/invoices", "Days alone are too much to look through", issued_from="2026-11-01", refused="invalid")
    stage.get(path, "An invoice")
    stage.get("/v1/invoices/inv_unknown", "There is no such invoice", refused="not_found")
    stage.get(f"{path}/explanation", "Why its VAT is what it is", of="/vat")
    stage.get(f"{path}/pdf", "Its PDF")
    stage.get(f"{path}/xml", "Its XML", format="cii")
    stage.get(f"{path}/xml", "A private person has no XRechnung", format="xrechnung", refused="not_made")
    _fetched(stage, path)


def _fetched(stage: Stage, path: str) -> None:
    for form in ("pdf", "cii"):
        link = stage.get(f"{path}/link", "The address of its XML, for fifteen minutes" * (form == "cii"), format=form)
        stage.get(link["url"], "Whoever has the address has the file")
    stage.get(
        link["url"].replace("signature=", "signature=00")[:-2],
        "An address that was tampered with",
        refused="link_invalid",
    )


def of(stage: Stage, external_id: str) -> dict[str, Any]:
    """The one invoice of a member."""
    member_id = stage.get(f"/v1/members/{external_id}")["member_id"]
    [invoice] = stage.get("/v1/invoices", member_id=member_id)["items"]
    found: dict[str, Any] = invoice
    return found
