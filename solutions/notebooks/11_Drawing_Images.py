# %% [markdown]
# # Drawing images: a sequence where there seems to be none
#
# An image has no first word and no last one. Yet nobody draws it at once: we put down a stroke, look, and put down the next. **DRAW**, the Deep Recurrent Attentive Writer (Gregor et al. 2015), *generates* a fixed image in the same way. What a recurrent network needs, a sequence, is in the making of the image, not in the image.
#
# In this notebook:
#
# 1. an **autoencoder that writes at once**: a code with noise in it, and what the code costs;
# 2. **DRAW**: an LSTM that reads, an LSTM that writes, and a canvas that sums up the strokes;
# 3. both trained on handwritten digits, and compared in nats;
# 4. **new digits from noise**, and a classifier that has to read them.
#
# You fill in `cs231n_rnn/layers/latent.py` and the steps of `cs231n_rnn/models/draw.py`. They are built on your LSTM of notebook 2 and on `read_forward` and `write_forward` of notebook 10. After each function, `check("name")` says whether it is right.
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
from cs231n_rnn.plots import drawing
from cs231n_rnn.training import Solver, compare_gradients

# %% [markdown]
# How much to train. With these values the notebook runs in a few minutes.

# %% tags=["parameters"] quick="vae_epochs = draw_epochs = weighted_epochs = mnist_epochs = 1\nnum_train = 100\nnum_generated = 30\nnum_draws = 1\nreader_copies = 1\nnum_mnist = 200"
num_train = None  # digits to train on (None: all)
vae_epochs, draw_epochs, weighted_epochs = 150, 60, 30
num_generated = 1000  # digits from noise, to be read
num_draws = 20  # of the noise, over which a bound is averaged
reader_copies = 8  # moved copies of each digit that the reader learns from
num_mnist, mnist_epochs = 10000, 4  # only where datasets/mnist is there

# %% [markdown]
# ## The digits
#
# scikit-learn's digits, enlarged to 28 x 28, each pixel either ink or paper. They are few: 1,300 to train on, 200 to validate, 297 that are kept for the end.

# %%
from cs231n_rnn.data.digits import load_digit_images


def binary(images):
    """Ink (1) or paper (0)."""
    return (images > 0.5).astype(np.float32)


data = load_digit_images()
x_train = data.x_train[:num_train]  # grey, to be turned before they are made ink or paper
x_val, x_test = binary(data.x_val), binary(data.x_test)
print(f"{len(x_train)} to train on, {len(x_val)} to validate, {len(x_test)} held out")
plots.show(drawing.digit_sheet(binary(x_train[:48]), "Digits to learn from"))

# %% [markdown]
# **Question 1.** A model will say for each pixel how likely ink is, and its loss is the cross-entropy, $-x\log p-(1-x)\log(1-p)$. What is the lowest loss that a perfect model can reach on a pixel with $x = 0.5$, and on one with $x = 1$? Why does that make grey images unfit for this loss as minus a log probability?
#
# # BEGIN SOLUTION
# On a grey pixel of 0.5 the best is p = 0.5, which still costs log 2 = 0.69 nats; on x = 1 it is 0. With grey pixels the loss has a floor that no model can get below and that says nothing of the model. It is also not a probability: p is the probability of ink, and "half ink" is not one of its two outcomes, so the losses of the possible values do not belong to probabilities that sum to 1. With ink or paper, minus the loss is the log probability of the image, and bounds on it can be compared.
# # END SOLUTION
#
# ## A code with noise in it
#
# Before we draw step by step, at once. An **encoder** turns an image $x$ into a short code $z$, a **decoder** turns the code back into probabilities of ink. If that were all, the codes might lie anywhere, and a code from nowhere would give no digit. So the encoder does not say a code; it says a *distribution* of codes, and pays for being unlike the prior $p(z)$, the standard normal distribution:
#
# $$q(z|x) = \mathcal N(\mu, \sigma^2), \qquad z = \mu + \sigma\,\varepsilon,\quad \varepsilon\sim\mathcal N(0, 1)$$
#
# $$-\log p(x) \;\le\; \underbrace{\mathbb E_{q}\left[-\log p(x|z)\right]}_{\text{reconstruction}} \;+\; \underbrace{\mathrm{KL}\left(q(z|x)\,\|\,p(z)\right)}_{\text{what the code costs}}$$
#
# The right side is the loss (Kingma and Welling 2014). It is a **bound**: the image is at least so likely. For Gaussians the cost is known in closed form,
#
# $$\mathrm{KL} = \tfrac12\sum_{j}\left(\mu_j^2 + \sigma_j^2 - 1 - 2\log\sigma_j\right),$$
#
# and it is zero if and only if the code says nothing about the image:

