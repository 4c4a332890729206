"""Every operation of the API, by area."""

# Generated from common/openapi.json, sha256 2e84825938713978af2952a6ff04004bf187db0680c5aaa51441037a553a313a: `make generate`.
# ruff: noqa: A002, PYI051 - names and types are as the API has them

from datetime import date, datetime
from typing import Literal

from common.client import models
from common.client.transport import Area, Client, part


class Accounting(Area):
    """The operations of `accounting`."""

    def list_journals(
        self,
        *,
        document: str = "",
        member_id: str = "",
        day: date | None = None,
        entity: str = "MP",
        currency: str = "EUR",
        limit: int = 50,
        page_token: str = "",
    ) -> models.JournalsShown:
        """Journals of a document, a member or a day.

        Which journals: of a document, of a member, or of a day (with entity and currency).

        Needs the scope `journals:read`.
        """
        return self._ask(
            "GET",
            "/v1/journals",
            models.JournalsShown,
            query={
                "document": document,
                "member_id": member_id,
                "day": day,
                "entity": entity,
                "currency": currency,
                "limit": limit,
                "page_token": page_token,
            },
        )

    def show_journal(self, journal_id: str) -> models.JournalShown:
        """One journal.

        One journal.

        Needs the scope `journals:read`.
        """
        return self._ask("GET", f"/v1/journals/{part(journal_id)}", models.JournalShown)

    def show_ledger(
        self,
        member_id: str,
        *,
        as_of: date | None = None,
        currency: str | None = None,
        limit: int = 50,
        page_token: str = "",
    ) -> models.LedgerShown:
        """A member's account as of a day, with the balance after each line.

        A member's account, as it stood at the end of a day.

        Needs the scope `journals:read`.
        """
        return self._ask(
            "GET",
            f"/v1/ledgers/{part(member_id)}",
            models.LedgerShown,
            query={"as_of": as_of, "currency": currency, "limit": limit, "page_token": page_token},
        )

    def list_periods(self, *, entity: str = "MP", limit: int = 50, page_token: str = "") -> models.PeriodsShown:
        """The months of a legal entity's books, from the first one that was closed to the present one.

        The months of a legal entity's books.

        Needs the scope `journals:read`.
        """
        return self._ask(
            "GET",
            "/v1/periods",
            models.PeriodsShown,
            query={"entity": entity, "limit": limit, "page_token": page_token},
        )

    def close_period(self, period_id: str, body: models.ChangePeriodBody, *, key: str = "") -> models.PeriodShown:
        """Closes a month that is over: nothing is posted in it any more, and it is complete when SAP has all of it.

        Needs the scope `journals:write`.
        """
        return self._ask("POST", f"/v1/periods/{part(period_id)}/close", models.PeriodShown, key=key, body=body)

    def keep_period(self, period_id: str, body: models.ChangePeriodBody, *, key: str = "") -> models.PeriodShown:
        """Leaves a month as it was: closed, where somebody asked to open it; open, where its closing is not complete.

        Needs the scope `journals:write`.
        """
        return self._ask("POST", f"/v1/periods/{part(period_id)}/keep", models.PeriodShown, key=key, body=body)

    def reopen_period(self, period_id: str, body: models.ChangePeriodBody, *, key: str = "") -> models.PeriodShown:
        """Asks for the latest closed month to be opened again; a second person's call opens it.

        Needs the scope `journals:write`.
        """
        return self._ask("POST", f"/v1/periods/{part(period_id)}/reopen", models.PeriodShown, key=key, body=body)

    def list_batches(
        self,
        *,
        state: Literal[
            "collecting",
            "prepared",
            "sent",
            "accepted",
            "rejected",
            "unknown",
            "reversing",
            "unreversed",
            "reversed",
            "void",
        ]
        | None = None,
        day: date | None = None,
        limit: int = 50,
        page_token: str = "",
    ) -> models.BatchesShown:
        """Batches for SAP.

        Which batches: all, those of a state, or those of a day.

        Needs the scope `journals:read`.
        """
        return self._ask(
            "GET",
            "/v1/sap-batches",
            models.BatchesShown,
            query={"state": state, "day": day, "limit": limit, "page_token": page_token},
        )

    def show_batch(self, batch_id: str) -> models.BatchShown:
        """One batch for SAP.

        One batch.

        Needs the scope `journals:read`.
        """
        return self._ask("GET", f"/v1/sap-batches/{part(batch_id)}", models.BatchShown)

    def resend(self, batch_id: str, body: models.ResendingBody, *, key: str = "") -> models.BatchShown:
        """Sends what SAP refused of a batch as a new attempt; Rejected `not_found` or `wrong_state` otherwise.

        Needs the scope `journals:write`.
        """
        return self._ask("POST", f"/v1/sap-batches/{part(batch_id)}/resend", models.BatchShown, key=key, body=body)

    def reverse(self, batch_id: str, body: models.ReversingBody, *, key: str = "") -> models.BatchShown:
        """Has SAP's documents of a batch mirrored; its journals are then posted anew, by a batch that supplements it.

        Rejected `not_found`, or `wrong_state` where SAP has not answered or it is reversed already.

        Needs the scope `journals:write`.
        """
        return self._ask("POST", f"/v1/sap-batches/{part(batch_id)}/reverse", models.BatchShown, key=key, body=body)

    def list_debtors(self, *, entity: str = "MP") -> models.DebtorsShown:
        """The members of a legal entity who are debtors of their own in SAP.

        The members of a legal entity who are debtors of their own in SAP.

        Needs the scope `journals:read`.
        """
        return self._ask("GET", "/v1/sap-debtors", models.DebtorsShown, query={"entity": entity})

    def set_debtor(self, body: models.DebtorSet, *, key: str = "") -> models.DebtorsShown:
        """Maps a member to a debtor from the next summary on; an empty debtor takes the mapping away.

        Rejected `unknown_entity`, or `too_many` where an entity has more key accounts than one document holds.

        Needs the scope `journals:write`.
        """
        return self._ask("POST", "/v1/sap-debtors", models.DebtorsShown, key=key, body=body)

    def show_document(
        self,
        number: str,
        *,
        company_code: str = "",
        year: str = "",
        line: int = 0,
        limit: int = 50,
        page_token: str = "",
    ) -> models.SapDocumentShown:
        """A SAP document by its number: its lines, and a page of the journals behind one of them.

        Rejected `not_found`, `ambiguous` where the number is known in several company codes or years, `no_such_line`.

        A SAP document by its number, and a page of the journals behind one of its lines.

        Needs the scope `journals:read`.
        """
        return self._ask(
            "GET",
            f"/v1/sap-documents/{part(number)}",
            models.SapDocumentShown,
            query={"company_code": company_code, "year": year, "line": line, "limit": limit, "page_token": page_token},
        )

    def show_balance(
        self, *, day_from: date, day_to: date, entity: str = "MP", currency: str = "EUR"
    ) -> models.BalanceShown:
        """What every account moved over some days.

        The days of a trial balance, both included, for one entity and currency.

        Needs the scope `journals:read`.
        """
        return self._ask(
            "GET",
            "/v1/trial-balance",
            models.BalanceShown,
            query={"day_from": day_from, "day_to": day_to, "entity": entity, "currency": currency},
        )


