# %% [markdown]
# # Several layers, and a third cell
#
# A recurrent network is deep in time: the last hidden state has gone through one step for each character. It can be deep upwards, too: the hidden states of one layer become the inputs of the next. What does that bring, and what does it cost?
#
# In this notebook you
#
# 1. write a stack of any number of layers, forward and backward, out of your own step functions (`cs231n_rnn/layers/multilayer.py`; you may have done so in notebook 3);
# 2. compare 1, 2 and 3 layers as language models: at equal width, and at an equal number of parameters;
# 3. look at the gradient and at the hidden states of each layer;
# 4. if you like, write a third cell, the GRU (`cs231n_rnn/layers/gru.py`; optional, its points are in no total), and compare three cells fairly.

# %%
# %load_ext autoreload
# %autoreload 2
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path.cwd().parent))  # the package beside this notebook

from cs231n_rnn import plots
from cs231n_rnn.checking import check
from cs231n_rnn.layers import lstm, multilayer
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.plots import depth
from cs231n_rnn.training import compare_gradients

# %% [markdown]
# How long to train. The notebook runs in about four minutes with these values, and the numbers to expect below belong to them. They are those of Python 3.11: the text, Python's own language reference, differs a little from version to version.

# %% tags=["parameters"] quick="num_epochs = 1\nmax_train = 4_000\nmax_held_out = 3_300\nseeds = (0, 1)\nmax_cells = 2_000"
num_epochs = 2  # over the training text, for each of five models
max_train = None  # characters to train on; None: all
max_held_out = None  # characters to score on; None: all
seeds = (0, 1, 2)  # of the first weights, where three cells are compared
max_cells = 300_000  # characters to train each of them on, once

# %% [markdown]
# ## What depth is
#
# Layer $l$ at time $t$ reads the layer below it at the same time, and itself one step before:
#
# $$h_t^{(l)} = \mathrm{step}\left(h_t^{(l-1)},\ h_{t-1}^{(l)};\ W_x^{(l)}, W_h^{(l)}, b^{(l)}\right), \qquad h_t^{(0)} = x_t .$$
#
# Weights are shared over time, along a row of the picture. They are not shared between rows.

# %%
plots.show(depth.stacked_graph(3, 4))

# %% [markdown]
# On the way back a hidden state has two users, so its gradient is a sum of two: from the next time step of its own layer, and from the layer above at the same time. In the lowest layer the second way leads to the inputs.

# %%
plots.show(depth.stacked_graph(3, 4, backward=True))

# %% [markdown]
# **Question 1.** In which orders may the states of the picture be computed? Which of them does your code take, and could another one use more of a processor with many cores?
#
# # BEGIN SOLUTION
# Any order in which a state comes after the one to its left and the one below it: row by row, column by column, or along the diagonals. Row by row is the simplest: a layer runs over all time steps and hands its states up. All states on one diagonal are independent of each other, so that they could be computed at the same time.
# # END SOLUTION
#
# ## Write it
#
# **To do:** `multilayer_forward` and `multilayer_backward` in `cs231n_rnn/layers/multilayer.py`. Each is a loop over the layers around a loop over time. The states of all layers go in and come out, as arrays (L, N, H): a long text can then be read in chunks. The vanilla RNN has no cell state and hands it on as it came.
#
# The gradient check, for both cells and two layers: every input and every weight is nudged.


# %%
def make_stack(rng, cell_type, L=2, N=2, T=4, D=3, H=5):
    """x, h0, c0 and weights of a small stack, drawn at random."""
    G = CELLS[cell_type].width(H)
    weights = [
        tuple(rng.standard_normal(shape) for shape in ((H if layer else D, G), (H, G), (G,)))
        for layer in range(L)
    ]
    states = rng.standard_normal((2, L, N, H))
    return rng.standard_normal((N, T, D)), *states, weights


def check_stack(cell_type):
    """Every gradient of a stack, against nudging each number."""
    rng = np.random.default_rng(231)
    x, h0, c0, weights = make_stack(rng, cell_type)
    h, _, _, cache = multilayer.multilayer_forward(x, h0, c0, weights, cell_type)
    dh = rng.standard_normal(h.shape)
    dx, dh0, dc0, grads = multilayer.multilayer_backward(dh, cache)
    arrays = {"x": x, "h0": h0, "c0": c0}
    for k, layer in enumerate(weights, start=1):
        arrays |= {f"{name} {k}": w for name, w in zip(("Wx", "Wh", "b"), layer, strict=True)}
    gradients = [dx, dh0, dc0, *(grad for layer in grads for grad in layer)]
    print(cell_type)
    compare_gradients(
        lambda: multilayer.multilayer_forward(x, h0, c0, weights, cell_type), arrays, gradients, dh
    )


