# `make` prints this file's help. Every target first makes sure of what it needs.

SHELL := /bin/bash
BIN := .venv/bin
READY_TO_RUN := bash .setup/setup.sh run
READY_TO_TEST := bash .setup/setup.sh test
WORKERS ?= 2
ARGS ?=
# Whole files, in the order of tests/conftest.py: those with long tests first.
PYTEST := $(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# Hundreds of processes start while the tests run: each compiles what the one before did not keep.
unexport PYTHONDONTWRITEBYTECODE

# Texts are UTF-8 here, whatever the terminal's language is set to.
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help run test machine check rehearse chaos bench coverage fmt clean

help: ## Show what can be made
	@echo "make TARGET [ARGS=\"…\"]"
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12 | sed 's/^/  /'

run: ## Run the demonstration: programme, web server, worker and stand-ins, on loopback
	@$(READY_TO_RUN)
	@exec $(BIN)/python -m flask voucher demonstration $(ARGS)

test: ## Run every test, in the browser too, on SQLite and on PostgreSQL
	@$(READY_TO_TEST)
	@$(PYTEST) -m "not endless" $(ARGS)

machine: ## Let a scheme live at random for 50,000 steps, not the 10,000 of `make test`
	@$(READY_TO_TEST)
	@$(PYTEST) -m endless $(ARGS)

check: ## Format, lint, types, imports and, on SQLite, the tests that take neither a browser nor long
	@$(READY_TO_TEST)
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/python -m mypy
	$(BIN)/python $(BIN)/lint-imports
	@$(PYTEST) -q -m "not browser and not slow and not long and not endless" --database sqlite $(ARGS)

rehearse: ## Play one taster from pre-check to paid payout and PDF, as the people in it
	@$(READY_TO_RUN)
	@exec $(BIN)/python -m flask voucher rehearse $(ARGS)

chaos: ## Pay claims while everything goes wrong: CLAIMS=500 SEED=7 or SEEDS=1-20 DATABASE=postgres
	@$(READY_TO_TEST)
	@exec $(BIN)/python -m flask voucher chaos --claims $(or $(CLAIMS),500) \
		--seed $(or $(SEEDS),$(SEED),7) --workers $(WORKERS) --database $(or $(DATABASE),postgres) $(ARGS)

bench: ## Measure pages, payments, shortlists, draw and assignment; a plot in PLOT (else var/bench)
	@$(READY_TO_TEST)
	@$(BIN)/python -m bench.pages $(ARGS)
	@$(BIN)/python -m bench.payments
	@$(BIN)/python -m bench.shortlists
	@$(BIN)/python -m bench.reports
	@$(BIN)/python -m bench.matching --plot $(or $(PLOT),var/bench)

coverage: ## Run the tests without browser and show the branches nobody takes
	@$(READY_TO_TEST)
	@$(PYTEST) -q -m "not browser and not long and not endless" --cov --cov-report=term $(ARGS)

fmt: ## Lay out the code
	@$(READY_TO_TEST)
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

clean: ## Remove what set-up, tools and the demonstration made
	rm -rf .venv node_modules voucher/static/build var instance
	rm -rf .pytest_cache .hypothesis .mypy_cache .ruff_cache .import_linter_cache .coverage* htmlcov
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
