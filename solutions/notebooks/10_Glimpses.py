# %% [markdown]
# # Glimpses: reading an image as a sequence
#
# An image is not a sequence. But nobody sees a page all at once: the eye jumps from place to place, and what it has just seen decides where it looks next. A recurrent network can do the same with a fixed image. Each step is a **glimpse**: a small window of the image goes in, the hidden state changes, and the new hidden state says where the window goes. After a few glimpses the network answers.
#
# In this notebook:
#
# 1. a window that can be moved and widened *and has a gradient*, that of DRAW (Gregor et al. 2015);
# 2. a classifier that looks six times at a large image and finds the digit in it, against others that see all of it, its middle, or random places;
# 3. two digits, read in order;
# 4. the other way to learn where to look: try, and see whether it went well (REINFORCE).
#
# You fill in `cs231n_rnn/layers/glimpse.py` and `cs231n_rnn/models/glimpse_classifier.py`. The recurrent step is your LSTM of notebook 2. After each function, `check("name")` says whether it is right.
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
from cs231n_rnn.plots import glimpses as pictures
from cs231n_rnn.training import Solver, compare_gradients

# %% [markdown]
# How long to train. An *epoch* here is a number of minibatches of new images: none is ever seen twice. With these values the notebook runs in a few minutes.

# %% tags=["parameters"] quick="num_epochs = pair_epochs = full_epochs = 1\nupdates = 2\nnum_val = num_test = 20\nnum_draws = 3"
num_epochs, pair_epochs = 12, 12  # for one digit, and for two
full_epochs = 24  # for the network with the full view, whose minibatches take a tenth of the time
updates = 100  # minibatches per epoch
num_val, num_test = 500, 2000  # images to measure on
num_draws = 200  # times that an estimate is drawn to measure its noise

# %% [markdown]
# ## Digits in clutter
#
# Each image has 60 x 60 pixels. Somewhere on it is a handwritten digit of 28 x 28 (scikit-learn's, enlarged), and four pieces of 8 x 8 pixels, cut from other digits, are scattered over it as **clutter** (after Mnih et al. 2014). Training images are made of training digits alone, test images of test digits.

# %%
from cs231n_rnn.data.canvases import draw_canvases
from cs231n_rnn.data.digits import load_digit_images

digits = load_digit_images()


def draw(part, count, rng, **options):
    """Canvases with digits of one part: "train", "val" or "test"."""
    x, y = getattr(digits, f"x_{part}"), getattr(digits, f"y_{part}")
    return draw_canvases(x, y, count, rng, **options)


val = draw("val", num_val, np.random.default_rng(231))
test = draw("test", num_test, np.random.default_rng(232))
paper = np.uint8(255 * (1 - test.x[:12]))  # ink is dark
below = {"": [str(y[0]) for y in test.y[:12]]}
plots.show(plots.picture_grid(np.stack([paper] * 3, axis=3), below, "Which digit is it?", 6))

# %% [markdown]
# **Question 1.** At how many places can the digit be? A network with an affine layer over all pixels has 1,300 training digits. What must it learn more than a network that sees the digit always in the middle?
#
# # BEGIN SOLUTION
# At 33 x 33 = 1,089 places (60 - 28 + 1 = 33 per side). Each weight of an affine layer belongs to one pixel, so what it learns of a 3 in one corner says nothing of a 3 in another: it must learn each shape at each place, and besides that pieces of digits mean nothing. (A convolutional layer uses the same weights everywhere. Another way is to bring the digit to the middle, by looking at it.)
# # END SOLUTION
#
# ## A window with a gradient
#
# Cutting a piece out of an image has no gradient: half a pixel further to the right is not a piece at all. So the window is made of Gaussians. It is a grid of $K \times K$ **filters**, each the weighted mean of the pixels around a point. Five numbers, which a network can say, place the grid on an image of $B$ rows and $A$ columns (Gregor et al. 2015, equations 21 to 24):
#
# $$x = \tfrac{A+1}{2}(g_x + 1) - 1 \qquad y = \tfrac{B+1}{2}(g_y + 1) - 1 \qquad \delta = \tfrac{\max(A, B) - 1}{K - 1}\, e^{\log\delta} \qquad \sigma^2 = e^{\log\sigma^2} \qquad \gamma = e^{\log\gamma}$$
#
# with the centre $(x, y)$ in pixels counted from 0, the **stride** $\delta$ from one filter to the next, the variance $\sigma^2$ of each filter, and the intensity $\gamma$. Networks say strange things at first, so the five numbers are cut off at $\pm 12$ before anything is computed from them.
#
# **To do:** `window_forward` and `window_backward` in `cs231n_rnn/layers/glimpse.py`.

