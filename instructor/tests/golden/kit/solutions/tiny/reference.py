"""A layer that multiplies."""

# BEGIN SOLUTION


def _twice(x: float) -> float:
    return 2 * x


# END SOLUTION


def scale(x: float) -> float:
    """Give x twice, as in the equation σ = 2 x."""
    # One product is enough.
    # BEGIN SOLUTION
    return _twice(x)
    # END SOLUTION


class Tiny:
    """A layer with a weight."""

    weight = 3.0

    def forward(self, x: float) -> float:
        """Give x times the weight."""
        # BEGIN SOLUTION
        if x:
            x *= self.weight

        return x
        # END SOLUTION
