"""The oracles take their fixtures from instructor/tests/reference, and need the same tree."""

import sys
from pathlib import Path

# Last on the path: cs231n_rnn is the tree's, in which the tests run.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from cs231n_rnn.checking.manifest import read_manifest
from instructor.tests.reference.conftest import (  # noqa: F401  pytest finds them by name
    cell_type,
    layer,
    make_model,
    pytest_configure,
    recurrent,
    rng,
    sizes,
)

_MANIFEST = read_manifest()
# Of what a course neither teaches nor gives, the oracles are not run.
collect_ignore = [e.name for e in _MANIFEST.left_out.values() if e.file not in _MANIFEST.finished]
