# Every target is one plain command; on Windows type what follows $(PY) yourself.
PYTHON ?= python3
PY := .venv/bin/python
SHELL := /bin/sh

.PHONY: help lab check submit scenes clean

help:  ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

lab: .venv/student scenes  ## open JupyterLab on the notebooks
	$(PY) -m jupyter lab notebooks

check: .venv/student  ## how far the functions to fill in have come
	$(PY) -m cs231n_rnn check

submit: .venv/student  ## pack the submission, and say what is missing
	$(PY) -m cs231n_rnn submit

scenes: .venv/student  ## make the drawn scenes, unless the right ones are there
	$(PY) -m cs231n_rnn data scenes

clean:  ## remove what was generated, except .venv and datasets
	rm -rf build .mypy_cache .pytest_cache .ruff_cache

.venv/student: requirements.txt
	$(MAKE) .venv/bin/python
	$(PY) -m pip install --quiet --requirement requirements.txt
	@touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "Python 3.10 or later is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv .venv

# What only the course staff has.
-include instructor/staff.mk
