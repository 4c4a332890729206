"""Every mail is there in every language, counts and dates as the language does, and holds what it must."""

import json
import re
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.parties import PaymentMethod
from common.wording import REGIONS
from functions.notifications.model import Notification, Template, Words
from functions.notifications.render import mail
from functions.notifications.wording import HERE, MailWords, texts

LANGUAGES = sorted(REGIONS)
OURS = {"dispute_opened"}
"""What only our own people are told, in English."""
GAP = re.compile(r"\{(\w+)\}")


def notification(
    template: Template, language: str = "en", number: str = "MP-2026-0000001", **words: Any
) -> Notification:
    said = {
        "name": "Anna Berg", "number": number, "amount_minor": 123_456, "currency": "EUR", "due_on": "2026-10-26",
        "invoice_id": "inv_1", "mandate": "MP-M-000001", "creditor_id": "DE98ZZZ09999999999",
        "creditor": "Marketplace Europe GmbH", "account": "3000", "open_minor": 500, "fee_minor": 350,
        "reference": "RF18MP20260000001", "payment_number": "pi_1", "reason": "fraudulent",
    }  # fmt: skip
    return Notification(
        id=f"ntf_{template}_{number}",
        member_id="mem_1",
        template=template,
        to="anna@example.org",
        language=language,
        words=Words.model_validate(said | words),
        item_key="item_1",
        created_at=datetime(2026, 10, 19, 12, tzinfo=UTC),
    )


def plain(*told: Notification) -> str:
    body: Any = mail(told, "billing@marketplace.example", "https://pay.example/p/1").get_body(("plain",))
    return str(body.get_content())


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_every_text_with_the_same_gaps(language: str) -> None:
    ours, english = texts(language), texts("en")
    assert set(ours["labels"]) == set(english["labels"])
    assert set(ours["kinds"]) | OURS == set(english["kinds"])
    for name, kind in ours["kinds"].items():
        assert set(kind) == set(english["kinds"][name]), name
        for part in ("subject", "text", "closing"):
            assert set(GAP.findall(kind[part])) == set(GAP.findall(english["kinds"][name][part])), (name, part)


def test_every_kind_of_mail_has_its_words() -> None:
    kinds = {*get_args(Template), *(f"invoice_{method}" for method in get_args(PaymentMethod)), "invoice_settled"}
    assert kinds - {"invoice"} <= set(texts("en")["kinds"])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_counted_subject_has_every_form_its_language_asks_for(language: str) -> None:
    words = MailWords(language)
    for name, kind in texts(language)["kinds"].items():
        if "subjects" not in kind:
            continue
        forms = {str(words._locale.plural_form(count)) for count in range(2, 101)}
        assert forms <= set(kind["subjects"]) | ({"many"} if language in {"fr", "it", "es"} else set()), name
        for form in kind["subjects"].values():
            assert "{count}" in form, name


def test_polish_counts_in_its_own_way() -> None:
    forms = texts("pl")["kinds"]["reminder"]["subjects"]
    told = [MailWords("pl").counted(forms, count) for count in (2, 5, 22)]
    assert told == [
        "Przypomnienie: 2 faktury są nieopłacone",
        "Przypomnienie: 5 faktur jest nieopłaconych",
        "Przypomnienie: 22 faktury są nieopłacone",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("template", get_args(Template))
def test_every_mail_can_be_written_in_every_language(template: Template, language: str) -> None:
    text = plain(notification(template, language))
    assert "{" not in text
    assert "None" not in text
    many = plain(notification(template, language), notification(template, language, "MP-2026-0000002"))
    assert "{" not in many
    assert ("MP-2026-0000002" in many) == (not template.startswith(("mandate", "method")))


@pytest.mark.parametrize(
    ("language", "country", "minor", "currency", "written"),
    [
        ("en", "", 123_456_789, "EUR", "EUR\u00a01,234,567.89"),
        ("de", "", 123_456_789, "EUR", "1.234.567,89\u00a0EUR"),
        ("de", "CH", 123_456_789, "CHF", "CHF\u00a01’234’567.89"),
        ("pl", "", -50, "PLN", "−0,50\u00a0PLN"),
        ("fr", "", 1_234, "ISK", "1\u202f234\u00a0ISK"),
        ("bg", "", 1_234_567, "KWD", "1\u00a0234,567\u00a0KWD"),
    ],
)
def test_amounts_are_written_as_the_language_does(
    language: str, country: str, minor: int, currency: str, written: str
) -> None:
    assert MailWords(language, country).money(minor, currency) == written


@given(minor=st.integers(-(10**15), 10**15), language=st.sampled_from(LANGUAGES))
def test_no_cent_is_lost_in_writing(minor: int, language: str) -> None:
    digits = re.sub(r"\D", "", MailWords(language).money(minor, "EUR"))
    assert int(digits) == abs(minor)


def test_a_pre_notification_holds_what_the_rulebook_asks_for() -> None:
    text = plain(notification("debit_announced"))
    for told in ("EUR\u00a01,234.56", "26 Oct 2026", "MP-M-000001", "DE98ZZZ09999999999", "Marketplace Europe GmbH",
                 "… 3000", "MP-2026-0000001"):  # fmt: skip
        assert told in text


def test_who_has_to_act_is_told_why_by_when_and_where() -> None:
    text = plain(notification("payment_authenticate"))
    assert "Your bank asks you to confirm this payment yourself. Please do so by 26 Oct 2026." in text.replace(
        "\n", " "
    )
    assert "Confirm the payment\nhttps://pay.example/p/1" in text.replace("\r", "")
    assert "DE89" not in text


def test_the_strictest_of_several_names_the_mail_and_each_is_told_in_its_own_words() -> None:
    told = (
        notification("reminder", number="MP-2026-0000003"),
        notification("final_notice"),
        notification("reminder", number="MP-2026-0000002"),
    )
    message = mail(told, "billing@marketplace.example", "https://pay.example/p/1")
    assert message["Subject"] == "Final notice: invoice MP-2026-0000001"
    text = plain(*told)
    assert text.index("last notice before further steps") < text.index("These invoices are still open.")
    assert text.count("IBAN") == 1
    assert text.count("Payment reference: ") == 3


def test_texts_are_data_that_anybody_can_read() -> None:
    for path in (HERE / "texts").glob("*.json"):
        assert path.stem in REGIONS
        assert json.loads(path.read_text("utf-8")) == texts(path.stem)