for cell_type in ("rnn", "lstm"):
    check_stack(cell_type)

# %%
check("multilayer_forward", "multilayer_backward")

# %% [markdown]
# *If it goes wrong:* does each layer read the states of the one below, or `x` again? Do you start every layer from its own row of `h0` and `c0`? On the way back: which layer comes first, and what does it give to the next one?
#
# With a single layer there must be nothing new: it is the `lstm_forward` of notebook 2. And two chunks must give what one run gives, if the states of *all* layers are carried over.

# %%
rng = np.random.default_rng(3)
x, h0, c0, weights = make_stack(rng, "lstm", L=1, T=6)
ours = lstm.lstm_forward(x, h0[0], *weights[0])[0]
stacked = multilayer.multilayer_forward(x, h0, np.zeros_like(c0), weights, "lstm")[0]
print(f"one layer against lstm_forward: {abs(ours - stacked).max():.1e} (1e-15 or less is right)")

x, h0, c0, weights = make_stack(rng, "lstm", L=3, T=6)
whole = multilayer.multilayer_forward(x, h0, c0, weights, "lstm")[0]
first, hT, cT, _ = multilayer.multilayer_forward(x[:, :2], h0, c0, weights, "lstm")
second = multilayer.multilayer_forward(x[:, 2:], hT, cT, weights, "lstm")[0]
both = np.concatenate([first, second], axis=1)
print(f"two chunks against one run:     {abs(both - whole).max():.1e} (1e-15 or less is right)")

# %% [markdown]
# **Question 2.** How much must be kept for the backward pass, in terms of N, T, L and H? What changes if the text is read in chunks of T steps?
#
# # BEGIN SOLUTION
# Each step of each layer keeps some arrays of N times H numbers (its input, the states before it, the gates): of the order of N T L H. The length of the text does not come into it where it is read in chunks: only the states, L N H numbers, go from one chunk to the next.
# # END SOLUTION
#
# ## Does depth pay?
#
# A character model on Python's own language reference, as in notebook 3: LSTMs of 1, 2 and 3 layers. A fair comparison is not obvious. At **equal width** the deeper model has more weights and takes more time. At an **equal number of parameters** it must be narrower.

# %%
from cs231n_rnn.data.text import characters_of, encode_text, load_text, split_text
from cs231n_rnn.models.char_lm import CharLM
from cs231n_rnn.training import Solver, TruncatedBPTT, bits_per_character

text = load_text()
char_to_idx = characters_of(text)
train_text, held_out_text = split_text(text)
train = encode_text(train_text, char_to_idx)[:max_train]
held_out = encode_text(held_out_text, char_to_idx)[:max_held_out]


def num_params(num_layers, H, cell_type="lstm"):
    """Parameters of a language model, without building it."""
    V, G = len(char_to_idx), CELLS[cell_type].width(H)
    inputs = V + (num_layers - 1) * H  # what all layers read
    return G * (inputs + num_layers * (H + 1)) + V * (H + 1)


def width_for(num_layers, wanted, cell_type="lstm"):
    """The H whose number of parameters comes nearest to a wanted one."""
    return min(range(1, 400), key=lambda H: abs(num_params(num_layers, H, cell_type) - wanted))


width = 96
wanted = num_params(1, width)
shapes = {f"{L} x {width}": (L, width) for L in (1, 2, 3)}
shapes |= {f"{L} x {width_for(L, wanted)}": (L, width_for(L, wanted)) for L in (2, 3)}
print(f"{len(train)} characters to train on, {len(char_to_idx)} different ones")
for name, shape in shapes.items():
    print(f"{name:<8} {num_params(*shape):>7} parameters")

# %% [markdown]
# Five trainings on the same chunks in the same order, with the same optimiser. Each model sees the text twice; the first takes about a quarter of a minute, the others up to three times as long.


