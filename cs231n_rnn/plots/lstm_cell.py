"""One step of an LSTM as a computational graph."""

from __future__ import annotations

from matplotlib.figure import Figure

from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.recurrent import box, join

# Where each node stands, and what is written in it.
NODES = {
    "c0": (0, 3, "$c_{t-1}$"),
    "keep": (2, 3, r"$\odot$"),
    "add": (4, 3, "$+$"),
    "c1": (8.6, 3, "$c_t$"),
    "f": (2, 1.3, r"$f=\sigma(a_f)$"),
    "i": (3.5, 1.3, r"$i=\sigma(a_i)$"),
    "g": (5, 1.3, r"$g=\tanh(a_g)$"),
    "write": (4, 2.15, r"$\odot$"),
    "o": (6.6, 1.3, r"$o=\sigma(a_o)$"),
    "squash": (7.2, 2.15, r"$\tanh$"),
    "show": (7.9, 1.3, r"$\odot$"),
    "h1": (8.6, 0, "$h_t$"),
    "a": (3.9, 0, "$a=x_t W_x+h_{t-1}W_h+b$"),
    "h0": (0, 0, "$h_{t-1}$"),
    "x": (0, -0.8, "$x_t$"),
}
MEMORY = "c0 keep, keep add, add c1"  # the cell state's own way
OTHERS = (
    "f keep, i write, g write, write add, add squash, squash show, o show, show h1, "
    "h0 a, x a, a f, a i, a g, a o"
)


def lstm_cell() -> Figure:
    """Computational graph of one LSTM step; a thick line follows the cell state.

    Returns
    -------
    Figure
    """
    title = "One step of an LSTM. The thick line is the cell state: no matrix, no squashing"
    figure = new_figure(8.6, 3.7, title)
    ax = figure.add_subplot(xlim=(-0.5, 9.1), ylim=(-1.1, 3.4))
    ax.set_axis_off()
    nodes = {name: box(ax, (x, y), text, "0.93") for name, (x, y, text) in NODES.items()}
    for edges, width in ((MEMORY, 3), (OTHERS, 1)):
        for edge in edges.split(", "):
            join(ax, nodes, edge, linewidth=width)
    figure.set_label(
        "Graph of one LSTM step. From x and the last h come the gates i, f, o and the candidate g. "
        "The last cell state is multiplied by f, then i times g is added: the new cell state. Its "
        "tanh, multiplied by o, is the new hidden state."
    )
    return figure
