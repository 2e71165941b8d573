# Each target is a line or two; `make demo` is the one to begin with.
PYTHON ?= python3
PORT ?= 8000
BIN = .venv/bin
RECENT = -c 'import sys; sys.exit(sys.version_info < (3, 12))' 2>/dev/null
TOO_OLD = WealthWise needs Python 3.12 or later: install it, or name it with PYTHON=/path/to/python3
TEMPLATES = find wealthwise/console/templates -name '*.html'
LOCK = .data/lock/bin/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --strip-extras --no-header

.PHONY: setup demo serve dev test deep coverage mutants mutants-owner torture attacks lint lock messages packages screenshots clean bench bench-large bench-huge

setup: .venv/.stamp

.venv/.stamp: requirements.txt requirements-dev.txt
	@$(BIN)/python $(RECENT) || { \
	  for p in $(PYTHON) python3.14 python3.13 python3.12; do $$p $(RECENT) && break; p=; done; \
	  if [ -z "$$p" ]; then echo "$(TOO_OLD)" >&2; exit 1; fi; $$p -m venv --clear .venv; }
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt && touch $@

demo: setup
	@$(BIN)/python manage.py serve --demo --port $(PORT)

serve: setup
	@$(BIN)/python manage.py serve --port $(PORT)

dev: export WEALTHWISE_DEBUG = 1
dev: setup
	@$(BIN)/python manage.py migrate --verbosity 0 && $(BIN)/python manage.py runserver $(PORT)

test: setup
	$(BIN)/pytest -n 2 --dist worksteal tests

# The rules that are tried with drawn examples, with a great many of them (tests/examples.py); an hour.
deep: setup
	WEALTHWISE_DEEP=1 $(BIN)/pytest -n 2 --dist worksteal -m hypothesis tests

# A third more processor time than `make test`, so only the workflow asks for the floor.
coverage: setup
	$(BIN)/pytest -n 2 --dist worksteal tests --cov

# A quarter of an hour at most; `make mutants ROUND="--help"` says how to draw others.
mutants: setup
	@$(BIN)/python -m tests.mutants $(ROUND)

# Twenty minutes of faults against a site of its own; `make torture ARGS="--minutes 3"` is a short one.
torture: setup
	@$(BIN)/python -m tests.torture $(ARGS)

# Hostile requests one after the other, what each costs and what somebody else gets meanwhile; some six minutes.
attacks: setup
	@$(BIN)/python -m tests.torture.attacks $(ARGS)

# The owner taken away from each statement and queryset in turn; half an hour on two quiet cores.
mutants-owner: setup
	@$(BIN)/python -m tests.mutants_owner $(ROUND)

lint: setup
	$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/mypy
	$(TEMPLATES) -exec $(BIN)/djade --check {} + && $(BIN)/python manage.py makemigrations --check --dry-run

# Keeps the releases that are pinned and fit; `make lock UPGRADE=--upgrade` takes the newest.
lock: setup
	@test -x $(firstword $(LOCK)) || { $(BIN)/python -m venv .data/lock && .data/lock/bin/pip install -q pip-tools; }
	$(LOCK) $(UPGRADE) -o requirements.txt pyproject.toml
	$(LOCK) $(UPGRADE) --extra dev -c requirements.txt -o requirements-dev.txt pyproject.toml

# The sentences of the pages, for whoever translates them.
messages: setup
	@$(BIN)/pybabel -q extract -F pyproject.toml -o .data/messages.pot accounts transactions budgets wealthwise

packages: setup
	@$(BIN)/python -m tests.packages

screenshots: setup
	$(BIN)/python docs/screenshots.py

bench: setup
	$(BIN)/python -m bench.run

bench-large: setup
	$(BIN)/python -m bench.run --users 100000 --rows 20000000

bench-huge: setup
	$(BIN)/python -m bench.run --users 100000 --rows 100000000

# Asks first when there are the data of more than the demo household.
clean:
	@if [ -x $(BIN)/python ]; then $(BIN)/python manage.py dbserver forget; fi
	rm -rf .data .tests
