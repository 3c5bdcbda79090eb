# One virtual environment in .venv; a stamp in it says for which pins it was made.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PINS   := pyproject.toml constraints.txt
PIP    := $(BIN)/python -m pip install -qq --disable-pip-version-check -c constraints.txt
ARGS   ?=

export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint format types check bench docs clean distclean

help:            ## show the targets
	@grep -E '^[a-z]+: .*##|^[a-z]+:  *##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 12

demo: export OMP_NUM_THREADS = 2
demo: $(VENV)/.base  ## check, compile, train on the digits, sample (five minutes on two cores)
	$(BIN)/fmdsl check meanflow
	$(BIN)/fmdsl compile meanflow --explain
	$(BIN)/fmdsl train meanflow --data digits --config runtime/configs/demo.yaml --out runs/demo $(ARGS)

test: $(VENV)/.dev  ## run the tests; ARGS="-k meanflow" narrows them
	$(BIN)/python -m pytest -n 2 $(ARGS)

lint: $(VENV)/.dev  ## ruff, the import layers and pyright
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/pyright --pythonpath $(BIN)/python

format: $(VENV)/.dev  ## let ruff write what it can
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

check: $(VENV)/.base  ## check every shipped spec
	@find specs -name '*.yaml' | sort | xargs $(BIN)/fmdsl check $(ARGS)

bench: $(VENV)/.dev  ## run every benchmarks/bench_*.py
	@set -e; for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file $(ARGS); done

docs: $(VENV)/.docs  ## build the pages into build/docs
	$(BIN)/mkdocs build --quiet --site-dir build/docs

clean:           ## remove what tools left behind; runs/ and .venv stay
	rm -rf build dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache .cache
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

distclean: clean  ## remove .venv too
	rm -rf $(VENV)

# pip is what `venv` writes last: an environment cut short is made again.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "fmdsl needs Python 3.11 or newer, and \`$(PYTHON)\` is" \
	       "$$($(PYTHON) --version 2>/dev/null || echo 'not found')." \
	       "Name another one: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.base: $(PINS) | $(BIN)/pip
	@echo "Setting up $(VENV) (once; a few minutes)"
	$(PIP) -e .
	@touch $@

$(VENV)/.dev: $(PINS) | $(BIN)/pip
	@echo "Setting up $(VENV) for development (once; a few minutes)"
	$(PIP) -e ".[dev]"
	@touch $(VENV)/.base $@

$(VENV)/.docs: $(VENV)/.base
	$(PIP) -e ".[docs]"
	@touch $@
