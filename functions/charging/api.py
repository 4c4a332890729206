"""The HTTP routes of `charging`."""

from typing import Final

from common.functions import Route, command, preview, query
from functions.charging.handlers import corrections, fees, intake, parked, questions
from functions.charging.requests.charges import (
    Approve,
    Batch,
    BatchAnswer,
    ById,
    ChargeAnswer,
    GiveCredit,
    Groups,
    Page,
    ParkedGroups,
    Rate,
    RatedAgain,
    RateParked,
    Search,
    TakeCharge,
    Taken,
)  # fmt: skip
from functions.charging.requests.corrections import ChangePlan, PlanChanged, Reverse
from functions.charging.requests.fees import (
    ActivateFees,
    ChangeDraft,
    CompareFees,
    DraftFees,
    EndFees,
    FeesAnswer,
    FeesById,
    FeesDiff,
    FeesPage,
    SearchFees,
)  # fmt: skip
from functions.charging.requests.questions import Explanation, Preview, Previewed

READ: Final = "charges:read"
WRITE: Final = "charges:write"
CREDIT: Final = "charges:credit"
READ_FEES: Final = "fees:read"
WRITE_FEES: Final = "fees:write"
CHARGE: Final = "/v1/charges/{charge_id}"
FEES: Final = "/v1/fee-schedules"
VERSION: Final = "/v1/fee-schedules/{schedule_id}"

ROUTES: Final[list[Route]] = [
    command("POST", "/v1/charges", intake.take_charge, TakeCharge, Taken, scope=WRITE),
    command("POST", "/v1/charges/batch", intake.take_charges, Batch, BatchAnswer, scope=WRITE),
    command("POST", "/v1/charges/credit", intake.give_credit, GiveCredit, Taken, scope=CREDIT),
    command("POST", "/v1/charges/rate-parked", parked.rate_parked, RateParked, RatedAgain, scope=WRITE),
    preview("/v1/charges/preview", questions.preview_charges, Preview, Previewed, scope=READ),
    command("POST", f"{CHARGE}/reverse", corrections.reverse_charge, Reverse, ChargeAnswer, scope=WRITE),
    command("POST", f"{CHARGE}/rate", parked.rate_charge, Rate, ChargeAnswer, scope=WRITE),
    command("POST", f"{CHARGE}/approve", corrections.approve_credit, Approve, ChargeAnswer, scope=CREDIT),
    command("POST", f"{CHARGE}/change", corrections.change_plan, ChangePlan, PlanChanged, scope=WRITE),
    query("/v1/charges", questions.search_charges, Search, Page, scope=READ),
    query("/v1/charges/parked", questions.list_parked, Groups, ParkedGroups, scope=READ),
    query(CHARGE, questions.show_charge, ById, ChargeAnswer, scope=READ),
    query(f"{CHARGE}/explanation", questions.explain_charge, ById, Explanation, scope=READ),
    command("POST", FEES, fees.draft_fees, DraftFees, FeesAnswer, scope=WRITE_FEES),
    command("PUT", VERSION, fees.change_draft, ChangeDraft, FeesAnswer, scope=WRITE_FEES),
    command("POST", f"{VERSION}/activate", fees.activate_fees, ActivateFees, FeesAnswer, scope=WRITE_FEES),
    command("POST", f"{VERSION}/withdraw", fees.end_fees, EndFees, FeesAnswer, scope=WRITE_FEES),
    query(FEES, fees.search_fees, SearchFees, FeesPage, scope=READ_FEES),
    query(VERSION, fees.show_fees, FeesById, FeesAnswer, scope=READ_FEES),
    query(f"{VERSION}/diff", fees.compare_fees, CompareFees, FeesDiff, scope=READ_FEES),
]
