# Two commands matter: `make run` and `make test`. Everything else is a part of them.
PYTHON ?= python3
BIN := .venv/bin
# `make test DATABASE=postgresql`: the same tests on a cluster of their own, made from the system's binaries.
DATABASE ?= sqlite
ON_DATABASE := $(if $(filter postgresql,$(DATABASE)),$(BIN)/python tools/postgresql.py)

.PHONY: run test quick check bench soak assets setup setup-dev format words docs

run:  ## set up what is missing, then serve on http://127.0.0.1:8000
	@$(PYTHON) tools/setup.py run && exec $(BIN)/python tools/serve.py

test: setup-dev  ## everything: checks, then all tests
	@$(BIN)/python tools/setup.py browser
	@$(BIN)/python tools/setup.py proofs
	@$(MAKE) --no-print-directory check
	@$(ON_DATABASE) $(BIN)/python -m pytest -q

quick: setup-dev  ## what a commit needs: checks and the fast tests, within a minute
	@$(MAKE) --no-print-directory check
	@$(ON_DATABASE) $(BIN)/python -m pytest -q -m "not browser and not slow"

check: setup-dev  ## format, lint, types, who may import whom, docs, words
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted: run make format."; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python -m pytest -q -n 0 -m "not slow" tests/test_docs.py tests/test_words.py tests/test_tree.py

bench: setup-dev  ## measure against references of the same run; never fails a test
	@$(BIN)/python -m bench

# Proofs that measure come last and alone: nothing else has the machine meanwhile.
soak: setup-dev  ## every proof in full: hours; figures go to build/soak.jsonl
	@$(BIN)/python tools/setup.py browser
	@$(BIN)/python tools/setup.py proofs
	@status=0; \
	SOAK=1 $(ON_DATABASE) $(BIN)/python -m pytest -q --timeout=14400 --hypothesis-profile=soak --ignore=tests/survival || status=1; \
	SOAK=1 $(ON_DATABASE) $(BIN)/python -m pytest -q -n 0 --timeout=14400 -p no:randomly tests/survival || status=1; \
	exit $$status

format: setup-dev
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

docs: setup-dev  ## the documentation in both languages, into docs/_build/html; every warning is an error
	@$(BIN)/python tools/docs.py

assets: setup  ## browser code and fonts, from the lock file
	@$(BIN)/python tools/assets.py

setup:
	@$(PYTHON) tools/setup.py run

setup-dev:
	@$(PYTHON) tools/setup.py test
	@$(if $(filter postgresql,$(DATABASE)),$(PYTHON) tools/setup.py postgresql)
