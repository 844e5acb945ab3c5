"""DRAW as a computational graph: encoder, codes, decoder and canvas over two steps."""

from __future__ import annotations

from matplotlib.figure import Figure

from cs231n_rnn.plots.display import new_figure
from cs231n_rnn.plots.recurrent import LIGHT, box, join

IMAGE, READ, ENCODER, CODE, DECODER, WRITE, CANVAS = 0.0, 1.05, 2.1, 3.15, 4.2, 5.25, 6.3
ROWS = {
    IMAGE: "image",
    READ: "read",
    ENCODER: "encoder LSTM",
    CODE: "code",
    DECODER: "decoder LSTM",
    WRITE: "write",
    CANVAS: "canvas",
}
STEP = 3.4  # from one time step to the next
BENT = "arc3,rad=-0.12"


def draw_graph() -> Figure:
    """Two steps of DRAW, from the image below to the loss above; thick lines are the canvas.

    Returns
    -------
    Figure
    """
    title = "DRAW: two of its T steps. Below the dotted line is what generating does without"
    figure = new_figure(9.2, 6.0, title)
    ax = figure.add_subplot(xlim=(-2.0, 2 * STEP + 2.9), ylim=(-0.4, 6.8))
    ax.set_axis_off()
    nodes = {name: box(ax, (x, y), text, fill) for name, (x, y, text, fill) in _places().items()}
    for edge, width, line in _edges():
        bend = BENT if line == "--" else None
        join(ax, nodes, edge, linewidth=width, linestyle=line, color="0.25", connectionstyle=bend)
    for height, text in ROWS.items():
        ax.text(-1.95, height, text, va="center", style="italic")
    ax.axhline((ENCODER + CODE) / 2, color="0.5", linestyle=":", zorder=0)
    figure.set_label(
        "Graph of two steps of DRAW. At each step a window, which the decoder's last hidden state "
        "chooses, reads the image and what the last canvas lacks (dashed arrows). The encoder LSTM "
        "takes both glimpses and the decoder's last hidden state and says mean and deviation of "
        "the code z; noise makes a sample of it. The decoder LSTM takes the sample and writes a "
        "stroke, which is added to the canvas. The last canvas gives the reconstruction, the codes "
        "of all steps the KL; their sum is the loss. To generate, z comes from the prior, and "
        "image, reading and encoder fall away."
    )
    return figure


def _places() -> dict[str, tuple[float, float, str, object]]:
    """Where each node stands, what is written in it, and how it is filled."""
    grey, white = "0.93", "white"
    places: dict[str, tuple[float, float, str, object]] = {
        "h0": (0.2, DECODER, "$h_0$", LIGHT),
        "e0": (0.2, ENCODER, "$h_0$", LIGHT),
        "c0": (0.2, CANVAS, "$c_0$", grey),
        "loss": (2 * STEP + 2.0, CANVAS, "reconstruction", grey),
        "kl": (2 * STEP + 2.0, CODE, "KL, all steps", grey),
        "x": (STEP * 1.5, IMAGE, "$x$", grey),
    }
    for t in (1, 2):
        x = STEP * t
        places |= {
            f"r{t}": (x, READ, f"$r_{t}$", white),
            f"e{t}": (x, ENCODER, f"$h^{{enc}}_{t}$", LIGHT),
            f"z{t}": (x, CODE, f"$z_{t}$", white),
            f"n{t}": (x - 0.58, CODE, rf"$\varepsilon_{t}$", white),
            f"h{t}": (x, DECODER, f"$h^{{dec}}_{t}$", LIGHT),
            f"w{t}": (x, WRITE, "stroke", white),
            f"c{t}": (x, CANVAS, f"$c_{t}$", grey),
        }
    return places


def _edges() -> list[tuple[str, float, str]]:
    """Tail and head, width and line style of each arrow."""
    edges = [("c2 loss", 3.0, "-"), ("z2 kl", 1.0, "-")]
    for t in (1, 2):
        edges.append((f"c{t - 1} c{t}", 3.0, "-"))
        plain = (
            "x r{t}, r{t} e{t}, e{s} e{t}, e{t} z{t}, n{t} z{t}, z{t} h{t}, h{s} h{t}, h{s} e{t}"
        )
        strokes = ", h{t} w{t}, w{t} c{t}"
        edges += [(e, 1.0, "-") for e in (plain + strokes).format(s=t - 1, t=t).split(", ")]
        edges += [(f"h{t - 1} r{t}", 1.0, "--"), (f"c{t - 1} r{t}", 1.0, "--")]
    return edges
