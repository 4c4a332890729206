"""Run by path in a process that sees one unpacked archive, its packages and nothing else: serves the area's functions.

Imports nothing of this project but what the archive has. One JSON line on standard output says the port, or what went
wrong; the process ends when its standard input does.
"""

import ast
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Thread
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def main() -> None:
    """Serves until standard input ends."""
    asked: dict[str, Any] = json.loads(sys.stdin.readline())
    told = os.fdopen(os.dup(1), "w")
    try:
        sys.path[:0] = [asked["archive"], asked["packages"]]
        os.chdir(asked["archive"])
        _import_all(Path(asked["archive"]), tuple(asked["without"]))
        server = _server(_application(asked))
    except BaseException:  # noqa: BLE001 - whatever it is, the one who waits is told
        told.write(json.dumps({"fault": traceback.format_exc()}) + "\n")
        return
    Thread(target=server.serve_forever, daemon=True).start()
    told.write(json.dumps({"port": server.server_port}) + "\n")
    told.flush()
    sys.stdin.read()


def _import_all(archive: Path, without: tuple[str, ...]) -> None:
    """Whatever any file imports, and be it within a function, is here: else a call would find out, much later."""
    for file in sorted(archive.rglob("*.py")):
        for module, name in _imported(ast.parse(file.read_bytes())):
            whole = f"{module}.{name}" if name else module
            if not whole.startswith(without):
                found = import_module(module)
                if name and not hasattr(found, name):
                    import_module(whole)


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    skipped: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test).endswith("TYPE_CHECKING"):
            skipped.update(node.body)
        if isinstance(node, ast.Import) and node not in skipped:
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node not in skipped:
            yield from ((node.module, alias.name) for alias in node.names)


def _application(asked: dict[str, Any]) -> Wsgi:
    """Every function of the area as functions-framework starts it, by its name; the HTTP one under all other paths."""
    from functions_framework import create_app

    apps = {
        name: create_app(entry_point, f"{asked['archive']}/main.py", "http")
        for name, entry_point in asked["functions"].items()
    }
    if asked["clock"]:
        _use_clock(Path(asked["clock"]))
    public = apps.get(asked["public"])

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        _, _, name = environ["PATH_INFO"].partition("/_functions/")
        chosen = apps.get(name, public)
        assert chosen is not None  # noqa: S101 - the host sends only what is here
        return chosen.wsgi_app(environ, start)

    return application


def _use_clock(file: Path) -> None:
    """The machine's virtual time, which no archive knows of."""
    from common.google.engine import GoogleEngine
    from common.process import use
    from common.runtime import Runtime
    from common.settings import settings

    spec = spec_from_file_location("shared_clock", Path(__file__).with_name("clock.py"))
    assert spec is not None  # noqa: S101 - the file stands beside this one
    assert spec.loader is not None  # noqa: S101 - it is Python
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    clock = module.SharedClock(file)
    use(Runtime(GoogleEngine(settings(), clock), clock, settings()))


def _server(application: Wsgi) -> Any:
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """The platform logs what matters."""

    return make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)


if __name__ == "__main__":
    main()
