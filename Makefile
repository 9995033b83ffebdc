# Every target prepares what it needs; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# The one browser that the tests and the pictures use. Without a window to draw, it needs a third less of a CPU.
CHROMIUM ?= $(firstword $(wildcard /usr/bin/chromium-headless-shell /usr/bin/chromium /usr/bin/chromium-browser \
  /usr/bin/google-chrome))
export CHROMIUM
# Tests start hundreds of processes, each of which would compile all that it imports where this is set.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: $(VENV)/.installed ## Start the sandbox Kit and the plugin server
	@exec $(BIN)/plugin-server preview

.PHONY: test
test: $(VENV)/.installed-dev programs ## Run every test
	@# Most tests wait for a server or a browser: one process more than this machine has cores.
	@$(BIN)/python -m pytest -n $$(( $$(nproc) + 1 )) --dist loadfile \
	  --no-loadscope-reorder $(ARGS)

# What a test needs beside Python is a marker: see tests/support/needs.py.
UNIT := not (chromium or redis or postgres or pgbouncer or bubblewrap or systemd or ruby_liquid or linux or processes or http or slow)
.PHONY: test-unit
test-unit: $(VENV)/.installed-dev ## Run the tests that need Python alone
	@$(BIN)/python -m pytest -q -n auto --dist loadfile -m "$(UNIT)" $(ARGS)

.PHONY: check
check: lint test-unit ## Run what should pass before a commit

.PHONY: corpus
corpus: $(VENV)/.installed-dev ## Attack every block with CORPUS=folder of *.jsonl files
	@PYTHONPATH=tests $(BIN)/python -m support.blocks.corpus $(if $(CORPUS),"$(CORPUS)")

.PHONY: kit-suite
kit-suite: $(VENV)/.installed-dev phpunit ## Run Kit's own tests against the sandbox: SDK=checkout of Kit/ConvertKitSDK-PHP
	@[ -n "$(SDK)" ] || { echo "Give SDK=folder, a checkout of the repository Kit/ConvertKitSDK-PHP." >&2; exit 1; }
	@PYTHONPATH=tests $(BIN)/python -m support.kit.kit_suite "$(SDK)" $(ARGS)

.PHONY: bench
bench: $(VENV)/.installed-dev ## Measure what the server costs, beside its goals
	@PYTHONPATH=tests $(BIN)/python -m benchmarks $(ARGS)

.PHONY: soak
soak: $(VENV)/.installed-dev ## Load the server for ARGS=10 minutes at four fifths of its capacity
	@PYTHONPATH=tests $(BIN)/python -m benchmarks.soak $(ARGS)

# The types take as long as all the rest.
.PHONY: lint
lint: $(VENV)/.installed-dev ## Check style, types, spelling, settings JSON and the blocks' HTML
	@$(MAKE) --jobs=2 lint-types lint-others

.PHONY: lint-types
lint-types:
	@$(BIN)/mypy

.PHONY: lint-others
lint-others:
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/plugin-server settings check
	@$(BIN)/plugin-server lint --strict
	@$(BIN)/hadolint .deploy/Dockerfile
	@$(BIN)/codespell
	@# What bandit thinks little of, and Markup (B704), ruff has judged line by line.
	@$(BIN)/bandit --quiet --recursive --severity-level medium --skip B704 plugin_server
	@$(MAKE) audit

.PHONY: audit
audit: $(VENV)/.installed-dev ## Look for dependencies with known vulnerabilities; AUDIT=offline where that is impossible
	@$(BIN)/python .ci/audit.py

.PHONY: format
format: $(VENV)/.installed-dev ## Format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: screenshots
screenshots: $(VENV)/.installed-dev chromium fonts ## Draw the pictures of the README and docs again
	@PICTURES=$(CURDIR)/.github/pictures $(BIN)/python -m pytest -q \
	  tests/browser/test_flow.py tests/sandbox/rehearsal/test_routes.py \
	  -k "test_a_creator_installs_inserts or test_a_run_ends_with"
	@PYTHONPATH=tests $(BIN)/python tests/browser/draw_blocks.py .github/pictures/blocks

# Everything, for development; of that, the server with its extras; and what builds it. A machine's own choice
# of package index is no part of them. pip takes no hash for a package whose extras the file does not name.
LOCK := $(BIN)/pip-compile --quiet --no-strip-extras --generate-hashes --allow-unsafe \
  --no-emit-index-url --no-emit-find-links --no-header
.PHONY: lock
lock: $(VENV)/.installed-dev ## Pin every dependency with its hashes; ARGS=--upgrade for newer versions
	@$(LOCK) $(ARGS) --all-extras --all-build-deps -o .ci/dev.lock pyproject.toml
	@# What an output file pins already stays as it is.
	@cp .ci/dev.lock requirements.lock && cp .ci/dev.lock .ci/build.lock
	@$(LOCK) $(addprefix --extra=,redis postgres sentry otel) -o requirements.lock pyproject.toml
	@$(LOCK) --only-build-deps --all-build-deps -o .ci/build.lock pyproject.toml

# Debian ships Python without the module that makes virtual environments.
$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Python 3.11 or newer is needed; set PYTHON=/path/to/it." >&2; exit 1; }
	@PYTHON=$(PYTHON) .ci/programs venv
	@$(PYTHON) -m venv $(VENV)

# Nothing is downloaded whose hash is not in a lock file, the build backend included.
INSTALL := $(PIP) install --require-hashes
INSTALL_PROJECT := $(PIP) install --no-deps --no-build-isolation -e .

$(VENV)/.installed: pyproject.toml requirements.lock .ci/build.lock | $(BIN)/python
	@echo "Installing the server's dependencies …"
	@$(INSTALL) -r requirements.lock -r .ci/build.lock
	@$(INSTALL_PROJECT)
	@touch $@

$(VENV)/.installed-dev: pyproject.toml .ci/dev.lock | $(BIN)/python
	@echo "Installing what development and tests need …"
	@$(INSTALL) -r .ci/dev.lock
	@$(INSTALL_PROJECT)
	@touch $@ $(VENV)/.installed

# One of them, or all at once that `make test` needs.
.PHONY: chromium redis postgres pgbouncer bubblewrap systemd ruby-liquid fonts phpunit
chromium redis postgres pgbouncer bubblewrap systemd ruby-liquid fonts phpunit:
	@.ci/programs $@

.PHONY: programs
programs: ## Install the programs that tests need beside Python
	@.ci/programs chromium redis postgres pgbouncer bubblewrap systemd ruby-liquid
