"""Layers: plain NumPy functions, each forward with its backward.

``affine``, ``softmax``, ``dropout`` and ``activations`` are provided. ``embedding``, ``rnn``
and ``lstm`` are the student's. A layer knows NumPy alone.
"""
