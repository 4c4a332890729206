"""Stands in for Terraform's Google provider where it can't be had: its schema, and plans that come to nothing.

With it Terraform itself checks every block and attribute and works out what each `for_each` comes to.
`google_provider.json` holds the resource types that are used, as provider 6.50.0 declares them (`take_schema.py`, from
HashiCorp's CDK bindings, MPL-2.0): `!` is required, `=` is only computed, `*` may come more than once. What the cloud
would compute is made up of the resource's own name, so that a plan says who is meant: `billing-payments#email`.
"""

import json
import os
import struct
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import grpc

Schema = dict[str, Any]

SCHEMAS: Final[dict[str, Schema]] = json.loads(Path(__file__).with_suffix(".json").read_bytes())
PROVIDER: Final[Schema] = {
    "project": "string",
    "region": "string",
    "billing_project": "string",
    "user_project_override": "bool",
    "default_labels": "map of string",
}
NAMES: Final = ("account_id", "name", "secret_id", "dataset_id", "table_id", "display_name", "id")
LIST: Final = 2
LONGEST_S: Final = 280
"""A plan of everything takes half a minute of one core, and others may want that core, too."""


# -- protocol buffers, as much as is needed of them ------------------------------------------------


def _varint(number: int) -> bytes:
    out = b""
    while number > 127:
        out, number = out + bytes([number & 127 | 128]), number >> 7
    return out + bytes([number])


def _told(number: int, value: bytes | str | int | bool) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(int(value))
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _fields(raw: bytes) -> dict[int, bytes]:
    """The fields of a message that are texts, bytes or messages."""
    found, at = {}, 0
    while at < len(raw):
        key, at = _read_varint(raw, at)
        size, at = _read_varint(raw, at)
        if key & 7 == 2:
            found[key >> 3] = raw[at : at + size]
            at += size
    return found


