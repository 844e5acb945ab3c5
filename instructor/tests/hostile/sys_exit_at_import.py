"""Calls sys.exit at its import."""

import sys

sys.exit(0)
