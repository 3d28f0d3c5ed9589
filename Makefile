# Plain `make` lists the targets. Variables: HOST, PORT, SIZE=small|full (demo city), ARGS (for tests and bench).
.DEFAULT_GOAL := help
.PHONY: help setup setup-test run demo test check bench clean
PYTHON := .venv/bin/python

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## install everything the program needs (.venv, front-end files, PostGIS)
	@deploy/setup.sh run

setup-test:
	@deploy/setup.sh test

run: setup ## set up, prepare the database (an empty one gets the demo city) and serve; HOST, PORT, SIZE
	@HOST='$(HOST)' PORT='$(PORT)' SIZE='$(SIZE)' deploy/run.sh

demo: setup ## make the demo city anew in an empty database; SIZE=small is one district
	@$(PYTHON) -m data demo $(if $(SIZE),--size $(SIZE)) $(ARGS)

test: setup-test ## run every test, those in a browser and on PostGIS included; ARGS="tests/geo -k datum"
	@$(PYTHON) -m pytest $(ARGS)

check: setup-test ## ruff, mypy, the import table, the docs checks
	$(PYTHON) -m ruff check .
	$(PYTHON) -m mypy
	$(PYTHON) -m pytest tests/test_imports.py tests/test_docs.py

bench: setup-test ## measure against the peers, into bench/RESULTS.md
	@$(PYTHON) -m bench $(ARGS)

clean: ## remove what set-up and tests made; the city's data (.state) stays
	rm -rf .venv node_modules ui/assets/vendor .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.state/*' -prune -exec rm -rf {} +
