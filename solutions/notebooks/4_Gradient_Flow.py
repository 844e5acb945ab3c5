# %% [markdown]
# # How the gradient flows back through time
#
# A recurrent network that reads a hundred words is a network of a hundred layers, all with the *same* weights. What the loss at the end says about the first word must come back through all of them. On its way it is multiplied by much the same matrix, again and again. What becomes of a number that is multiplied a hundred times by 0.9? By 1.1?
#
# In this notebook you measure that, with the layers you wrote in notebooks 1 and 2:
#
# 1. the gradient of a **vanilla RNN**, as the singular values of $W_h$ pass through 1;
# 2. a training run that **explodes**, and **clipping**, which stops that;
# 3. the LSTM's **additive path**, with the forget gate open, half open and shut;
# 4. two tasks of pure memory, the **adding** and the **copying problem**, where the RNN fails and the LSTM does not.
#
# There is one function to fill in, `clip_gradients` in `cs231n_rnn/training/clipping.py`. All else is looking closely.
#
# In Colab: upload the assignment's folder, run `%cd` into its `notebooks` folder, and `!pip install -r ../requirements.txt`.

# %%
# %load_ext autoreload
# %autoreload 2
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path.cwd().parent))  # the package beside this notebook

from cs231n_rnn import plots
from cs231n_rnn.checking import check
from cs231n_rnn.layers import lstm, rnn
from cs231n_rnn.plots import gradient_flow

# %% [markdown]
# How long to train, and from which seed. With these values the notebook runs in two or three minutes; the numbers to expect below belong to them.

# %% tags=["parameters"] quick="clipping_iterations = 10\nadding_iterations = 4\ncopying_iterations = 4"
clipping_iterations = 600
adding_iterations = 1000
copying_iterations = 800
seed = 0

# %% [markdown]
# ## The vanilla RNN: one factor per step
#
# From $h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$ follows one step of the way back:
#
# $$\frac{\partial L}{\partial h_{t-1}} = \left( \frac{\partial L}{\partial h_t} \odot (1 - h_t^2) \right) W_h^T$$
#
# Two things happen to the gradient. Each element is multiplied by the slope of $\tanh$, which is at most 1. Then the vector is multiplied by $W_h^T$, which makes it longer or shorter by a factor that lies between the smallest and the largest **singular value** of $W_h$.
#
# To see the two apart, take a matrix whose singular values are all the same: an orthogonal matrix times a number $s$. It turns every vector and stretches it by exactly $s$. The function below runs your `rnn_step_forward` over 60 random inputs, puts a gradient on the last state, and goes back with your `rnn_step_backward`. At each step it notes the norm of the gradient, the root mean square of the slopes $1 - h_t^2$, and what the step adds to the gradient of $W_h$.

# %%
N, T, D, H = 16, 60, 32, 128
rng = np.random.default_rng(seed)
inputs = rng.standard_normal((T, N, D))
Wx = rng.standard_normal((D, H)) / np.sqrt(D)
orthogonal, _ = np.linalg.qr(rng.standard_normal((H, H)))
dlast = rng.standard_normal((N, H))


def rnn_reach(Wh, x):
    """Norms of the gradient 0 to T steps back; slopes, and terms of dWh, of each step back."""
    h, caches, slopes = np.zeros((N, H)), [], []
    for x_t in x:
        h, cache = rnn.rnn_step_forward(x_t, h, Wx, Wh, np.zeros(H))
        caches.append(cache)
        slopes.insert(0, np.sqrt(np.mean((1 - h**2) ** 2)))
    dh, norms, terms = dlast, [np.linalg.norm(dlast)], []
    for cache in reversed(caches):
        _, dh, _, dWh, _ = rnn.rnn_step_backward(dh, cache)
        norms.append(np.linalg.norm(dh))
        terms.append(dWh)
    return np.array(norms) / norms[0], np.array(slopes), terms


# %% [markdown]
# Now $s$ goes from 0.5 to 1.5, and the inputs from nearly nothing to ordinary size.
#
# - With **tiny** inputs the states stay near 0, where $\tanh$ is a straight line of slope 1. Theory: after $k$ steps exactly $s^k$.
# - With larger inputs the states **saturate**. If slopes and gradient know nothing of each other, theory says that each step multiplies the norm by $s$ times the root mean square of the slopes.

