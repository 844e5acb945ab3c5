"""Recurrent networks by hand: layers, models and training in NumPy, for students to complete."""
