"""The page on which members pay tells nobody anything it need not, and refuses whatever it did not give away."""

import base64
import hashlib
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from common.failures import Rejected
from common.links import link_id_in, link_id_of_invoice, token_of
from functions.payments.handlers.links import list_links, make_link, revoke_link, show_link
from functions.payments.model.checkouts import Checkout
from functions.payments.page import transfers
from functions.payments.page.methods import offered
from functions.payments.page.words import NAMES, PageWords
from functions.payments.requests.links import ByLink, ListLinks, MakeLink, RevokeLink
from tests.unit.payments.till import SECRET, Till
from tests.unit.told import NUMBER

SECOND = "MP-2026-0000002"
HOSTILE = "<script>alert(1)</script> & Söhne \u202egnp"
TEXTS = Path(transfers.__file__).with_name("texts")


@pytest.fixture
def till(monkeypatch: pytest.MonkeyPatch) -> Till:
    return Till(monkeypatch)


def test_the_page_says_nothing_of_who_the_member_is(till: Till) -> None:
    token = till.issue(who={"name": HOSTILE, "email": "erika@example.org"})
    _, page, _ = till.get(f"/pay/{token}")
    for personal in ("Erika", "erika", "alert(1)", "Hauptstra", "10115", "mem_1"):
        assert personal not in page
    assert NUMBER in page


def test_the_page_is_kept_nowhere_told_nowhere_and_obeys_only_us(till: Till) -> None:
    _, page, response = till.get(f"/pay/{till.issue()}")
    headers = response.headers
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert "noindex" in headers["X-Robots-Tag"]
    policy = headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for element in re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page, re.DOTALL):
        assert base64.b64encode(hashlib.sha256(element.encode()).digest()).decode() in policy
    assert not re.search(r"""(?:src|href)=["']?(?:https?:)?//""", page)
    assert " style=" not in page
    assert " onclick" not in page


CHANGES = [lambda t: t[:-1], lambda t: t + "A", lambda t: "A" + t[1:], lambda t: t[:5], str.lower]


@pytest.mark.parametrize("change", CHANGES)
def test_an_address_that_we_never_gave_is_refused(till: Till, change: Any) -> None:
    till.issue()
    status, page, _ = till.get(f"/pay/{change(till.issue(SECOND))}")
    assert status == 404
    assert "This address is not complete" in page
    assert "MP-" not in page


@given(st.binary(min_size=0, max_size=40))
def test_no_bytes_are_an_address(raw: bytes) -> None:
    with pytest.raises(Rejected, match="link_invalid"):
        link_id_in(base64.urlsafe_b64encode(raw).decode(), [SECRET])


def test_an_address_has_36_characters_and_one_way_to_write_it() -> None:
    token = token_of(link := link_id_of_invoice("inv_1"), "old")
    assert len(token) == 36
    assert link_id_in(token, ["new", "old"]) == link
    for other in (token + "=", token + "\n", " " + token, token[:-1]):
        with pytest.raises(Rejected):
            link_id_in(other, ["old"])
    with pytest.raises(Rejected):
        link_id_in(token, ["new"])


def test_a_link_ends_and_a_revoked_one_at_once(till: Till) -> None:
    token = till.issue()
    made = till.platform.do(make_link, MakeLink(member_id="mem_1", expires_on=None))
    other = show_link(ByLink(link_id=made["link_id"]), till.platform.runtime.world)
    assert till.get("/" + other.url.split("/", 3)[3])[0] == 200
    till.platform.do(revoke_link, RevokeLink(link_id=made["link_id"]))
    status, page, _ = till.get("/" + other.url.split("/", 3)[3])
    assert (status, "no longer valid" in page) == (410, True)
    assert show_link(ByLink(link_id=made["link_id"]), till.platform.runtime.world).url == ""
    till.platform.clock.advance_to(till.platform.clock.now().replace(year=2027))
    status, page, _ = till.get(f"/pay/{token}")
    assert (status, "has expired" in page, "MP-" in page) == (410, True, False)


