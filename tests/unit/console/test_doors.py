"""Nobody comes in without being signed in, and no other site acts in somebody's name."""

import re

import pytest

from functions.console import sign_in as entering
from functions.console.forms import safe_next
from tests.unit.console.conftest import KEY, PAGES, TOKEN, World


@pytest.mark.parametrize("path", [*PAGES, "/console/nothing", "/console/invoices/inv_1/pdf"])
def test_a_stranger_is_sent_to_sign_in_on_one_machine(world: World, path: str) -> None:
    answer = world.as_("").get(path)
    assert answer.status_code == 302
    assert answer.location.startswith("/console/sign-in?next=")


def test_a_stranger_is_refused_in_the_cloud_where_no_sign_in_exists(world: World) -> None:
    _in_the_cloud(world)
    stranger = world.as_("")
    assert stranger.get("/console/").status_code == 401
    assert stranger.get("/console/sign-in").status_code == 404
    assert world.apis.asked == []


def test_a_cookie_is_worth_nothing_in_the_cloud(world: World) -> None:
    _in_the_cloud(world)
    staff = world.as_("admin")
    stranger = world.as_("")
    stranger.client.set_cookie(entering.COOKIE, staff.headers[entering.HEADER], path="/console")
    assert stranger.get("/console/").status_code == 401
    assert staff.get("/console/").status_code == 200


def _in_the_cloud(world: World) -> None:
    settings = world.platform.runtime.settings
    world.platform.runtime.settings = settings.model_copy(update={"mode": "cloud"})


def test_an_assertion_for_another_audience_or_forged_lets_nobody_in(world: World) -> None:
    stranger = world.as_("")
    other = world.issuer.iap_assertion(email="admin@marketplace.example", audience="/projects/0/another")
    for forged in (other, "e30.e30.", "nonsense", "ü"):
        stranger.client.set_cookie(entering.COOKIE, forged, path="/console")
        assert stranger.get("/console/runs").status_code == 302


def test_somebody_without_a_role_sees_nothing(world: World) -> None:
    answer = world.as_("nobody").get("/console/")
    assert answer.status_code == 403
    assert "no role" in answer.text
    assert world.apis.asked == []


def test_signing_in_keeps_the_assertion_in_a_cookie_no_script_can_read(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    audience = world.platform.runtime.settings.iap_audience
    monkeypatch.setattr(
        entering,
        "identity_assertion",
        lambda _url, email, _aud: world.issuer.iap_assertion(email=email, audience=audience),
    )
    browser = world.as_("")
    token = TOKEN.findall(browser.page("/console/sign-in?next=/console/runs"))[0]
    fields = {"form_token": token, "next": "/console/runs"}
    answer = browser.post("/console/sign-in", email="finance@marketplace.example", **fields)
    assert (answer.status_code, answer.location) == (303, "/console/runs")
    kept = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith(entering.COOKIE))
    assert "HttpOnly" in kept
    assert "SameSite=Lax" in kept
    shown = browser.page("/console/runs")
    assert "finance@<wbr>" in shown or "finance<wbr>@" in shown
    left = browser.post("/console/sign-out", form_token=TOKEN.findall(shown)[0])
    assert left.status_code == 303
    assert browser.get("/console/runs").status_code == 302


def test_nobody_signs_in_as_somebody_who_is_not_offered(world: World) -> None:
    browser = world.as_("")
    token = TOKEN.findall(browser.page("/console/sign-in"))[0]
    assert browser.post("/console/sign-in", email="root@elsewhere.example", form_token=token).status_code == 403
    assert browser.post("/console/sign-in", email="admin@marketplace.example", form_token="0" * 64).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "/console/../v1", "/v1/x", "javascript:1", ""],
)
def test_signing_in_leads_nowhere_but_into_the_console(wanted: str) -> None:
    assert safe_next(wanted) == "/console/"


def test_signing_in_leads_back_to_the_page_that_was_wanted() -> None:
    assert safe_next("/console/?q=anna") == "/console/?q=anna"


@pytest.mark.parametrize("path", [*PAGES, "/console/nothing", "/console/sign-in", "/console/static/console.css"])
def test_every_answer_carries_the_headers_that_protect_it(world: World, path: str) -> None:
    answer = world.as_("admin").get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "script-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if not path.endswith(".css"):
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r"<script|<style| style=| on\w+=", answer.text)


def test_a_form_without_its_token_is_refused_and_asks_nobody(world: World) -> None:
    finance = world.as_("finance")
    action, key = KEY.findall(finance.page("/console/runs"))[0]
    fields = {"entity": "MP", "cut_off": "2026-10-01", "reason": "month end", "idempotency_key": key}
    before = len(world.apis.asked)
    assert finance.post(action, **fields).status_code == 403
    assert finance.post(action, **fields, form_token="f" * 64).status_code == 403
    assert len(world.apis.asked) == before


def test_a_form_token_of_another_person_or_browser_is_refused(world: World) -> None:
    finance, admin = world.as_("finance"), world.as_("admin")
    token = TOKEN.findall(finance.page("/console/runs"))[0]
    admin.page("/console/runs")
    assert admin.post("/console/runs", form_token=token, idempotency_key="0" * 36).status_code == 403
    finance.headers = admin.headers
    assert finance.post("/console/runs", form_token=token, idempotency_key="0" * 36).status_code == 403


def test_a_form_sent_by_another_site_is_refused(world: World) -> None:
    finance = world.as_("finance")
    token = TOKEN.findall(finance.page("/console/runs"))[0]
    finance.headers = {**finance.headers, "Sec-Fetch-Site": "cross-site"}
    assert finance.post("/console/runs", form_token=token, idempotency_key="0" * 36).status_code == 403