# %%
sizes = {"tiny inputs (× 1e-20)": 1e-20, "small inputs (× 0.1)": 0.1, "ordinary inputs": 1.0}
panels = {name: {} for name in sizes}
for name, size in sizes.items():
    for s in (1.5, 1.2, 1.0, 0.8, 0.5):
        norms, slopes, _ = rnn_reach(s * orthogonal, size * inputs)
        theory = np.cumprod([1.0, *(s * slopes)])
        panels[name][f"s = {s}"] = gradient_flow.Reach(norms, theory)

title = "Vanilla RNN, all singular values of $W_h$ equal to s. Points: measured, lines: theory"
plots.show(gradient_flow.gradient_reach(panels, title))

for name, expected in zip(sizes, ("1e-12 or less", "below 0.5", "below 0.5"), strict=True):
    ratios = [np.divide(*reach) for reach in panels[name].values()]
    error = max(abs(ratio - 1).max() for ratio in ratios)
    print(f"{name:<22} theory is off by at most {error:.0e} of the norm ({expected})")

# %% [markdown]
# On the left nothing but $s$ counts: below 1 the gradient **vanishes**, above 1 it **explodes**, at 1 it passes unharmed, and all of this at a steady rate, which the logarithm shows as a straight line. In the middle and on the right the slopes of $\tanh$ take their share at every step.
#
# **Question 1.** With ordinary inputs even $s = 1.5$ vanishes. What does a largest singular value below 1 tell you about the gradient, and what does one above 1? And is a network safe from exploding because its inputs saturate it today?
#
# # BEGIN SOLUTION
# Every step multiplies the norm by at most (largest slope) × (largest singular value), and the slope is at most 1. So a largest singular value below 1 is *enough* for vanishing, whatever the inputs. A largest singular value above 1 is *needed* for exploding, but not enough: the slopes may take away more than the matrix gives. It is not safe: the slopes depend on the states. With small inputs the same matrix explodes (left and middle), and training changes the weights.
# # END SOLUTION
#
# **Question 2.** `CaptioningRNN` draws $W_h$ as `rng.standard_normal((H, H)) / np.sqrt(H)`. Its largest singular value is about 2, its largest eigenvalue about 1 in absolute value. Which of the two decides over *many* steps with tiny inputs, and why? Try it: `rnn_reach(Wh, 1e-20 * inputs)`.
#
# # BEGIN SOLUTION
# The eigenvalue. The singular value says how much *one* product can stretch the luckiest vector. But $W_h^T$ turns that vector away from the direction in which it would be stretched most the next time, so the stretches do not multiply. Products $W_h^k$ of the same matrix grow or shrink like $|\lambda_{\max}|^k$ in the long run. Over a few draws of this matrix the eigenvalue lies between 0.97 and 1.08, and the norm after 60 steps between about 0.2 and 30: far from $2^{60} \approx 10^{18}$. For an orthogonal matrix times $s$ both are $s$, so the figure above could not tell them apart.
# # END SOLUTION

# %% [markdown]
# ## Exploding, and clipping
#
# Where the gradient explodes, one minibatch can throw the weights far away, to where all states are saturated and there is no way back. **Clipping** (Pascanu, Mikolov and Bengio 2013) bounds the length of the step and keeps its direction. Take the gradients of *all* parameters as one long vector $g$:
#
# $$\hat g = \begin{cases} g & \text{if } \lVert g \rVert \le m \\ \dfrac{m}{\lVert g \rVert} \, g & \text{if } \lVert g \rVert > m \end{cases}$$
#
# **To do:** `clip_gradients` in `cs231n_rnn/training/clipping.py`. Start with numbers that you can check in your head: the root of $3^2 + 4^2 + 12^2$ is 13.

# %%
from cs231n_rnn.training import clip_gradients

grads = {"Wh": np.array([[3.0, 0.0], [0.0, 4.0]]), "b": np.array([12.0])}
clipped, norm = clip_gradients(grads, max_norm=6.5)
print("norm before:", norm, "(13)")
print("dWh after:", clipped["Wh"].tolist(), "([[1.5, 0.0], [0.0, 2.0]])")
print("db after:", clipped["b"].tolist(), "([6.0])")

