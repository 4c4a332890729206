"""How a member pays: links to the payment page, and the mandates we hold."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from functions.console.pages.asking import act, billing, leads, reason
from functions.console.providers import Refused

VERBS: Final = ("sign", "confirm", "suspend", "resume", "cancel")
WITH_REASON: Final = frozenset({"suspend", "cancel"})

paying = Blueprint("paying", __name__)


@paying.post("/members/<id:member_id>/links")
def make_link(member_id: str) -> Response | tuple[str, int]:
    """Makes a link to the payment page: of one invoice, or of whatever is open."""
    from functions.console.pages.members import show

    acted = act("/v1/payment-links", lambda: _link(member_id), lambda: show(member_id))
    return acted if isinstance(acted, tuple) else redirect(f"/console/links/{acted['link_id']}?done=linked", 303)


def _link(member_id: str) -> Mapping[str, Any]:
    invoice, until = request.form.get("invoice", "").strip(), request.form.get("expires_on", "").strip()
    asked: dict[str, Any] = {"member_id": member_id, "reason": reason()}
    if until:
        asked["expires_on"] = _day(until)
    return asked | ({"invoices": [invoice]} if invoice else {})


def _day(typed: str) -> str:
    try:
        return date.fromisoformat(typed).isoformat()
    except ValueError:
        raise Refused(422, "Not a day", "Write the day like 2026-11-30.", "not_a_day") from None


@paying.get("/links/<id:link_id>")
def show_link(link_id: str) -> str:
    """One link with its address, to be copied."""
    link = billing().get(f"/v1/payment-links/{link_id}")
    member = billing().part(f"/v1/members/by-id/{link['member_id']}")
    return render_template("link.html", link=link, member=member)


@paying.post("/links/<id:link_id>/revoke")
def revoke(link_id: str) -> Response | tuple[str, int]:
    """Ends a link at once."""
    acted = act(f"/v1/payment-links/{link_id}/revoke", lambda: {"reason": reason()}, lambda: show_link(link_id))
    return leads(acted, f"/console/links/{link_id}", "revoked")


@paying.get("/mandates/<id:mandate_id>")
def show_mandate(mandate_id: str) -> str:
    """One mandate: what was agreed, and the debits by it."""
    mandate = billing().get(f"/v1/mandates/{mandate_id}")
    parts = billing().parts(
        member=(f"/v1/members/by-id/{mandate['member_id']}", {}),
        debits=("/v1/debits", {"member_id": mandate["member_id"], "page_token": request.args.get("page_token", "")}),
    )
    debits = [one for one in parts["debits"].items if one["mandate_id"] == mandate_id]
    return render_template("mandate.html", mandate=mandate, mine=debits, **parts)


@paying.post("/mandates/<id:mandate_id>/<any(sign, confirm, suspend, resume, cancel):verb>")
def change_mandate(mandate_id: str, verb: str) -> Response | tuple[str, int]:
    """What its member or their bank did, or what we do with it."""
    acted = act(f"/v1/mandates/{mandate_id}/{verb}", lambda: _change(verb), lambda: show_mandate(mandate_id))
    return leads(acted, f"/console/mandates/{mandate_id}", f"mandate_{verb}")


def _change(verb: str) -> Mapping[str, Any]:
    if verb == "sign":
        return {"signed_on": _day(request.form.get("signed_on", ""))}
    return {"reason": reason()} if verb in WITH_REASON else {}
