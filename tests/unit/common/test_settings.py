"""Settings fail at the start, all at once, and never call the outside by accident."""

import pytest

from common.settings import EMULATORS, read

LOCAL = dict.fromkeys(EMULATORS, "127.0.0.1:1")


def test_a_forgotten_emulator_is_an_error_in_local_mode() -> None:
    with pytest.raises(RuntimeError, match="BIGQUERY_EMULATOR_HOST"):
        read({name: value for name, value in LOCAL.items() if name != "BIGQUERY_EMULATOR_HOST"})


def test_the_cloud_needs_no_emulator() -> None:
    assert read({"BILLING_MODE": "cloud"}).mode == "cloud"


def test_every_wrong_setting_is_named() -> None:
    with pytest.raises(RuntimeError, match=r"(?s)mode.*smtp_port"):
        read({**LOCAL, "BILLING_MODE": "moon", "BILLING_SMTP_PORT": "many"})
