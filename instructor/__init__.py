"""The course staff's tools: one marked source in ``solutions/``, and all that is made from it."""