# %%
plots.show(drawing.kl_curves())

# %% [markdown]
# **To do:** `latent_forward` in `cs231n_rnn/layers/latent.py`. The second line compares your closed form with the definition, the mean of $\log q(z) - \log p(z)$ over samples.

# %%
from cs231n_rnn.layers.latent import latent_backward, latent_forward

rng = np.random.default_rng(231)
mu, log_sigma = np.array([[1.0, -0.5]]), np.array([[-1.0, 0.3]])
z, kl, _ = latent_forward(
    *(np.repeat(a, 100000, axis=0) for a in (mu, log_sigma)), rng.standard_normal((100000, 2))
)
print(
    "mean",
    z.mean(axis=0).round(2),
    "(1.0, -0.5), deviation",
    z.std(axis=0).round(2),
    "(0.37, 1.35)",
)
log_q = -0.5 * ((z - mu) / np.exp(log_sigma)) ** 2 - log_sigma
print(f"KL {kl[0]:.2f}, by sampling {(log_q + z**2 / 2).sum(axis=1).mean():.2f} (1.30 for both)")

# %%
check("latent_forward")

# %% [markdown]
# *If it goes wrong:* a negative KL? It never is. `log_sigma` is the logarithm of the deviation, not of the variance.
#
# **Question 2.** Why does the noise come in as an argument, $z=\mu+\sigma\varepsilon$, instead of `rng.normal(mu, sigma)` inside? Think of the backward pass.
#
# # BEGIN SOLUTION
# Through a random draw there is no derivative. Written as a function of mu, sigma and a number from outside, the sample can be differentiated: dz/dmu = 1, dz/dsigma = epsilon. So the gradient of the expected loss can be computed from one sample, with far less variance than by REINFORCE (notebook 10), which only uses the value of the loss. (It also makes the gradient check possible: the same noise again gives the same loss.)
# # END SOLUTION
#
# **To do:** `latent_backward`. Against nudging every number:

# %%
mu, log_sigma, noise, dz = rng.standard_normal((4, 3, 5))
dkl = rng.standard_normal(3)
_, _, cache = latent_forward(mu, log_sigma, noise)
gradients = latent_backward(dz, dkl, cache)
arrays = {"mu": mu, "log_sigma": log_sigma}
compare_gradients(
    lambda: latent_forward(mu, log_sigma, noise), arrays, gradients, dz, dkl, right=1e-8
)

# %%
check("latent_backward")

# %% [markdown]
# *If it goes wrong:* is a check right with `dkl` zero, but not with both? Each of the two reaches the loss by the sample and by the cost, and the two ways are added.
#
# That is all the autoencoder needs. `VAE` in `cs231n_rnn/models/vae.py` has two affine layers on either side of your latent layer.
#
# ## DRAW: look, think, put down a stroke
#
# DRAW spreads the code over $T$ steps. At each of them:
#
# $$\begin{aligned}
# \hat x_t &= x - \sigma(c_{t-1}) && \text{what the canvas lacks}\\
# r_t &= \big[\mathrm{read}(x),\ \mathrm{read}(\hat x_t)\big] && \text{through one window, chosen by } h^{dec}_{t-1}\\
# h^{enc}_t &= \mathrm{LSTM}\big([r_t, h^{dec}_{t-1}],\ h^{enc}_{t-1}\big)\\
# z_t &\sim q(z_t|h^{enc}_t) && \text{your latent layer}\\
# h^{dec}_t &= \mathrm{LSTM}\big(z_t,\ h^{dec}_{t-1}\big)\\
# c_t &= c_{t-1} + \mathrm{write}(h^{dec}_t) && \text{a patch, through a window of its own}
# \end{aligned}$$
#
# The canvas $c_t$ holds logits: strokes add up, and a later one can erase. The loss compares the *last* canvas with the image, and adds what the codes of *all* steps cost. To generate, cut off everything below the codes in this graph and draw $z_t$ from the prior.

# %%
from cs231n_rnn.plots.draw_graph import draw_graph

plots.show(draw_graph())