# %%
from cs231n_rnn.layers.glimpse import window_backward, window_forward

names = "centre_x", "centre_y", "stride", "variance", "intensity"
found = window_forward(np.array([[0, 0.5, 0, np.log(0.5), 0], [0, 0, 0, 50, 0.0]]), 5, (7, 9))
for name, values in zip(names, found, strict=False):
    print(f"{name:<9}", " ".join(f"{value:.6g}" for value in values))
print("(4 4, 5 3, 2 and a number that is finite; 1 and 1; 1 and 1)")

# %%
rng = np.random.default_rng(231)
window = rng.standard_normal((4, 5))
window[1, 2], window[3, 0] = 13, -20  # beyond the cut
douts = rng.standard_normal((5, 4))
dwindow = window_backward(*douts, window_forward(window, 5, (7, 9))[5])
compare_gradients(
    lambda: window_forward(window, 5, (7, 9)), {"window": window}, [dwindow], *douts, right=1e-7
)

# %%
check("window_forward", "window_backward")

# %% [markdown]
# *If it goes wrong:* $g_x$ goes along a row, so it has to do with the number of columns. What is the derivative of something that was cut off?
#
# **Question 2.** Why does the network say the logarithms of stride, variance and intensity, and not these themselves? What do five zeros stand for?
#
# # BEGIN SOLUTION
# All three must be positive, and an exponential is, whatever the network says; a step of the same size also changes a small stride and a large one by the same *factor*. Five zeros are a window in the middle of the image whose outer filters are on the first and last pixels: centre (A - 1) / 2, stride (A - 1) / (K - 1), so that K filters reach over all of it, with a variance and an intensity of 1.
# # END SOLUTION
#
# ### Filters
#
# The filters of the grid are aligned in rows and columns, so it is enough to compute them once for each axis. Filter $k$ is at $\mu_k$ and weighs pixel $a$ with $F_{ka}$ (equations 19, 20, 25, 26):
#
# $$\mu_k = \text{centre} + \left(k - \tfrac{K - 1}{2}\right)\delta \qquad F_{ka} = \frac{1}{Z_k} \exp\left(-\frac{(a - \mu_k)^2}{2\sigma^2}\right) \qquad Z_k = \sum_a \exp\left(-\frac{(a - \mu_k)^2}{2\sigma^2}\right)$$
#
# **To do:** `filterbank_forward` and `filterbank_backward`. The last filter of the example is far outside, where all its weights are too small for any number.

# %%
from cs231n_rnn.layers.glimpse import filterbank_backward, filterbank_forward

centre, stride, variance = np.array([2.0, 900.0]), np.array([1.5, 1.0]), np.array([0.3, 0.01])
F, _ = filterbank_forward(centre, stride, variance, 3, 6)
print(F.round(3))
print("the heaviest pixels:", *F.argmax(axis=2), "([0 2 3] or [1 2 3], then [5 5 5])")
print("sums:", *F.sum(axis=2), "(1, all of them)")

# %%
centre, stride = rng.uniform(0, 6, 4), rng.uniform(0.5, 2, 4)
variance = rng.uniform(0.5, 3, 4)
F, cache = filterbank_forward(centre, stride, variance, 3, 6)
dF = rng.standard_normal(F.shape)
given = {"centre": centre, "stride": stride, "variance": variance}
gradients = filterbank_backward(dF, cache)
compare_gradients(
    lambda: filterbank_forward(**given, K=3, size=6), given, gradients, dF, right=1e-8
)

# %%
check("filterbank_forward", "filterbank_backward")

