# Every target installs what it needs first; Python 3.11 or later is enough.

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || echo python3)
BIN := .venv/bin
AUDIT := var/audit

.PHONY: install check quick test demo serve bench constraints clean

install: .venv/installed  ## create .venv and install what was tested

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "triage needs Python 3.11 or later; PYTHON=/path/to/it make ..."; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[train,postgres,oidc,dev]'
	touch $@

check: install  ## formatting, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

quick: install  ## formatting, lint, types and the unit tests, in about five minutes
	@$(MAKE) --no-print-directory -j2 check unit

.PHONY: unit
unit:
	$(BIN)/pytest -n auto -m 'not slow' -q -p no:schemathesis

test: install  ## the whole suite
	$(BIN)/pytest -n auto --dist worksteal

demo: install  ## a generated desk from history to a queue that one can work in
	$(BIN)/triage demo

serve: install  ## serve the champion of var/
	$(BIN)/triage serve

bench: install  ## ratios and times on this machine; BENCH="serving reading" runs those alone
	$(BIN)/python -m benchmarks $(BENCH)

# pip-audit is content where its service knows nothing of a package; whoever reads "no known vulnerabilities" is not.
define SAY_WHAT_WAS_AUDITED
import json, pathlib, sys
found = pathlib.Path(sys.argv[1])
if not found.exists():
    sys.exit(f"Nothing was audited: pip-audit did not reach pypi.org, which knows vulnerabilities. {found.parent}/pip-audit.log")
packages = [one for one in json.loads(found.read_text())["dependencies"] if "editable" not in one.get("skip_reason", "")]
unknown = [one["name"] for one in packages if "skip_reason" in one]
for one in packages:
    for flaw in one.get("vulns", ()):
        print(f"{one['name']} {one['version']}: {flaw['id']}, fixed in {', '.join(flaw['fix_versions']) or 'no version'}")
print(f"{len(packages) - len(unknown)} of {len(packages)} installed packages were audited; {found} lists them.")
if unknown:
    print(f"Of the others the service knows nothing: {', '.join(unknown[:8])}{', ...' if len(unknown) > 8 else ''}.")
sys.exit(bool(unknown) or any(one.get("vulns") for one in packages))
endef
export SAY_WHAT_WAS_AUDITED

.PHONY: audit
audit: install  ## known vulnerabilities of what is installed, and its bill of materials (CycloneDX), into $(AUDIT)
	mkdir -p $(AUDIT)
	$(BIN)/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible --output-file $(AUDIT)/sbom.json $(BIN)/python
	rm -f $(AUDIT)/vulnerabilities.json
	-@$(BIN)/pip-audit --skip-editable --progress-spinner off --format json --output $(AUDIT)/vulnerabilities.json 2>$(AUDIT)/pip-audit.log
	@$(BIN)/python -c "$$SAY_WHAT_WAS_AUDITED" $(AUDIT)/vulnerabilities.json

constraints:  ## pin what is installed now
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --upgrade-strategy eager --editable '.[train,postgres,oidc,dev]'
	{ sed -n '/^#/p' constraints.txt; echo 'torch==2.13.0'; $(BIN)/python -m pip freeze --exclude-editable; } > constraints.new
	mv constraints.new constraints.txt

clean:  ## forget the environment, never var/
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
