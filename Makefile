# tinylab: `make bench`, `make run`, `make test`, `make quick`, `make setup`. README.md tells more.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEV_READY := $(VENV)/.ready-dev
COMPILER_PACKAGES := gcc-arm-none-eabi libnewlib-arm-none-eabi

.PHONY: setup bench run test quick campaign lint types clean

setup: $(READY)

bench: $(READY)
	$(BIN)/tinylab run

run: $(READY)
	$(BIN)/tinylab

test: $(READY) $(DEV_READY) lint types
	$(BIN)/pytest -n 2 --dist loadfile

quick: $(READY) $(DEV_READY) lint types
	$(BIN)/pytest -n 2 --dist loadfile -q tests/unit

lint: $(READY) $(DEV_READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# Long attacks: `make campaign MINUTES=60 CAMPAIGNS="usb models"`.
MINUTES ?= 10
campaign: $(READY) $(DEV_READY)
	$(BIN)/python -m tests.campaign.runner --minutes $(MINUTES) $(CAMPAIGNS)

types: $(READY) $(DEV_READY)
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist

$(READY): pyproject.toml constraints.txt scripts/setup.sh
	PYTHON="$(PYTHON)" COMPILER_PACKAGES="$(COMPILER_PACKAGES)" sh scripts/setup.sh $(VENV)
	touch $@

$(DEV_READY): $(READY)
	PYTHON="$(PYTHON)" COMPILER_PACKAGES="$(COMPILER_PACKAGES)" sh scripts/setup.sh $(VENV) dev
	touch $@
