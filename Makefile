# make run   the portal, the back office and the exchange, with demo data, on this machine
# make test  everything a change needs
# Needs only make and Python 3.11; as root it installs what else is missing (NO_SYSTEM=1: never).

PYTHON ?= python3
JOBS ?= 3# test processes; 0 runs all in one
EXCISE_DATA ?= $(CURDIR)/var
export EXCISE_DATA
export PIP_DISABLE_PIP_VERSION_CHECK = 1
# Where Python may keep no bytecode, each of our many processes compiles for four seconds first.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --quiet# only errors
# What the build hook makes things from: a change of these installs anew.
SOURCES := pyproject.toml hatch_build.py $(wildcard web/frontend/package-lock.json \
	web/frontend/scss/* web/frontend/js/* web/frontend/icons/* \
	web/translations/*/LC_MESSAGES/*.po excise/documents/font.py)

.PHONY: install install-test run test suite lint prove bench lock messages clean

install: .venv/run.done .venv/editable.done

install-test: .venv/test.done .venv/editable.done

run: export EXCISE_DEMO = 1
run: install
	$(BIN)/excise migrate
	$(BIN)/excise demo
	exec $(BIN)/excise serve

# Both at once: the suite waits for browsers and workers now and then.
test: install-test
	$(MAKE) --no-print-directory --jobs=2 lint suite

suite: install-test
	$(BIN)/pytest --quiet -n $(JOBS)

lint: install-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# Hours, not minutes: kills, power cuts, full disks, lost answers. As root it shows the disks too.
prove: install-test .venv/cluster.done
	$(BIN)/pytest prove

bench: install-test .venv/bench.done
	$(BIN)/python -m benchmarks

lock:
	setup/lock

# After new words in pages: finds them, then translate what is empty in the Thai catalogue.
CATALOGUE := web/translations/th/LC_MESSAGES/messages.po
messages: install
	$(BIN)/pybabel --quiet extract --mapping-file pyproject.toml --ignore-dirs "node_modules static .*" \
		--no-location --sort-output --output-file .venv/messages.pot .
	$(BIN)/pybabel --quiet update --input-file .venv/messages.pot --output-file $(CATALOGUE) --locale th \
		--no-fuzzy-matching --ignore-obsolete --ignore-pot-creation-date --width 100

# The data in var/ stay.
clean:
	rm -rf .venv web/static web/frontend/node_modules excise/documents/fonts
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name '__pycache__' -prune -exec rm -rf {} +

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer, please" if sys.version_info < (3, 11) else 0)'
	PYTHON=$(PYTHON) setup/system run
	$(PYTHON) -m venv .venv

# What builds comes first, from its own lock: nothing unpinned takes part.
.venv/run.done: requirements-build.lock requirements.lock setup/system | .venv/bin/python
	PYTHON=$(PYTHON) setup/system run
	$(PIP) --require-hashes --requirement requirements-build.lock
	$(PIP) --require-hashes --no-build-isolation --use-pep517 --requirement requirements.lock
	@touch $@

.venv/test.done: requirements-test.lock setup/system .venv/run.done
	PYTHON=$(PYTHON) setup/system test
	$(PIP) --require-hashes --no-build-isolation --use-pep517 --requirement requirements-test.lock
	@touch $@

.venv/bench.done: requirements-bench.lock .venv/test.done
	$(PIP) --require-hashes --no-build-isolation --use-pep517 --requirement requirements-bench.lock
	@touch $@

.venv/cluster.done: requirements-cluster.lock .venv/test.done
	$(PIP) --require-hashes --no-build-isolation --use-pep517 --requirement requirements-cluster.lock
	@touch $@

.venv/editable.done: $(SOURCES) .venv/run.done
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@