def test_a_link_for_one_invoice_shows_that_one_alone(till: Till) -> None:
    till.issue()
    till.issue(SECOND)
    made = till.platform.do(make_link, MakeLink(invoices=[f"inv_{SECOND}"], amount_minor=5_000, language="de"))
    token = token_of(made["link_id"], SECRET)
    _, page, _ = till.get(f"/pay/{token}")
    assert "MP-2026-0000002" in page
    assert NUMBER not in page
    assert 'value="50,00"' in page
    assert 'lang="de"' in page
    assert "/methods" not in page
    form = [*till.form(token, SECOND), ("pay", NUMBER), (f"amount-{NUMBER}", "1"), (f"shown-{NUMBER}", "11900")]
    assert till.post(f"/pay/{token}/checkouts", form)[0] == 409
    assert till.post(f"/pay/{token}/methods", [("key", "1"), ("method", "card")])[0] == 404
    assert till.platform.all(Checkout) == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({}, "nothing_chosen"),
        ({"member_id": "mem_nobody"}, "nothing_chosen"),
        ({"invoices": ["inv_nothing"]}, "unknown_invoice"),
        ({"invoices": [f"inv_{NUMBER}"], "member_id": "mem_2"}, "another_member"),
        ({"invoices": [f"inv_{NUMBER}"], "amount_minor": 11_901}, "more_than_open"),
        ({"member_id": "mem_1", "amount_minor": 1}, "amount_without_invoice"),
        ({"member_id": "mem_1", "expires_on": "2026-09-30"}, "expiry_out_of_range"),
        ({"member_id": "mem_1", "expires_on": "2028-01-01"}, "expiry_out_of_range"),
    ],
)
def test_a_link_that_makes_no_sense_is_not_made(till: Till, asked: dict[str, Any], code: str) -> None:
    till.issue()
    with pytest.raises(Rejected, match=code):
        till.platform.do(make_link, MakeLink.model_validate_json(json.dumps(asked)))


def test_staff_say_why_they_make_a_link_and_no_address_is_on_record(till: Till) -> None:
    till.issue()
    with pytest.raises(Rejected, match="reason_missing"):
        till.platform.do(make_link, MakeLink(member_id="mem_1"), actor="staff:a@b")
    made = till.platform.do(make_link, MakeLink(member_id="mem_1", reason="asked on the phone"), actor="staff:a@b")
    assert made["url"] == ""
    found = list_links(ListLinks(member_id="mem_1"), till.platform.runtime.world)
    assert {one.url for one in found.items} == {""}
    assert {one.made_by for one in found.items} == {"invoice", "staff:a@b"}


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ([], "Choose at least one invoice."),
        ([("pay", NUMBER), (f"amount-{NUMBER}", "abc"), (f"shown-{NUMBER}", "11900")], "Write each amount like 12.50."),
        ([("pay", NUMBER), (f"amount-{NUMBER}", "0"), (f"shown-{NUMBER}", "11900")], "Write each amount like 12.50."),
        ([("pay", NUMBER), (f"amount-{NUMBER}", "119.01"), (f"shown-{NUMBER}", "11900")], "more than what is open"),
        ([("pay", NUMBER), (f"amount-{NUMBER}", "119")], "What is open has changed"),
        ([("pay", "MP-2026-0000009"), ("amount-MP-2026-0000009", "1")], "is not open any more"),
        ([("pay", NUMBER)] * 2 + [(f"amount-{NUMBER}", "1"), (f"shown-{NUMBER}", "11900")], "at least one invoice"),
        ([("pay", HOSTILE), (f"amount-{HOSTILE}", HOSTILE)], "Write each amount"),
    ],
)
def test_a_form_that_can_be_put_right_comes_back_with_what_was_typed(till: Till, fields: Any, told: str) -> None:
    token = till.issue()
    status, page, _ = till.post(f"/pay/{token}/checkouts", [("key", "k1"), ("method", "blik"), *fields])
    assert status in {409, 422}
    assert told in page
    assert 'role="alert"' in page
    assert "alert(1)" not in page
    if ("amount-" + NUMBER, "abc") in fields:
        assert 'value="abc"' in page
        assert page.count('aria-invalid="true"') == 1
    assert till.platform.all(Checkout) == []


@pytest.mark.parametrize("method", ["", "blik", "swish", "cash", HOSTILE])
def test_a_way_that_is_not_offered_is_refused(till: Till, method: str) -> None:
    token = till.issue()
    status, page, _ = till.post(f"/pay/{token}/checkouts", till.form(token, NUMBER, method=method))
    assert (status, "Choose how you want to pay." in page) == (422, True)


