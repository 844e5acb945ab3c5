"""Grading: a hand-in is opened, run in a sandbox, judged outside of it, and written up."""