# %%
def train_model(text, shape, cell_type="lstm", seed=5, num_epochs=num_epochs, print_every=1000):
    """A model of some layers and width, trained on a text, and its run, for the figures below."""
    num_layers, H = shape
    model = CharLM(char_to_idx, H, num_layers, cell_type, rng=np.random.default_rng(seed))
    chunks = TruncatedBPTT(model, text, num_streams=16, chunk=50)
    solver = Solver(
        chunks,
        chunks.batch,
        len(chunks),
        batch_size=1,
        shuffle=False,
        num_epochs=num_epochs,
        optim_config={"learning_rate": 1e-2},
        lr_decay=0.5,
        max_norm=1.0,
        print_every=print_every,
    )
    begin = time.perf_counter()
    solver.train()
    seconds = (time.perf_counter() - begin) / len(solver.loss_history)
    size = num_params(num_layers, H, cell_type)
    return model, depth.Run(solver.loss_history, seconds, size, bits_per_character(model, held_out))


models, runs = {}, {}
for name, shape in shapes.items():
    print(name)
    models[name], runs[name] = train_model(train, shape)

# %%
print("layers x width   parameters   ms per chunk   held-out bits per character")
for name, one in runs.items():
    print(f"{name:<14} {one.parameters:>12} {1000 * one.seconds:>12.0f} {one.bits:>20.3f}")
plots.show(depth.depth_costs(runs, "What depth costs and brings"))

# %% [markdown]
# What to expect: about 2.20 bits for one layer, and 2.15 for two or three of equal width, in two and three times the time. At an equal number of parameters the single layer is ahead: two layers need about 2.21 and three about 2.28. In the left part of the figure the deeper models begin slower. So after two epochs a second layer pays a little, a third not yet. Published models of text with several layers are far wider and are trained far longer.
#
# **Question 3.** Which comparison is the fair one, equal width, equal parameters, or equal time? For whom?
#
# # BEGIN SOLUTION
# It depends on what is scarce. Equal width asks whether another layer helps at all. Equal parameters asks how to spend a given memory, as on a telephone. Equal time asks how to spend an afternoon on this machine. Read the left part of the figure at one time, and the right part at one number of parameters: the answers differ.
# # END SOLUTION
#
# ## The gradient in each layer
#
# A stack of three layers is three stacks of one layer, each fed with the states of the one below. Taken apart like this, your functions show what goes in and out of every layer: its hidden states, the gradient that comes down to them, and the gradient of its weights.

# %%
from cs231n_rnn.layers.softmax import temporal_softmax_loss


def forward_by_layer(model, x):
    """Hidden states of all layers (L, N, T, H), and a cache of each."""
    h0, c0 = model.zero_state(len(x))
    h, states, caches = model.one_hot(x), [], []
    for k in range(model.num_layers):
        one = slice(k, k + 1)
        h, _, _, cache = multilayer.multilayer_forward(
            h, h0[one], c0[one], model.weights[one], model.cell_type
        )
        states.append(h)
        caches.append(cache)
    return np.stack(states), caches


def gradient_norms(model, x, y):
    """Norms of the gradients of each layer's hidden states and of its weights, per character."""
    states, caches = forward_by_layer(model, x)
    scores = states[-1] @ model.params["W_out"] + model.params["b_out"]
    _, dscores = temporal_softmax_loss(scores, y, np.ones(y.shape, dtype=bool))
    dh, of_states, of_weights = dscores @ model.params["W_out"].T / y.shape[1], [], []
    for cache in reversed(caches):
        of_states.insert(0, np.linalg.norm(dh))
        dh, _, _, [grads] = multilayer.multilayer_backward(dh, cache)
        of_weights.insert(0, np.linalg.norm([np.linalg.norm(grad) for grad in grads]))
    return of_states, of_weights


# %%
deepest = f"3 x {width}"
untrained = CharLM(char_to_idx, width, 3, "lstm", rng=np.random.default_rng(5))
N, T = 16, 50
x, y = held_out[: N * T].reshape(N, T), held_out[1 : N * T + 1].reshape(N, T)
panels = {"norm, hidden states": {}, "norm, weights": {}}
for when, model in {"before training": untrained, "after training": models[deepest]}.items():
    for panel, norms in zip(panels.values(), gradient_norms(model, x, y), strict=True):
        panel[when] = norms
plots.show(depth.layer_bars(panels, f"Gradient in each layer of {deepest}"))

