# %% [markdown]
# # Several layers
#
# A recurrent network is deep in time: the last hidden state has gone through one step for each character. It can be deep upwards, too: the hidden states of one layer become the inputs of the next. What does that bring, and what does it cost?
#
# In this notebook you
#
# 1. write a stack of any number of layers, forward and backward, out of your own step functions (`cs231n_rnn/layers/multilayer.py`; you may have done so in notebook 3);
# 2. compare 1, 2 and 3 layers as language models: at equal width, and at an equal number of parameters;
# 3. look at the gradient and at the hidden states of each layer.

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
from cs231n_rnn.plots import depth
from cs231n_rnn.training import eval_numerical_gradient_array, rel_error

# %% [markdown]
# How long to train. The notebook runs in a few minutes with these values.

# %% tags=["parameters"] quick="num_epochs = 1\nmax_train = 12_000\nmax_held_out = 4_000"
num_epochs = 2  # over the training text, for each of five models
max_train = 200_000  # characters; None: all
max_held_out = 20_000  # characters to score on

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
# **Now write** `multilayer_forward` and `multilayer_backward`. The states of all layers go in and come out, as arrays (L, N, H): a long text can then be read in chunks. The vanilla RNN has no cell state and hands it on as it came.
#
# The gradient check in plain sight, for both cells and two layers. Numbers to expect: below 1e-7.


# %%
def make_stack(rng, cell_type, L=2, N=2, T=4, D=3, H=5):
    """x, h0, c0 and weights of a small stack, drawn at random."""
    G = {"rnn": 1, "lstm": 4}[cell_type] * H
    weights = [
        tuple(rng.standard_normal(shape) for shape in ((H if layer else D, G), (H, G), (G,)))
        for layer in range(L)
    ]
    states = rng.standard_normal((2, L, N, H))
    return rng.standard_normal((N, T, D)), *states, weights


for cell_type in ("rnn", "lstm"):
    rng = np.random.default_rng(231)
    x, h0, c0, weights = make_stack(rng, cell_type)
    h, _, _, cache = multilayer.multilayer_forward(x, h0, c0, weights, cell_type)
    dh = rng.standard_normal(h.shape)
    dx, dh0, dc0, grads = multilayer.multilayer_backward(dh, cache)

    def run(changed, x=x, h0=h0, c0=c0, weights=weights, cell_type=cell_type):
        return multilayer.multilayer_forward(x, h0, c0, weights, cell_type)[0]

    print(cell_type)
    # run looks at the arrays themselves, which the numerical gradient changes in place.
    arrays = {"x": (x, dx), "h0": (h0, dh0), "Wx, layer 0": (weights[0][0], grads[0][0])}
    arrays["Wh, layer 1"] = weights[1][1], grads[1][1]
    arrays["b, layer 1"] = weights[1][2], grads[1][2]
    for name, (array, gradient) in arrays.items():
        numerical = eval_numerical_gradient_array(run, array, dh)
        print(f"  {name:<12} relative error {rel_error(numerical, gradient):.1e}")

# %%
check("multilayer_forward", "multilayer_backward")

# %% [markdown]
# *If it goes wrong:* does each layer read the states of the one below, or `x` again? Do you start every layer from its own row of `h0` and `c0`? On the way back: which layer comes first, and what does it give to the next one?
#
# With a single layer there must be nothing new, and two chunks must give what one run gives. Both differences should be 0, or a few times 1e-16.

# %%
rng = np.random.default_rng(3)
x, h0, c0, weights = make_stack(rng, "lstm", L=1, T=6)
ours = lstm.lstm_forward(x, h0[0], *weights[0])[0]
stacked = multilayer.multilayer_forward(x, h0, np.zeros_like(c0), weights, "lstm")[0]
print(f"one layer against lstm_forward: {abs(ours - stacked).max():.1e}")

x, h0, c0, weights = make_stack(rng, "lstm", L=3, T=6)
whole = multilayer.multilayer_forward(x, h0, c0, weights, "lstm")[0]
first, hT, cT, _ = multilayer.multilayer_forward(x[:, :2], h0, c0, weights, "lstm")
second = multilayer.multilayer_forward(x[:, 2:], hT, cT, weights, "lstm")[0]
print(
    f"two chunks against one run:     {abs(np.concatenate([first, second], 1) - whole).max():.1e}"
)

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


def num_params(num_layers, H):
    """Parameters of an LSTM language model, without building it."""
    V = len(char_to_idx)
    inputs = V + (num_layers - 1) * H  # what all layers read
    return 4 * H * (inputs + num_layers * (H + 1)) + V * (H + 1)


def width_for(num_layers, wanted):
    """The largest H with at most so many parameters."""
    return max(H for H in range(1, 400) if num_params(num_layers, H) <= wanted)


width = 96
wanted = num_params(1, width)
shapes = {f"{L} x {width}": (L, width) for L in (1, 2, 3)}
shapes |= {f"{L} x {width_for(L, wanted)}": (L, width_for(L, wanted)) for L in (2, 3)}
print(f"{len(train)} characters to train on, {len(char_to_idx)} different ones")
for name, shape in shapes.items():
    print(f"{name:<8} {num_params(*shape):>7} parameters")

# %% [markdown]
# Five trainings on the same chunks in the same order. Each model sees the text twice.


