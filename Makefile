# Homespun's commands. `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
PACKAGES := service recommender generator migrations
BUNDLE := service/web/static/manifest.json
BUNDLED := $(addprefix service/web/frontend/,.npmrc build.mjs package.json package-lock.json) $(wildcard service/web/frontend/src/*)
PYTEST_ARGS ?=
# A file's tests share what is slow to set up, and stay together. Threads of one small product would wait for each other.
SUITE := -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile --no-loadscope-reorder
SEED ?= 1
COUNT ?= 30

.PHONY: help install bundle texts run test suite check format-check lint types contracts fix test-offline chaos wheel check-wheel clean

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

install: $(INSTALLED) $(BUNDLE) ## make .venv with everything in it, and the pages' bundle; does nothing when nothing changed

# The programs in an environment name the folder they were made in: a clone that was moved makes it anew.
ifneq ($(shell cat $(INSTALLED) 2>/dev/null),$(CURDIR))
.PHONY: $(INSTALLED)
endif

$(INSTALLED): pyproject.toml constraints.txt
	@sh scripts/install.sh "$(VENV)"
	@pwd -P > "$(INSTALLED)"

bundle: $(BUNDLE) ## bundle the pages' scripts and styles into service/web/static

# The environment first, for Node may have to come into it; but what it was made of does not make the bundle anew.
$(BUNDLE): scripts/bundle.sh $(BUNDLED) | $(INSTALLED)
	@sh scripts/bundle.sh "$(VENV)"

texts: install ## gather what the pages say into service/web/locale/messages.pot
	@$(BIN)/python -m scripts.texts

run: install ## serve the demo: two listeners, music composed for each, their lists (in .demo)
	@$(BIN)/homespun demo --serve --data-dir .demo

test: check suite ## check, then the whole suite

suite: install ## the suite alone; PYTEST_ARGS="-k scan" chooses tests
	OMP_NUM_THREADS=1 $(BIN)/python $(SUITE) $(PYTEST_ARGS)

check: format-check lint types contracts ## format, lint, types and import contracts

format-check: install
	$(BIN)/ruff format --check .

lint: install
	$(BIN)/ruff check .

types: install
	$(BIN)/mypy

contracts: install
	@$(BIN)/lint-imports --no-logo

fix: install ## put format and what lint can mend in order
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test-offline: install ## the suite in a network namespace that has only loopback
	@OMP_NUM_THREADS=1 sh scripts/offline.sh $(BIN)/python $(SUITE) $(PYTEST_ARGS)

chaos: install ## kill the running service COUNT times during a day of use; SEED= chooses the day
	$(BIN)/python -m scripts.chaos --seed $(SEED) --count $(COUNT)

wheel: install ## build the wheel into dist/
	@rm -rf build dist
	$(BIN)/python -m build --wheel --outdir dist .

check-wheel: wheel ## install the wheel in an empty environment and run the demo from it
	@sh scripts/check_wheel.sh

clean: ## remove what these commands made, the environment too
	rm -rf "$(VENV)" service/web/static service/web/frontend/node_modules .demo build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis *.egg-info