# %% [markdown]
# *If it goes wrong:* $F$ is a softmax over the pixels of each filter. What do you know of its gradient? And how many filters does one centre move?
#
# ### Reading and writing
#
# With the filters $F_x$ across and $F_y$ down, both of shape $(K, \cdot)$, a glimpse of the image $x$ is (equation 27)
#
# $$\text{read}(x) = \gamma\, F_y\, x\, F_x^T \qquad (K \times K)$$
#
# The same window can write a patch $w$ of $K \times K$ numbers onto an image (equation 29); notebook 11 paints with it:
#
# $$\text{write}(w) = \tfrac{1}{\gamma}\, F_y^T\, w\, F_x \qquad (B \times A)$$
#
# **To do:** `read_forward`, `read_backward`, `write_forward` and `write_backward`.

# %%
from cs231n_rnn.layers.glimpse import read_backward, read_forward, write_backward, write_forward

x, patch = rng.standard_normal((3, 6, 7)), rng.standard_normal((3, 4, 4))
window = 0.5 * rng.standard_normal((3, 5))
dglimpse, dstroke = rng.standard_normal((3, 4, 4)), rng.standard_normal((3, 6, 7))
read = {"x": x, "window": window}
gradients = read_backward(dglimpse, read_forward(x, window, 4)[1])
compare_gradients(lambda: read_forward(x, window, 4), read, gradients, dglimpse, right=1e-7)
written = {"patch": patch, "window": window}
gradients = write_backward(dstroke, write_forward(patch, window, (6, 7))[1])
compare_gradients(
    lambda: write_forward(patch, window, (6, 7)), written, gradients, dstroke, right=1e-7
)

# %%
check("read_forward", "read_backward", "write_forward", "write_backward")

# %% [markdown]
# *If it goes wrong:* which of the two filter banks works on the rows? Each stride and each variance serves both of them, so what comes back from both?
#
# Now the window at work, on one canvas: over the whole image, moved to the digit, narrowed, widened in its filters, and partly outside.

# %%
from cs231n_rnn.models.glimpse_loop import window_boxes

K, shape = 12, (60, 60)
image, (row, column) = test.x[0], test.corners[0, 0] + 13.5


def window_at(x, y, extent, variance):
    """The five numbers, (1, 5), of a window with its centre and extent in pixels."""
    g_x, g_y = 2 * (x + 1) / 61 - 1, 2 * (y + 1) / 61 - 1
    return np.array([[g_x, g_y, np.log(variance), np.log(extent / 59), 0]])


def view(window):
    """What the figure shows of one window."""
    x, _, stride, variance, *_ = window_forward(window, K, shape)
    Fx, _ = filterbank_forward(x, stride, variance, K, shape[1])
    glimpse, _ = read_forward(image[None], window, K)
    return pictures.Window(window_boxes(window, K, shape)[0], Fx[0], glimpse[0])


shown = {
    "all of it": window_at(29.5, 29.5, 59, 4),
    "moved": window_at(column, row, 26, 1),
    "narrow": window_at(column, row, 11, 0.3),
    "blurred": window_at(column, row, 26, 12),
    "half outside": window_at(60, row, 26, 1),
}
views = {name: view(window) for name, window in shown.items()}
plots.show(pictures.window_views(image, views, "One window, five times"))

# %% [markdown]
# Filters outside the image see its edge: the weights of each sum to 1 wherever it is. A window of the image's own size, with one filter for each pixel, is the identity up to the width of its filters:

# %%
for log_variance in (2.0, 0.0, -2.0, -4.0):
    own, _ = read_forward(image[None].astype(float), np.array([[0, 0, log_variance, 0, 0]]), 60)
    print(f"log variance {log_variance:4.0f}: largest change {abs(own[0] - image).max():.1e}")
print("(from about 0.7 down to 1e-11 or less)")