# %%
def train_model(num_layers, H):
    """A trained model and its run, for the figures below."""
    model = CharLM(char_to_idx, H, num_layers, "lstm", rng=np.random.default_rng(5))
    chunks = TruncatedBPTT(model, train, num_streams=16, chunk=50)
    begin = time.perf_counter()
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
        print_every=1000,
    )
    solver.train()
    seconds = (time.perf_counter() - begin) / len(solver.loss_history)
    bits = bits_per_character(model, held_out)
    return model, depth.Run(solver.loss_history, seconds, num_params(num_layers, H), bits)


models, runs = {}, {}
for name, shape in shapes.items():
    print(name)
    models[name], runs[name] = train_model(*shape)

# %%
print("layers x width   parameters   ms a chunk   held-out bits a character")
for name, one in runs.items():
    print(f"{name:<14} {one.parameters:>12} {1000 * one.seconds:>12.0f} {one.bits:>20.3f}")
plots.show(depth.depth_costs(runs, "What depth costs and brings"))

# %% [markdown]
# What to expect, of 200,000 characters seen twice: about 2.8 bits for one layer and for two of equal width, in nearly twice the time; about 3.0 for three, which begin slower, since their gradient goes a longer way. At an equal number of parameters the single layer is ahead by more than 0.1 bits. So short a training does not pay for depth. Take all of the text (`max_train = None`), or more epochs, and the second layer begins to pay. Published models of text with several layers are far wider and are trained far longer.
#
# **Question 3.** Which comparison is the fair one, equal width, equal parameters, or equal time? For whom?
#
# # BEGIN SOLUTION
# It depends on what is scarce. Equal width asks whether another layer helps at all. Equal parameters asks how to spend a given memory, as on a telephone. Equal time asks how to spend an afternoon on this machine. Read the left part of the figure at one time, and the right part at one number of parameters: the answers differ.
# # END SOLUTION
#
# ## The gradient in each layer
#
# How large is the gradient of each layer's weights, before training and after it? The norm is divided by the root of the number of weights, so that layers of other sizes can be compared.


# %%
def gradient_by_layer(model, chunk=50):
    """Root mean square of the gradient of each layer's weights, on the beginning of the text."""
    x, y = held_out[:chunk][np.newaxis], held_out[1 : chunk + 1][np.newaxis]
    _, grads, _ = model.loss(x, y)
    names = [(f"Wx{k}", f"Wh{k}") for k in range(model.num_layers)]
    return [
        float(np.sqrt(np.mean(np.concatenate([grads[n].ravel() for n in both]) ** 2)))
        for both in names
    ]


deepest = f"3 x {width}"
untrained = CharLM(char_to_idx, width, 3, "lstm", rng=np.random.default_rng(5))
panels = {
    "root mean square of the gradient": {
        "before training": gradient_by_layer(untrained),
        "after training": gradient_by_layer(models[deepest]),
    }
}
plots.show(depth.layer_bars(panels, f"Gradient of the weights by layer, {deepest}"))

# %% [markdown]
# **Question 4.** Before training, is the gradient of a lower layer smaller? Should it be? What did training change?
#
# # BEGIN SOLUTION
# A little: about 0.19 against 0.21. It has gone through every layer above, each time multiplied by the derivatives of gates and tanh, all at most 1, and by weights. What shrinks it over time (notebook 4) shrinks it over depth, but two layers are few, and the weights are drawn so that sizes are kept. After training all bars are smaller, since the loss is; and their order may be another one, for the layers have learnt different things.
# # END SOLUTION
#
# ## The states of each layer
#
# The same sentence, read by all three layers. Each row of a picture is one unit.


# %%
def states_by_layer(model, text):
    """Hidden states (L, T, H) of all layers on a text, read one character at a time."""
    h, c = model.zero_state(1)
    steps = []
    for index in encode_text(text, char_to_idx):
        x = model.one_hot(np.array([[index]]))
        _, h, c, _ = multilayer.multilayer_forward(x, h, c, model.weights, "lstm")
        steps.append(h[:, 0].copy())
    return np.stack(steps, axis=1)


begin = held_out_text.index("\n", 500) + 1
line = held_out_text[begin : begin + 60]
states = states_by_layer(models[deepest], line)
plots.show(depth.layer_states(line, states, f"Hidden states of {deepest}"))
for k in range(3):
    change = np.abs(np.diff(states[k], axis=0)).mean()
    print(f"layer {k + 1}: a state changes by {change:.2f} from one character to the next")

# %% [markdown]
# **Question 5.** Which layer changes most from character to character? Is there one that holds its states for longer than a word, and what could it be good for?
#
# # BEGIN SOLUTION
# Read it off the printed numbers and look for horizontal stripes: a stripe is a unit that keeps its state. One might expect the lowest layer to change most, since it sees the characters themselves, and the layers above to hold what several characters made, a word or a place in the line. After so short a training that need not be so (in our run the lowest layer changed least). What the picture of your own run shows is the right answer.
# # END SOLUTION
#
# **Question 6.** Could the layers share one set of weights, as the time steps do? What would be gained, and what would be lost?
#
# # BEGIN SOLUTION
# Yes, if the inputs have as many numbers as the hidden state (an embedding can see to that). The model would have as few weights as one layer, and the gradient of the weights would be a sum over layers as well as over time. But every layer would have to do the same: none could look at characters while another keeps words. Time steps are alike, since a text is alike at every place; layers are there to be different.
# # END SOLUTION
