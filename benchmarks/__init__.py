"""Speed of the reference, as ratios to peers measured in the same run."""