# %% [markdown]
# **Question 3.** A narrow window is on empty paper, far from the digit. What does its gradient say about where to go? What follows for the first look of a network that is to learn where to look?
#
# # BEGIN SOLUTION
# Nothing: within the reach of the filters all pixels are alike, so moving the window a little changes no number of the glimpse, and the gradient is zero. A first look should therefore be wide enough to see ink wherever it is, as blurred as it may be, for only then there is a gradient towards it. The classifier below begins with a window over the whole image.
# # END SOLUTION
#
# ## The classifier
#
# A step of `GlimpseClassifier`, from the hidden state $h_{t-1}$ and the cell state $c_{t-1}$:
#
# $$w_t = h_{t-1} W_{window} + b_{window} \qquad s_t = [\text{read}(x, w_t),\ w_t] \qquad h_t, c_t = \text{LSTM}(s_t, h_{t-1}, c_{t-1})$$
#
# The LSTM gets what was seen ($K^2$ numbers) and where (5 numbers). After the last of $T$ glimpses $h_T W_{out} + b_{out}$ are the scores of the classes. No one says where to look: the cross-entropy of the one answer is all there is, and its gradient must find its way back through six glimpses, and through each window to the state that placed it.
#
# If several answers are wanted, the $T$ glimpses are shared out, and each answer is scored when its share is used up.
#
# **To do:** `GlimpseClassifier.step` and `GlimpseClassifier.step_backward`.

# %%
from cs231n_rnn.models.glimpse_classifier import GlimpseClassifier

rng = np.random.default_rng(231)
small = GlimpseClassifier(4, (7, 9), 3, 4, 5, 2, dtype=np.float64)
for name in ("W_window", "b_window"):
    small.params[name] = 0.5 * rng.standard_normal(small.params[name].shape)
x, h, c = rng.random((3, 7, 9)), rng.standard_normal((3, 5)), rng.standard_normal((3, 5))
douts = rng.standard_normal((2, 3, 5))
dh, dc, grads = small.step_backward(*douts, small.step(x, h, c)[4])
arrays = {"prev_h": h, "prev_c": c, **small.params}
compare_gradients(
    lambda: small.step(x, h, c), arrays, {"prev_h": dh, "prev_c": dc, **grads}, *douts
)

# %%
check("GlimpseClassifier.step", "GlimpseClassifier.step_backward")

# %% [markdown]
# *If it goes wrong:* the window is used twice, and so is `prev_h`. The gradients of both uses add up.
#
# **To do:** `GlimpseClassifier.loss`.

# %%
y = rng.integers(4, size=(3, 2))
loss, grads = small.loss(x, y)
compare_gradients(lambda: small.loss(x, y), small.params, grads)

# %%
check("GlimpseClassifier.loss")

# %% [markdown]
# *If it goes wrong:* the loss is summed over an image's answers and averaged over the minibatch. Every step uses the same weights, so what does the gradient of one of them consist of?
#
# ## Training
#
# For every minibatch new images are drawn. The learning rate stays for the first half and then goes evenly down to zero; gradients are clipped to a norm of 1, since a window that moves can make a loss steep.


# %%
def hits(model, canvases):
    """Whether a model reads each digit right, (N, D)."""
    parts = np.array_split(canvases.x, max(1, len(canvases.x) // 500))
    return np.concatenate([model.predict(part) for part in parts]) == canvases.y


def train(model, title, epochs, val=val, **options):
    """Train a model on canvases that are newly drawn for each minibatch."""
    rng = np.random.default_rng(231)

    def cool(solver):
        left = 2 * (1 - solver.epoch / epochs)
        for config in solver.optim_configs.values():
            config["learning_rate"] = 1e-3 * min(1.0, left)

    Solver(
        model,
        lambda rows: draw("train", len(rows), rng, **options)[:2],
        100 * updates,
        num_epochs=epochs,
        batch_size=100,
        optim_config={"learning_rate": 1e-3},
        max_norm=1.0,
        score=lambda model: {"validation": hits(model, val).mean()},
        callbacks=[cool, plots.LiveCurve(title, unit="nats per image", pause=5.0)],
        print_every=500,
    ).train()


model = GlimpseClassifier()
train(model, "Six glimpses", num_epochs)

# %% [markdown]
# *If it goes wrong:* a loss that stays at $\log 10 = 2.3$ for more than two epochs has learnt nothing. Does the gradient get through the window, and back to earlier steps? If `check` passes, does `W_window` change?
#
# ### What the others see
#
# Four ways to read the same images, with the same minibatches:
#
# * **full view**: all 3,600 pixels into a network with one hidden layer, of as many parameters;
# * **one central glimpse**: the same window, always in the middle, once;
# * **random glimpses**: the same network with six windows, thrown anywhere;
# * **learned glimpses**: yours.
#
# A minibatch with the full view takes about a tenth of the time. So that it does not lack training, it gets twice as many. The others get as many as yours.

# %%
from cs231n_rnn.models.full_view import FullViewClassifier

full = FullViewClassifier()
centre = GlimpseClassifier(place="centre", num_glimpses=1)
anywhere = GlimpseClassifier(place="anywhere")
for other in (full, model, centre, anywhere):
    print(f"{sum(value.size for value in other.params.values()):,} parameters")
train(full, "Full view", full_epochs)

# %%
train(centre, "One central glimpse", num_epochs)

# %%
train(anywhere, "Random glimpses", num_epochs)

# %%
models = {
    "learned glimpses": model,
    "full view": full,
    "random glimpses": anywhere,
    "one central glimpse": centre,
}
scores = {name: float(hits(other, test).mean()) for name, other in models.items()}
print("learned glimpses: 0.90 or more (about 0.96); others below 0.70 (about 0.53, 0.44, 0.35)")
plots.show(pictures.accuracy_bars(scores, 0.1, "Digits in clutter, held out"))

# %% [markdown]
# The standard error of these figures is about 0.01, for there are 297 test digits. Three times as many epochs (`num_epochs = 36` in the parameter cell) bring the learned glimpses to about 0.98.
#
# **Question 4.** Six glimpses of 12 x 12 numbers are 864, less than a quarter of what the full view gets. Yet they read better. Why? And does the network that looks really *compute* less?
#
# # BEGIN SOLUTION
# The window brings the digit to the same place and size before it is read, so one set of weights learns each shape once, from all training images, wherever the digits are; and the clutter is left outside. The full view must learn all shapes at all places. But with this soft window nothing is saved: each filter weighs all pixels of the image, so reading costs more than looking at everything once. Only a window that is cut out hard would read fewer pixels.
# # END SOLUTION
#
# ## Where it looks
#
# On the left the canvas with the windows in their order; the box is where the outer filters are. Then what each glimpse saw, and below it the probabilities of the ten classes after it, the right one hatched. The loss asks for the last answer only.


# %%
def paths_of(model, canvases, rows):
    """What the figure shows of a model's glimpses at some canvases."""
    looks = model.look(canvases.x[rows])
    scores = model.scores(looks)
    odds = np.exp(scores - scores.max(axis=2, keepdims=True))
    probs = odds / odds.sum(axis=2, keepdims=True)
    steps = np.arange(model.T)
    right = canvases.y[rows][:, np.searchsorted(model.answer_steps, steps)]  # (N, T)
    answers = np.isin(steps, model.answer_steps)
    boxes = window_boxes(looks.windows, K, shape)
    return [
        pictures.Path(canvases.x[row], boxes[n], looks.glimpses[n], probs[n], right[n], answers)
        for n, row in enumerate(rows)
    ]


paths = paths_of(model, test, np.arange(3))
plots.show(pictures.glimpse_paths(paths, "Six glimpses at three test images"))

# %% [markdown]
# Now the test images to which it gives the right answer the least probability:

# %%
every = paths_of(model, test, np.arange(min(500, num_test)))
of_right = np.array([path.probabilities[-1, path.right[-1]] for path in every])
worst = [every[n] for n in np.argsort(of_right)[:3]]
plots.show(pictures.glimpse_paths(worst, "Where it is most wrong"))

# %% [markdown]
# How far is the window's centre from the digit's, and how wide is the window, glimpse by glimpse?

# %%
boxes = np.stack([path.boxes for path in every])  # (N, T, 3)
middles = test.corners[: len(every), 0, ::-1] + 13.5  # (N, 2), x and y
away = np.hypot(*np.moveaxis(boxes[:, :, :2] - middles[:, None], 2, 0))
journey = {
    f"glimpse {t + 1}": {
        "pixels from the digit's middle": away[:, t].mean(),
        "window's width": boxes[:, t, 2].mean(),
    }
    for t in range(model.T)
}
plots.ScoreTable(journey)

# %% [markdown]
# **Question 5.** What does the network use its first, second and later glimpses for? Does the window rest on the digit's middle at the end? Take one of the wrong answers and say whether it looked at the wrong place, or looked well and read badly.
#
# # BEGIN SOLUTION
# Any answer that argues from the pictures and the table. The first look is the same for all images, since the first state is zeros: it covers nearly the whole image, and says where ink is. The next ones go towards the digit and become narrower, down to about 35 pixels for a digit of 28; the last ones change little, while the probability of the right class goes up. The window's middle stays 7 to 8 pixels away from the digit's: it is enough to have all of the digit in view at about the same size, and little else. Among the wrong answers both kinds occur: clutter that lies over the digit or looks like one, and well seen digits that even people could take for others.
# # END SOLUTION
#
# ## Two digits, in order
#
# Two digits side by side are a sequence in an image: the network is to say the left one and then the right one. It has eight glimpses: four and the first answer, another four and the second. The loss never says which digit is where.
#
# A network that has to find out at once what to look at, in which order, and how to read, learns slowly. But reading is known already: begin with the weights that read one digit. Everything else is as before.

# %%
pair_val = draw("val", num_val, np.random.default_rng(233), num_digits=2)
pair_test = draw("test", num_test, np.random.default_rng(234), num_digits=2)
reader = GlimpseClassifier(num_glimpses=8, num_answers=2)
for name, value in model.params.items():
    reader.params[name] = value.copy()
train(reader, "Two digits", pair_epochs, pair_val, num_digits=2)

# %%
right = hits(reader, pair_test)
pair_scores = {
    "left digit": float(right[:, 0].mean()),
    "right digit": float(right[:, 1].mean()),
    "both": float(right.all(axis=1).mean()),
}
print("about 0.80, 0.95 and 0.76; the loss is still going down when the training ends")
plots.ScoreTable({name: {"held out": value} for name, value in pair_scores.items()})

# %%
paths = paths_of(reader, pair_test, np.arange(3))
plots.show(pictures.glimpse_paths(paths, "Two digits, read in order"))

# %% [markdown]
# ## Hard attention: try, and see how it went
#
# Mnih et al. (2014) and Ba et al. (2015) cut the window out hard. Then no gradient goes through it, and another way is needed to learn where to look. The network says only the *mean* $m_t$ of the centre, and the centre itself is drawn, $z_t \sim N(m_t, \sigma^2)$. If the answer is right, the **reward** is $R = 1$, else 0. What was drawn before a reward is made more likely (**REINFORCE**, Williams 1992):
#
# $$\nabla\, \mathbb{E}[R] = \mathbb{E}\left[\sum_t (R - b_t)\, \nabla \log p(z_t)\right] = \mathbb{E}\left[\sum_t (R - b_t)\, \frac{z_t - m_t}{\sigma^2}\, \nabla m_t\right]$$
#
# This needs no derivative of the window, the image or the reward: it could learn to look through a camera that turns. The **baseline** $b_t$, what reward was to be expected before look $t$, changes nothing on average, for $\mathbb{E}[z_t - m_t] = 0$.
#
# `HardGlimpses` plays this game with your trained network: its windows, placed at random within about a pixel and a half ($\sigma = 0.05$), and the answer drawn from the softmax.

# %%
from cs231n_rnn.models.hard_attention import (
    HardGlimpses,
    JitteredGlimpses,
    apply_baseline,
    fit_baseline,
    noise_of,
)

game = HardGlimpses(model, 0.05, np.random.default_rng(231))
rng = np.random.default_rng(235)
earlier = [game.play(*draw("train", 100, rng)[:2]) for _ in range(min(30, num_draws))]
mean_reward = float(np.mean([episode.rewards for episode in earlier]))
fitted = fit_baseline(earlier)
print(f"a reward of {mean_reward:.2f} on average (about 0.7): less than without the noise")

# %% [markdown]
# To compare with, `JitteredGlimpses` is the same network with the same noise in its windows, but its loss sends the gradient *through* the window: $z_t = m_t + \sigma \varepsilon_t$ can be differentiated while $\varepsilon_t$ is held fixed. (This is the reparameterisation, which notebook 11 needs.)
#
# Is the formula right? On one fixed minibatch, with many draws, the mean of the estimates must come to the derivative of the expected reward. That derivative can be had without REINFORCE: move the weights a little forward and back, and play again *with the same noise*. Of all directions in which the weights that place the centre can go we take the one that the soft gradient proposes.

# %%
H = len(model.params["Wh"])
jittered = JitteredGlimpses(model, 0.05, np.random.default_rng(236))


def placing(grads):
    """The gradients of the weights that place the centre, in one row."""
    return np.append(grads["W_window"][:H, :2], grads["b_window"][:2])


def reward_at(step):
    """The expected reward where these weights have gone a step in the direction."""
    kept = dict(model.params)
    for name, part in (("W_window", direction[:-2].reshape(H, 2)), ("b_window", direction[-2:])):
        model.params[name] = kept[name].copy()
        model.params[name][..., :2] += step * part
    reward = game.expected_reward(x, y, noise)
    model.params.update(kept)
    return reward


x, y, _ = draw("train", 100, rng)
direction = -sum(placing(jittered.loss(x, y)[1]) for _ in range(min(30, num_draws)))
direction /= np.linalg.norm(direction)
estimates = [
    placing(game.reinforce(game.play(x, y), mean_reward)) @ direction for _ in range(num_draws)
]
noise = rng.standard_normal((num_draws, 100, model.T, 2))
derivative = (reward_at(2e-3) - reward_at(-2e-3)) / 4e-3
error = np.std(estimates, ddof=1) / np.sqrt(num_draws)
print(f"REINFORCE {np.mean(estimates):.2f} with a standard error of {error:.2f}")
print(f"numerical derivative {derivative:.2f}: hardly ever more than three standard errors away")

# %% [markdown]
# And how noisy is it? Each estimate now comes from a new minibatch of 100 images. The measure is the standard deviation of an estimate, relative to the size of the mean of many, over all weights that place the centre. (The soft gradient lowers the loss, REINFORCE raises the share of right answers: each is measured by its own mean.)

# %%
episodes = [game.play(*draw("train", 100, rng)[:2]) for _ in range(num_draws)]
soft = [
    placing(jittered.loss(*draw("train", 100, rng)[:2])[1]) for _ in range(max(2, num_draws // 2))
]
ratios = {"soft, through the window": noise_of(np.stack(soft)).ratio}
baselines = {
    "no baseline": lambda episode: 0.0,
    "mean reward": lambda episode: mean_reward,
    "fitted to the state": lambda episode: apply_baseline(fitted, episode),
}
for name, baseline in baselines.items():
    grads = [placing(game.reinforce(episode, baseline(episode))) for episode in episodes]
    ratios[f"REINFORCE, {name}"] = noise_of(np.stack(grads)).ratio
print("soft about 1.7; REINFORCE about 12 without a baseline and 6 with either")
title = "Two gradients for where to look: noise of one estimate, and the mean of many"
plots.show(pictures.estimate_noise(ratios, np.array(estimates), derivative, title))

# %% [markdown]
# The mean of $M$ estimates has a standard deviation smaller by $\sqrt M$. So the *squares* of these figures say how many minibatches an update needs to be as good as the other:

# %%
needed = (ratios["REINFORCE, mean reward"] / ratios["soft, through the window"]) ** 2
print(f"minibatches of REINFORCE for one through the window: {needed:.0f} (about 13)")

# %% [markdown]
# **Question 6.** Why is REINFORCE so noisy? What does one reward say about one of six looks? Why does a baseline help, though it adds nothing on average? And name a case in which you would choose REINFORCE nevertheless.
#
# # BEGIN SOLUTION
# An episode gives one number, right or wrong, for twelve random numbers that were drawn (two for each look): the reward does not say which look it was due to, nor in which direction a better place lies, so each look is made more likely or less by what the others, the digit and the drawn answer were to blame for. Only over many episodes does this average out. The gradient through the window, in contrast, says for each look, of each image, which way is better. Without a baseline a right answer pushes all that was done and a wrong one pushes nothing, so the size of each push is mostly the mean reward times noise; the baseline takes this part out and leaves the surprise. Its own part is zero on average, since it does not depend on what was drawn at that look. REINFORCE is the choice where nothing can be differentiated: a hard cut that saves reading the other pixels of a huge image, a camera or robot that moves, a reward that only the world gives.
# # END SOLUTION
#
# Last, keep the figures.

# %%
kept_figures = {**scores, **{f"two digits: {name}": value for name, value in pair_scores.items()}}
final = {name: {"held out": value} for name, value in kept_figures.items()}
plots.ScoreTable(final).save("results/10_Glimpses.json")