shapes = {"Wx": (4, 5), "Wh": (5, 5), "b": (5,)}
grads = {name: rng.standard_normal(shape) for name, shape in shapes.items()}
before = np.concatenate([grad.ravel() for grad in grads.values()])
for max_norm, expected in ((0.1, "0.1"), (1000.0, f"{np.linalg.norm(before):.4f}")):
    clipped, _ = clip_gradients(grads, max_norm)
    after = np.concatenate([clipped[name].ravel() for name in grads])
    length = np.linalg.norm(after)
    cosine = before @ after / np.linalg.norm(before) / length
    print(f"max_norm {max_norm}: length {length:.4f} ({expected}), cosine {cosine:.4f} (1.0000)")

# %%
check("clip_gradients")

# %% [markdown]
# *If it goes wrong:* is there one norm for all arrays, or one for each? What happens to gradients that are short enough already? Do you write into the arrays that came in? Which dtype comes out for float32?
#
# **Question 3.** Why one factor for all parameters? What would change if each array were clipped by its own norm, or each single number cut to a range?
#
# # BEGIN SOLUTION
# With one factor the step is shorter but points the same way: still straight down the loss, as far as the gradient knows. Clipping each array by its own norm changes how large the arrays' steps are to each other, and cutting single numbers changes the direction within an array: large elements are cut, small ones are not. Such a step may still go down, but it is no longer the direction of the gradient, and which way it turns depends on how the model happens to be split into arrays.
# # END SOLUTION
#
# ### A run that diverges
#
# The task is the **copying problem** (Hochreiter and Schmidhuber 1997), here in a short form: read three symbols out of four, wait 14 steps, and at a sign say them again in the same order. Symbols, blank and sign are one-hot vectors; only the last three steps count.

# %%
from cs231n_rnn.data.memory_tasks import copying_problem

num_symbols, length = 4, 3
letters = np.array([*"abcd", ".", "!"])
some = np.random.default_rng(1)
symbols_in, symbols_out, counted = copying_problem(3, 14, num_symbols, length, some)
for read, say, counts in zip(symbols_in.argmax(axis=2), symbols_out, counted, strict=True):
    print("read", "".join(letters[read]), "  say", "".join(np.where(counts, letters[say], " ")))

# %% [markdown]
# The model, provided in `cs231n_rnn/models/memory_models.py`, is your `rnn_forward` with an affine layer and a softmax at every step. To make its gradient grow on the way back, $W_h$ is drawn 1.5 times larger than usual; and it is trained by plain stochastic gradient descent with a learning rate of 1. Three runs:
#
# - a wait of 2 steps, without clipping, to see that the learning rate alone does no harm;
# - a wait of 14 steps, without clipping;
# - a wait of 14 steps, clipped by the solver's `max_norm`, which calls your function.
#
# "Without" is a bound of $10^9$ here: it clips nothing, but the solver then keeps the norms, in `solver.norm_history`. Who only guesses a symbol has a loss of $\log 4 \approx 1.386$ nats.

# %%
from cs231n_rnn.models.memory_models import EveryStepClassifier
from cs231n_rnn.training import Solver


def train(model, batch, iterations, title, unit, **options):
    """Train on minibatches of 50 fresh examples, with a live curve; returns the solver."""
    solver = Solver(
        model,
        lambda indices: batch(len(indices)),
        num_train=50 * iterations // 10,
        num_epochs=10,
        batch_size=50,
        callbacks=[plots.LiveCurve(title, unit=unit)],
        print_every=10**9,
        **options,
    )
    solver.train()
    return solver


def train_copying(title, wait, max_norm):
    """A vanilla RNN with large weights on the copying problem: its solver."""
    rng = np.random.default_rng(seed)
    model = EveryStepClassifier(6, 64, 6, cell_type="rnn", gain=1.5, rng=rng)
    return train(
        model,
        lambda N: copying_problem(N, wait, num_symbols, length, rng),
        clipping_iterations,
        title,
        "nats per symbol",
        update_rule="sgd",
        optim_config={"learning_rate": 1.0},
        max_norm=max_norm,
    )


# %%
runs = {
    "wait 2": train_copying("Wait 2, without clipping", 2, 1e9),
    "wait 14": train_copying("Wait 14, without clipping", 14, 1e9),
    "wait 14, clipped": train_copying("Wait 14, clipped to a norm of 0.25", 14, 0.25),
}

