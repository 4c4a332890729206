"""Which rules a document is written for: the core standard, or a national or network's usage of it (CIUS)."""

from dataclasses import dataclass
from typing import Final

EN_16931: Final = "urn:cen.eu:en16931:2017"
PEPPOL_PROCESS: Final = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"


@dataclass(frozen=True, slots=True)
class Profile:
    """A usage specification: what a document says of itself, and how its parties have to be reachable."""

    suffix: str
    """How files of this kind end."""
    specification: str = EN_16931
    """BT-24."""
    process: str = ""
    """BT-23."""
    addressed: bool = False
    """Whether both parties need an electronic address (BT-34, BT-49)."""
    by_mail: bool = True
    """Whether an e-mail address will do (scheme EM): Peppol's list of schemes lacks it (PEPPOL-EN16931-CL008)."""


CORE: Final = Profile("ubl.xml")
FACTUR_X: Final = Profile("cii.xml")
XRECHNUNG: Final = Profile(
    "xrechnung.xml",
    f"{EN_16931}#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0",
    PEPPOL_PROCESS,
    addressed=True,
)
PEPPOL: Final = Profile(
    "peppol.xml",
    f"{EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0",
    PEPPOL_PROCESS,
    addressed=True,
    by_mail=False,
)
