"""Ends the process at its import."""

import os

os._exit(0)