# %%
losses = {name: solver.loss_history for name, solver in runs.items()}
title, guessing = "Copying without clipping and with a bound of 0.25", np.log(num_symbols)
plots.show(
    gradient_flow.losses_and_guessing(losses, guessing, title, "nats per symbol", log=True)
)
expected = ("below 0.01", "far above 1.386: 7 or more", "below 0.01")
for (name, history), right in zip(losses.items(), expected, strict=True):
    print(f"{name:<17} mean loss of the last 20 iterations: {np.mean(history[-20:]):.4f} ({right})")

# %% [markdown]
# A longer wait, and nothing else, makes the difference between a run that learns and one that diverges. Without clipping the loss jumps *above* that of guessing within a few iterations and stays there: the model is now sure of wrong symbols, and its states are saturated. (How far above depends on the last bits of your machine's arithmetic.) With clipping the same run, at the same learning rate, learns the task.
#
# Which bound? Look at the norms before clipping:

# %%
title = "Wait 14, clipped: the norms before clipping"
plots.show(gradient_flow.norms_and_bound(runs["wait 14, clipped"].norm_history, 0.25, title))
for (name, solver), right in zip(runs.items(), ("3 to 5", "above 10", "4 to 7"), strict=True):
    print(f"{name:<17} largest norm of the run: {max(solver.norm_history):.1f} ({right})")

# %% [markdown]
# A usual way to choose the bound: train for a while with a very large one, and take something like the median of the norms, or less where the loss still jumps. Here clipping is at work at every iteration until the task is learnt; after that the gradient is small by itself, and nothing is clipped any more.
#
# *If it goes wrong:* if the clipped run does not learn, look at the figure: do the norms before clipping stay far above the bound to the end? Then the steps are too small or point nowhere; is the direction kept?
#
# **Question 4.** With Adam instead of plain gradient descent the unclipped run would not diverge like this. Why not? And what harm can one huge gradient still do to Adam?
#
# # BEGIN SOLUTION
# Adam divides each element's mean gradient by the root of its mean square, so the step of each number is at most about the learning rate, however large the gradient. But the mean square keeps a huge gradient for about $1/(1 - \beta_2) = 1000$ iterations. For that long the divisor is far too large, and the steps far too small: learning stalls. Clipping *before* Adam keeps the huge one out of the mean. That is why both are used together below. (At a learning rate of 1e-3 Adam learns this task without clipping.)
# # END SOLUTION
#
# ### What clipping cannot do
#
# A gradient that is too long can be made shorter. Can one that has vanished be brought back? $W_h$'s gradient is a sum with one term for each step (notebook 1). Here are the terms of a vanishing one, $s = 0.8$, and the same terms after clipping all of them together to a tenth.

# %%
_, _, terms = rnn_reach(0.8 * orthogonal, 0.1 * inputs)
terms = {f"{k} steps back": term for k, term in enumerate(terms)}
_, norm = clip_gradients(terms, max_norm=1.0)
clipped, _ = clip_gradients(terms, max_norm=norm / 10)
latest, latest_clipped = (np.linalg.norm(t["0 steps back"]) for t in (terms, clipped))
print(f"{'term of dWh':<14}   norm   clipped   share of the latest: before, after")
for name in list(terms)[:59:15]:
    before, after = np.linalg.norm(terms[name]), np.linalg.norm(clipped[name])
    shares = f"{before / latest:.1e}   {after / latest_clipped:.1e}"
    print(f"{name:<14} {before:.1e}  {after:.1e}  {shares}")

# %% [markdown]
# The two columns on the right are the same. One factor for all terms leaves their shares as they are, and the factor is never above 1. What happened 45 steps ago counts about a hundred-thousandth as much as what happened just now, with or without clipping. A factor above 1 would not help either: it makes the latest terms larger too. Vanishing must be prevented where it happens, inside the cell.
#
# ## The LSTM's additive path
#
# In an LSTM there is a second way back: $c_t = f_t \odot c_{t-1} + i_t \odot g_t$. Along the cell state alone, with no detour through $h$, the gradient is multiplied element by element by the forget gates, and by nothing else:
#
# $$\frac{\partial c_T}{\partial c_t} = \mathrm{diag}\left(f_T \odot f_{T-1} \odot \dots \odot f_{t+1}\right)$$
#
# No matrix, no slope of $\tanh$. The network itself decides how far the gradient reaches. Below, your `lstm_step_backward` goes back from a gradient on $c_T$, with the bias of the forget gate at +5 (open), 0 (half open) and -5 (shut). On the left, $\partial L / \partial h$ is set to 0 at each step, which cuts the detour; on the right the whole gradient of $c_t$ comes back. Axes and lengths are those of the first figure; the lines are the product of the forget gates.

