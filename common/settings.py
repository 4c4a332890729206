"""What differs between one machine and the cloud, read from the environment once, all faults told at once."""

import os
from functools import lru_cache
from typing import Literal

from pydantic import ValidationError

from common.values import Value

EMULATORS = (
    "FIRESTORE_EMULATOR_HOST",
    "PUBSUB_EMULATOR_HOST",
    "CLOUD_TASKS_EMULATOR_HOST",
    "BIGQUERY_EMULATOR_HOST",
    "STORAGE_EMULATOR_HOST",
)


class Settings(Value):
    """The platform's settings; each is the environment variable `BILLING_<NAME>` in capitals."""

    mode: Literal["local", "cloud"] = "local"
    project: str = "billing-local"
    region: str = "europe-west1"
    base_url: str = "http://127.0.0.1:8080"
    """Where the functions are reached; the audience of every identity token is below it."""
    functions_url: str = ""
    """Where Pub/Sub, Tasks and Scheduler reach a function, with `{name}` for its name; empty: below `base_url`."""
    issuer_url: str = "http://127.0.0.1:8081/identity"
    """Who signs identity tokens (`iss`); its keys are at `/.well-known/jwks.json`."""
    pusher: str = "pusher@billing-local.iam.gserviceaccount.com"
    """The service account Pub/Sub, Tasks and Scheduler call as."""
    iap_audience: str = "/projects/0/global/backendServices/console"
    staff: str = "{}"
    """JSON object: e-mail of a member of staff to a list of roles."""
    webhook_secrets: str = "whsec_local"
    """The provider's signing secrets, newest first, separated by commas; `secret@2026-12-31` is good until that day."""
    stripe_url: str = "http://127.0.0.1:8081/stripe"
    stripe_key: str = "sk_test_local"
    adyen_url: str = "http://127.0.0.1:8081/adyen/checkout"
    """Adyen's Checkout API, what comes before `/v71`: live `https://{prefix}-checkout-live.adyenpayments.com/checkout`."""
    adyen_area_url: str = "http://127.0.0.1:8081/adyen"
    """Adyen's Customer Area, for reports and disputes: what comes before `/reports/download` and `/ca/services`."""
    adyen_key: str = "adyen_key_local"
    adyen_merchant: str = "MarketplaceBilling"
    adyen_live: bool = False
    """Whether notices of the live environment are ours: those of the other one are set aside."""
    adyen_hmac_keys: str = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
    """The hexadecimal keys that sign Adyen's notices, newest first, separated by commas; locally the published one."""
    mollie_url: str = "http://127.0.0.1:8081/mollie"
    """What comes before `/v2`."""
    mollie_key: str = "test_local"
    mollie_access_token: str = ""
    """An organisation's access token: settlements are shown to nobody else. Empty: Mollie's payouts can't be read."""
    mollie_secrets: str = ""
    """The secrets that sign Mollie's webhooks, newest first, separated by commas. Empty: Mollie signs nothing, and an
    unsigned notice is taken as a hint to look."""
    gocardless_url: str = "http://127.0.0.1:8081/gocardless"
    """Live `https://api.gocardless.com`."""
    gocardless_token: str = "sandbox_local"  # noqa: S105 - the local simulator's
    """Its access token; empty: GoCardless is not used."""
    gocardless_secrets: str = "gc_local"
    """The secrets that sign GoCardless's webhooks, newest first, `secret@2026-12-31` is good until that day."""
    sap_url: str = "http://127.0.0.1:8081/sap/journal-entries"
    sap_odata_url: str = "http://127.0.0.1:8081/sap/odata"
    """Where SAP's balances are read, what comes before `/A_OperationalAcctgDocItemCube`."""
    vies_url: str = ""
    """Where VAT ids are checked, what comes before `/check-vat-number`: of the Commission's service
    `https://ec.europa.eu/taxation_customs/vies/rest-api`. Empty: nobody is asked, and a checksum decides."""
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 1025
    mail_from: str = "billing@marketplace.example"
    bucket: str = "billing-documents"
    link_secrets: str = "link_local"
    """What signs the short-lived addresses of documents, newest first, separated by commas."""
    proof_secrets: str = "proof_local"
    """What signs the reports of the daily proof, newest first, separated by commas."""

    def function_url(self, name: str) -> str:
        """Where the platform's own messages for a function go, and the audience of the tokens they come with."""
        return (self.functions_url or f"{self.base_url}/_functions/{{name}}").replace("{name}", name)


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process; RuntimeError that names every wrong or missing variable."""
    return read(dict(os.environ))


def read(environment: dict[str, str]) -> Settings:
    """Settings from an environment; in local mode every emulator has to be named, so that nothing calls out."""
    given = {
        name: environment[f"BILLING_{name.upper()}"]
        for name in Settings.model_fields
        if f"BILLING_{name.upper()}" in environment
    }
    try:
        found = Settings.model_validate(given)
    except ValidationError as fault:
        raise RuntimeError(f"settings are wrong: {fault}") from fault
    missing = [name for name in EMULATORS if not environment.get(name)]
    if found.mode == "local" and missing:
        raise RuntimeError(
            f"local mode needs {', '.join(missing)}: refusing to call the outside. "
            "`billing up` sets them; BILLING_MODE=cloud is for the cloud."
        )
    return found
