"""The admin address at which a simulator is told what to do at each turn."""

from flask import Flask, Response, jsonify

from emulators.world.pages import Refused, body
from emulators.world.script import DEFAULT, Script


def serve_script(app: Flask, script: Script) -> None:
    """`POST /admin/behaviour` with `{"token": id, "behaviour": [step, ...]}`, or `"default": [...]` for all others."""

    @app.post("/admin/behaviour")
    def behaviour() -> Response:
        sent = body()
        key, steps = sent.get("token", DEFAULT), sent.get("behaviour", sent.get("default"))
        if not isinstance(steps, list) or not isinstance(key, str) or not key:
            raise Refused('send {"token": id, "behaviour": [step, ...]}, or "default": [...] for all the others')
        try:
            script.write(key, steps)
        except ValueError as error:
            raise Refused(str(error)) from error
        return jsonify(script.all())