# %%
from cs231n_rnn.layers.activations import sigmoid

lstm_rng = np.random.default_rng(seed)
Wx4 = lstm_rng.standard_normal((D, 4 * H)) / np.sqrt(D)
Wh4 = lstm_rng.standard_normal((H, 4 * H)) / np.sqrt(H)


def lstm_reach(forget_bias):
    """Norms along the cell state alone, of the whole gradient, and of the forget gates' product."""
    b, zero = np.repeat([0.0, forget_bias, 0.0, 0.0], H), np.zeros((N, H))
    h, c, steps = zero, zero, []
    for x_t in inputs:
        f = sigmoid((x_t @ Wx4 + h @ Wh4 + b)[:, H : 2 * H])
        h, c, cache = lstm.lstm_step_forward(x_t, h, c, Wx4, Wh4, b)
        steps.append((f, cache))
    alone, whole, dh, product = dlast.copy(), dlast.copy(), zero.copy(), dlast
    norms = [[np.linalg.norm(dlast)] * 3]
    for f, cache in reversed(steps):
        alone = lstm.lstm_step_backward(zero.copy(), alone, cache)[2]
        _, dh, whole, *_ = lstm.lstm_step_backward(dh, whole, cache)
        product = product * f
        norms.append([np.linalg.norm(each) for each in (alone, whole, product)])
    return (np.array(norms) / norms[0]).T


# %%
panels = {"cell state alone (no way through h)": {}, "whole gradient of the cell state": {}}
for bias, name in ((5.0, "open"), (0.0, "half open"), (-5.0, "shut")):
    alone, whole, product = lstm_reach(bias)
    for panel, measured in zip(panels.values(), (alone, whole), strict=True):
        panel[f"{name}, bias {bias:g}"] = gradient_flow.Reach(measured, product)
    error = np.max(abs(alone / product - 1))
    print(f"{name:<9} after 60 steps: gates' product {product[-1]:.1e}, whole {whole[-1]:.1e}")
    print(f"          cell state alone is off by at most {error:.0e} of it (1e-12 or less)")

title = "LSTM, gradient of $c_t$. Points: measured, lines: product of the forget gates"
plots.show(gradient_flow.gradient_reach(panels, title))

# %% [markdown]
# On the left the points lie on the lines: open gates let a large part of the gradient pass over 60 steps, half-open ones halve it at every step, roughly, and shut ones cut it off at once. On the right the detour through $h$ and the gates adds its share. That one goes through $W_h$ and behaves like the vanilla RNN's: it vanishes or explodes with the weights.
#
# **Question 5.** With a forget bias of 1, 3 and 5 a gate is open to $\sigma(1) \approx 0.73$, $0.95$ and $0.99$. What is left of the gradient along the cell state after 100 steps, for each? If open is so good, why are there forget gates at all?
#
# # BEGIN SOLUTION
# $0.73^{100} \approx 2 \cdot 10^{-14}$, $0.953^{100} \approx 0.008$ and $0.9933^{100} \approx 0.51$. A cell that never forgets only adds up. It cannot be cleared for the next sentence, new content is mixed with all that is old, and the sum grows until $\tanh(c)$ saturates in $h = o \odot \tanh(c)$, which then stops the gradient there. The bias is only where training begins: the gates depend on $x_t$ and $h_{t-1}$, so the network can learn *when* to forget.
# # END SOLUTION
#
# ## The adding problem
#
# Now the proof in training. In the **adding problem** (Hochreiter and Schmidhuber 1997) the network reads 100 numbers between 0 and 1. Two of them are marked, one in the first half and one in the second. At the end it must say their sum. Whoever knows nothing of the marks does best by always answering 1, with a mean squared error of 1/6, about 0.167. One short example:

# %%
from cs231n_rnn.data.memory_tasks import adding_problem

x, y = adding_problem(1, 8, np.random.default_rng(1))
print("numbers ", "  ".join(f"{number:.2f}" for number in x[0, :, 0]))
print("marks   ", "  ".join(f"{mark:4.0f}" for mark in x[0, :, 1]))
print(f"sum      {y[0]:.2f}")

# %% [markdown]
# Both networks have about the same number of weights: a vanilla RNN with 128 hidden units and an LSTM with 64. Both are trained with Adam on the same number of fresh minibatches, clipped to a norm of 1. The RNN has the smaller learning rate since a larger one does it harm. The LSTM's forget gates begin with a bias of 3. Give the LSTM half a minute; its loss stays at 0.167 for a while before it falls.

# %%
from cs231n_rnn.models.memory_models import LastStepRegressor

adding_length = 100


def train_adding(title, hidden_dim, learning_rate, **options):
    """A model on the adding problem: its solver."""
    rng = np.random.default_rng(seed)
    return train(
        LastStepRegressor(2, hidden_dim, rng=rng, **options),
        lambda N: adding_problem(N, adding_length, rng),
        adding_iterations,
        title,
        "mean squared error",
        optim_config={"learning_rate": learning_rate},
        max_norm=1.0,
    )


adding = {
    "vanilla RNN": train_adding("Adding, vanilla RNN", 128, 1e-3, cell_type="rnn"),
    "LSTM": train_adding("Adding, LSTM", 64, 1e-2, cell_type="lstm", forget_bias=3.0),
}

# %%
title = f"The adding problem, {adding_length} time steps"
losses = {name: solver.loss_history for name, solver in adding.items()}
plots.show(gradient_flow.losses_and_guessing(losses, 1 / 6, title, "mean squared error"))

x, y = adding_problem(2000, adding_length, np.random.default_rng(99))
for name, expected in (("vanilla RNN", "about 0.167, as by guessing"), ("LSTM", "below 0.02")):
    error = np.mean((adding[name].model.predict(x) - y) ** 2)
    print(f"{name:<12} mean squared error on new sequences: {error:.4f} ({expected})")

# %% [markdown]
# *If it goes wrong:* if the LSTM stays at 0.167 to the end, train on (`adding["LSTM"].num_epochs = 15`, then `.train()`), or take another seed: the moment at which it finds the marks is a matter of chance. If it found them and the loss jumps up again, the learning rate is too high.
#
# ## The copying problem
#
# The same, for the copying problem with a wait of 40 steps. Guessing now costs $\log 4 \approx 1.386$ nats per symbol.

# %%
delay = 40


def train_longer_copying(title, hidden_dim, learning_rate, **options):
    """A model on the copying problem: its loss history."""
    rng = np.random.default_rng(seed)
    return train(
        EveryStepClassifier(num_symbols + 2, hidden_dim, num_symbols + 2, rng=rng, **options),
        lambda N: copying_problem(N, delay, num_symbols, length, rng),
        copying_iterations,
        title,
        "nats per symbol",
        optim_config={"learning_rate": learning_rate},
        max_norm=1.0,
    ).loss_history


losses = {
    "vanilla RNN": train_longer_copying("Copying, vanilla RNN", 128, 1e-3, cell_type="rnn"),
    "LSTM": train_longer_copying("Copying, LSTM", 64, 1e-2, cell_type="lstm", forget_bias=3.0),
}

# %%
title = f"The copying problem, a wait of {delay} steps"
plots.show(gradient_flow.losses_and_guessing(losses, np.log(num_symbols), title, "nats per symbol"))
for name, expected in (("vanilla RNN", "about 1.39"), ("LSTM", "below 0.1")):
    loss = np.mean(losses[name][-20:])
    print(f"{name:<12} mean loss of the last 20 iterations: {loss:.3f} ({expected})")

# %% [markdown]
# **Question 6.** Is the vanilla RNN too small for these tasks, or can it only not be *trained* on them? Name one experiment that tells the two apart. You may try it: `adding_length = 10`.
#
# # BEGIN SOLUTION
# It cannot be trained on them: 128 numbers are more than enough to hold one number or three symbols. Keep the network and shorten the way: with 10 steps the same RNN with the same learning rate falls far below 0.167. Or keep the length and fix the way back: with $W_h$ orthogonal at the start and small inputs (the figure of part 1, at $s = 1$) the gradient arrives, and vanilla RNNs have been trained on the adding problem from such a start (Le, Jaitly and Hinton 2015, with rectified linear units). Or measure it: the gradient of the loss with respect to the first inputs, before training.
# # END SOLUTION
