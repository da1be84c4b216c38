# Everything sets itself up on first use: `make run` and `make test` need Python 3.11 or newer and nothing else.

VENV := .venv
BIN := $(VENV)/bin
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python,$(if $(shell $p -c 'import sys; print(sys.version_info >= (3, 11) or "")' 2>/dev/null),$p)))
CODE := producer consumer shared tests tools examples benchmarks containers faults
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --constraint constraints.txt

.DEFAULT_GOAL := help
.PHONY: help run test test-unit test-integration test-postgres test-containers test-faults test-mutants fuzz soak check audit format bench bench-containers docs clean

help: ## Show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## /  make \1\t/' | expand -t 26

run: $(VENV)/run ## Play 100 frames at 10 fps through both services; leave a report in results/
	@tools/play.sh $(BIN)

test: $(VENV)/dev ## Run every test that needs no container engine, with branch coverage
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

# One kind of tests at a time, as CI runs them: `coverage combine` and `coverage report` join what both leave.
test-unit test-integration: export COVERAGE_FILE = .coverage.$*
test-unit test-integration: test-%: $(VENV)/dev
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest tests/test_*_$*.py
	$(BIN)/coverage combine --quiet

test-postgres: $(VENV)/dev ## Run the ledger's tests on a PostgreSQL server, too, which comes and goes with them
	tools/with_postgres.sh $(BIN)/python -m pytest tests/test_producer_ledger_*.py tests/test_producer_commands_*.py

test-containers: $(VENV)/dev ## Build both images and play them for real; needs Docker and Compose
	@docker info >/dev/null 2>&1 || { echo "no container engine answers: \`docker info\` says why" >&2; exit 1; }
	$(BIN)/python -m pytest -m containers

test-faults: $(VENV)/dev ## Do to real services what can happen to them, in full figures: about two hours; root and strace show most
	HOSTILE_EXAMPLES=5000 $(BIN)/pytest --quiet tests/test_shared_messages_message_integration.py
	tools/with_postgres.sh $(BIN)/python -m faults --full --json docs/faults.json; code=$$?; $(BIN)/python -m faults.reliability && exit $$code

fuzz: $(VENV)/dev ## Feed 200,000 damaged pickles to the closed loader: some minutes
	FUZZ_EXAMPLES=200000 $(BIN)/pytest --quiet tests/test_shared_intake_closed_machine_run_integration.py

test-mutants: $(VENV)/dev ## Show that each deliberate bug under faults/mutants/ turns a named test red
	$(BIN)/python -m faults.mutation

soak: $(VENV)/dev ## Play hours of frames as fast as possible, with resets and kills: about ten minutes
	$(BIN)/python -m faults.soak --json docs/faults.json; code=$$?; $(BIN)/python -m faults.reliability && exit $$code

check: $(VENV)/dev ## Format, lint, types, import arrows, names of tests, generated documents, workflows
	$(BIN)/black --check --quiet $(CODE)
	$(BIN)/pylint $(CODE)
	$(BIN)/mypy $(CODE)
	$(BIN)/lint-imports --config pyproject.toml
	$(BIN)/python -m tools.check_test_names
	$(BIN)/python -m tools.asyncapi --check
	$(BIN)/python -m tools.image_schema --check
	$(BIN)/python -m tools.inspect_page --check
	$(BIN)/python -m tools.classifier_page --check
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/python -m tools.check_workflows

audit: $(VENV)/audit ## Look up the known vulnerabilities of every pinned package
	$(BIN)/pip-audit --strict --disable-pip --no-deps --progress-spinner off --requirement constraints.txt

format: $(VENV)/dev ## Format the code
	$(BIN)/black $(CODE)

bench: $(VENV)/run ## Measure overhead, pace, latency and start; each figure as a ratio or beside its peer
	$(BIN)/python -m benchmarks

bench-containers: $(VENV)/run ## Measure `docker compose up` and the images; needs Docker and Compose
	$(BIN)/python -m benchmarks --only containers

docs: $(VENV)/dev ## Generate what is generated of docs/ from the code
	$(BIN)/python -m tools.asyncapi
	$(BIN)/python -m tools.image_schema
	$(BIN)/python -m tools.inspect_page
	$(BIN)/python -m tools.classifier_page

clean: ## Remove the environment and the caches
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .hypothesis .import_linter_cache htmlcov coverage.xml .coverage .coverage.*

$(BIN)/pip:
	@test -n "$(PYTHON)" || { echo "Catwalk needs Python 3.11 or newer; install it, or say which one: make PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "$(PYTHON) has no venv module; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# PyTorch comes first and alone: its own index has the CPU build, and an open range would fetch gigabytes of CUDA.
# What it depends on comes with the rest, from the usual index.
$(VENV)/torch: constraints.txt | $(BIN)/pip
	@echo "Setting up $(VENV): PyTorch (CPU) first, a few hundred megabytes"
	$(PIP) --no-deps torch==2.13.0 --extra-index-url https://download.pytorch.org/whl/cpu --retries 1
	@touch $@

$(VENV)/run: pyproject.toml constraints.txt | $(VENV)/torch
	$(PIP) --editable '.[consumer]'
	@touch $@

$(VENV)/dev: pyproject.toml constraints.txt | $(VENV)/torch
	$(PIP) --editable '.[consumer,dev]'
	@touch $@ $(VENV)/run

$(VENV)/audit: constraints.txt | $(BIN)/pip
	$(PIP) pip-audit
	@touch $@
