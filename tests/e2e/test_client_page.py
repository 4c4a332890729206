"""The page for the marketplace's engineers is true: its code runs from top to bottom."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from common import client
from common.tools.local import Local
from tests.e2e.conftest import EVERYTHING

PAGE = Path(client.__file__).with_name("README.md")


def test_the_code_of_the_page_runs(platform: Local, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLING_URL", platform.url)
    monkeypatch.setenv("BILLING_TOKEN", platform.token(*EVERYTHING))
    monkeypatch.setenv("TODAY", platform.runtime.clock.now().date().isoformat())
    said: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert len(blocks) >= 8
    for block in blocks:
        exec(compile(block, str(PAGE), "exec"), said)  # noqa: S102 - our own page
        platform.settle()
        platform.advance_to(platform.runtime.clock.now() + timedelta(seconds=30))
    assert httpx.get(said["link"].url, timeout=30).content.startswith(b"%PDF"), "whoever has the address has the file"