# %% [markdown]
# **Question 3.** By how many ways does $h^{dec}_{t-1}$ reach the loss? Name those that go through step $t$. And the canvas $c_{t-1}$?
#
# # BEGIN SOLUTION
# Through step t: it chooses the reading window, it is part of the encoder's input, and it is the decoder's state before (each of them a way of its own; the cell state goes besides). Within its own step it has made the window and the patch of the stroke. The canvas goes on to the next canvas as it is, and, through the sigmoid, into what is lacking. So its gradient in step t is dcanvas plus what encode_step_backward sends.
# # END SOLUTION
#
# **To do:** `DRAW.encode_step` and `DRAW.encode_step_backward` in `cs231n_rnn/models/draw.py`. Every step's backward returns the gradients of its own weights; the provided `DRAW.loss` (`cs231n_rnn/models/draw_loop.py`) goes through the steps in reverse and adds them up. The check below nudges every input and every weight of one step.

# %%
from cs231n_rnn.models.draw import DRAW


def small_model():
    """A model small enough for numerical gradients, with weights that all count."""
    rng = np.random.default_rng(231)
    model = DRAW((5, 4), 3, 2, 3, 2, 2, dtype=np.float64)
    for value in model.params.values():
        value[:] = 0.5 * rng.standard_normal(value.shape)
    return model, rng


def check_step(step, backward, inputs, num_outputs):
    """Every gradient of a step, against nudging; ``inputs`` are its arguments by name."""
    *outputs, cache = step(*inputs.values())
    douts = [rng.standard_normal(out.shape) for out in outputs[:num_outputs]]
    *dinputs, grads = backward(*douts, cache)
    names = [name for name in inputs if name != "x"]  # x is data and needs no gradient
    gradients = dict(zip(names, dinputs, strict=True)) | grads
    compare_gradients(lambda: step(*inputs.values()), inputs | model.params, gradients, *douts)


model, rng = small_model()
inputs = {
    "x": rng.random((2, 5, 4)),
    "canvas": rng.standard_normal((2, 5, 4)),
    **{name: rng.standard_normal((2, 3)) for name in ("prev_h_enc", "prev_c_enc", "prev_h_dec")},
}
check_step(model.encode_step, model.encode_step_backward, inputs, 4)

# %%
check("DRAW.encode_step", "DRAW.encode_step_backward")

# %% [markdown]
# *If it goes wrong:* all weights right, but not `canvas`? What is the derivative of $x-\sigma(c)$? If only `prev_h_dec` is wrong, count its ways again. `W_read` serves two glimpses.
#
# **To do:** `DRAW.decode_step` and `DRAW.decode_step_backward`.

# %%
inputs = {
    "z": rng.standard_normal((2, 2)),
    "canvas": rng.standard_normal((2, 5, 4)),
    **{name: rng.standard_normal((2, 3)) for name in ("prev_h_dec", "prev_c_dec")},
}
check_step(model.decode_step, model.decode_step_backward, inputs, 3)

# %%
check("DRAW.decode_step", "DRAW.decode_step_backward")

# %% [markdown]
# *If it goes wrong:* the new hidden state makes the window *and* the patch. What does the gradient of a sum do with the canvas before?
#
# Now the whole loss, three steps with the noise held fixed:

# %%
x, noise = rng.integers(2, size=(2, 5, 4)).astype(float), rng.standard_normal((3, 2, 2))
_, grads = model.loss(x, noise)
compare_gradients(lambda: model.loss(x, noise), model.params, grads)

# %% [markdown]
# ## Training both
#
# 1,300 digits are soon memorised, so each minibatch shows them a little turned, shifted and scaled. Of all epochs the one with the best bound on the validation digits is kept. Both models begin with the mean image: the decoder's last bias, or the first canvas, is its logit. The autoencoder has the best that we found of several sizes of code, learning rates, movements and lengths of training, at a number of parameters like DRAW's.

# %%
from cs231n_rnn.data.moving import moved_images
from cs231n_rnn.models.vae import VAE

far, near = (8, 1, 0.05), (5, 0.5, 0.03)  # degrees, pixels, logarithm of the scale, at most
mean = binary(x_train).mean(axis=0).clip(0.01, 0.99)
mean_logits = np.log(mean / (1 - mean))


def noise_for(model, n, rng):
    """Standard normal numbers for n images, in the shape that a model takes."""
    return rng.standard_normal((model.T, n, model.Z) if isinstance(model, DRAW) else (n, model.Z))