def test_a_form_from_elsewhere_or_of_another_kind_is_refused(till: Till) -> None:
    form = till.form(token := till.issue(), NUMBER)
    assert till.post(f"/pay/{token}/checkouts", form, Sec_Fetch_Site="cross-site")[0] == 403
    assert till.post(f"/pay/{token}/checkouts", form, Content_Type="application/json")[0] == 415
    assert till.post(f"/pay/{token}/checkouts", [*form, ("x", "y" * 70_000)])[0] == 413
    assert till.post(f"/pay/{token}/checkouts", [*form, *[("x", "y")] * 500])[0] == 413
    assert till.post(f"/pay/{token}/checkouts", [("key", "<b>"), *form[1:]])[0] == 422
    assert till.post(f"/pay/{token}/checkouts", form[1:])[0] == 422
    assert till.platform.all(Checkout) == []


def test_a_key_used_for_something_else_begins_nothing(till: Till) -> None:
    token = till.issue()
    form = till.form(token, NUMBER)
    assert till.post(f"/pay/{token}/checkouts", form)[0] == 303
    status, page, _ = till.post(f"/pay/{token}/checkouts", [(n, "3" if n.startswith("amount") else v) for n, v in form])
    assert (status, "send it again" in page) == (422, True)
    assert len(till.platform.all(Checkout)) == 1


def test_one_member_sees_nothing_of_anothers_payment(till: Till) -> None:
    checkout = till.begin(till.issue(), NUMBER)
    other = till.issue(SECOND, who={"member_id": "mem_2"})
    status, page, _ = till.get(f"/pay/{other}/checkouts/{checkout.id}")
    assert (status, checkout.url in page) == (404, False)
    assert NUMBER not in till.get(f"/pay/{other}")[1]


def test_what_is_collected_is_not_asked_for(till: Till) -> None:
    token = till.issue(who={"payment_method": "direct_debit", "payment_token": "pm_1"})
    _, page, _ = till.get(f"/pay/{token}")
    assert "We collect it on 15 Oct 2026" in page
    assert not re.search(r'name="pay"[^>]*checked', page)
    till.platform.advance_to(datetime(2026, 10, 15, 12, tzinfo=UTC))
    _, page, _ = till.get(f"/pay/{token}")
    assert "is being collected from you already" in page
    assert "We expect it by 22 Oct 2026" in page
    assert 'name="pay"' not in page
    form = [("key", "k"), ("method", "card"), ("pay", NUMBER), (f"amount-{NUMBER}", "1"), (f"shown-{NUMBER}", "11900")]
    assert till.post(f"/pay/{token}/checkouts", form)[0] == 409
    assert till.post(f"/pay/{token}/checkouts", [*form, ("method", "transfer")])[0] == 409


@pytest.mark.parametrize("language", NAMES)
def test_every_language_says_everything(till: Till, language: str) -> None:
    token = till.issue(who={"language": language})
    till.issue(SECOND)
    words = PageWords(language)
    status, page, _ = till.get(f"/pay/{token}")
    assert status == 200
    assert f'<html lang="{language}">' in page
    assert f"<h1>{words['title']}</h1>" in page.replace("&#39;", "'")
    assert words.money(23_800, "EUR") in page or words.money(11_900, "EUR") in page
    checkout = till.begin(token, NUMBER)
    for path in ("", "/back"):
        assert till.get(f"/pay/{token}/checkouts/{checkout.id}{path}")[0] == 200
    english = json.loads((TEXTS / "en.json").read_text("utf-8"))
    told = json.loads((TEXTS / f"{language}.json").read_text("utf-8"))
    assert set(told) == set(english)
    for name, text in english.items():
        assert set(re.findall(r"{\w+}", text)) == set(re.findall(r"{\w+}", told[name])), name


def test_a_browser_is_answered_in_its_own_language_where_we_know_nobody(till: Till) -> None:
    _, page, _ = till.get("/pay/nothing", Accept_Language="sv, fr-CH;q=0.8, de;q=0.5")
    assert "Cette adresse" in page


@pytest.mark.parametrize(
    ("country", "currency", "local"),
    [("NL", "EUR", "ideal"), ("BE", "EUR", "bancontact"), ("AT", "EUR", "eps"), ("PL", "PLN", "blik"),
     ("SE", "SEK", "swish"), ("CH", "CHF", "twint"), ("DE", "EUR", "card"), ("GB", "GBP", "card")],
)  # fmt: skip
def test_each_country_is_offered_its_own_ways_first(country: str, currency: str, local: str) -> None:
    found = [one.method for one in offered(country, currency)]
    assert found[0] == local
    assert "card" in found
    assert ("direct_debit" in found) == (currency == "EUR" and country != "GB")


