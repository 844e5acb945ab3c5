"""Interpolated n-gram models of characters: what counting alone can do.

p_n(c | context) = (count(context c) + t p_{n-1}(c | shorter context)) / (count(context) + t), where
t is the number of different characters seen after the context (Witten and Bell 1991).
"""

from __future__ import annotations

from collections import Counter, defaultdict

import numpy as np


class NGram:
    """An interpolated n-gram model.

    Parameters
    ----------
    order : int
        n: a character depends on the n - 1 before it.
    num_characters : int
        V.

    Raises
    ------
    ValueError
        If one of them is below 1.
    """

    def __init__(self, order: int, num_characters: int) -> None:
        if order < 1 or num_characters < 1:
            raise ValueError(f"order {order}, {num_characters} characters; both must be at least 1")
        self.order, self.num_characters = order, num_characters
        self.counts: dict[tuple[int, ...], Counter[int]] = defaultdict(Counter)

    def fit(self, indices: np.ndarray) -> NGram:
        """Count all contexts of up to n - 1 characters in a text (length,); returns itself."""
        text = [int(index) for index in indices]
        for place, char in enumerate(text):
            for length in range(min(self.order, place + 1)):
                self.counts[tuple(text[place - length : place])][char] += 1
        return self

    def probability(self, char: int, context: tuple[int, ...]) -> float:
        """p(char | context), of which the last n - 1 characters count."""
        p = 1 / self.num_characters
        for length in range(min(self.order - 1, len(context)) + 1):
            seen = self.counts.get(context[len(context) - length :])
            if seen is None:  # nor has any longer context been seen
                break
            total, kinds = seen.total(), len(seen)
            p = (seen[char] + kinds * p) / (total + kinds)
        return p

    def bits_per_character(self, indices: np.ndarray) -> float:
        """Cross entropy of a text (length,), in bits per character."""
        text = tuple(int(index) for index in indices)
        n = self.order - 1
        bits = [
            -np.log2(self.probability(char, text[max(0, place - n) : place]))
            for place, char in enumerate(text)
        ]
        return float(np.mean(bits))
