# Two commands matter: `make run` and `make test`. Both do all the set-up themselves. `make test-all` is what CI runs.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# The locks are complete, so there is nothing to resolve; resolving, pip would look at what was published since for a
# requirement with extras, and refuse it.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --require-hashes --only-binary :all:
# Four processes on two cores, because tests of servers, browsers and databases wait half of their time. Files stay
# together, because their fixtures are dear; conftest.py says which come first.
PYTEST := $(BIN)/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder
# Measuring coverage costs as much as two thirds of the tests themselves: it is part of the long run only.
COVERAGE := --cov --cov-report=term --cov-fail-under=95

.DEFAULT_GOAL := help
.PHONY: help run test test-all lint format bench pictures lock clean

help:  ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.ready  ## Answer the example and serve the local playground (ARGS=--once: answer and exit)
	$(BIN)/segbot playground $(ARGS)

test: lint  ## Check everything and run the tests: about ten minutes (ARGS=…: for pytest)
	$(PYTEST) $(ARGS)

test-all: lint  ## The same with every long campaign in full, and coverage: three quarters of an hour
	$(PYTEST) $(COVERAGE) --long $(ARGS)

lint: $(VENV)/.ready-dev  ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	@sh .ci/javascript.sh lint

format: $(VENV)/.ready-dev  ## Put the code in its canonical form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	@sh .ci/javascript.sh format

bench: $(VENV)/.ready-dev  ## Measure, and print ratios taken in one run (ARGS=--quick: shorter)
	$(BIN)/python -m benchmarks $(ARGS)

pictures: $(VENV)/.ready-dev  ## Take README's pictures anew (needs Debian's chromium)
	$(BIN)/python docs/take_pictures.py

lock: $(VENV)/.ready-dev  ## Resolve the dependencies of pyproject.toml anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --upgrade --extra build --extra dev --extra postgres --extra spark --extra mcp pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --extra build --constraint requirements-dev.lock pyproject.toml -o requirements.lock

clean:  ## Remove the virtual environment and all caches; models and state stay
	rm -rf $(VENV) segmentation/scoring/kernel/*.so segmentation/scoring/kernel/labels-*.bin .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* *.egg-info node_modules

$(VENV)/bin/python:
	@sh .ci/python.sh $(PYTHON) $(VENV)

$(VENV)/.ready: $(VENV)/bin/python requirements.lock pyproject.toml $(wildcard segmentation/scoring/kernel/*.[ch])
	@echo "Installing dependencies into $(VENV) (once)…"
	@$(PIP) -r requirements.lock
	@$(BIN)/python -m pip --disable-pip-version-check install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m segmentation.scoring.kernel.build
	@touch $@

$(VENV)/.ready-dev: $(VENV)/.ready requirements-dev.lock
	@echo "Installing development tools into $(VENV) (once)…"
	@# pyspark comes as source only; what builds it is in the lock too.
	@$(PIP) --no-binary pyspark --no-build-isolation -r requirements-dev.lock
	@touch $@