# %% [markdown]
# To expect: of the hidden states, about 0.036, 0.026 and 0.037 before training, and 0.16, 0.09 and 0.11 after it, from the lowest layer up. The gradients of the weights are larger before training than after it, in every layer.
#
# **Question 4.** Does the gradient get smaller on its way down? What is it multiplied by between one layer and the next, and why does that do less harm here than over time in notebook 4?
#
# # BEGIN SOLUTION
# No: in the lowest layer it is about as large as in the highest, before training, and larger after it. Between two layers it is multiplied by the derivatives of the gates and of tanh, which make it smaller, and by Wx of the upper layer, whose first values were drawn so that sizes are kept. In each layer the gradients of later steps are added to it besides. Over time the same product is taken T times with the same matrix, 50 times here; over depth it is taken twice, with other matrices. A factor of 0.9 costs half of the gradient in seven steps, and a fifth of it in two layers.
# # END SOLUTION
#
# ## The states of each layer
#
# The same sentence, read by all three layers. Each row of a picture is one unit.

# %%
begin = held_out_text.index("\n", 500) + 1
line = held_out_text[begin : begin + 60]
states, _ = forward_by_layer(models[deepest], encode_text(line, char_to_idx)[np.newaxis])
plots.show(depth.layer_states(line, states[:, 0], f"Hidden states of {deepest}"))

# %% [markdown]
# The picture alone does not say what a layer knows. A number does: group the states by the character that was *just read*, and ask what share of their variance lies between the groups. A share of 1 would mean that the state is told by that character alone. Then group them by the character *to come*, which the model has not seen, and which it must guess.


# %%
def share_between(states, groups):
    """Share of the variance of states (M, H) that lies between groups (M,) of them."""
    states = states - states.mean(axis=0)
    one_hot = np.eye(groups.max() + 1)[groups]  # (M, number of groups)
    means = one_hot.T @ states / np.maximum(one_hot.sum(axis=0), 1)[:, np.newaxis]
    return np.sum((one_hot @ means) ** 2) / np.sum(states**2)


