# make run: a shop with a year of life in it.  make test: everything proved in under ten minutes.
# All targets set up what they need, also on a machine with Python 3.11 and nothing else of ours.

SHELL := /bin/bash
HOME_DIR ?= gern-home
PORT ?= 8000
PYTHON := $(shell for p in python3.13 python3.12 python3.11 python3 python; do command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
UV := $(shell command -v uv 2>/dev/null || echo .tools/bin/uv)
BIN := .venv/bin

.PHONY: run test check bench soak lock messages screenshots wheel clean
.DELETE_ON_ERROR:

run: .stamps/run
	@$(BIN)/gern --home $(HOME_DIR) demo --port $(PORT)

test: .stamps/dev .stamps/system .stamps/sdks/done
	@$(BIN)/python -m pytest -q -n 3 --dist loadfile -m "not soak" --durations=12
	@$(BIN)/python tests/postgres/private.py $(BIN)/python -m pytest -q -n 3 --dist loadfile tests/web

check: .stamps/dev .stamps/gettext
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(BIN)/python tests/messages.py --check

bench: .stamps/dev
	$(BIN)/python -m bench

soak: .stamps/dev .stamps/system .stamps/sdks/done
	@rm -f /tmp/gern-soak-notes.jsonl
	$(BIN)/python -m pytest -q -m soak
	GERN_FULL=1 $(BIN)/python -m pytest -q -n 2 --dist loadfile -m "not soak" tests/core
	$(BIN)/python -m tests.record_soak

lock:
	$(UV) pip compile -q --universal --generate-hashes --no-header pyproject.toml -o requirements.lock
	$(UV) pip compile -q --universal --generate-hashes --no-header --group dev --all-extras pyproject.toml -c requirements.lock -o requirements-dev.lock

messages: .stamps/dev .stamps/gettext
	$(BIN)/python tests/messages.py

screenshots: .stamps/dev .stamps/system
	$(BIN)/python tests/e2e/screenshots.py screenshots

wheel: .stamps/run
	$(UV) build --wheel -q
	@ls dist/*.whl

clean:
	rm -rf .venv .tools .stamps dist

# -- set-up: each step once, again when its inputs change

.stamps/python:
	@test -n "$(PYTHON)" || { echo "Gern needs Python 3.11 or newer (on Debian: apt install python3)."; exit 1; }
	@mkdir -p .stamps && touch $@

.stamps/uv: .stamps/python
	@if ! command -v uv >/dev/null 2>&1 && ! test -x .tools/bin/uv; then \
	  echo "Installing uv into .tools …"; \
	  if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then $(PYTHON) -m venv .tools; \
	  elif $(PYTHON) -m pip --version >/dev/null 2>&1; then mkdir -p .tools/bin; \
	  else echo "Python cannot install packages here yet: installing python3-venv."; \
	    tests/system_packages.sh python3-venv && $(PYTHON) -m venv .tools; fi; \
	  if test -x .tools/bin/pip; then .tools/bin/pip install -q --disable-pip-version-check uv; \
	  else $(PYTHON) -m pip install -q --disable-pip-version-check --target .tools/lib uv && ln -sf ../lib/bin/uv .tools/bin/uv; fi; \
	fi
	@touch $@

.stamps/venv: .stamps/uv
	@test -x $(BIN)/python || $(UV) venv -q --python $(PYTHON) .venv
	@touch $@

.stamps/run: requirements.lock pyproject.toml | .stamps/venv
	@echo "Installing what Gern needs …"
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements.lock
	@$(UV) pip install -q --python $(BIN)/python --no-deps -e .
	@touch $@

.stamps/dev: requirements-dev.lock .stamps/run
	@echo "Installing what the tests need …"
	@$(UV) pip install -q --python $(BIN)/python --require-hashes -r requirements-dev.lock
	@touch $@

.stamps/system: | .stamps/venv
	@test -x /usr/bin/chromium && ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { \
	  echo "The tests need Chromium and PostgreSQL: installing Debian's packages."; \
	  tests/system_packages.sh chromium postgresql fonts-dejavu-core; }
	@touch $@

.stamps/sdks/done: tests/sdks/package.json .stamps/dev
	@echo "Installing the SDKs of others that the collection API is tested with …"
	@mkdir -p .stamps/sdks && cp tests/sdks/package.json .stamps/sdks/
	@cd .stamps/sdks && PATH="$(CURDIR)/$(BIN):$$PATH" npm install --no-package-lock --no-audit --no-fund --silent
	@touch $@

.stamps/gettext: | .stamps/venv
	@command -v xgettext >/dev/null || { echo "The check of translations needs gettext: installing it."; tests/system_packages.sh gettext; }
	@touch $@