def parts(model, images, draws):
    """Bound, and for DRAW its two parts, in nats per image: means over always the same noise."""
    rng = np.random.default_rng(231)
    noises = [noise_for(model, len(images), rng) for _ in range(draws)]
    if not isinstance(model, DRAW):
        return {"bound": np.mean([model.loss(images, noise)[0] for noise in noises])}
    wrong, kl = np.mean([model.bound(images, noise) for noise in noises], axis=0)
    return {"bound": wrong + kl, "reconstruction": wrong, "KL": kl}


# %%
def train(model, images, val, num_epochs, title, moves, kl_weight=1.0, **options):
    """Train with moved digits; where the loss is a bound, keep the epoch that is best on val."""
    rng = np.random.default_rng(231)
    solver = Solver(
        model,
        lambda rows: (binary(moved_images(images[rows], rng, *moves)), None, kl_weight),
        len(images),
        num_epochs=num_epochs,
        batch_size=50,
        max_norm=100.0,
        score=lambda model: {"minus the bound": -parts(model, val, 2)["bound"]},
        best="minus the bound" if kl_weight == 1 else None,
        callbacks=[plots.LiveCurve(title, unit="nats per image", log=True, pause=3.0)],
        print_every=500,
        **options,
    )
    solver.train()


vae = VAE((28, 28), latent_dim=20, hidden_dim=176, rng=np.random.default_rng(231))
vae.params["b_out"][:] = mean_logits.ravel()
rates = {"optim_config": {"learning_rate": 3e-3}, "lr_decay": 0.98}
train(vae, x_train, x_val, vae_epochs, "Written at once", near, **rates)

# %%
draw = DRAW((28, 28), 6, 5, 128, read_size=8, write_size=12, rng=np.random.default_rng(231))
draw.params["c0"][:] = mean_logits
rates = {"optim_config": {"learning_rate": 4e-3}, "lr_decay": 0.975}
train(draw, x_train, x_val, draw_epochs, "DRAW", far, **rates)

# %% [markdown]
# *If it goes wrong:* a loss that stays near 300 nats draws the mean image and uses no code; its KL is near zero. Does `dz` arrive in `latent_backward`?
#
# The bounds on the digits that were kept:


# %%
def size_of(model):
    """Number of parameters."""
    return sum(value.size for value in model.params.values())


bounds = {
    f"at once, {size_of(vae):,} parameters": parts(vae, x_test, num_draws),
    f"DRAW, {size_of(draw):,} parameters": parts(draw, x_test, num_draws),
}
print("nats per image on held-out digits, less is better")
print("(DRAW below 100, about 97; the autoencoder about 102)")
plots.ScoreTable(bounds)

# %% [markdown]
# **Question 4.** DRAW has six codes to pay for, and no more parameters. Why is its bound better nevertheless? And why may the KL alone, or the reconstruction alone, not be compared?
#
# # BEGIN SOLUTION
# The encoder sees after each stroke what is still missing and says only that; the window lets the same patch of weights draw a piece of line anywhere, while the one-shot decoder has weights of its own for every pixel. A bound is the price of code and remainder together: one can always be traded for the other. A model that writes everything into the code has a small reconstruction loss and a large KL, one that ignores the code the reverse.
# # END SOLUTION
#
# ## The canvas fills
#
# Digits that the model has not seen, drawn again from their codes. The box is the writing window: the square that its filters cover. (Your `window_forward` of notebook 10 says where.)

# %%
from cs231n_rnn.layers.activations import sigmoid
from cs231n_rnn.models.glimpse_loop import window_boxes

chosen = [int(np.flatnonzero(data.y_test == digit)[0]) for digit in (0, 2, 3, 4, 8)]
again = draw.generate(draw.codes(x_test[chosen]))
plots.show(
    drawing.canvas_strip(
        sigmoid(again.canvases),
        "Held-out digits, drawn again stroke by stroke",
        window_boxes(again.windows, draw.write_size, draw.shape),
        x_test[chosen],
    )
)

# %% [markdown]
# **Question 5.** Where are the windows, and how large? Compare the first step with the last ones. What of it would you call drawing, and what not?
#
# # BEGIN SOLUTION
# An answer from the figure. Typically the first window covers the whole image and puts down a blurred mean of many digits; the next strokes decide which digit it is; then the windows become smaller (from about 28 to 18 pixels) and wander, and the strokes sharpen what is there. This is more like developing a photograph than like a pen that follows a line: these digits fill their frame, so one large patch does most of the work. On larger images, where one patch cannot cover everything finely, there is more reason to move (in the paper, on house numbers, one digit is drawn after the other).
# # END SOLUTION
#
# ## New digits from noise
#
# No image goes in: $z_t$ comes from the prior, and the encoder is not used.