class Audit(Area):
    """The operations of `audit`."""

    def list_findings(
        self,
        *,
        state: Literal["suspected", "open", "closed", "resolved"] | None = None,
        member_id: str = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.FindingPage:
        """What the nightly proof found broken, by state or member.

        A page of findings; of one member or in one state, where they are given.

        Needs the scope `audit:read`.
        """
        return self._ask(
            "GET",
            "/v1/audit/findings",
            models.FindingPage,
            query={"state": state, "member_id": member_id, "limit": limit, "page_token": page_token},
        )

    def resolve_finding(self, finding_id: str, body: models.ResolveBody, *, key: str = "") -> models.FindingView:
        """Let a frozen member go on, for a reason that is kept; only new evidence freezes them again.

        Needs the scope `audit:write`.
        """
        return self._ask(
            "POST", f"/v1/audit/findings/{part(finding_id)}/resolve", models.FindingView, key=key, body=body
        )

    def show_timeline(self, member_id: str, *, limit: int = 200) -> models.TimelineView:
        """What happened to a member, from the commit records that tell of them.

        A member by id.

        Needs the scope `members:read`.
        """
        return self._ask(
            "GET", f"/v1/audit/members/{part(member_id)}/timeline", models.TimelineView, query={"limit": limit}
        )

    def show_trail(self, collection: str, document_id: str, *, at: str = "") -> models.TrailView:
        """Every version of a document, verified against its hash chain, or its state at a moment.

        A document by collection and id; `at` (ISO instant) asks for its state then.

        Needs the scope `audit:read`.
        """
        return self._ask(
            "GET", f"/v1/audit/trail/{part(collection)}/{part(document_id)}", models.TrailView, query={"at": at}
        )

    def list_proofs(
        self,
        *,
        entity: str = "",
        verdict: Literal["green", "incomplete", "red"] | None = None,
        month: str = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.ProofPage:
        """The daily proofs, by legal entity, verdict or month.

        A page of proofs: of one legal entity, of one verdict, of one month (`2026-10`), where they are given.

        Needs the scope `audit:read`.
        """
        return self._ask(
            "GET",
            "/v1/proofs",
            models.ProofPage,
            query={"entity": entity, "verdict": verdict, "month": month, "limit": limit, "page_token": page_token},
        )

    def show_proof(self, proof_id: str) -> models.ProofView:
        """One daily proof: every source's figures, what differs, what is waited for.

        A proof by id.

        Needs the scope `audit:read`.
        """
        return self._ask("GET", f"/v1/proofs/{part(proof_id)}", models.ProofView)

    def show_report(self, proof_id: str) -> bytes:
        """The signed report of a daily proof, as it is archived.

        A proof by id.

        Needs the scope `audit:read`.
        """
        return self._file("GET", f"/v1/proofs/{part(proof_id)}/report")


class Charging(Area):
    """The operations of `charging`."""

    def search_charges(
        self,
        *,
        member: str = "",
        state: Literal["accepted", "parked", "reversed", ""] = "",
        code: str = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.ChargingPage:
        """Charges of a member, in a state, parked for a reason, or all.

        Charges of a member (the marketplace's id or ours), in a state, parked with a code, or all.

        Needs the scope `charges:read`.
        """
        return self._ask(
            "GET",
            "/v1/charges",
            models.ChargingPage,
            query={"member": member, "state": state, "code": code, "limit": limit, "page_token": page_token},
        )

    def take_charge(self, body: models.TakeCharge, *, key: str = "") -> models.Taken:
        """Takes a charge, once for each of the marketplace's ids; one that can't be rated yet is parked with its reason.

        Rejected `charge_id_reused` (409), `unknown_entity`, `too_old`, `in_the_future` (422).

        Needs the scope `charges:write`.
        """
        return self._ask("POST", "/v1/charges", models.Taken, key=key, body=body)

    def take_charges(self, body: models.ChargingBatch, *, key: str = "") -> models.ChargingBatchAnswer:
        """Takes many charges in one commit; each is told what became of it.

        Needs the scope `charges:write`.
        """
        return self._ask("POST", "/v1/charges/batch", models.ChargingBatchAnswer, key=key, body=body)

    def give_credit(self, body: models.GiveCredit, *, key: str = "") -> models.Taken:
        """Gives a member a credit, once for each id; above the limits it waits for a second person's approval.

        Rejected as `take_charge`.

        Needs the scope `charges:credit`.
        """
        return self._ask("POST", "/v1/charges/credit", models.Taken, key=key, body=body)

    def list_parked(self) -> models.ParkedGroups:
        """Parked charges grouped by their reason, with how many and a few of each.

        Parked charges by their reason.

        Needs the scope `charges:read`.
        """
        return self._ask("GET", "/v1/charges/parked", models.ParkedGroups)

    def preview_charges(self, body: models.Preview, *, key: str = "") -> models.Previewed:
        """What cases would cost, with the explanation; nothing is recorded.

        Needs the scope `charges:read`.
        """
        return self._ask("POST", "/v1/charges/preview", models.Previewed, key=key, body=body)

    def rate_parked(self, body: models.RateParked, *, key: str = "") -> models.RatedAgain:
        """Rates every charge again that is parked with a code: a page at once, the others follow as tasks.

        Needs the scope `charges:write`.
        """
        return self._ask("POST", "/v1/charges/rate-parked", models.RatedAgain, key=key, body=body)

    def show_charge(self, charge_id: str) -> models.ChargeAnswer:
        """A charge by our id or the marketplace's.

        A charge by our id or the marketplace's.

        Needs the scope `charges:read`.
        """
        return self._ask("GET", f"/v1/charges/{part(charge_id)}", models.ChargeAnswer)

    def approve_credit(self, charge_id: str, body: models.ApproveBody, *, key: str = "") -> models.ChargeAnswer:
        """Agrees to a credit above the limits; who gave it can't.

        Rejected `wrong_state` (409), `four_eyes` (403), `not_found` (404).

        Needs the scope `charges:credit`.
        """
        return self._ask("POST", f"/v1/charges/{part(charge_id)}/approve", models.ChargeAnswer, key=key, body=body)

    def change_plan(self, charge_id: str, body: models.ChangePlanBody, *, key: str = "") -> models.PlanChanged:
        """Changes a subscription within its period: gives back the rest of the old plan, charges the rest of the new one.

        Both are parts of a whole period's fee by days, so that each plan's parts add up to what its days cost, and a change
        to the same fee costs nothing. Rejected as `reverse_charge` and `take_charge`; `cannot_be_rated` (422) where the new
        plan has no fee.

        Needs the scope `charges:write`.
        """
        return self._ask("POST", f"/v1/charges/{part(charge_id)}/change", models.PlanChanged, key=key, body=body)

    def explain_charge(self, charge_id: str) -> models.ChargingExplanation:
        """Why a charge, a credit, or a part of one that was taken back is what it is.

        A charge by our id or the marketplace's.

        Needs the scope `charges:read`.
        """
        return self._ask("GET", f"/v1/charges/{part(charge_id)}/explanation", models.ChargingExplanation)

    def rate_charge(self, charge_id: str, body: models.RateBody, *, key: str = "") -> models.ChargeAnswer:
        """Rates a parked charge by the fees as they are now; Rejected where it still can't be.

        Needs the scope `charges:write`.
        """
        return self._ask("POST", f"/v1/charges/{part(charge_id)}/rate", models.ChargeAnswer, key=key, body=body)

    def reverse_charge(self, charge_id: str, body: models.ReverseBody, *, key: str = "") -> models.ChargeAnswer:
        """Takes a charge back, whole or in part; tells the amount the other way round.

        All parts together are never more than the charge: before it is invoiced, charge and reversals are lines of one
        bill; afterwards a reversal is a line of the next one. Rejected `wrong_state`, `reversal_id_reused` (409),
        `more_than_charged`, `nothing_to_take_back`, `not_a_period`, `not_in_the_period`, `too_many_reversals` (422).

        Needs the scope `charges:write`.
        """
        return self._ask("POST", f"/v1/charges/{part(charge_id)}/reverse", models.ChargeAnswer, key=key, body=body)

    def search_fees(
        self,
        *,
        entity: str = "",
        currency: str = "",
        state: Literal["draft", "active", "withdrawn", "discarded", ""] = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.FeesPage:
        """Versions and drafts of fees, those that came with the program first.

        Versions and drafts of an entity, in a currency, in a state, or all.

        Needs the scope `fees:read`.
        """
        return self._ask(
            "GET",
            "/v1/fee-schedules",
            models.FeesPage,
            query={"entity": entity, "currency": currency, "state": state, "limit": limit, "page_token": page_token},
        )

    def draft_fees(self, body: models.DraftFees, *, key: str = "") -> models.FeesAnswer:
        """Drafts an entity's fees; nothing is charged by a draft.

        Rejected `draft_id_reused` (409), `unknown_entity`, `invalid` (422).

        Needs the scope `fees:write`.
        """
        return self._ask("POST", "/v1/fee-schedules", models.FeesAnswer, key=key, body=body)

    def show_fees(self, schedule_id: str) -> models.FeesAnswer:
        """A version or draft of an entity's fees, with its rules.

        A version or a draft by its id.

        Needs the scope `fees:read`.
        """
        return self._ask("GET", f"/v1/fee-schedules/{part(schedule_id)}", models.FeesAnswer)

    def change_draft(self, schedule_id: str, body: models.ChangeDraftBody, *, key: str = "") -> models.FeesAnswer:
        """Changes a draft; who changes it can't activate it.

        Rejected `wrong_state` (409), `other_fees`, `invalid` (422).

        Needs the scope `fees:write`.
        """
        return self._ask("PUT", f"/v1/fee-schedules/{part(schedule_id)}", models.FeesAnswer, key=key, body=body)

    def activate_fees(self, schedule_id: str, body: models.ActivateFeesBody, *, key: str = "") -> models.FeesAnswer:
        """Makes a draft the next version from a day on; it is frozen then. Charges that were parked for it are rated.

        Rejected `four_eyes` (403), `changed_meanwhile`, `wrong_state` (409), `changes_the_past`, `turnover_within_a_month`.

        Needs the scope `fees:write`.
        """
        return self._ask(
            "POST", f"/v1/fee-schedules/{part(schedule_id)}/activate", models.FeesAnswer, key=key, body=body
        )

    def compare_fees(self, schedule_id: str, *, against: str | Literal[""] = "") -> models.FeesDiff:
        """What changes from one version to another, scope by scope; from what is in force today, where none is named.

        A version or draft and what it is compared with: another one, or what is in force today.

        Needs the scope `fees:read`.
        """
        return self._ask(
            "GET", f"/v1/fee-schedules/{part(schedule_id)}/diff", models.FeesDiff, query={"against": against}
        )

    def end_fees(self, schedule_id: str, body: models.EndFeesBody, *, key: str = "") -> models.FeesAnswer:
        """Discards a draft, or withdraws a version before it begins. Rejected `in_force`, `wrong_state` (409).

        Needs the scope `fees:write`.
        """
        return self._ask(
            "POST", f"/v1/fee-schedules/{part(schedule_id)}/withdraw", models.FeesAnswer, key=key, body=body
        )


class Dunning(Area):
    """The operations of `dunning`."""

    def search_cases(
        self,
        *,
        member_id: str = "",
        state: Literal["watching", "reminder", "second_reminder", "final_notice", "closed"] | None = None,
        limit: int = 50,
        page_token: str = "",
    ) -> models.CasePage:
        """Cases of a member, in a state, or all.

        Cases of a member, in a state, or all.

        Needs the scope `dunning:read`.
        """
        return self._ask(
            "GET",
            "/v1/dunning-cases",
            models.CasePage,
            query={"member_id": member_id, "state": state, "limit": limit, "page_token": page_token},
        )

    def show_case(self, case_id: str) -> models.CaseAnswer:
        """A case with its next step.

        One case.

        Needs the scope `dunning:read`.
        """
        return self._ask("GET", f"/v1/dunning-cases/{part(case_id)}", models.CaseAnswer)

    def close_by_hand(self, case_id: str, body: models.CloseBody, *, key: str = "") -> models.CaseAnswer:
        """Closes a case out of goodwill; Rejected `not_found` (404) or `wrong_state` (409).

        Needs the scope `dunning:write`.
        """
        return self._ask("POST", f"/v1/dunning-cases/{part(case_id)}/close", models.CaseAnswer, key=key, body=body)


class Invoicing(Area):
    """The operations of `invoicing`."""

    def show_policy(self, entity: str) -> models.PolicyAnswer:
        """How a legal entity's billing runs go.

        One legal entity's policy.

        Needs the scope `invoices:read`.
        """
        return self._ask("GET", f"/v1/billing-policies/{part(entity)}", models.PolicyAnswer)

    def set_policy(self, entity: str, body: models.SetPolicyBody, *, key: str = "") -> models.PolicyAnswer:
        """Set how a legal entity's billing runs go, from the next one on.

        Needs the scope `invoices:write`.
        """
        return self._ask("PUT", f"/v1/billing-policies/{part(entity)}", models.PolicyAnswer, key=key, body=body)

    def list_runs(self, *, entity: str = "", limit: int = 50, page_token: str = "") -> models.RunList:
        """Billing runs, the latest first. Their ids don't sort by time; they are few, so that all are read.

        Runs, of one legal entity where it is given.

        Needs the scope `invoices:read`.
        """
        return self._ask(
            "GET",
            "/v1/billing-runs",
            models.RunList,
            query={"entity": entity, "limit": limit, "page_token": page_token},
        )

    def start_run(self, body: models.StartRun, *, key: str = "") -> models.RunAnswer:
        """Start a billing run; it freezes by itself, after its grace window, and then waits for its release.

        Needs the scope `invoices:run`.
        """
        return self._ask("POST", "/v1/billing-runs", models.RunAnswer, key=key, body=body)

    def show_run(self, run_id: str) -> models.RunProgress:
        """A billing run: its preview, its totals, its holds, its progress.

        One run.

        Needs the scope `invoices:read`.
        """
        return self._ask("GET", f"/v1/billing-runs/{part(run_id)}", models.RunProgress)

    def cancel_run(self, run_id: str, body: models.ChangeRunBody, *, key: str = "") -> models.RunAnswer:
        """Cancel what has no number yet; those bills stay as they are. What has its number is still issued.

        Needs the scope `invoices:run`.
        """
        return self._ask("POST", f"/v1/billing-runs/{part(run_id)}/cancel", models.RunAnswer, key=key, body=body)

    def continue_run(self, run_id: str, body: models.ChangeRunBody, *, key: str = "") -> models.RunAnswer:
        """Go on after the canary: the other invoices are issued, slice by slice.

        Needs the scope `invoices:run`.
        """
        return self._ask("POST", f"/v1/billing-runs/{part(run_id)}/continue", models.RunAnswer, key=key, body=body)

    def drop_hold(self, run_id: str, hold_id: str, body: models.DecideHoldBody, *, key: str = "") -> models.RunAnswer:
        """Leave a held bill out; it stays open for a later run.

        Needs the scope `invoices:run`.
        """
        return self._ask(
            "POST", f"/v1/billing-runs/{part(run_id)}/holds/{part(hold_id)}/drop", models.RunAnswer, key=key, body=body
        )

    def release_hold(
        self, run_id: str, hold_id: str, body: models.DecideHoldBody, *, key: str = ""
    ) -> models.RunAnswer:
        """Let pass what a run holds: a group that is unlike the runs before, or one member's bill.

        Needs the scope `invoices:run`.
        """
        return self._ask(
            "POST",
            f"/v1/billing-runs/{part(run_id)}/holds/{part(hold_id)}/release",
            models.RunAnswer,
            key=key,
            body=body,
        )

    def list_left(self, run_id: str, *, reason: str = "", page_token: str = "") -> models.LeftList:
        """Who a run left out and why, and whom it holds; a few pages of its manifest at a time, in their order.

        What a run left out or holds; only for one reason where it is given.

        Needs the scope `invoices:read`.
        """
        return self._ask(
            "GET",
            f"/v1/billing-runs/{part(run_id)}/left",
            models.LeftList,
            query={"reason": reason, "page_token": page_token},
        )

    def show_page(self, run_id: str, page: int) -> models.PageAnswer:
        """A page of a run's manifest, with the bills it leaves out and why.

        One page of a run's manifest, counted from 0.

        Needs the scope `invoices:read`.
        """
        return self._ask("GET", f"/v1/billing-runs/{part(run_id)}/pages/{part(page)}", models.PageAnswer)

    def pause_run(self, run_id: str, body: models.ChangeRunBody, *, key: str = "") -> models.RunAnswer:
        """Pause: what has its number is issued, and no further slice is begun.

        Needs the scope `invoices:run`.
        """
        return self._ask("POST", f"/v1/billing-runs/{part(run_id)}/pause", models.RunAnswer, key=key, body=body)

    def release_run(self, run_id: str, body: models.ChangeRunBody, *, key: str = "") -> models.RunAnswer:
        """Release a frozen run: reserve the numbers of its first slice, or of its canary, and issue it.

        Needs the scope `invoices:run`.
        """
        return self._ask("POST", f"/v1/billing-runs/{part(run_id)}/release", models.RunAnswer, key=key, body=body)

    def rerun(self, run_id: str, body: models.ChangeRunBody, *, key: str = "") -> models.RunAnswer:
        """Run again for exactly the bills that a run left behind: skipped and repaired since, or held.

        Needs the scope `invoices:run`.
        """
        return self._ask("POST", f"/v1/billing-runs/{part(run_id)}/rerun", models.RunAnswer, key=key, body=body)

    def resume_run(self, run_id: str, body: models.ChangeRunBody, *, key: str = "") -> models.RunAnswer:
        """Go on after a pause.

        Needs the scope `invoices:run`.
        """
        return self._ask("POST", f"/v1/billing-runs/{part(run_id)}/resume", models.RunAnswer, key=key, body=body)

    def list_credit_notes(
        self,
        *,
        number: str = "",
        invoice_id: str = "",
        member_id: str = "",
        entity: str = "",
        currency: str = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.CreditNoteList:
        """Credit notes by number, invoice, member, legal entity and currency.

        Credit notes by number, invoice, member, legal entity and currency: all that is given has to fit.

        Needs the scope `invoices:read`.
        """
        return self._ask(
            "GET",
            "/v1/credit-notes",
            models.CreditNoteList,
            query={
                "number": number,
                "invoice_id": invoice_id,
                "member_id": member_id,
                "entity": entity,
                "currency": currency,
                "limit": limit,
                "page_token": page_token,
            },
        )

    def show_credit_note(self, credit_note_id: str, *, expand: str = "") -> models.CreditNoteAnswer:
        """A credit note as it was issued.

        One credit note, and what a further call would tell of it.

        Needs the scope `invoices:read`.
        """
        return self._ask(
            "GET", f"/v1/credit-notes/{part(credit_note_id)}", models.CreditNoteAnswer, query={"expand": expand}
        )

    def cancel_credit_note(
        self, credit_note_id: str, body: models.CancelCreditNoteBody, *, key: str = ""
    ) -> models.ClaimedAnew:
        """Claim anew, from the same member as before, what a credit note had wrongly taken back.

        Needs the scope `invoices:credit`.
        """
        return self._ask(
            "POST", f"/v1/credit-notes/{part(credit_note_id)}/cancel", models.ClaimedAnew, key=key, body=body
        )

    def explain_credit_note(self, credit_note_id: str) -> models.ExplainedCreditNote:
        """Why each amount of a credit note is what it is.

        One credit note.

        Needs the scope `invoices:read`.
        """
        return self._ask("GET", f"/v1/credit-notes/{part(credit_note_id)}/explanation", models.ExplainedCreditNote)

    def credit_note_link(
        self, credit_note_id: str, *, format: Literal["pdf", "cii", "ubl", "xrechnung", "peppol"] = "pdf"
    ) -> models.DocumentLink:
        """A short-lived address of a credit note.

        The same of a credit note.

        Needs the scope `invoices:read`.
        """
        return self._ask(
            "GET", f"/v1/credit-notes/{part(credit_note_id)}/link", models.DocumentLink, query={"format": format}
        )

    def credit_note_pdf(self, credit_note_id: str) -> bytes:
        """A credit note's document from the archive.

        One credit note.

        Needs the scope `invoices:read`.
        """
        return self._file("GET", f"/v1/credit-notes/{part(credit_note_id)}/pdf")

    def credit_note_xml(
        self, credit_note_id: str, *, format: Literal["cii", "ubl", "xrechnung", "peppol"] = "cii"
    ) -> bytes:
        """A credit note's electronic form from the archive.

        One electronic form of a credit note.

        Needs the scope `invoices:read`.
        """
        return self._file("GET", f"/v1/credit-notes/{part(credit_note_id)}/xml", query={"format": format})

    def show_rates(self, *, on: date, source: Literal["ECB", "BAZG"] = "ECB") -> models.RatesAnswer:
        """The last exchange rates published by a day, up to a week before.

        The rates that an invoice of that day is reckoned with.

        Needs the scope `invoices:read`.
        """
        return self._ask("GET", "/v1/exchange-rates", models.RatesAnswer, query={"source": source, "on": on})

    def record_rates(self, body: models.RecordRates, *, key: str = "") -> models.RatesAnswer:
        """Record a day's exchange rates, once; the same ones again change nothing.

        Needs the scope `invoices:run`.
        """
        return self._ask("POST", "/v1/exchange-rates", models.RatesAnswer, key=key, body=body)

    def list_invoices(
        self,
        *,
        number: str = "",
        member_id: str = "",
        run_id: str = "",
        entity: str = "",
        currency: str = "",
        state: Literal["issued", "partly_credited", "credited", ""] = "",
        issued_from: date | None = None,
        issued_to: date | None = None,
        due_from: date | None = None,
        due_to: date | None = None,
        expand: str = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.InvoiceList:
        """Invoices by number, member, billing run, legal entity and currency.

        Invoices by number, member, billing run, legal entity and currency: all that is given has to fit.

        `state` and the days are looked at invoice by invoice, so they need a member or a run beside them; a page may then
        hold fewer than `limit` and not be the last.

        Needs the scope `invoices:read`.
        """
        return self._ask(
            "GET",
            "/v1/invoices",
            models.InvoiceList,
            query={
                "number": number,
                "member_id": member_id,
                "run_id": run_id,
                "entity": entity,
                "currency": currency,
                "state": state,
                "issued_from": issued_from,
                "issued_to": issued_to,
                "due_from": due_from,
                "due_to": due_to,
                "expand": expand,
                "limit": limit,
                "page_token": page_token,
            },
        )

    def show_invoice(self, invoice_id: str, *, expand: str = "") -> models.InvoiceAnswer:
        """An invoice as it was issued, and whether it was credited.

        One invoice, and what further calls would tell of it.

        Needs the scope `invoices:read`.
        """
        return self._ask("GET", f"/v1/invoices/{part(invoice_id)}", models.InvoiceAnswer, query={"expand": expand})

    def credit_invoice(
        self, invoice_id: str, body: models.CreditInvoiceBody, *, key: str = ""
    ) -> models.CreditNoteAnswer:
        """Credit an invoice: all that is left of it, some lines, or an amount.

        Needs the scope `invoices:credit`.
        """
        return self._ask("POST", f"/v1/invoices/{part(invoice_id)}/credit", models.CreditNoteAnswer, key=key, body=body)

    def explain_invoice(self, invoice_id: str, *, of: str = "") -> models.InvoicingExplanation:
        """Why every amount, rate and day of an invoice is as it is.

        Why everything on an invoice is as it is; of one fact alone, or of one part, where `of` is given.

        Needs the scope `invoices:read`.
        """
        return self._ask(
            "GET", f"/v1/invoices/{part(invoice_id)}/explanation", models.InvoicingExplanation, query={"of": of}
        )

    def invoice_link(
        self, invoice_id: str, *, format: Literal["pdf", "cii", "ubl", "xrechnung", "peppol"] = "pdf"
    ) -> models.DocumentLink:
        """A short-lived address of an invoice.

        The address of one form of an invoice; `cii` is the XML inside its PDF.

        Needs the scope `invoices:read`.
        """
        return self._ask("GET", f"/v1/invoices/{part(invoice_id)}/link", models.DocumentLink, query={"format": format})

    def invoice_pdf(self, invoice_id: str) -> bytes:
        """An invoice's document from the archive.

        One invoice.

        Needs the scope `invoices:read`.
        """
        return self._file("GET", f"/v1/invoices/{part(invoice_id)}/pdf")

    def reissue_invoice(self, invoice_id: str, body: models.ReissueInvoiceBody, *, key: str = "") -> models.ClaimedAnew:
        """Take back what is left of an invoice, and claim it anew from the member as they are now.

        Needs the scope `invoices:credit`.
        """
        return self._ask("POST", f"/v1/invoices/{part(invoice_id)}/reissue", models.ClaimedAnew, key=key, body=body)

    def invoice_xml(self, invoice_id: str, *, format: Literal["cii", "ubl", "xrechnung", "peppol"] = "cii") -> bytes:
        """An invoice's electronic form from the archive.

        One electronic form of an invoice.

        Needs the scope `invoices:read`.
        """
        return self._file("GET", f"/v1/invoices/{part(invoice_id)}/xml", query={"format": format})

    def show_threshold(self, entity: str, year: int) -> models.ThresholdAnswer:
        """How near a legal entity's billing runs of a year are to the One-Stop-Shop's EUR 10,000 (art. 59c).

        Of a legal entity in a calendar year.

        Needs the scope `invoices:read`.
        """
        return self._ask("GET", f"/v1/oss-thresholds/{part(entity)}/{part(year)}", models.ThresholdAnswer)

    def show_upcoming(self, *, member_id: str, entity: str = "", on: date | None = None) -> models.UpcomingList:
        """What a member's next invoices would say, with what is carried forward and why; empty where nothing is owed.

        A member's next invoices, as if they were made today, or on a day to come.

        Needs the scope `invoices:read`.
        """
        return self._ask(
            "GET",
            "/v1/upcoming-invoices",
            models.UpcomingList,
            query={"member_id": member_id, "entity": entity, "on": on},
        )


class Matching(Area):
    """The operations of `matching`."""

    def search_items(
        self,
        *,
        member_id: str = "",
        number: str = "",
        state: Literal["open", "settled", ""] = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.ItemPage:
        """Items of a member or in a state, or the one of an invoice number.

        Which items.

        Needs the scope `items:read`.
        """
        return self._ask(
            "GET",
            "/v1/items",
            models.ItemPage,
            query={"member_id": member_id, "number": number, "state": state, "limit": limit, "page_token": page_token},
        )

    def show_item(self, item_id: str) -> models.ItemAnswer:
        """An item with everything that was put on it.

        One item.

        Needs the scope `items:read`.
        """
        return self._ask("GET", f"/v1/items/{part(item_id)}", models.ItemAnswer)

    def write_off_item(self, item_id: str, body: models.GiveUpBody, *, key: str = "") -> models.WriteOffAnswer:
        """Writes off so much of an item, or asks for a second person's word above the limit.

        Rejected `not_found` (404), `more_than_open`, `already_asked`, or `in_flight` (409): money on its way is kept up.

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/items/{part(item_id)}/write-off", models.WriteOffAnswer, key=key, body=body)

    def unmatch(self, body: models.Unmatch, *, key: str = "") -> models.Matched:
        """Takes a match back by counter-entries; item and money are as before it, and the due date counts again.

        Needs the scope `items:write`.
        """
        return self._ask("POST", "/v1/matches/unmatch", models.Matched, key=key, body=body)

    def show_rules(self) -> models.RulesAnswer:
        """The rules of evidence in force, and the version of the policy.

        The rules in force.

        Needs the scope `items:read`.
        """
        return self._ask("GET", "/v1/matching-rules", models.RulesAnswer)

    def backtest(self, body: models.Backtest, *, key: str = "") -> models.BacktestAnswer:
        """What other rules would decide on money that came, as if each came today and its own matches were not made.

        A sample: receipts are in no order of time. What a provider collected, or its payer chose, needs no rules and is
        left out.

        Needs the scope `items:read`.
        """
        return self._ask("POST", "/v1/matching-rules/backtest", models.BacktestAnswer, key=key, body=body)

    def search_aliases(self, *, member_id: str = "", limit: int = 50, page_token: str = "") -> models.AliasPage:
        """The accounts a member is known to have paid from, also those that were revoked.

        Which accounts: those of a member, or all.

        Needs the scope `items:read`.
        """
        return self._ask(
            "GET",
            "/v1/payer-accounts",
            models.AliasPage,
            query={"member_id": member_id, "limit": limit, "page_token": page_token},
        )

    def restore_alias(self, alias_id: str, body: models.ChangeAliasBody, *, key: str = "") -> models.AliasAnswer:
        """Takes an account for a member's again. Rejected `not_found` (404) or `not_revoked` (409).

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/payer-accounts/{part(alias_id)}/restore", models.AliasAnswer, key=key, body=body)

    def revoke_alias(self, alias_id: str, body: models.ChangeAliasBody, *, key: str = "") -> models.AliasAnswer:
        """Takes an account for a member's no more; it is not learned again until somebody restores it.

        Rejected `not_found` (404) or `revoked_already` (409).

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/payer-accounts/{part(alias_id)}/revoke", models.AliasAnswer, key=key, body=body)

    def search_receipts(
        self,
        *,
        state: Literal["unapplied", "partly", "applied", ""] = "",
        zone: Literal["automatic", "suggested", "manual", ""] = "",
        min_age_days: int = 0,
        member_id: str = "",
        amount: str = "",
        iban_ending: str = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.ReceiptPage:
        """Receipts by state, zone, age, member, amount and the end of the payer's IBAN.

        Which receipts.

        Needs the scope `items:read`.
        """
        return self._ask(
            "GET",
            "/v1/receipts",
            models.ReceiptPage,
            query={
                "state": state,
                "zone": zone,
                "min_age_days": min_age_days,
                "member_id": member_id,
                "amount": amount,
                "iban_ending": iban_ending,
                "limit": limit,
                "page_token": page_token,
            },
        )

    def show_receipt(self, receipt_id: str) -> models.ReceiptAnswer:
        """Money that came, with where it went.

        One receipt.

        Needs the scope `items:read`.
        """
        return self._ask("GET", f"/v1/receipts/{part(receipt_id)}", models.ReceiptAnswer)

    def accept(self, receipt_id: str, body: models.AcceptBody, *, key: str = "") -> models.Accepted:
        """Puts money where it is suggested to belong, as somebody decided.

        Rejected `not_found` (404), `nothing_suggested`, `more_than_open` or `more_than_unapplied` (409).

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/receipts/{part(receipt_id)}/accept", models.Accepted, key=key, body=body)

    def match_by_hand(self, receipt_id: str, body: models.MatchByHandBody, *, key: str = "") -> models.Matched:
        """Puts unapplied money on an open item, as somebody decided.

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/receipts/{part(receipt_id)}/match", models.Matched, key=key, body=body)

    def match_several(self, receipt_id: str, body: models.MatchSeveralBody, *, key: str = "") -> models.Accepted:
        """Puts unapplied money on several open items at once, of one member or of many: all of it or nothing.

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/receipts/{part(receipt_id)}/matches", models.Accepted, key=key, body=body)

    def preview_decision(
        self, receipt_id: str, body: models.ByReceiptBody, *, key: str = ""
    ) -> models.MatchingDecisionAnswer:
        """What would be decided on what is left of a receipt now; nothing is written.

        Rejected `not_found` (404) or `nothing_left` (409).

        Needs the scope `items:read`.
        """
        return self._ask(
            "POST", f"/v1/receipts/{part(receipt_id)}/preview", models.MatchingDecisionAnswer, key=key, body=body
        )

    def refund_money(self, receipt_id: str, body: models.RefundMoneyBody, *, key: str = "") -> models.ReceiptAnswer:
        """Sets unapplied money aside to be paid back, the way it came.

        Rejected `not_found` (404), `more_than_unapplied` or `nobody_to_pay` (409).

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/receipts/{part(receipt_id)}/refund", models.ReceiptAnswer, key=key, body=body)

    def refuse(self, receipt_id: str, body: models.RefuseBody, *, key: str = "") -> models.ReceiptAnswer:
        """Refuses what is suggested: it is not suggested again. Rejected `not_found` (404), `nothing_suggested` (409).

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/receipts/{part(receipt_id)}/refuse", models.ReceiptAnswer, key=key, body=body)

    def spread(self, receipt_id: str, body: models.SpreadBody, *, key: str = "") -> models.Accepted:
        """Puts what is left of a receipt on what its member owes the same seller, in the order the law gives.

        What the payer stated comes first. Rejected `not_found` (404), `nobodys_money`, `nothing_owed` or `too_many` (409).

        Needs the scope `items:write`.
        """
        return self._ask("POST", f"/v1/receipts/{part(receipt_id)}/spread", models.Accepted, key=key, body=body)

    def show_unapplied(self, *, entity: str = "") -> models.UnappliedAnswer:
        """Unapplied money by currency, owner and age.

        All unapplied money, or that of a legal entity.

        Needs the scope `items:read`.
        """
        return self._ask("GET", "/v1/unapplied", models.UnappliedAnswer, query={"entity": entity})

    def search_write_offs(
        self,
        *,
        member_id: str = "",
        item_id: str = "",
        state: Literal["held", "decided", "refused", "withdrawn"] | None = None,
        limit: int = 50,
        page_token: str = "",
    ) -> models.WriteOffPage:
        """Write-offs, by member, item or state.

        Write-offs of a member, of an item or in a state; all, where nothing is said.

        Needs the scope `items:read`.
        """
        return self._ask(
            "GET",
            "/v1/write-offs",
            models.WriteOffPage,
            query={
                "member_id": member_id,
                "item_id": item_id,
                "state": state,
                "limit": limit,
                "page_token": page_token,
            },
        )

    def show_write_off(self, write_off_id: str) -> models.WriteOffAnswer:
        """One write-off.

        One write-off.

        Needs the scope `items:read`.
        """
        return self._ask("GET", f"/v1/write-offs/{part(write_off_id)}", models.WriteOffAnswer)

    def approve_write_off(
        self, write_off_id: str, body: models.DecideWriteOffBody, *, key: str = ""
    ) -> models.WriteOffAnswer:
        """A second person agrees: it is written off. Rejected `same_person` (403) or `more_than_open` (409).

        Needs the scope `items:write`.
        """
        return self._ask(
            "POST", f"/v1/write-offs/{part(write_off_id)}/approve", models.WriteOffAnswer, key=key, body=body
        )

    def refuse_write_off(
        self, write_off_id: str, body: models.DecideWriteOffBody, *, key: str = ""
    ) -> models.WriteOffAnswer:
        """Nobody agrees: it stays claimed.

        Needs the scope `items:write`.
        """
        return self._ask(
            "POST", f"/v1/write-offs/{part(write_off_id)}/refuse", models.WriteOffAnswer, key=key, body=body
        )

    def withdraw_write_off(
        self, write_off_id: str, body: models.DecideWriteOffBody, *, key: str = ""
    ) -> models.WriteOffAnswer:
        """What was given up is claimed again, and its due date counts again.

        Needs the scope `items:write`.
        """
        return self._ask(
            "POST", f"/v1/write-offs/{part(write_off_id)}/withdraw", models.WriteOffAnswer, key=key, body=body
        )


class Members(Area):
    """The operations of `members`."""

    def search_members(
        self,
        *,
        q: str = "",
        vat_state: Literal["valid", "invalid", "unknown", "none"] | None = None,
        limit: int = 50,
        page_token: str = "",
    ) -> models.MembersPage:
        """Members by words of their name, e-mail address or external id.

        Words of the name, an e-mail address or an external id; all members without.

        Needs the scope `members:read`.
        """
        return self._ask(
            "GET",
            "/v1/members",
            models.MembersPage,
            query={"q": q, "vat_state": vat_state, "limit": limit, "page_token": page_token},
        )

    def upsert_members(self, body: models.MembersBatch, *, key: str = "") -> models.MembersBatchAnswer:
        """Registers or changes many members in one commit; each is told what became of it.

        Needs the scope `members:write`.
        """
        return self._ask("POST", "/v1/members/batch", models.MembersBatchAnswer, key=key, body=body)

    def show_member_by_id(self, member_id: str) -> models.MemberAnswer:
        """A member by our id.

        A member by our id.

        Needs the scope `members:read`.
        """
        return self._ask("GET", f"/v1/members/by-id/{part(member_id)}", models.MemberAnswer)

    def show_member(self, external_id: str) -> models.MemberAnswer:
        """A member by the marketplace's id.

        A member by the marketplace's id.

        Needs the scope `members:read`.
        """
        return self._ask("GET", f"/v1/members/{part(external_id)}", models.MemberAnswer)

    def upsert_member(self, external_id: str, body: models.UpsertMemberBody, *, key: str = "") -> models.Upserted:
        """Registers a member or changes them; the same details again change nothing.

        Needs the scope `members:write`.
        """
        return self._ask("PUT", f"/v1/members/{part(external_id)}", models.Upserted, key=key, body=body)

    def erase_member(self, member_id: str, body: models.EraseMemberBody, *, key: str = "") -> models.Erased:
        """Erases a member's personal data here, and tells everyone who keeps a copy; it can't be taken back.

        Accounts of the same person that were closed in favour of this one go with it. Once erased, it answers as before.
        Rejected `not_found` (404). What is owed or on its way is for other areas to know: the answer names it.

        Needs the scope `members:erase`.
        """
        return self._ask("POST", f"/v1/members/{part(member_id)}/erasure", models.Erased, key=key, body=body)

    def show_history(
        self, member_id: str, *, at: datetime | None = None, limit: int = 50, page_token: str = ""
    ) -> models.HistoryAnswer:
        """Every version of a member: what changed, when, by whom, and why; and their state as of a moment.

        What was erased is not shown, even while records still hold it. Rejected `not_found` (404).

        A member's versions, the newest first; with `at`, an instant with its offset, also what was in force then.

        Needs the scope `members:read`.
        """
        return self._ask(
            "GET",
            f"/v1/members/{part(member_id)}/history",
            models.HistoryAnswer,
            query={"at": at, "limit": limit, "page_token": page_token},
        )

    def merge_member(self, member_id: str, body: models.MergeMemberBody, *, key: str = "") -> models.Merged:
        """Closes an account in favour of another one, for good; what had been closed for it follows.

        So whoever is named as the one that goes on never was closed: there are no chains, and no circles. Both documents
        are written, so that of two merges at once one sees the other. Rejected `not_found` (404), `merged_into_itself`
        (422), `member_erased`, `member_merged`, `survivor_erased`, `survivor_merged` or `too_many_merged` (409).

        Needs the scope `members:write`.
        """
        return self._ask("POST", f"/v1/members/{part(member_id)}/merge", models.Merged, key=key, body=body)

    def check_vat_id(self, member_id: str, body: models.CheckVatBody, *, key: str = "") -> models.MemberAnswer:
        """Asks about a member's VAT id now; the answer comes a moment later.

        Rejected `not_found` (404), `nothing_to_check`, `member_erased` or `member_merged` (409).

        Needs the scope `members:write`.
        """
        return self._ask("POST", f"/v1/members/{part(member_id)}/vat-check", models.MemberAnswer, key=key, body=body)


class Notifications(Area):
    """The operations of `notifications`."""

    def list_notifications(self, *, member_id: str, limit: int = 50, page_token: str = "") -> models.NotificationPage:
        """A member's notifications, in order of id.

        A member's notifications.

        Needs the scope `notifications:read`.
        """
        return self._ask(
            "GET",
            "/v1/notifications",
            models.NotificationPage,
            query={"member_id": member_id, "limit": limit, "page_token": page_token},
        )

    def show_notification(self, notification_id: str) -> models.NotificationAnswer:
        """One notification.

        One notification.

        Needs the scope `notifications:read`.
        """
        return self._ask("GET", f"/v1/notifications/{part(notification_id)}", models.NotificationAnswer)

    def show_copy(self, notification_id: str) -> bytes:
        """The exact copy of the mail that was sent.

        One notification.

        Needs the scope `notifications:read`.
        """
        return self._file("GET", f"/v1/notifications/{part(notification_id)}/copy")


class Payments(Area):
    """The operations of `payments`."""

    def search_accounts(
        self, *, with_gaps: Literal["true", "false"] = "false", limit: int = 50, page_token: str = ""
    ) -> models.AccountPage:
        """Our bank accounts and what is missing of their statements.

        Which of our bank accounts: all, or those with a gap in their statements.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/bank-accounts",
            models.AccountPage,
            query={"with_gaps": with_gaps, "limit": limit, "page_token": page_token},
        )

    def list_checkouts(self, *, member_id: str, limit: int = 50, page_token: str = "") -> models.CheckoutPage:
        """The payments that a member made or began.

        A member's.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/checkouts",
            models.CheckoutPage,
            query={"member_id": member_id, "limit": limit, "page_token": page_token},
        )

    def show_checkout(self, checkout_id: str) -> models.CheckoutAnswer:
        """A payment that a member made or began; Rejected `not_found` (404).

        One payment that a member made or began.

        Needs the scope `payments:read`.
        """
        return self._ask("GET", f"/v1/checkouts/{part(checkout_id)}", models.CheckoutAnswer)

    def search_batches(
        self,
        *,
        entity: str = "",
        state: Literal["open", "sealed", "filed", "accepted", "rejected", "settled", ""] = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.BatchPage:
        """Files of debits, all, of a legal entity or in a state.

        Which files.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/debit-batches",
            models.BatchPage,
            query={"entity": entity, "state": state, "limit": limit, "page_token": page_token},
        )

    def show_batch(self, batch_id: str) -> models.PaymentsBatchAnswer:
        """A file of debits: what is in it, where it lies, what the bank has said.

        One file of debits.

        Needs the scope `payments:read`.
        """
        return self._ask("GET", f"/v1/debit-batches/{part(batch_id)}", models.PaymentsBatchAnswer)

    def batch_file(self, batch_id: str) -> bytes:
        """A file as it is sent to the bank (pain.008.001.08).

        One file of debits.

        Needs the scope `payments:read`.
        """
        return self._file("GET", f"/v1/debit-batches/{part(batch_id)}/file")

    def take_report(self, body: bytes, *, key: str = "") -> models.ReportTaken:
        """Takes a status report in: what the bank refuses has failed, the rest goes on.

        Rejected `unknown_message` where it is about no file of ours.

        Needs the scope `payments:write`.
        """
        return self._upload(
            "POST", "/v1/debit-reports", models.ReportTaken, key=key, body=body, media="application/xml"
        )

    def search_debits(
        self, *, member_id: str = "", batch_id: str = "", limit: int = 50, page_token: str = ""
    ) -> models.DebitPage:
        """Debits, all, a member's or a file's.

        Which debits.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/debits",
            models.DebitPage,
            query={"member_id": member_id, "batch_id": batch_id, "limit": limit, "page_token": page_token},
        )

    def show_debit(self, debit_id: str) -> models.DebitAnswer:
        """A debit with what came back of it.

        One debit.

        Needs the scope `payments:read`.
        """
        return self._ask("GET", f"/v1/debits/{part(debit_id)}", models.DebitAnswer)

    def search_disputes(
        self,
        *,
        member_id: str = "",
        state: Literal["warning", "needs_response", "under_review", "won", "lost", "closed", ""] = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.DisputePage:
        """Disputes of a member or in a state.

        Which disputes.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/disputes",
            models.DisputePage,
            query={"member_id": member_id, "state": state, "limit": limit, "page_token": page_token},
        )

    def show_dispute(self, dispute_id: str) -> models.DisputeAnswer:
        """A dispute as it stands.

        One dispute.

        Needs the scope `payments:read`.
        """
        return self._ask("GET", f"/v1/disputes/{part(dispute_id)}", models.DisputeAnswer)

    def respond_to_dispute(
        self, dispute_id: str, body: models.RespondToDisputeBody, *, key: str = ""
    ) -> models.DisputeAnswer:
        """Sends evidence or accepts, once for each time they ask; Rejected `not_found` (404) or `wrong_state` (409).

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/disputes/{part(dispute_id)}/respond", models.DisputeAnswer, key=key, body=body)

    def search_mandates(self, *, member_id: str = "", limit: int = 50, page_token: str = "") -> models.MandatePage:
        """Mandates, all or a member's.

        Which mandates.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/mandates",
            models.MandatePage,
            query={"member_id": member_id, "limit": limit, "page_token": page_token},
        )

    def request_mandate(self, body: models.RequestMandate, *, key: str = "") -> models.MandateAnswer:
        """Puts a mandate on record; one that was signed already holds from now on.

        Rejected `no_creditor_id` for a legal entity that collects no debits, `invalid_iban`, `unreadable_name`,
        `address_needed`, `reference_taken` (409), `another_mandate` (409), `signed_in_future`, `signed_long_ago`,
        `not_confirmed` (409), `too_many_mandates` (409), `member_merged` (409), which names who goes on.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", "/v1/mandates", models.MandateAnswer, key=key, body=body)

    def show_mandate(self, mandate_id: str) -> models.MandateAnswer:
        """A mandate.

        One mandate.

        Needs the scope `payments:read`.
        """
        return self._ask("GET", f"/v1/mandates/{part(mandate_id)}", models.MandateAnswer)

    def amend_mandate(self, mandate_id: str, body: models.AmendMandateBody, *, key: str = "") -> models.MandateAnswer:
        """Changes the account or the name; the payer's bank is told with the next debit.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/mandates/{part(mandate_id)}/amend", models.MandateAnswer, key=key, body=body)

    def cancel_mandate(self, mandate_id: str, body: models.WithReasonBody, *, key: str = "") -> models.MandateAnswer:
        """Ends it for good; what was announced by it is not collected any more.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/mandates/{part(mandate_id)}/cancel", models.MandateAnswer, key=key, body=body)

    def confirm_mandate(self, mandate_id: str, body: models.ByMandateBody, *, key: str = "") -> models.MandateAnswer:
        """Notes that the payer's bank has confirmed a B2B mandate; one that waited for it holds from now on.

        Rejected `not_b2b` (409): a CORE mandate needs nobody's confirmation.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/mandates/{part(mandate_id)}/confirm", models.MandateAnswer, key=key, body=body)

    def resume_mandate(self, mandate_id: str, body: models.ByMandateBody, *, key: str = "") -> models.MandateAnswer:
        """Lets debits by it go on; Rejected `not_confirmed` (409) for B2B without the bank's confirmation.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/mandates/{part(mandate_id)}/resume", models.MandateAnswer, key=key, body=body)

    def sign_mandate(self, mandate_id: str, body: models.SignMandateBody, *, key: str = "") -> models.MandateAnswer:
        """Notes the debtor's signature; a CORE mandate holds from now on, a B2B one once their bank confirms it.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/mandates/{part(mandate_id)}/sign", models.MandateAnswer, key=key, body=body)

    def suspend_mandate(self, mandate_id: str, body: models.WithReasonBody, *, key: str = "") -> models.MandateAnswer:
        """Stops debits by it for now.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/mandates/{part(mandate_id)}/suspend", models.MandateAnswer, key=key, body=body)

    def list_links(self, *, member_id: str, limit: int = 50, page_token: str = "") -> models.LinkPage:
        """A member's links, without their addresses.

        A member's links.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/payment-links",
            models.LinkPage,
            query={"member_id": member_id, "limit": limit, "page_token": page_token},
        )

    def make_link(self, body: models.MakeLink, *, key: str = "") -> models.LinkAnswer:
        """Makes a link for a member's open invoices, or for those that are named (by id), alone.

        Its address is told to who asks for the link. Rejected `reason_missing` (staff say why), `nothing_chosen`,
        `unknown_invoice` (404), `another_member`, `amount_without_invoice`, `more_than_open`, `expiry_out_of_range`.

        Needs the scope `payments:link`.
        """
        return self._ask("POST", "/v1/payment-links", models.LinkAnswer, key=key, body=body)

    def show_link(self, link_id: str) -> models.LinkAnswer:
        """A link with its address; Rejected `not_found` (404).

        One link.

        Needs the scope `payments:link`.
        """
        return self._ask("GET", f"/v1/payment-links/{part(link_id)}", models.LinkAnswer)

    def revoke_link(self, link_id: str, body: models.RevokeLinkBody, *, key: str = "") -> models.LinkAnswer:
        """Ends a link at once. Rejected `not_found` (404), `wrong_state` (409), `reason_missing`.

        Needs the scope `payments:link`.
        """
        return self._ask("POST", f"/v1/payment-links/{part(link_id)}/revoke", models.LinkAnswer, key=key, body=body)

    def search_payments(
        self,
        *,
        member_id: str = "",
        invoice_id: str = "",
        state: Literal["requested", "sent", "unknown", "processing", "succeeded", "failed", ""] = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.PaymentPage:
        """Payments of a member, of an invoice or in a state.

        Which payments.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/payments",
            models.PaymentPage,
            query={
                "member_id": member_id,
                "invoice_id": invoice_id,
                "state": state,
                "limit": limit,
                "page_token": page_token,
            },
        )

    def preview_retry(self, body: models.PreviewRetry, *, key: str = "") -> models.RetryPlan:
        """What would follow a failed attempt, and the next ones if they failed in the same way; nothing is recorded.

        Rejected `failed_before_it_began` where the first attempt is later than the failure.

        Needs the scope `payments:read`.
        """
        return self._ask("POST", "/v1/payments/retry-preview", models.RetryPlan, key=key, body=body)

    def show_payment(self, payment_id: str) -> models.PaymentAnswer:
        """A payment with its attempts, what was decided after each, and until when its money can be taken back.

        One payment.

        Needs the scope `payments:read`.
        """
        return self._ask("GET", f"/v1/payments/{part(payment_id)}", models.PaymentAnswer)

    def decide_attempt(self, payment_id: str, body: models.DecideAttemptBody, *, key: str = "") -> models.PaymentAnswer:
        """Decides an attempt by hand: after a provider's silence, or an answer in another amount that was set aside.

        Rejected `not_found` (404), `already_decided` or `more_than_asked` (409), `provider_id_missing` (422).

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/payments/{part(payment_id)}/decide", models.PaymentAnswer, key=key, body=body)

    def search_payouts(
        self,
        *,
        state: Literal["counting", "settled", "arrived", "failed", ""] = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.PayoutsAnswer:
        """Payouts, all or in a state.

        Which payouts.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET", "/v1/payouts", models.PayoutsAnswer, query={"state": state, "limit": limit, "page_token": page_token}
        )

    def show_payout(self, payout_id: str) -> models.PayoutAnswer:
        """A payout and what it is made of.

        One payout.

        Needs the scope `payments:read`.
        """
        return self._ask("GET", f"/v1/payouts/{part(payout_id)}", models.PayoutAnswer)

    def search_proceeds(self, *, member_id: str = "", limit: int = 50, page_token: str = "") -> models.ProceedsPage:
        """Offers that were taken, all or a member's.

        Whose proceeds.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/proceeds",
            models.ProceedsPage,
            query={"member_id": member_id, "limit": limit, "page_token": page_token},
        )

    def offer_proceeds(self, body: models.OfferProceeds, *, key: str = "") -> models.ProceedsAnswer:
        """Takes what is needed of a member's proceeds for an invoice; the marketplace pays out the rest.

        The same offer again is answered as before. Rejected `not_found` (404), `offer_reused`, `other_member`,
        `currency_differs`, `in_flight` while money for it is being collected, `frozen` (409).

        Needs the scope `payments:write`.
        """
        return self._ask("POST", "/v1/proceeds", models.ProceedsAnswer, key=key, body=body)

    def search_refunds(
        self,
        *,
        member_id: str = "",
        receipt_id: str = "",
        state: Literal[
            "held", "requested", "sent", "unknown", "processing", "succeeded", "failed", "withdrawn", ""
        ] = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.RefundPage:
        """Refunds of a member, of a receipt or in a state.

        Which refunds.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/refunds",
            models.RefundPage,
            query={
                "member_id": member_id,
                "receipt_id": receipt_id,
                "state": state,
                "limit": limit,
                "page_token": page_token,
            },
        )

    def show_refund(self, refund_id: str) -> models.RefundAnswer:
        """A refund as it stands.

        One refund.

        Needs the scope `payments:read`.
        """
        return self._ask("GET", f"/v1/refunds/{part(refund_id)}", models.RefundAnswer)

    def approve_refund(self, refund_id: str, body: models.ApproveRefundBody, *, key: str = "") -> models.RefundAnswer:
        """Agrees to a refund above the limit of who asked for it; four eyes.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/refunds/{part(refund_id)}/approve", models.RefundAnswer, key=key, body=body)

    def decide_refund(self, refund_id: str, body: models.DecideRefundBody, *, key: str = "") -> models.RefundAnswer:
        """Decides a refund by hand whose provider can't say what became of it; one that failed may be tried again.

        Rejected `not_found` (404) or `already_decided` (409).

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/refunds/{part(refund_id)}/decide", models.RefundAnswer, key=key, body=body)

    def retry_refund(self, refund_id: str, body: models.RetryRefundBody, *, key: str = "") -> models.RefundAnswer:
        """Tries a failed refund once more, the same way or by transfer.

        Needs the scope `payments:write`.
        """
        return self._ask("POST", f"/v1/refunds/{part(refund_id)}/retry", models.RefundAnswer, key=key, body=body)

    def search_files(
        self, *, outcome: Literal["", "waiting", "taken", "refused"] = "", limit: int = 50, page_token: str = ""
    ) -> models.FilePage:
        """Files of the inbox and what became of them.

        Which files of the inbox: all, or those with an outcome.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/statement-files",
            models.FilePage,
            query={"outcome": outcome, "limit": limit, "page_token": page_token},
        )

    def search_statements(
        self, *, account_iban: str = "", limit: int = 50, page_token: str = ""
    ) -> models.StatementPage:
        """Bank statements that were taken in, all or an account's.

        Which bank statements.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            "/v1/statements",
            models.StatementPage,
            query={"account_iban": account_iban, "limit": limit, "page_token": page_token},
        )

    def take_statements(self, body: bytes, *, key: str = "") -> models.StatementsTaken:
        """Takes a file's bank statements in, all or none.

        Rejected `unknown_account`, or `statement_changed` (409) where one was taken in with another content.

        Needs the scope `payments:write`.
        """
        return self._upload(
            "POST", "/v1/statements", models.StatementsTaken, key=key, body=body, media="application/xml"
        )

    def search_entries(self, statement_id: str, *, limit: int = 50, page_token: str = "") -> models.EntryPage:
        """The entries that a statement brought; those it shares with an earlier file are that file's.

        Which entries: those that a statement brought.

        Needs the scope `payments:read`.
        """
        return self._ask(
            "GET",
            f"/v1/statements/{part(statement_id)}/entries",
            models.EntryPage,
            query={"limit": limit, "page_token": page_token},
        )


class Relay(Area):
    """The operations of `relay`."""

    def list_parked(
        self,
        *,
        state: Literal["parked", "replayed", "discarded"] = "parked",
        function: str = "",
        code: str = "",
        limit: int = 50,
        page_token: str = "",
    ) -> models.ParkedPage:
        """Parked messages in one state.

        A page of parked messages in one state; of one function or code, where they are given.

        Needs the scope `parked:read`.
        """
        return self._ask(
            "GET",
            "/v1/parked",
            models.ParkedPage,
            query={"state": state, "function": function, "code": code, "limit": limit, "page_token": page_token},
        )

    def list_causes(self, *, state: Literal["parked", "replayed", "discarded"] = "parked") -> models.Causes:
        """What messages in one state have in common: the function and the code.

        Why messages are in one state.

        Needs the scope `parked:read`.
        """
        return self._ask("GET", "/v1/parked/causes", models.Causes, query={"state": state})

    def show_parked(self, parked_id: str) -> models.ParkedView:
        """One parked message.

        A parked message by id.

        Needs the scope `parked:read`.
        """
        return self._ask("GET", f"/v1/parked/{part(parked_id)}", models.ParkedView)

    def discard(self, parked_id: str, body: models.DiscardBody, *, key: str = "") -> models.Moved:
        """Give a parked message up, for a reason that is kept.

        Needs the scope `parked:write`.
        """
        return self._ask("POST", f"/v1/parked/{part(parked_id)}/discard", models.Moved, key=key, body=body)

    def replay(self, parked_id: str, body: models.ReplayBody, *, key: str = "") -> models.Moved:
        """Replay a parked message; with `all_like_this`, every one of the same function and code that can be read.

        Needs the scope `parked:write`.
        """
        return self._ask("POST", f"/v1/parked/{part(parked_id)}/replay", models.Moved, key=key, body=body)


class Reporting(Area):
    """The operations of `reporting`."""

    def list_reports(self, *, fresh: bool = True) -> models.ReportsShown:
        """The reports there are, and how fresh and whole the data behind them are.

        Which reports there are.

        Needs the scope `reports:read`.
        """
        return self._ask("GET", "/v1/reports", models.ReportsShown, query={"fresh": fresh})

    def show_report(
        self,
        name: str,
        *,
        entity: str = "",
        currency: str = "",
        day_from: date | None = None,
        day_to: date | None = None,
        of_day: date | None = None,
        known_at: datetime | None = None,
        limit: int = 100,
        page_token: str = "",
    ) -> models.ReportShown:
        """A page of one report: the rows of its view, and the chart over all of them.

        A page of one report, narrowed by entity, currency and days, as it is known now or was known at a moment.

        Needs the scope `reports:read`.
        """
        return self._ask(
            "GET",
            f"/v1/reports/{part(name)}",
            models.ReportShown,
            query={
                "entity": entity,
                "currency": currency,
                "day_from": day_from,
                "day_to": day_to,
                "of_day": of_day,
                "known_at": known_at,
                "limit": limit,
                "page_token": page_token,
            },
        )

    def report_csv(
        self,
        name: str,
        *,
        entity: str = "",
        currency: str = "",
        day_from: date | None = None,
        day_to: date | None = None,
        of_day: date | None = None,
        known_at: datetime | None = None,
    ) -> bytes:
        """All rows of a report as CSV (RFC 4180, UTF-8 with a mark, so that spreadsheets read it as such).

        All rows of one report as a file, narrowed in the same way.

        Needs the scope `reports:read`.
        """
        return self._file(
            "GET",
            f"/v1/reports/{part(name)}/csv",
            query={
                "entity": entity,
                "currency": currency,
                "day_from": day_from,
                "day_to": day_to,
                "of_day": of_day,
                "known_at": known_at,
            },
        )

    def report_xlsx(
        self,
        name: str,
        *,
        entity: str = "",
        currency: str = "",
        day_from: date | None = None,
        day_to: date | None = None,
        of_day: date | None = None,
        known_at: datetime | None = None,
    ) -> bytes:
        """All rows of a report as a workbook (Office Open XML): amounts as numbers, days as days.

        All rows of one report as a file, narrowed in the same way.

        Needs the scope `reports:read`.
        """
        return self._file(
            "GET",
            f"/v1/reports/{part(name)}/xlsx",
            query={
                "entity": entity,
                "currency": currency,
                "day_from": day_from,
                "day_to": day_to,
                "of_day": of_day,
                "known_at": known_at,
            },
        )


class Billing(Client):
    """The API, area by area; see `Client` for how it is reached."""

    def _open(self) -> None:
        self.accounting = Accounting(self)
        self.audit = Audit(self)
        self.charging = Charging(self)
        self.dunning = Dunning(self)
        self.invoicing = Invoicing(self)
        self.matching = Matching(self)
        self.members = Members(self)
        self.notifications = Notifications(self)
        self.payments = Payments(self)
        self.relay = Relay(self)
        self.reporting = Reporting(self)
