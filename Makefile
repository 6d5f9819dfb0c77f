# Every target installs what it needs first; Python 3.11 or later is enough.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || echo python3)
BIN := .venv/bin

.PHONY: install check quick test demo serve bench constraints clean

install: .venv/installed  ## create .venv and install what was tested

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "triage needs Python 3.11 or later; PYTHON=/path/to/it make ..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[train,postgres,dev]'
	touch $@

check: install  ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

quick: install  ## formatting, lint, types and the unit tests, within a minute
	@$(MAKE) --no-print-directory -j2 check unit

.PHONY: unit
unit:
	$(BIN)/pytest -n auto -m 'not slow' -q -p no:schemathesis

test: install  ## the whole suite
	$(BIN)/pytest -n auto --dist worksteal

demo: install  ## a generated desk from history to a scored ticket
	$(BIN)/triage demo

serve: install  ## serve the champion of var/
	$(BIN)/triage serve

bench: install  ## ratios and times on this machine; BENCH="serving reading" runs those alone
	$(BIN)/python -m benchmarks $(BENCH)

constraints:  ## pin what is installed now
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager --editable '.[train,postgres,dev]'
	{ sed -n '/^#/p' constraints.txt; echo 'torch==2.13.0'; $(BIN)/python -m pip freeze --exclude-editable; } > constraints.new
	mv constraints.new constraints.txt

clean:  ## forget the environment, never var/
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
