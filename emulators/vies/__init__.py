"""A VAT register of our own: answers as the Commission's REST service does, with all its ways not to."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, Response, jsonify, render_template, request

from emulators.vies import register as kept
from emulators.vies.register import ERRORS, Asked, Register
from emulators.world import script
from emulators.world.clock import VirtualClock
from emulators.world.pages import HangUp, Refused, body, site
from emulators.world.rows import Rows

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

__all__ = ["ViesSimulator"]
BEHAVIOURS: Final[Mapping[str, type]] = {
    "valid": str,
    "invalid": str,
    "status": int,
    "slow": int,
    "hang_up": str,
    "broken_json": str,
    "html": str,
    "empty": str,
    "large": str,
    "no_identifier": str,
    "other_number": str,
    "valid_as_text": str,
    **dict.fromkeys(ERRORS.values(), str),
}
"""What a step may do; several at once as in `MS_UNAVAILABLE+status:500` or `slow:3000+valid` (milliseconds)."""
_SHOWN = 200


class ViesSimulator:
    """VAT ids in, the register's word out.

    A number with right check digits is valid unless the register or a script says otherwise. `path` is a folder of its
    own for its one file, None keeps everything in memory; moments follow `clock`.
    """

    def __init__(self, path: Path | None, *, clock: VirtualClock) -> None:
        self._rows = Rows(path, "vies", kept.SCHEMA + script.SCHEMA)
        self._register = Register(self._rows, clock)
        self._script = script.Script(self._rows, BEHAVIOURS)
        self.wsgi: WSGIApplication = self._site()

    def start(self) -> None:
        """Nothing runs by itself; there so that every simulator starts alike."""

    def idle(self) -> bool:
        """Always: it only answers."""
        return True

    def close(self) -> None:
        """Close the file."""
        self._rows.close()

    def _site(self) -> Flask:
        app = site("vies")
        app.add_url_rule("/check-vat-number", "check", self._check, methods=["POST"])
        app.add_url_rule("/check-vat-test-service", "test", self._test, methods=["POST"])
        app.add_url_rule("/admin/traders", "traders", self._enter, methods=["POST"])
        app.add_url_rule("/admin/behaviour", "behaviour", self._behave, methods=["POST"])
        app.add_url_rule("/admin/questions", "questions", lambda: jsonify(self._register.questions(_SHOWN)))
        app.add_url_rule("/", "home", self._home)
        return app

    def _check(self) -> Response:
        asked = Asked.of(request.get_json(silent=True, force=True))
        step = self._script.take(asked.vat_id, asked.country, script.DEFAULT) or script.Step({})
        time.sleep(step.number("slow") / 1000)
        if (error := next((code for code in ERRORS.values() if code in step), "")) or (error := asked.fault()):
            self._register.note(asked, error)
            return _refused(error, step.number("status", 200))
        return self._answered(asked, step)

    def _answered(self, asked: Asked, step: script.Step) -> Response:
        if odd := _odd(step):
            self._register.note(asked, ", ".join(step.effects))
            return odd
        valid = "valid" in step or (self._register.is_valid(asked) and "invalid" not in step)
        answer = self._register.answer(asked, valid=valid, identified="no_identifier" not in step)
        if "other_number" in step:
            answer["vatNumber"] = answer["vatNumber"][::-1]
        if "valid_as_text" in step:
            answer["valid"] = str(valid).lower()
        return _json(answer, step.number("status", 200))

    def _test(self) -> Response:
        """The service's own test numbers: 100 is valid, 200 is not, the others are its errors."""
        asked = Asked.of(request.get_json(silent=True, force=True))
        if asked.number in ERRORS:
            return _refused(ERRORS[asked.number], 200)
        return _json(self._register.answer(asked, valid=asked.number == kept.TEST_VALID, identified=True), 200)

    def _enter(self) -> Response:
        sent = body()
        if not isinstance(sent.get("vat_id"), str) or len(sent["vat_id"]) < 3:  # noqa: PLR2004 - state and number
            raise Refused('send {"vat_id": id, "name": text, "address": text, "valid": true}')
        self._register.enter(sent)
        return jsonify(sent)

    def _behave(self) -> Response:
        sent = body()
        steps, key = sent.get("behaviour"), sent.get("key", script.DEFAULT)
        if not isinstance(steps, list) or not isinstance(key, str):
            raise Refused('send {"key": VAT id, member state or nothing, "behaviour": [step, ...]}')
        try:
            self._script.write(key, steps)
        except ValueError as error:
            raise Refused(str(error)) from error
        return jsonify(self._script.all())

    def _home(self) -> str:
        return render_template("vies.html", questions=self._register.questions(_SHOWN), script=self._script.all())


def _odd(step: script.Step) -> Response | None:
    """Answers that are none."""
    if "hang_up" in step:
        return HangUp()
    odd = {
        "broken_json": b'{"valid": tr',
        "html": b"<html><body>Service Unavailable</body></html>",
        "empty": b"",
        "large": b'{"valid": true, "name": "' + b"x" * 200_000 + b'"}',
    }
    content = next((said for name, said in odd.items() if name in step), None)
    if content is not None:
        return Response(content, step.number("status", 200), mimetype="application/json")
    answered = {"valid", "invalid", "no_identifier", "other_number", "valid_as_text"} & step.effects.keys()
    return Response(b"", step.number("status", 200)) if "status" in step and not answered else None


def _refused(code: str, status: int) -> Response:
    return _json({"actionSucceed": False, "errorWrappers": [{"error": code}]}, status)


def _json(told: dict[str, Any], status: int) -> Response:
    response = jsonify(told)
    response.status_code = status
    return response
