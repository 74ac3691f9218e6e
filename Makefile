# Everything a person or CI does here. Paths are relative on purpose: a checkout may lie in a
# directory whose name has spaces or is very long, and make cannot quote an absolute one.

SHELL := /bin/sh
.NOTPARALLEL:
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev up down test check migration baseline bench chaos orders lock clean

# The first Python that is new enough; `make PYTHON=/path/to/python3.11 up` names another.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13 python3.14; do \
	"$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo "$$python" && break; done)
IN_VENV := .venv/bin/python -P -m
# Each folder with a deno.json is a project of its own.
DENO_PROJECTS := $(patsubst %/deno.json,%,$(wildcard supabase/functions/*/deno.json tests/*/*/js/deno.json))
TESTS ?=
# What Deno and npm keep for later stays in the checkout.
export DENO_DIR ?= $(CURDIR)/.venv/deno-cache
export npm_config_cache ?= $(CURDIR)/.venv/npm-cache

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## virtual environment and locked packages (up and test do this themselves)
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer with venv is needed and none was found." \
	"Debian and Ubuntu: apt install python3 python3-venv. Elsewhere: make PYTHON=/path/to/python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@"$(PYTHON)" console/bootstrap.py

setup-dev:
	@test -n "$(PYTHON)" || { $(MAKE) --no-print-directory setup; exit 1; }
	@"$(PYTHON)" console/bootstrap.py --dev

up: setup ## run the whole system in the foreground; Ctrl-C ends it
	@.venv/bin/romashka up $(ARGS)

down: ## end a system that `make up` started, and wait for its last process
	@test -x .venv/bin/romashka || { echo "nothing was running" >&2; exit 0; }; .venv/bin/romashka down

# Four at a time, as most tests wait for sockets and processes; in order, so that the slow ones of
# whole systems do not come last, when one process alone would be at them.
test: setup-dev ## every test; TESTS="tests/console -k down" runs some
	@$(IN_VENV) pytest -n 4 --dist loadfile --no-loadscope-reorder $(TESTS)

check: setup-dev ## format, lint, types, layers, SQL and edge functions
	$(IN_VENV) ruff format --check .
	$(IN_VENV) ruff check .
	$(IN_VENV) mypy
	.venv/bin/lint-imports
	$(IN_VENV) sqlfluff lint --processes 2 sql local
	@deno="$$PWD/.venv/bin/deno"; for project in $(DENO_PROJECTS); do \
	echo "deno: $$project"; (cd "$$project" && "$$deno" fmt --quiet --check && "$$deno" lint --quiet \
	&& "$$deno" check --quiet .) || exit 1; done

migration: setup ## write the next migration from what changed in sql/; NAME=add_teams
	@.venv/bin/romashka db migration "$(NAME)"

baseline: setup ## write the first migration anew from sql/ (before the first release only)
	@.venv/bin/romashka db migration --baseline

bench: setup ## compare with plain Postgres and plain Flask, side by side; prints ratios
	@.venv/bin/romashka bench $(ARGS)

chaos: setup-dev ## the fault runs at length; TESTS="-k killed_postgres" runs some
	@ROMASHKA_CHAOS=full $(IN_VENV) pytest -s tests/flow tests/bench $(TESTS)

orders: setup ## write the orders that people give an assistant into sql/ (worker/guard/orders.py)
	@$(IN_VENV) console.orders

lock: setup ## choose package versions anew and write the locks
	@$(IN_VENV) console.locks

clean: ## remove everything this checkout made: processes, data, environment
	@test ! -x .venv/bin/romashka || .venv/bin/romashka down
	rm -rf .venv .romashka .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