def _read_varint(raw: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        number |= (raw[at] & 127) << shift
        if raw[at] < 128:
            return number, at + 1
        at, shift = at + 1, shift + 7


# -- MessagePack, as much as is needed of it -------------------------------------------------------

_SIZED: Final = {0xD9: ">B", 0xDA: ">H", 0xDB: ">I", 0xC4: ">B", 0xC5: ">H", 0xC6: ">I"}
_NUMBERS: Final = {
    0xCA: ">f", 0xCB: ">d", 0xCC: ">B", 0xCD: ">H", 0xCE: ">I", 0xCF: ">Q",
    0xD0: ">b", 0xD1: ">h", 0xD2: ">i", 0xD3: ">q",
}  # fmt: skip
_MANY: Final = {0xDC: ">H", 0xDD: ">I", 0xDE: ">H", 0xDF: ">I"}
_PLAIN: Final = {0xC0: None, 0xC2: False, 0xC3: True}


class _Packed:
    """Reads one value after another."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._at = 0

    def _take(self, size: int) -> bytes:
        self._at += size
        return self._raw[self._at - size : self._at]

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._take(struct.calcsize(form)))[0]

    def value(self) -> Any:
        """The next value. Whatever is unknown in a plan is an error: nothing should be."""
        tag = self._take(1)[0]
        if tag < 0x80 or tag >= 0xE0:
            return tag if tag < 0x80 else tag - 256
        if tag in _PLAIN:
            return _PLAIN[tag]
        if tag in _NUMBERS:
            return self._number(_NUMBERS[tag])
        if tag in _SIZED or 0xA0 <= tag < 0xC0:
            return self._take(self._number(_SIZED[tag]) if tag in _SIZED else tag & 31).decode()
        size = self._number(_MANY[tag]) if tag in _MANY else tag & 15
        if tag < 0x90 or tag in (0xDE, 0xDF):
            return {self.value(): self.value() for _ in range(size)}
        assert tag < 0xA0 or tag in (0xDC, 0xDD), "an unknown value in a plan"
        return [self.value() for _ in range(size)]


# -- the provider ----------------------------------------------------------------------------------


def _schema(fields: Schema) -> bytes:
    return _told(1, 0) + _told(2, _block(fields))


def _block(fields: Schema) -> bytes:
    out = b""
    for name, kind in fields.items():
        plain = name.strip("!*")
        if isinstance(kind, dict):
            nested = _told(1, plain) + _told(2, _block(kind)) + _told(3, LIST)
            nested += _told(4, int(name.startswith("!"))) + (b"" if name.endswith("*") else _told(5, 1))
            out += _told(3, nested)
        else:
            out += _told(2, _attribute(plain, kind))
    return out


def _attribute(name: str, kind: str) -> bytes:
    """`!` is required, `=` only computed; everything else may be set, and an id is computed where it is not."""
    outer, _, inner = kind.strip("!=").partition(" of ")
    typed = json.dumps([outer, inner] if inner else outer)
    out = _told(1, name) + _told(2, typed)
    if kind.startswith("!"):
        return out + _told(4, True)
    return out + (b"" if kind.startswith("=") else _told(5, True)) + _told(6, kind.startswith("=") or name == "id")


def _plan(request: bytes) -> bytes:
    """The proposed state, with what the cloud computes made up."""
    asked = _fields(request)
    state = _Packed(_fields(asked[3])[1]).value()
    if state is not None:
        _fill(state, SCHEMAS[asked[1].decode()])
    return _told(1, _told(2, json.dumps(state))) + _told(5, True)


def _fill(state: dict[str, Any], fields: Schema) -> None:
    named = next((str(state[name]) for name in NAMES if state.get(name)), "")
    for name, kind in fields.items():
        if isinstance(kind, str) and state.get(name) is None and (kind.startswith("=") or name == "id"):
            state[name] = f"{named}#{name}" if kind.endswith("string") else len(named)


def _prepared(request: bytes) -> bytes:
    return _told(1, _fields(request)[1])


def _schemas(_: bytes) -> bytes:
    known = [_told(2, _told(1, name) + _told(2, _schema(fields))) for name, fields in SCHEMAS.items()]
    return _told(1, _schema(PROVIDER)) + b"".join(known)


ANSWERS: Final = {
    "GetSchema": _schemas,
    "PrepareProviderConfig": _prepared,
    "ValidateResourceTypeConfig": lambda _: b"",
    "Configure": lambda _: b"",
    "PlanResourceChange": _plan,
    "Stop": lambda _: b"",
}


@contextmanager
def provider() -> Iterator[dict[str, str]]:
    """A running provider, as the environment variable that leads Terraform to it."""
    server = grpc.server(ThreadPoolExecutor(4))
    handlers = {
        name: grpc.unary_unary_rpc_method_handler(lambda request, _, answer=answer: answer(request))
        for name, answer in ANSWERS.items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("tfplugin5.Provider", handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    where = {"Network": "tcp", "String": f"127.0.0.1:{port}"}
    reattach = {"Protocol": "grpc", "ProtocolVersion": 5, "Pid": os.getpid(), "Test": True, "Addr": where}
    try:
        yield {"TF_REATTACH_PROVIDERS": json.dumps({"registry.terraform.io/hashicorp/google": reattach})}
    finally:
        server.stop(0).wait()


class Terraform:
    """Terraform over a copy of the configuration, without any state and without anything to reach."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._folder = folder
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        self._environment = {**kept, **environment, "TF_IN_AUTOMATION": "1", "CHECKPOINT_DISABLE": "1"}

    def run(self, *arguments: str) -> str:
        """Standard output; what went wrong as an assertion's text."""
        ran = subprocess.run(
            ["terraform", *arguments],  # noqa: S607 - wherever it is installed
            cwd=self._folder, env=self._environment, capture_output=True, text=True, timeout=LONGEST_S, check=False,
        )  # fmt: skip
        assert ran.returncode == 0, f"terraform {arguments[0]}: {ran.stdout[-3000:]}{ran.stderr[-6000:]}"
        return ran.stdout


class Planned:
    """Every instance Terraform would make, by type and key."""

    def __init__(self, plan: Mapping[str, Any]) -> None:
        self._found: dict[str, dict[str, Schema]] = {}
        root = plan["planned_values"]["root_module"]
        for module in [root, *root["child_modules"]]:
            for one in module["resources"]:
                key = f"{one['name']}[{one['index']}]" if "index" in one else one["name"]
                self._found.setdefault(one["type"], {})[key] = one["values"]

    def of(self, kind: str, name: str = "") -> dict[str, Schema]:
        """Instances of a type by key; those of one resource by the key of its `for_each`."""
        found = self._found.get(kind, {})
        if not name:
            return found
        return {key[len(name) + 1 : -1]: body for key, body in found.items() if key.startswith(f"{name}[")}
