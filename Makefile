# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
# Every target sets up its own .venv on first use and says what it does.

PYTHON ?= python3
VENV := .venv
DATA ?= data
JOBS ?= 2
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet -c constraints.txt

.PHONY: help setup demo studio test stress lint check format results clean
.DELETE_ON_ERROR:

help:
	@echo "make demo    attempt sixteen radiographs with masks from one prompt into runs/demo"
	@echo "make studio  open the studio in a browser of this machine"
	@echo "make test    run the tests"
	@echo "make stress  run the slow tests too: kills, failing disks, damaged files, memory (about an hour)"
	@echo "make lint    ruff (lint, format) and mypy"
	@echo "make check   lint and test"
	@echo "make results measure the default weights into docs/results (hours; DATA=folder of prepared data, none lists the steps; JOBS=steps at once)"
	@echo "make format  let ruff rewrite the layout of the code"
	@echo "make clean   remove .venv, runs/demo and caches"

setup: $(STAMP)

$(STAMP): setup.py pyproject.toml constraints.txt
	@echo "== setting up $(VENV) with the versions of constraints.txt (first time only; takes some minutes)"
	$(PYTHON) -m venv $(VENV)
	@echo "== installing torch"
	@$(PIP) "torch==2.13.0"
	@echo "== installing aurad-monai and everything else"
	@$(PIP) -e ".[dev]"
	@touch $@

demo: $(STAMP)
	@echo "== generating into runs/demo"
	$(BIN)/aurad generate "small left pleural effusion and cardiomegaly" --num 16 --seed 7 --output runs/demo --overwrite

studio: $(STAMP)
	$(BIN)/aurad studio

test: $(STAMP)
	@echo "== running the tests"
	$(BIN)/python -m pytest -q -n 2 --dist loadfile

stress: $(STAMP)
	@echo "== running the stress tests"
	$(BIN)/python -m pytest -q -m stress

lint: $(STAMP)
	@echo "== ruff: lint"
	$(BIN)/ruff check .
	@echo "== ruff: layout"
	$(BIN)/ruff format --check .
	@echo "== mypy: types of the package"
	$(BIN)/mypy

check: lint test

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

results: $(STAMP)
	@if [ -d "$(DATA)" ]; then \
		echo "== measuring the default weights; stop and start it as you like"; \
		$(BIN)/python -m doit -n $(JOBS) -P thread -f recipes/dodo.py data=$(DATA); \
	else \
		echo "== there is no folder $(DATA), so nothing is measured; give DATA=folder of prepared data. The steps:"; \
		$(BIN)/python -m doit -f recipes/dodo.py list --sort=definition; \
	fi

clean:
	rm -rf $(VENV) runs/demo .mypy_cache .pytest_cache .ruff_cache .hypothesis