# %%
def new_digits(model, n, seed=231):
    """n new images from noise, probabilities of ink; for DRAW with all canvases and windows."""
    noise = noise_for(model, n, np.random.default_rng(seed))
    if not isinstance(model, DRAW):
        return sigmoid(model.generate(noise))
    made = model.generate(noise.swapaxes(0, 1))
    return sigmoid(made.canvases), window_boxes(made.windows, model.write_size, model.shape)


canvases, boxes = new_digits(draw, 16)
plots.show(drawing.canvas_strip(canvases[:6], "New digits from noise", boxes[:6]))

# %%
drawing.Animation(canvases, "Sixteen new digits, with the writing windows", boxes)

# %% [markdown]
# ### Codes from nowhere
#
# Look closely: many are good, and some are not digits at all. The prior has places where the encoder never puts a digit, and from there the decoder draws a mixture. The KL is what pulls the codes together; so let it count twelve times for a while, and move the digits less. This is no longer the bound (Higgins et al. 2017 call it $\beta$), and the images may be copied less exactly, but fewer places are left empty. Both models train on from where they are:

# %%
import copy

weighted = {"optim_config": {"learning_rate": 4e-3}, "lr_decay": 0.93, "kl_weight": 12.0}


def train_on(model, title):
    """A copy of a model, trained on with the KL weighted."""
    twin = copy.deepcopy(model)
    train(twin, x_train, x_val, weighted_epochs, title, near, **weighted)
    return twin


weighted_draw = train_on(draw, "DRAW, the KL counts twelve times")
weighted_vae = train_on(vae, "At once, the KL counts twelve times")

# %%
models = {
    "DRAW": draw,
    "at once": vae,
    "DRAW, KL x 12": weighted_draw,
    "at once, KL x 12": weighted_vae,
}
made = {}
for name, model in models.items():
    images = new_digits(model, num_generated)
    made[name] = images[0][:, -1] if isinstance(model, DRAW) else images
    plots.show(drawing.digit_sheet(binary(made[name][:48]), f"New digits, {name}: ink or paper"))

# %%
canvases, boxes = new_digits(weighted_draw, 16)
plots.show(drawing.canvas_strip(canvases[:6], "New digits, KL x 12", boxes[:6]))

# %%
drawing.Animation(canvases, "Sixteen new digits, KL x 12, with the writing windows", boxes)

# %% [markdown]
# ### Can they be read?
#
# A classifier that knows none of the models reads them: scikit-learn's logistic regression on features of the RBF kernel, trained on the real training digits and moved copies of them. An image counts as read if it gives some digit a probability of 0.9. Such a classifier goes back to "I do not know" far from all that it has seen, which we test on noise. All images are ink or paper.

# %%
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def probabilities(images):
    """What the reader thinks of images, (n, 10)."""
    return reader.predict_proba(images.reshape(len(images), -1))


rng = np.random.default_rng(7)
copies = [moved_images(x_train, rng, 8, 1, 0.05) for _ in range(reader_copies)]
seen = binary(np.concatenate([x_train, *copies])).reshape(-1, 28 * 28)
labels = np.tile(data.y_train[: len(x_train)], 1 + reader_copies)
reader = make_pipeline(
    Nystroem(gamma=0.01, n_components=min(1000, len(seen)), random_state=0),
    LogisticRegression(C=300, max_iter=2000),
).fit(seen, labels)
found = probabilities(x_test)
print(f"right on {(found.argmax(axis=1) == data.y_test).mean():.1%} of the held-out digits (98%),")
print(f"mean confidence {found.max(axis=1).mean():.1%}: a calibrated reader has the same (98%)")

# %%
groups = {"real, held out": x_test} | {name: binary(images) for name, images in made.items()}
rng = np.random.default_rng(231)
groups["noise, as much ink"] = (rng.random((1000, 28, 28)) < x_test.mean()).astype(np.float32)
half = len(x_test) // 2
groups["one digit over another"] = np.maximum(x_test[:half], x_test[-half:])
found = {name: probabilities(images) for name, images in groups.items()}
sure = {name: probs.max(axis=1) for name, probs in found.items()}
plots.show(drawing.confidence_bars(sure, "How sure is the reader?"))

