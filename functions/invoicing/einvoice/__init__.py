"""Electronic invoices: our documents as the XML that European law, buyers and their software expect (EN 16931)."""

from collections.abc import Callable
from functools import partial

from functions.invoicing.einvoice import cii_tree, ubl_tree
from functions.invoicing.einvoice.addresses import endpoint_of
from functions.invoicing.einvoice.profiles import CORE, FACTUR_X, PEPPOL, XRECHNUNG, Profile
from functions.invoicing.einvoice.statement import terms_of
from functions.invoicing.model.credit_notes import CreditNote
from functions.invoicing.model.invoices import Invoice

__all__ = ["CORE", "FACTUR_X", "PEPPOL", "XRECHNUNG", "Profile", "cii", "syntaxes", "ubl"]


def cii(document: Invoice | CreditNote) -> bytes:
    """The document as Factur-X (CII, profile EN 16931), to be attached to its PDF as `factur-x.xml`."""
    return cii_tree.written(terms_of(document, FACTUR_X))


def ubl(document: Invoice | CreditNote, profile: Profile = CORE) -> bytes:
    """The document as UBL for a profile; Rejected `no_electronic_address` where its network can't reach a party."""
    return ubl_tree.written(terms_of(document, profile))


def syntaxes(document: Invoice | CreditNote) -> dict[str, Callable[[], bytes]]:
    """Every syntax the document can be had in, by the suffix of its file, each written when called.

    Peppol's is left out where the buyer has no address in that network, as consumers have none.
    """
    profiles = [profile for profile in (CORE, XRECHNUNG, PEPPOL) if _reachable(document, profile)]
    found: dict[str, Callable[[], bytes]] = {FACTUR_X.suffix: partial(cii, document)}
    return found | {profile.suffix: partial(ubl, document, profile) for profile in profiles}


def _reachable(document: Invoice | CreditNote, profile: Profile) -> bool:
    parties = (document.seller, document.buyer)
    return not profile.addressed or all(endpoint_of(party, profile) for party in parties)
