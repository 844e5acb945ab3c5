"""The notebooks' figures, and how a notebook shows them.

Every function returns a matplotlib Figure whose label is its text alternative; ``show`` puts
both into the notebook. What matters in a figure survives a grey print.
"""

from cs231n_rnn.plots.curves import LiveCurve, training_curves
from cs231n_rnn.plots.display import ScoreTable, show
from cs231n_rnn.plots.lstm_cell import lstm_cell
from cs231n_rnn.plots.pictures import picture_grid
from cs231n_rnn.plots.recurrent import gate_maps, gradient_over_time, unrolled_graph

__all__ = [
    "LiveCurve",
    "ScoreTable",
    "gate_maps",
    "gradient_over_time",
    "lstm_cell",
    "picture_grid",
    "show",
    "training_curves",
    "unrolled_graph",
]