# %%
read = {name: {"read": (values >= 0.9).mean()} for name, values in sure.items()}
for name, row in read.items():
    digits = found[name].argmax(axis=1)[sure[name] >= 0.9]
    counts = np.bincount(digits, minlength=10) / max(len(digits), 1)
    row |= {str(digit): share for digit, share in enumerate(counts)}
print("share read with 0.9 or more, and which digits these are")
plots.ScoreTable(read)

# %% [markdown]
# With the reference: about 96 % of the real digits are read, 85 % of DRAW's with the KL weighted, 71 % of those without; of the autoencoder's about 72 % and 65 %; of noise none. 80 % or more for DRAW with the KL weighted is right.
#
# *If it goes wrong:* few are read, and all look alike? Then the codes say nothing; look at the KL, which is about 6 nats with the weight. If the bound is right and the new digits are not, is `generate` fed with standard normal numbers?
#
# **Question 6.** A generator that draws one good zero, always the same, would be read in 100 % of all cases. What in the table, and which of the other figures above, tells it from a good one? And what does "one digit over another" say about the reader?
#
# # BEGIN SOLUTION
# The shares of the ten digits would show it: all in one column. Within a digit they would not; the sheets would, and so would the bound, which is terrible for a model that cannot draw the held-out digits. A share of readable images alone says nothing of variety; that is why one looks at both. Two digits over one another are not a digit, and yet the reader is sure of some of them: confidence is not the same as being a digit, and the share read is a figure of this reader as well.
# # END SOLUTION
#
# The price of weighting, in nats on the held-out digits:

# %%
bounds |= {name: parts(model, x_test, num_draws) for name, model in models.items() if "KL" in name}
plots.ScoreTable(bounds)

# %% [markdown]
# **Question 7.** With the KL counted twelve times the bound is worse, and more of the new digits can be read. How can a model be worse and its images better?
#
# # BEGIN SOLUTION
# The bound asks how well *given* digits are explained, on average over all of them and to the last pixel: an exact copy pays. New digits ask what the decoder makes of *any* code from the prior, also from places where no digit was put. A model with a good bound may use a small part of the prior for all real digits and leave the rest empty. Counting the KL more gives up exactness of the copies, and fills the prior. The two measures are about different things, and neither alone says that a generative model is good (Theis et al. 2016).
# # END SOLUTION
#
# ## MNIST, if you have it
#
# Put the four IDX files of MNIST, packed or not, into `datasets/mnist`, and DRAW trains on the first ten thousand of its digits for a few epochs. Without them this part says so, and the notebook goes on.

# %%
from cs231n_rnn.data.folders import DataError, datasets_dir
from cs231n_rnn.data.idx import load_idx_digits

mnist_bounds = {}
try:
    mnist = load_idx_digits(datasets_dir() / "mnist")
except DataError as error:
    print("MNIST is left out:", error)
else:
    mean = binary(mnist.x_train).mean(axis=0).clip(0.01, 0.99)
    mnist_draw = DRAW((28, 28), draw.T, 10, 128, 8, 12, rng=np.random.default_rng(231))
    mnist_draw.params["c0"][:] = np.log(mean / (1 - mean))
    mnist_test = binary(mnist.x_test[:1000])
    rates = {"optim_config": {"learning_rate": 4e-3}, "lr_decay": 0.7}
    mnist_train, mnist_val = mnist.x_train[:num_mnist], binary(mnist.x_val[:200])
    train(mnist_draw, mnist_train, mnist_val, mnist_epochs, "DRAW on MNIST", near, **rates)
    mnist_bounds = {"MNIST, first thousand of the test digits": parts(mnist_draw, mnist_test, 2)}
    canvases, boxes = new_digits(mnist_draw, 6)
    plots.show(drawing.canvas_strip(canvases, "New digits, MNIST", boxes))
plots.ScoreTable(mnist_bounds)

# %% [markdown]
# ## Longer training
#
# The bound is not at its end here. With `draw_epochs = 120` in the parameter cell it comes to about 92 nats on the held-out digits; but the loss of the training digits falls further, to about 85. Longer training alone does not make more of the new digits readable: their share stays at 71 %. What helps there is the weight of the KL.
#
# Last, keep the figures.

# %%
final = {name: {"nats": row["bound"]} for name, row in {**bounds, **mnist_bounds}.items()}
final |= {f"read: {name}": {"share": float(row["read"])} for name, row in read.items()}
plots.ScoreTable(final).save("results/11_Drawing_Images.json")
