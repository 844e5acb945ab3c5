# What the course staff does; the Makefile above includes it. Students do not get this file.
OLDEST_PYTHON ?= python3.10
# A worker for each core; the tests of a file share what is slow to make.
SPREAD := -n logical --dist loadfile
# The tests of the tools in the order of instructor/tests/conftest.py, the longest first, and a
# worker more than there are cores: many of them wait for a process or for a limit.
LONG_FIRST := -n auto --dist loadfile --no-loadscope-reorder

.PHONY: demo quick test test-oldest lint in-step notebooks sync bench

demo: .venv/staff scenes  ## run notebooks 1 and 2 on the reference into build/demo
	$(PY) -m instructor demo

# Tests multiply small matrices, and several processes share the cores: a thread each is faster.
test: export OMP_NUM_THREADS = 1
test: .venv/staff scenes  ## all that CI runs
	$(MAKE) --no-print-directory -j 2 lint in-step
	$(PY) -m instructor leak
	$(PY) -m pytest tests -q
	cd build/reference && ../../$(PY) -m pytest -c pyproject.toml --rootdir=. tests ../../instructor/tests/reference ../../solutions --no-stubs $(SPREAD)
	$(PY) -m pytest instructor/tests $(LONG_FIRST)

quick: export OMP_NUM_THREADS = 1
quick: .venv/staff  ## what is quick to test, within a minute
	$(MAKE) --no-print-directory -j 2 lint in-step CHANGED=--changed
	cd build/reference && ../../$(PY) -m pytest tests --no-stubs
	$(PY) -m pytest instructor/tests -m "not slow" $(SPREAD)

# Nothing here is timed, so that both run at once.
lint:
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

in-step:
	$(PY) -m instructor sync --check $(CHANGED)

notebooks: .venv/staff scenes  ## run every notebook in full on the reference
	$(PY) -m instructor run

sync: .venv/staff  ## write stubs, notebooks and answers from solutions/
	$(PY) -m instructor sync

bench: .venv/staff  ## speed against a simple implementation, and against PyTorch where it is installed
	$(PY) -m instructor bench

test-oldest: scenes  ## the tests on Python 3.10 with the lower bound of every requirement
	$(OLDEST_PYTHON) -m venv --clear build/oldest
	cat requirements.txt instructor/requirements.txt | grep -v '^-r' | sed 's/>=/==/' > build/oldest/all.txt
	build/oldest/bin/python -m pip install --quiet --requirement build/oldest/all.txt
	build/oldest/bin/python -m ruff check .
	build/oldest/bin/python -m instructor sync --check
	cd build/reference && ../oldest/bin/python -m pytest -c pyproject.toml --rootdir=. tests ../../instructor/tests/reference ../../solutions --no-stubs $(SPREAD)
	build/oldest/bin/python -m pytest instructor/tests $(LONG_FIRST)

.venv/staff: .venv/student instructor/requirements.txt
	$(PY) -m pip install --quiet --requirement instructor/requirements.txt
	@touch $@
