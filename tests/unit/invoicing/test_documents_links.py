"""Short-lived addresses of documents: for whoever has them, for a quarter of an hour, made by nobody else."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Request
from werkzeug.test import EnvironBuilder

from common.failures import Rejected
from common.functions.entry import answer
from common.process import use
from functions.invoicing import einvoice, links, main
from functions.invoicing.handlers import downloads
from functions.invoicing.model.invoices import Invoice
from functions.invoicing.requests.downloads import AskInvoiceLink, DocumentLink, DownloadPdf, DownloadXml
from tests.kit import Platform
from tests.unit.invoicing.given import billed, platform

NOW = datetime(2026, 10, 1, 8, tzinfo=UTC)


def one_invoice(**settings: Any) -> tuple[Platform, Invoice]:
    here = platform(members=1, **settings)
    billed(here)
    return here, here.all(Invoice)[0]


def linked(here: Platform, found: Invoice, format_: Any = "pdf") -> DocumentLink:
    return downloads.invoice_link(AskInvoiceLink(invoice_id=found.id, format=format_), here.runtime.world)


def given(url: str) -> dict[str, str]:
    """What the server takes out of an address."""
    parts = urlsplit(url)
    path = parts.path.split("/")
    assert path[:3] == ["", "v1", "downloads"]
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return asked | {"document_id": path[3]} | ({"format": path[5]} if path[4] == "xml" else {})


def test_who_has_the_address_gets_the_document() -> None:
    here, found = one_invoice()
    link = linked(here, found)
    content = downloads.download_pdf(DownloadPdf.model_validate(given(link.url)), here.runtime.world)
    assert (len(content), content[:5]) == (link.size_bytes, b"%PDF-")
    assert link.expires_at - here.clock.now() <= timedelta(minutes=15)


def test_the_xml_inside_has_an_address_too() -> None:
    here, found = one_invoice()
    asked = DownloadXml.model_validate(given(linked(here, found, "cii").url))
    assert downloads.download_xml(asked, here.runtime.world) == einvoice.cii(found)


def test_an_address_expires() -> None:
    here, found = one_invoice()
    asked = DownloadPdf.model_validate(given(linked(here, found).url))
    here.advance_to(here.clock.now() + timedelta(minutes=15, seconds=1))
    with pytest.raises(Rejected) as refused:
        downloads.download_pdf(asked, here.runtime.world)
    assert (refused.value.code, refused.value.status) == ("link_expired", 403)


@pytest.mark.parametrize(
    "change",
    [
        {"expires": 9_999_999_999},
        {"document_id": "inv_0123456789"},
        {"signature": "0" * 64},
    ],
)
def test_an_address_that_was_changed_is_refused(change: dict[str, Any]) -> None:
    here, found = one_invoice()
    asked = DownloadPdf.model_validate({**given(linked(here, found).url), **change})
    with pytest.raises(Rejected) as refused:
        downloads.download_pdf(asked, here.runtime.world)
    assert (refused.value.code, refused.value.status) == ("link_invalid", 403)


def test_the_address_of_one_form_is_not_that_of_another() -> None:
    here, found = one_invoice()
    asked = DownloadXml.model_validate({**given(linked(here, found).url), "format": "cii"})
    with pytest.raises(Rejected, match="not made by us"):
        downloads.download_xml(asked, here.runtime.world)


@pytest.mark.parametrize("signature", ["", "0" * 63, "g" * 64, "A" * 64, "é" * 64])
def test_what_is_no_signature_is_refused_at_the_door(signature: str) -> None:
    with pytest.raises(ValueError, match="signature"):
        DownloadPdf(document_id="inv_1", expires=1, signature=signature)


def test_the_older_secret_still_opens_while_it_is_replaced() -> None:
    here, found = one_invoice(link_secrets="new, old")
    expires = int(here.clock.now().timestamp()) + 60
    for secret, opens in (("new", True), ("old", True), ("older", False)):
        signed = links.signature(found.id, "pdf", expires, secret)
        asked = DownloadPdf(document_id=found.id, expires=expires, signature=signed)
        try:
            assert downloads.download_pdf(asked, here.runtime.world)
            assert opens
        except Rejected:
            assert not opens
    assert given(linked(here, found).url)["signature"] != links.signature(found.id, "pdf", expires, "old")


@pytest.mark.parametrize("setting", ["", " , ,"])
def test_nothing_is_signed_with_an_empty_secret(setting: str) -> None:
    with pytest.raises(RuntimeError, match="link_secrets"):
        links.secrets_of(setting)


def test_there_is_no_address_of_what_was_not_made() -> None:
    here, found = one_invoice()
    with pytest.raises(Rejected) as refused:
        linked(here, found, "xrechnung")
    assert refused.value.status == 404


# -- through the door ------------------------------------------------------------------------------


def got(url: str) -> tuple[int, str, bytes]:
    """What anybody gets who has no token."""
    parts = urlsplit(url)
    builder = EnvironBuilder(parts.path, method="GET", query_string=parts.query)
    response = answer(main.api, Request(builder.get_environ()))
    return response.status_code, response.content_type or "", response.get_data()


def test_the_address_is_enough_to_get_in_and_nothing_else_is() -> None:
    here, found = one_invoice()
    use(here.runtime)
    for format_, media in (("pdf", "application/pdf"), ("cii", "application/xml")):
        link = linked(here, found, format_)
        status, content_type, content = got(link.url)
        assert (status, content_type, len(content)) == (200, media, link.size_bytes)
        assert link.media_type == media
        assert got(link.url.replace("signature=", "signature=0"))[0] == 422
        assert got(link.url[:-1] + ("0" if link.url[-1] != "0" else "1"))[0] == 403
        assert got(link.url.partition("&")[0])[0] == 422
        assert got(link.url + "&more=1")[0] == 422
    assert got(f"/v1/invoices/{found.id}/pdf")[0] == 401
    assert got(f"/v1/invoices/{found.id}/link")[0] == 401
