# Every target is one plain command; on Windows type what stands behind $(PY) yourself.
PYTHON ?= python3
PY := .venv/bin/python
OLDEST_PYTHON ?= python3.10
SHELL := /bin/sh

.PHONY: help lab check scenes demo test test-oldest notebooks sync bench clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

lab: .venv/student scenes  ## open JupyterLab on the notebooks
	$(PY) -m jupyter lab notebooks

check: .venv/student  ## how far the functions to fill in have come
	$(PY) -m cs231n_rnn.checking

scenes: .venv/student  ## make the drawn scenes, unless the right ones are there
	$(PY) -m cs231n_rnn.data.scenes

demo: .venv/staff scenes  ## run notebooks 1 and 2 on the reference into build/demo
	$(PY) -m instructor.demo

test: .venv/staff scenes  ## all that CI runs
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m instructor.sync --check
	$(PY) -m instructor.leak
	$(PY) -m pytest tests
	cd build/reference && ../../$(PY) -m pytest tests --no-stubs
	cd build/reference && ../../$(PY) -m pytest -c pyproject.toml --rootdir=. ../../instructor/tests/reference
	$(PY) -m pytest instructor/tests

notebooks: .venv/staff scenes  ## run every notebook in full on the reference
	$(PY) -m instructor.run_notebooks

sync: .venv/staff  ## write stubs, notebooks and answers from solutions/
	$(PY) -m instructor.sync

bench: .venv/staff  ## speed against a textbook step, and against PyTorch where it is installed
	$(PY) -m benchmarks

test-oldest: scenes  ## the tests on Python 3.10 with the lower bound of every requirement
	$(OLDEST_PYTHON) -m venv --clear build/oldest
	cat requirements.txt instructor/requirements.txt | grep -v '^-r' | sed 's/>=/==/' > build/oldest/all.txt
	build/oldest/bin/python -m pip install --quiet --requirement build/oldest/all.txt
	build/oldest/bin/python -m ruff check .
	build/oldest/bin/python -m instructor.sync --check
	cd build/reference && ../oldest/bin/python -m pytest tests --no-stubs
	cd build/reference && ../oldest/bin/python -m pytest -c pyproject.toml --rootdir=. ../../instructor/tests/reference
	build/oldest/bin/python -m pytest instructor/tests

clean:  ## remove what was generated, but neither .venv nor datasets
	rm -rf build .mypy_cache .pytest_cache .ruff_cache

# What a student needs, and on top of it what the staff needs.
.venv/student: requirements.txt
	$(MAKE) .venv/bin/python
	$(PY) -m pip install --quiet --requirement requirements.txt
	@touch $@

.venv/staff: .venv/student instructor/requirements.txt
	$(PY) -m pip install --quiet --requirement instructor/requirements.txt
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or later is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv
