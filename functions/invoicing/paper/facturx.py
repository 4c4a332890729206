"""Tells in a PDF's metadata that it is a Factur-X invoice (Factur-X 1.0x / ZUGFeRD 2.x, 6.2: the XMP extension)."""

import io
import re
from typing import Final

FILE_NAME: Final = "factur-x.xml"
NAMESPACE: Final = "urn:factur-x:pdfa:CrossIndustryDocument:invoice:1p0#"
FACTS: Final = (
    ("DocumentFileName", FILE_NAME, "name of the embedded XML invoice file"),
    ("DocumentType", "INVOICE", "INVOICE"),
    ("Version", "1.0", "The actual version of the Factur-X XML schema"),
    ("ConformanceLevel", "EN 16931", "The conformance level of the embedded Factur-X data"),
)
"""Name, value and description of each property. A credit note is an INVOICE, too: its type stands in the XML."""
SCHEMAS_END: Final = b"</rdf:Bag></pdfaExtension:schemas>"
END: Final = b"</rdf:RDF>"
_METADATA: Final = re.compile(rb"<<\s*/Length (\d+)\s*/Type\s*/Metadata\s*/Subtype\s*/XML\s*>>\s*?stream\r?\n")
_TABLE: Final = re.compile(rb"xref\n0 (\d+)\n")
_TRAILER: Final = re.compile(rb"startxref\n(\d+)\n%%EOF\s*\Z")
ENTRY: Final = 20
"""Bytes of an entry in the table of objects (ISO 32000-1, 7.5.4)."""


class NotAsExpected(ValueError):
    """A PDF that is not built as typst builds it."""


def marked(pdf: bytes) -> bytes:
    """A tagged PDF/A-3 as typst makes it, marked as Factur-X; NotAsExpected where it is another one.

    Only the metadata grow, and the table of objects follows; no object is read or written anew, so everything else
    stays as it is, and the same bytes give the same bytes.
    """
    found, trailer = _METADATA.search(pdf), _TRAILER.search(pdf)
    if found is None or trailer is None or _METADATA.search(pdf, found.end()):
        raise NotAsExpected("there are no metadata, or too many")
    end = found.end() + int(found[1])
    xmp = described(pdf[found.end() : end])
    head = found[0].replace(b"/Length " + found[1], b"/Length %d" % len(xmp))
    more = len(head) + len(xmp) - (end - found.start())
    table = int(trailer[1])
    body = pdf[: found.start()] + head + xmp + pdf[end:table]
    entries, rest = _moved(pdf[table : trailer.start()], found.start(), more)
    return b"".join((body, entries, rest, b"startxref\n%d\n%%%%EOF" % (table + more)))


def embedded(pdf: bytes) -> bytes:
    """The XML inside a Factur-X PDF; NotAsExpected where there is none."""
    import pikepdf

    with pikepdf.Pdf.open(io.BytesIO(pdf)) as document:
        if FILE_NAME not in document.attachments:
            raise NotAsExpected(f"there is no {FILE_NAME} inside")
        return bytes(document.attachments[FILE_NAME].get_file().read_bytes())


def described(xmp: bytes) -> bytes:
    """XMP with the four properties and the schema that describes them, which PDF/A asks for (ISO 19005-3, 6.6.2.3)."""
    if xmp.count(SCHEMAS_END) != 1 or xmp.count(END) != 1:
        raise NotAsExpected("the metadata have no extension schemas")
    with_schema = xmp.replace(SCHEMAS_END, _schema().encode() + SCHEMAS_END)
    return with_schema.replace(END, _properties().encode() + END)


def _moved(table: bytes, after: int, more: int) -> tuple[bytes, bytes]:
    """The table of objects where those behind a place are so many bytes further on; and what follows the table."""
    head = _TABLE.match(table)
    if head is None or not after:
        raise NotAsExpected("there is no table of objects where it should be")
    end = head.end() + int(head[1]) * ENTRY
    entries = [table[at : at + ENTRY] for at in range(head.end(), end, ENTRY)]
    return head[0] + b"".join(_entry(one, after, more) for one in entries), table[end:]


def _entry(entry: bytes, after: int, more: int) -> bytes:
    place = int(entry[:10])
    return b"%010d" % (place + more) + entry[10:] if entry[17:18] == b"n" and place > after else entry


def _properties() -> str:
    told = "".join(f"<fx:{name}>{value}</fx:{name}>" for name, value, _ in FACTS)
    return f'<rdf:Description rdf:about="" xmlns:fx="{NAMESPACE}">{told}</rdf:Description>'


def _schema() -> str:
    properties = "".join(_property(name, description) for name, _, description in FACTS)
    return (
        '<rdf:li rdf:parseType="Resource">'
        "<pdfaSchema:schema>Factur-X PDFA Extension Schema</pdfaSchema:schema>"
        f"<pdfaSchema:namespaceURI>{NAMESPACE}</pdfaSchema:namespaceURI>"
        "<pdfaSchema:prefix>fx</pdfaSchema:prefix>"
        f"<pdfaSchema:property><rdf:Seq>{properties}</rdf:Seq></pdfaSchema:property></rdf:li>"
    )


def _property(name: str, description: str) -> str:
    return (
        '<rdf:li rdf:parseType="Resource">'
        f"<pdfaProperty:name>{name}</pdfaProperty:name>"
        "<pdfaProperty:valueType>Text</pdfaProperty:valueType>"
        "<pdfaProperty:category>external</pdfaProperty:category>"
        f"<pdfaProperty:description>{description}</pdfaProperty:description></rdf:li>"
    )
