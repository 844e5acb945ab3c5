"""Grading: a submission is opened, run in a sandbox, judged outside of it, and written up."""
