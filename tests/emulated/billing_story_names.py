"""Names for ids that are drawn anew in every run: made of what is said of them, so that two runs can be compared."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any, Final

import orjson

DRAWN: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:"
    r"(?:pi|evt|po|txn|dp|re|cs_test|pm|cus|seti|tr|stl)_[0-9A-Za-z]{10,}(?:@[0-9.]+)?"
    r"|(?:PM|PO|EV)[0-9A-Z]{10,}|[0-9A-Z]{16}|[0-9A-F]{12}|MARKET-[0-9A-Z]{6}"
    r"|(?:rcp|ret|rtn|ref|mat|jrn|k|pev|pyt|pyp|mov|dsp|ear|mrk|stm|stf|pk|ntf|dig|kmt|mns)_[0-9a-f]{20,}"
    r"|(?:lnk|chk|att)_[0-9a-f]{20,}|[0-9a-f]{32}|127\.0\.0\.1:[0-9]+"
    r")(?![0-9A-Za-z])"
)
"""What providers draw, by their forms: Stripe, Mollie, GoCardless, Adyen, and what payouts are called on statements.
Then ours that are hashes of those, of the moment in which somebody made a link, or of the generation a bucket gives a
file; records of commits; ports. The VAT register's numbers of consultations look like Adyen's ids."""
BY_ID: Final = ("movements", "records", "marks")
"""Lists in the order of such ids."""
LISTS: Final = {"sap_pages": "journals"}
"""Collections whose documents only list such ids, in their order: they say nothing that could name one."""


def named(documents: Mapping[str, Sequence[Mapping[str, Any]]]) -> dict[str, list[str]]:
    """Every document as text, each drawn id in it replaced by its kind and a hash of all that names it.

    Nothing is left out, and two documents stay two: what is lost, doubled or about something else has another name.
    """
    texts = {collection: [_text(body) for body in bodies] for collection, bodies in documents.items()}
    names = _names({collection: found for collection, found in texts.items() if collection not in LISTS})
    return {
        collection: sorted(_in_order(_with(text, names), LISTS.get(collection, "")) for text in found)
        for collection, found in texts.items()
    }


def _in_order(text: str, name: str) -> str:
    """The text with a list of names in their order."""
    if not name:
        return text
    body = orjson.loads(text)
    return orjson.dumps({**body, name: sorted(body[name])}, option=orjson.OPT_SORT_KEYS).decode()


def _names(texts: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """A name for each id by what each document says of it; of the other ids only their kinds count there."""
    said: dict[str, list[str]] = defaultdict(list)
    for collection, found in texts.items():
        for text in found:
            for one in set(DRAWN.findall(text)):
                said[one].append(f"{collection} {_with(text, {one: '*'})}")
    digests = {one: sha256("\n".join(sorted(told)).encode()).hexdigest()[:8] for one, told in said.items()}
    return {one: f"{_kind(one)}:{digest}" for one, digest in digests.items()}


def _text(body: Mapping[str, Any]) -> str:
    ordered = {name: sorted(body[name], key=_kinds) for name in BY_ID if isinstance(body.get(name), list)}
    return orjson.dumps({**body, **ordered}, option=orjson.OPT_SORT_KEYS).decode()


def _kinds(value: Any) -> str:
    return _with(orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode(), {})


def _with(text: str, names: Mapping[str, str]) -> str:
    return DRAWN.sub(lambda match: names.get(match[0], _kind(match[0])), text)


def _kind(one: str) -> str:
    return one.partition("_")[0] if "_" in one else "drawn"
