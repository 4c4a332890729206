"""Messages as banks write them, made by hand; a test names only what matters."""

from collections.abc import Sequence

from common.settings import Settings
from functions.payments import api
from functions.payments.handlers import inbox, statements
from functions.payments.requests.statements import StatementsTaken
from tests.kit import Platform

IBAN = "DE89370400440532013000"
SPACE = "urn:iso:std:iso:20022:tech:xsd:"
ROOTS = {
    "052": ("BkToCstmrAcctRpt", "Rpt"),
    "053": ("BkToCstmrStmt", "Stmt"),
    "054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}


def amount(minor: int, currency: str = "EUR") -> str:
    sign = "CRDT" if minor >= 0 else "DBIT"
    told = f"{abs(minor) // 100}.{abs(minor) % 100:02d}"
    return f'<Amt Ccy="{currency}">{told}</Amt><CdtDbtInd>{sign}</CdtDbtInd>'


def balance(code: str, minor: int, day: str = "2026-10-20", currency: str = "EUR") -> str:
    kind = f"<Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp>"
    return f"<Bal>{kind}{amount(minor, currency)}<Dt><Dt>{day}</Dt></Dt></Bal>"


def entry(
    minor: int,
    ref: str = "",
    details: str = "",
    *,
    day: str = "2026-10-20",
    more: str = "",
    code: str = "",
    sts: str = "BOOK",
    currency: str = "EUR",
) -> str:
    reference = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    parts = code.split("-")
    family = f"<Fmly><Cd>{parts[1]}</Cd><SubFmlyCd>{parts[2]}</SubFmlyCd></Fmly>" if code else ""
    told = f"<BkTxCd><Domn><Cd>{parts[0]}</Cd>{family}</Domn></BkTxCd>" if code else ""
    inside = f"<NtryDtls>{details}</NtryDtls>" if details else ""
    return (
        f"<Ntry>{amount(minor, currency)}{more if more.startswith('<RvslInd') else ''}<Sts>{sts}</Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>{reference}{told}"
        f"{'' if more.startswith('<RvslInd') else more}{inside}</Ntry>"
    )


def details(e2e: str = "", name: str = "", text: str = "", more: str = "", own: str = "") -> str:
    refs = f"<Refs><EndToEndId>{e2e}</EndToEndId></Refs>" if e2e else ""
    party = f"<RltdPties><Dbtr><Nm>{name}</Nm></Dbtr></RltdPties>" if name else ""
    remittance = f"<RmtInf><Ustrd>{text}</Ustrd></RmtInf>" if text else ""
    return f"<TxDtls>{refs}{own}{party}{remittance}{more}</TxDtls>"


def statement(
    entries: Sequence[str],
    opening: int,
    closing: int,
    *,
    number: str = "S1",
    day: str = "2026-10-20",
    since: str = "",
    sequence: int | None = None,
    kind: str = "053",
    iban: str = IBAN,
    currency: str = "EUR",
    balances: bool = True,
) -> str:
    _, name = ROOTS[kind]
    counted = f"<ElctrncSeqNb>{sequence}</ElctrncSeqNb>" if sequence else ""
    period = f"<FrToDt><FrDtTm>{since or day}T00:00:00</FrDtTm><ToDtTm>{day}T23:59:59</ToDtTm></FrToDt>"
    both = balance("OPBD", opening, day, currency) + balance("CLBD", closing, day, currency) if balances else ""
    return (
        f"<{name}><Id>{number}</Id>{counted}<CreDtTm>{day}T23:00:00</CreDtTm>{period}"
        f"<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>{currency}</Ccy></Acct>{both}{''.join(entries)}</{name}>"
    )


def file(*parts: str, kind: str = "053", version: str = "02") -> bytes:
    root, _ = ROOTS[kind]
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{SPACE}camt.{kind}.001.{version}"><{root}>'
        f"<GrpHdr><MsgId>M1</MsgId></GrpHdr>\n{chr(10).join(parts)}\n</{root}></Document>"
    ).encode()


def upload(platform: Platform, content: bytes) -> StatementsTaken:
    given = api.parse_statement(content, {}, Settings())
    command = inbox.keep(given.command, platform.runtime.world)
    told = platform.do(statements.take_statements, command, key=given.key)
    platform.settle()
    return StatementsTaken.model_validate(told)