T = min(1000, (len(held_out) - 1) // N)
x, y = held_out[: N * T].reshape(N, T), held_out[1 : N * T + 1].reshape(N, T)
states, _ = forward_by_layer(models[deepest], x)
shares = {
    name: [share_between(layer.reshape(N * T, -1), char.ravel()) for layer in states]
    for name, char in {"character just read": x, "character to come": y}.items()
}
plots.show(depth.layer_bars({"share of variance": shares}, f"What the states of {deepest} tell"))

# %% [markdown]
# To expect: the character just read explains about 0.55 of the variance in all three layers. The character to come explains about 0.26, 0.34 and 0.41, from the lowest layer up.
#
# **Question 5.** What changes from layer to layer? Why must the highest layer know more of the character to come, and the lowest need not?
#
# # BEGIN SOLUTION
# What changes is the share of the character to come: it grows from layer to layer. The scores are linear in the states of the highest layer, so what these know of the next character is all that the output can use. The lowest layer is two layers away from the scores: it may keep whatever is of use to those above it, and they still can combine it. All layers follow the character just read, since their inputs do.
# # END SOLUTION
#
# **Question 6.** Could the layers share one set of weights, as the time steps do? What would be gained, and what would be lost?
#
# # BEGIN SOLUTION
# Yes, if the inputs have as many numbers as the hidden state (an embedding can see to that). The model would have as few weights as one layer, and the gradient of the weights would be a sum over layers as well as over time. But every layer would have to do the same: none could look at characters while another keeps words. Time steps are alike, since a text is alike at every place; layers are there to be different.
# # END SOLUTION
#
# ## A third cell (optional)
#
# The LSTM has four blocks of weights and two states. What can be done with less? The **gated recurrent unit** (Cho et al. 2014) has three blocks, and no cell state:
#
# $$r = \sigma(x W_{xr} + h_{t-1} W_{hr} + b_r), \qquad z = \sigma(x W_{xz} + h_{t-1} W_{hz} + b_z),$$
# $$n = \tanh(x W_{xn} + (r \odot h_{t-1}) W_{hn} + b_n), \qquad h_t = z \odot h_{t-1} + (1 - z) \odot n .$$
#
# The update gate $z$ does the work of the LSTM's forget and input gates: what is kept is not written. The reset gate $r$ says how much of the past the candidate $n$ may see. As in the paper, $r$ scales the hidden state; PyTorch's GRU scales the product $h_{t-1} W_{hn}$, which is the same where $W_{hn}$ is diagonal, and differs elsewhere.
#
# **To do, if you like:** `gru_step_forward`, `gru_step_backward`, `gru_forward` and `gru_backward` in `cs231n_rnn/layers/gru.py`, blocks in the order $r, z, n$. Every model of this kit then takes `cell_type="gru"`. Without it the cells below leave the GRU out.
#
# The gradient check: every input and weight of a step is nudged.

# %%
from cs231n_rnn.layers import gru


def check_gru_step(N=3, D=4, H=5):
    """Every gradient of a step, against nudging each number."""
    rng = np.random.default_rng(231)
    shapes = {"x": (N, D), "prev_h": (N, H), "Wx": (D, 3 * H), "Wh": (H, 3 * H), "b": (3 * H,)}
    # Small, so that no gate is at its end, where a gradient is too small for a difference.
    arrays = {name: 0.5 * rng.standard_normal(shape) for name, shape in shapes.items()}
    next_h, cache = gru.gru_step_forward(*arrays.values())
    dnext_h = rng.standard_normal(next_h.shape)
    gradients = gru.gru_step_backward(dnext_h, cache)
    compare_gradients(lambda: gru.gru_step_forward(*arrays.values()), arrays, gradients, dnext_h)


try:
    check_gru_step()
    cells = ("rnn", "gru", "lstm")
except NotImplementedError as todo:
    print(f"{todo}: the GRU is left out below")
    cells = ("rnn", "lstm")

# %%
check("gru_step_forward", "gru_step_backward", "gru_forward", "gru_backward")

# %% [markdown]
# *If it goes wrong:* which way round is $z$? How many arrows leave $h_{t-1}$? Its gradient is a sum of four.
#
# Which cell is best? That depends on what is held equal. At **equal size** every cell has a hidden state of as many numbers, and those with more blocks have more weights. At an **equal number of parameters** the cells with fewer blocks are wider. The trainings below differ in their first weights: three seeds each, so that a difference between cells can be compared with the difference between seeds.

# %%
# The H at which a cell has as many parameters as the LSTM of the first comparison.
width_of = {cell: width_for(1, wanted, cell) for cell in cells}
sizes = {(cell, H) for cell in cells for H in (width, width_of[cell])}
trained = {
    (cell, H): [train_model(train[:max_cells], (1, H), cell, seed, 1, 10_000)[1] for seed in seeds]
    for cell, H in sorted(sizes)
}

# %%
comparisons = {
    "equal size": {cell: (cell, width) for cell in cells},
    "equal number of parameters": {cell: (cell, width_of[cell]) for cell in cells},
}
print("                            cell     H   parameters   ms per chunk   bits per character")
for comparison, of_cells in comparisons.items():
    for cell, (_, H) in of_cells.items():
        bits, seconds = np.array([(run.bits, run.seconds) for run in trained[cell, H]]).T
        print(
            f"{comparison:<27} {cell:<5} {H:>4} {num_params(1, H, cell):>12} "
            f"{1000 * np.median(seconds):>14.0f} {bits.mean():>11.3f} ({bits.min():.3f} to {bits.max():.3f})"
        )
panels = {
    comparison: {cell: [run.bits for run in trained[size]] for cell, size in of_cells.items()}
    for comparison, of_cells in comparisons.items()
}
plots.show(
    depth.seed_scores(
        panels, "held-out bits per character", f"{len(cells)} cells, {len(seeds)} seeds"
    )
)

# %% [markdown]
# To expect, as mean and range of three seeds: at equal size about 2.69 (2.68 to 2.71) bits per character for the RNN, 2.33 (2.33 to 2.34) for the GRU and 2.56 (2.54 to 2.58) for the LSTM; at an equal number of parameters 2.85 (2.81 to 2.90) for the RNN, 2.29 (2.28 to 2.30) for the GRU and again 2.56. The ranges do not touch: these differences are larger than those between seeds. They belong to a short training, though, one pass over 300,000 characters, and to its learning rate. With half the learning rate the RNN is ahead of the LSTM, 2.79 against 2.85 at equal size, and the GRU is still ahead of both with 2.48. The LSTM of the first comparison came to about 2.20, on the whole text, twice.
#
# **Question 7.** What do these numbers say about the three cells, and what do they not say? Which run would you add first?
#
# # BEGIN SOLUTION
# They say that after one short pass the GRU is ahead of both others at either learning rate, at equal size with fewer parameters than the LSTM, and by more than seeds differ. They do not say which of RNN and LSTM is better: their order turns with the learning rate. Nor do they say which cell is best once it is trained, since the LSTM was still far from what it reaches in the first comparison. The first run to add is a longer training, with a few learning rates for each cell, chosen on text that is not the held-out one.
# # END SOLUTION