def test_a_transfer_shows_account_reference_and_a_code_that_says_the_same(till: Till) -> None:
    token = till.issue()
    _, _, response = till.post(f"/pay/{token}/checkouts", till.form(token, NUMBER, method="transfer", n1="50"))
    assert till.platform.all(Checkout) == []
    status, page, _ = till.get(response.headers["Location"])
    assert status == 200
    assert "DE89 3704 0044 0532 0130 00" in page
    assert "RF18 5390 0754 7034" in page
    lines = scanned(page)[0].split("\n")
    assert lines[:4] == ["BCD", "002", "1", "SCT"]
    assert (lines[6], lines[7], lines[9]) == ("DE89370400440532013000", "EUR50.00", "RF18539007547034")


def test_several_invoices_in_full_are_one_transfer_that_names_them_all(till: Till) -> None:
    token = till.issue()
    till.issue(SECOND)
    _, _, response = till.post(f"/pay/{token}/checkouts", till.form(token, NUMBER, SECOND, method="transfer"))
    codes = scanned(till.get(response.headers["Location"])[1])
    assert [code.split("\n")[7] for code in codes] == ["EUR238.00"]
    assert codes[0].split("\n")[10] == f"{NUMBER} {SECOND}"
    _, _, response = till.post(f"/pay/{token}/checkouts", till.form(token, NUMBER, SECOND, method="transfer", n2="1"))
    codes = scanned(till.get(response.headers["Location"])[1])
    assert [code.split("\n")[7] for code in codes] == ["EUR119.00", "EUR1.00"]


def test_belgians_and_swiss_are_told_their_own_references(till: Till) -> None:
    belgian = till.issue("MB-2026-0000001", entity="MB", reference="260000000170", who={"country": "BE"})
    _, page, _ = till.get(f"/pay/{belgian}/transfer?invoice=MB-2026-0000001&amount=11900")
    assert "+++260/0000/00170+++" in page
    assert scanned(page)[0].split("\n")[10] == "+++260/0000/00170+++"
    qrr = "000000000000131920260000017"
    who = {"country": "CH", "member_id": "mem_2"}
    swiss = till.issue("MS-2026-0000001", entity="MS", reference=qrr, currency="CHF", who=who)
    _, page, _ = till.get(f"/pay/{swiss}/transfer?invoice=MS-2026-0000001&amount=11900")
    lines = scanned(page)[0].split("\n")
    assert (lines[0], lines[3], lines[18], lines[19]) == ("SPC", "CH7030000000300012345", "119.00", "CHF")
    assert (lines[20:27], lines[27], lines[28]) == ([""] * 7, "QRR", qrr)


NOTHING = ["", f"?invoice={NUMBER}", "?invoice=x&amount=1", f"?invoice={NUMBER}&amount=-1"]


@pytest.mark.parametrize("query", NOTHING)
def test_a_transfer_of_nothing_leads_back_to_the_invoices(till: Till, query: str) -> None:
    status, page, _ = till.get(f"/pay/{till.issue()}/transfer{query}")
    assert status == 409
    assert "What do you want to pay?" in page


def test_a_transfer_asks_for_no_more_than_is_open(till: Till) -> None:
    _, page, _ = till.get(f"/pay/{till.issue()}/transfer?invoice={NUMBER}&amount=99999999")
    assert scanned(page)[0].split("\n")[7] == "EUR119.00"


def scanned(page: str) -> list[str]:
    """What a banking app reads from the codes on a page."""
    found = []
    for size, path in re.findall(r'viewBox="0 0 (\d+) \d+"><path d="([^"]+)"/></svg></div>', page):
        picture = Image.new("L", (int(size) + 8, int(size) + 8), 255)
        for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)", path):
            picture.paste(0, (int(x) + 4, int(y) + 4, int(x) + 4 + int(width), int(y) + 5))
        [code] = zxingcpp.read_barcodes(picture.resize((picture.width * 6,) * 2, Image.Resampling.NEAREST))
        found.append(code.text)
    return found
