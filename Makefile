# Everything a developer or an operator does from a fresh clone. Needs Python ≥ 3.11 with venv (or uv) and make.

PORT ?= 8000
DATA ?= var
ARGS ?=

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin

.PHONY: env run test check bench docs screenshots messages lock clean python dev
.DEFAULT_GOAL := env

python:
	@test -n "$(PYTHON)" || { echo "Paidan: Python 3.11 or newer is missing: install the Debian packages python3 and python3-venv." >&2; exit 1; }

env: python ## what running needs
	@$(PYTHON) tools/bootstrap.py run

dev: python ## what tests and checks need as well
	@$(PYTHON) tools/bootstrap.py dev

run: env ## the demo city on http://127.0.0.1:$(PORT)
	@$(BIN)/paidan up --demo --with-parent --port $(PORT) --data $(DATA)

test: dev ## all tests; make test ARGS="-k grab"
	@$(PYTHON) -m tools.browser
	@$(PYTHON) -m tools.tests $(ARGS)

check: dev ## what has to be right before a change lands
	@$(PYTHON) -m tools.check

bench: dev ## measurements; make bench ARGS=…
	@$(BIN)/python -m bench $(ARGS)

docs: dev ## the documentation as a site
	@$(BIN)/python -m mkdocs build --strict $(ARGS)

screenshots: dev ## the pictures of README and documentation, taken anew from a demo city
	@$(PYTHON) -m tools.browser
	@$(BIN)/python -m tools.screenshots --all

messages: dev ## bring the message catalogues up to date
	@$(BIN)/python tools/messages.py update
	@$(BIN)/python tools/messages.py compile

lock: dev ## resolve the requirement locks anew
	@PATH="$(CURDIR)/.venv/tools/uv/bin:$$PATH" $(PYTHON) -m tools.locks write

clean: ## remove what make made; the data folder stays
	rm -rf .venv frontend/node_modules src/paidan/web/static/dist site .pytest_cache .mypy_cache .ruff_cache
	find src -name '*.mo' -delete
