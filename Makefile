# Every target sets up what it needs; nothing has to be run before.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready

.PHONY: demo up test long check simulate conformance package checkov bench format browser generate lock clean

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --no-deps --editable .
	touch $(READY)

demo: $(READY)  ## a whole billing month on this machine, then its summary
	$(BIN)/billing demo

up: $(READY)  ## the platform on one port, until Ctrl-C
	$(BIN)/billing up

test: $(READY)  ## every test, minutes
	$(BIN)/pytest -n 2 --dist loadfile

long: $(READY)  ## every commit's answer lost in every way, storms: a quarter of an hour
	$(BIN)/pytest -m long

check: $(READY)  ## style, types, layers, freshness: seconds
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m common.tools.manifest --check

simulate: $(READY)  ## ten thousand seeded histories with faults
	$(BIN)/billing simulate --seeds 10000

conformance: $(READY)  ## Google's own system tests against the emulators
	$(BIN)/python -m tests.conformance.run

package: $(READY)  ## one deterministic archive an area, with size and cold start of each
	$(BIN)/billing package

checkov: $(READY)  ## known weaknesses of the infrastructure; takes half a minute
	$(BIN)/uv tool run --from checkov==3.3.30 checkov -d terraform --config-file terraform/.checkov.yaml

bench: $(READY)  ## the figures of the README
	$(BIN)/billing bench

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

generate: $(READY)  ## rewrites everything that is generated
	$(BIN)/python -m common.tools.examples
	$(BIN)/python -m common.tools.manifest

browser:  ## installs Chromium where apt-get is there and may
	@command -v chromium >/dev/null || { command -v apt-get >/dev/null && apt-get update -qq && apt-get install -y -qq chromium; } || echo "no Chromium here: browser tests will be skipped"

lock: $(READY)  ## takes the newest versions into the lock file
	$(BIN)/uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --upgrade --quiet --generate-hashes --no-emit-index-url --no-header -o requirements.lock

clean:
	rm -rf $(VENV) .billing build .mypy_cache .ruff_cache .pytest_cache
