"""Files that are put into the bucket's inbox are taken in once, and what became of each is on record."""

import pytest

from common.events.payments import PaymentReceived
from common.functions.declared import Tick
from functions.payments.handlers import inbox, statements_shown
from functions.payments.model.statements import StatementUpload
from functions.payments.requests.statements import SearchFiles
from tests.kit import Platform
from tests.unit.payments.bank.paper import entry, file, statement

GOOD = file(statement([entry(1999, "A1")], 0, 1999))


@pytest.fixture
def platform() -> Platform:
    return Platform("payments")


def put(platform: Platform, name: str, content: bytes) -> None:
    platform.engine.files[f"inbox/statements/{name}"] = content


def look(platform: Platform) -> None:
    """What the schedule does."""
    tick = Tick(slot=platform.clock.now())
    [found] = inbox.look([tick], platform.runtime.world)
    platform.do(lambda _, transaction: inbox.note_files(tick, found, transaction), None)
    platform.settle()


def outcomes(platform: Platform) -> dict[str, tuple[str, str]]:
    return {one.file.rpartition("/")[2]: (one.outcome, one.code) for one in platform.all(StatementUpload)}


def test_what_is_put_there_is_taken_in_once(platform: Platform) -> None:
    put(platform, "a.xml", GOOD)
    for _ in range(3):
        look(platform)
    assert outcomes(platform) == {"a.xml": ("taken", "")}
    assert len(platform.events(PaymentReceived)) == 1


def test_a_bad_file_is_noted_with_line_and_reason_and_stops_nobody(platform: Platform) -> None:
    put(platform, "a.xml", GOOD.replace(b">19.99<", b">x<"))
    put(platform, "b.xml", GOOD)
    put(platform, "c.pdf", b"%PDF-1.7")
    put(platform, "d.xml", b"")
    look(platform)
    assert outcomes(platform) == {
        "a.xml": ("refused", "invalid_statement"),
        "b.xml": ("taken", ""),
        "c.pdf": ("refused", "unsupported_format"),
        "d.xml": ("refused", "empty_file"),
    }
    [refused] = [one for one in platform.all(StatementUpload) if one.file.endswith("a.xml")]
    assert refused.detail.startswith("line 3, statement S1")


def test_another_content_under_the_same_name_is_another_file(platform: Platform) -> None:
    put(platform, "a.xml", GOOD[:-50])
    look(platform)
    put(platform, "a.xml", GOOD)
    look(platform)
    assert sorted(one.outcome for one in platform.all(StatementUpload)) == ["refused", "taken"]
    assert len(platform.events(PaymentReceived)) == 1


def test_the_same_content_under_another_name_brings_nothing(platform: Platform) -> None:
    put(platform, "a.xml", GOOD)
    put(platform, "b.xml", GOOD)
    look(platform)
    assert [one.outcome for one in platform.all(StatementUpload)] == ["taken", "taken"]
    assert len(platform.events(PaymentReceived)) == 1


def test_a_changed_statement_and_another_account_are_refused_there_too(platform: Platform) -> None:
    put(platform, "a.xml", GOOD)
    look(platform)
    put(platform, "b.xml", GOOD.replace(b"19.99", b"29.99"))
    put(platform, "c.xml", GOOD.replace(b"DE89370400440532013000", b"DE02120300000000202051"))
    look(platform)
    assert outcomes(platform)["b.xml"] == ("refused", "statement_changed")
    assert outcomes(platform)["c.xml"] == ("refused", "unknown_account")


def test_a_file_that_is_gone_again_is_noted(platform: Platform) -> None:
    put(platform, "a.xml", GOOD)
    tick = Tick(slot=platform.clock.now())
    [found] = inbox.look([tick], platform.runtime.world)
    platform.engine.files.clear()
    platform.do(lambda _, transaction: inbox.note_files(tick, found, transaction), None)
    platform.settle()
    assert outcomes(platform) == {"a.xml": ("refused", "file_gone")}


def test_files_are_listed_by_outcome(platform: Platform) -> None:
    put(platform, "a.xml", GOOD)
    put(platform, "b.xml", b"junk")
    look(platform)
    [refused] = statements_shown.search_files(SearchFiles(outcome="refused"), platform.runtime.world).items
    assert (refused.file, refused.code) == ("inbox/statements/b.xml", "unsupported_format")


def test_the_original_is_kept(platform: Platform) -> None:
    put(platform, "a.xml", GOOD)
    look(platform)
    assert GOOD in [content for name, content in platform.engine.files.items() if name.startswith("statements/")]
