# Réglages : `make PYTHON=python3.12 test` choisit l'interpréteur, `make lock UPGRADE=--upgrade` relève les versions.
PYTHON ?= python3
UPGRADE ?=
BENCH ?=
TORTURE ?=
BIG ?=
# The Debian packages that the tests need beside Python and make; their PostgreSQL comes from a wheel.
SYSTEM_PACKAGES ?=

VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/python -m pip --disable-pip-version-check --quiet install
COMPILE := uv pip compile --quiet --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
	--annotation-style line --custom-compile-command "make lock" $(UPGRADE)

.NOTPARALLEL:
.PHONY: run test check docs bench big torture system lock

run: $(VENV)/.run
	$(BIN)/appui demo

test: system check
	$(BIN)/python -m pytest -n auto --dist loadgroup

check: $(VENV)/.test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

docs: $(VENV)/.test
	$(BIN)/python docs/generate.py
	$(BIN)/python -m bench --report

# BENCH=--quick : une minute, rien n'est écrit ; sinon dix, et le rapport, les chiffres et le tableau du README changent.
# The peers have an environment of their own: what they bring (lxml) would change how appui reads files in the tests.
bench:
	@$(MAKE) --no-print-directory VENV=.venv-bench .venv-bench/.bench
	.venv-bench/bin/python -m bench $(BENCH)

# Quatre épreuves de 20 000 actions et 200 processus tués, sur SQLite et PostgreSQL : une demi-heure sur une machine
# au repos. TORTURE='--actions 1000 --kills 20' : en petit.
torture: $(VENV)/.test
	@set -e; for workers in 4 16; do for base in sqlite postgresql; do \
		env -u APPUI_DATABASE__URL $(BIN)/appui torture --base $$base --workers $$workers \
			--minutes 60 --actions 20000 --kills 200 $(TORTURE); \
	done; done

# BIG="--cases 50000 --base sqlite" : moins de dossiers, l'autre base ; sinon un million dans PostgreSQL, 20 Gio et un quart d'heure.
big: $(VENV)/.test
	$(BIN)/python -m bench.big $(BIG)

system:
	@PYTHON="$(PYTHON)" .ci/system $(SYSTEM_PACKAGES)

# test.txt first: the other lists take their versions from it, so that one environment holds them all.
lock:
	@command -v uv >/dev/null || { echo "make lock demande uv ; les autres commandes s'en passent." >&2; exit 1; }
	$(COMPILE) pyproject.toml --extra test -o requirements/test.txt
	$(COMPILE) pyproject.toml -c requirements/test.txt -o requirements/run.txt
	$(COMPILE) pyproject.toml --extra bench -c requirements/test.txt -o requirements/bench.txt
	$(COMPILE) requirements/build.in -c requirements/test.txt -o requirements/build.txt
	$(COMPILE) requirements/packaging.in -c requirements/run.txt -o requirements/packaging.txt

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "appui demande Python 3.11 ou plus récent, que « $(PYTHON) » n'est pas : choisissez-le par « make PYTHON=… »." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Il manque à « $(PYTHON) » de quoi créer un environnement : installez le paquet python3-venv, puis recommencez." >&2; exit 1; }
	@echo "Installation dans $(VENV) : une minute la première fois."
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.created requirements/run.txt requirements/build.txt pyproject.toml
	@$(INSTALL) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.test: $(VENV)/.run requirements/test.txt
	@$(INSTALL) --require-hashes -r requirements/test.txt
	@touch $@

$(VENV)/.bench: $(VENV)/.test requirements/bench.txt
	@$(INSTALL) --require-hashes -r requirements/bench.txt
	@touch $@
