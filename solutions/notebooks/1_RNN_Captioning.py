# %% [markdown]
# # Captioning pictures with a recurrent network
#
# A picture goes in, a sentence comes out: *"a red circle above a small blue star"*. The sentence has no fixed length, and each of its words depends on the words before it. How can a network that reads one vector at a time write one?
#
# In this notebook you build such a network in NumPy, forward and backward, and train it:
#
# 1. one time step of a **vanilla RNN**, then a whole sequence;
# 2. a **word embedding**, so that words become vectors;
# 3. a **captioning model** made of these parts, its loss, and how it writes.
#
# You fill in functions in `cs231n_rnn/layers/rnn.py`, `cs231n_rnn/layers/embedding.py` and `cs231n_rnn/models/captioning.py`. Each is marked by a line that raises `NotImplementedError("TODO: …")`. After each one, `check("name")` says whether it is right; when it is not, it names the first array that differs, and where.
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
from cs231n_rnn.training import compare_gradients, eval_numerical_gradient_array, rel_error

# %% [markdown]
# How long to train. The notebook runs in a few minutes with these values.

# %% tags=["parameters"] quick="small_epochs = 5\nnum_epochs = 1\nmax_train = 300\nnum_scored = 20"
small_epochs = 50  # over 50 captions
num_epochs = 8  # over all training captions, in the last part
max_train = None  # None: all captions
num_scored = 500  # validation pictures that are scored after each epoch

# %% [markdown]
# ## The data
#
# `load_coco_data` takes the COCO features of CS231n if they are there (`bash get_datasets.sh coco`), else a set of drawn scenes in the same format (`bash get_datasets.sh scenes`). Either way a picture is already a vector of 512 numbers: a convolutional network has looked at it. A caption is a row of word indices that begins with `<START>`, ends with `<END>` and is padded with `<NULL>`.

# %%
from cs231n_rnn.data.coco import decode_captions, load_coco_data, load_image, minibatch_indices

data = load_coco_data()
for name in (
    "train_captions",
    "train_image_idxs",
    "train_features",
    "val_captions",
    "val_features",
):
    print(f"{name:<17} {data[name].dtype} {data[name].shape}")
print(len(data["idx_to_word"]), "words, among them", data["idx_to_word"][:8])


# %% [markdown]
# Look at what the model is to learn: pictures, and one of the captions that belong to each.


# %%
def show_captions(data, rows, split, texts=None, title=""):
    """Pictures of the captions in some rows of a split, each with its text underneath."""
    images = [load_image(data, split, i) for i in data[f"{split}_image_idxs"][rows]]
    right = decode_captions(data[f"{split}_captions"][rows], data["idx_to_word"])
    below = {"given": right} if texts is None else {"given": right, "model": texts}
    figure = plots.picture_grid(images, below, title)
    plots.show(figure)
    return figure


rows = minibatch_indices(data, 8, rng=np.random.default_rng(4))
_ = show_captions(data, rows, "train", title="Training pictures and captions")
print(data["train_captions"][rows[0]])

# %% [markdown]
# **Question 1.** A caption's row has 17 numbers, but captions have different lengths. Why are the rows padded at all, and what must the loss do about it?
#
# # BEGIN SOLUTION
# A minibatch is one array, so all rows need the same length. `<NULL>` is not a word that anybody said: the steps at which the *right* next word is `<NULL>` must add nothing to the loss and send no gradient back. Otherwise the model would spend its effort on predicting padding.
# # END SOLUTION

# %% [markdown]
# ## One step of a vanilla RNN
#
# A recurrent network keeps a **hidden state** $h$, a vector that sums up what it has read. At each time step it reads an input $x_t$ and updates the state:
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b)$$
#
# The same $W_x$, $W_h$ and $b$ serve every step. Unrolled over the words of a caption, the network is a deep graph with shared weights:

# %%
plots.show(plots.unrolled_graph(["<START>", "a", "red", "circle", "<END>"]))

# %% [markdown]
# **To do:** `rnn_step_forward` in `cs231n_rnn/layers/rnn.py`. A minibatch has N rows: `x` is (N, D), the states are (N, H).

# %%
from cs231n_rnn.layers import rnn


def ramp(first, last, *shape):
    """Numbers from first to last at equal distances, in some shape."""
    return np.linspace(first, last, num=int(np.prod(shape))).reshape(shape)


N, D, H = 3, 10, 4
x, prev_h = ramp(-0.4, 0.7, N, D), ramp(-0.2, 0.5, N, H)
Wx, Wh, b = ramp(-0.1, 0.9, D, H), ramp(-0.3, 0.7, H, H), ramp(-0.2, 0.4, H)
next_h, _ = rnn.rnn_step_forward(x, prev_h, Wx, Wh, b)
expected = np.array(
    [
        [-0.58172089, -0.50182032, -0.41232771, -0.31410098],
        [0.66854692, 0.79562378, 0.87755553, 0.92795967],
        [0.97934501, 0.99144213, 0.99646691, 0.99854353],
    ]
)
print("next_h error:", rel_error(expected, next_h), "(1e-8 or less is right)")

# %%
check("rnn_step_forward")

# %% [markdown]
# *If it goes wrong:* which dimension does `b` have, and to which is it added? Which of the two matrices meets which of the two inputs?
#
# ### The step backward
#
# For training we need the gradient of the loss with respect to everything that went in. `dnext_h` is the upstream gradient: the gradient of the loss with respect to $h_t$. Write $a = x_t W_x + h_{t-1} W_h + b$ and go back through the graph one node at a time, first through $\tanh$, then through the sum and the two products.
#
# **To do:** `rnn_step_backward`. A gradient can always be checked by a simple experiment: nudge each input a little, and see how the output changes. That is `eval_numerical_gradient_array`.

# %%
rng = np.random.default_rng(231)
N, D, H = 4, 5, 6
inputs = {"x": (N, D), "prev_h": (N, H), "Wx": (D, H), "Wh": (H, H), "b": (H,)}
inputs = {name: rng.standard_normal(shape) for name, shape in inputs.items()}
dnext_h = rng.standard_normal((N, H))

_, cache = rnn.rnn_step_forward(*inputs.values())
analytic = dict(zip(inputs, rnn.rnn_step_backward(dnext_h, cache), strict=True))

for name, value in inputs.items():
    numerical = eval_numerical_gradient_array(
        lambda _: rnn.rnn_step_forward(*inputs.values())[0], value, dnext_h
    )
    print(f"d{name:<7} error: {rel_error(numerical, analytic[name]):.1e} (1e-8 or less is right)")

# %% [markdown]
# Nudging has a limit: a small nudge loses digits, and over a large one the function is no longer a straight line. For functions made of arithmetic and `tanh` there is a sharper way. Nudge an input by an *imaginary* amount $ih$; the imaginary part of the output, divided by $h$, is the derivative, with no digits lost at all (the complex-step derivative).

# %%
from cs231n_rnn.training import complex_step_gradient


def next_h_of(Wh):
    """The new state as a function of Wh alone."""
    return rnn.rnn_step_forward(inputs["x"], inputs["prev_h"], inputs["Wx"], Wh, inputs["b"])[0]


exact = complex_step_gradient(next_h_of, inputs["Wh"], dnext_h)
print("dWh against the complex step:", rel_error(exact, analytic["Wh"]), "(1e-13 or less)")

# %%
check("rnn_step_backward")

# %% [markdown]
# *If it goes wrong:* which shape must each gradient have? That often leaves only one way to multiply. Over what is `db` summed? Which quantity does the derivative of $\tanh$ need, and is it in your cache?
#
# **Question 2.** `b` is added to every row of the minibatch. Why is its gradient a *sum* over the rows, and not their mean?
#
# # BEGIN SOLUTION
# `b` has N users, one in each row, and the gradient of something that is used several times is the sum of the gradients from all its users (the chain rule of a node with several outgoing edges). A mean comes in only if the loss itself is a mean; then `dnext_h` holds the 1/N already.
# # END SOLUTION

# %% [markdown]
# ## A whole sequence
#
# `rnn_forward` runs the step over T inputs, starting from `h0`, and returns all hidden states. `rnn_backward` goes back from the last step to the first. That is **backpropagation through time**.
#
# **To do:** `rnn_forward` and `rnn_backward`.

# %%
N, T, D, H = 2, 3, 4, 5
x, h0 = ramp(-0.1, 0.3, N, T, D), ramp(-0.3, 0.1, N, H)
Wx, Wh, b = ramp(-0.2, 0.4, D, H), ramp(-0.4, 0.1, H, H), ramp(-0.7, 0.1, H)
h, _ = rnn.rnn_forward(x, h0, Wx, Wh, b)
expected = np.array(
    [
        [
            [-0.42070749, -0.27279261, -0.11074945, 0.05740409, 0.22236251],
            [-0.39525808, -0.22554661, -0.0409454, 0.14649412, 0.32397316],
            [-0.42305111, -0.24223728, -0.04287027, 0.15997045, 0.35014525],
        ],
        [
            [-0.55857474, -0.39065825, -0.19198182, 0.02378408, 0.23735671],
            [-0.27150199, -0.07088804, 0.13562939, 0.33099728, 0.50158768],
            [-0.51014825, -0.30524429, -0.06755202, 0.17806392, 0.40333043],
        ],
    ]
)
print("h error:", rel_error(expected, h), "(1e-7 or less is right)")

# %%
check("rnn_forward")

# %% [markdown]
# On the way back, a hidden state $h_t$ has **two** users: the layer above, whose gradient is `dh[:, t]`, and the next step, whose gradient comes back from $t+1$.
#
# `compare_gradients` does for all inputs what you did above for one at a time. Single elements can be so small that rounding hides them, so it measures the difference against the *largest* element of each gradient.

# %%
rng = np.random.default_rng(231)
N, D, T, H = 2, 3, 10, 5
inputs = {"x": (N, T, D), "h0": (N, H), "Wx": (D, H), "Wh": (H, H), "b": (H,)}
inputs = {name: rng.standard_normal(shape) for name, shape in inputs.items()}
dh = rng.standard_normal((N, T, H))

_, cache = rnn.rnn_forward(*inputs.values())
gradients = rnn.rnn_backward(dh, cache)
compare_gradients(lambda: rnn.rnn_forward(*inputs.values()), inputs, gradients, dh)

# %%
check("rnn_backward")

# %% [markdown]
# *If it goes wrong:* is the gradient from the later step added, at every step, before you go through the step? Do the weights' gradients add up over time, or does each step overwrite the one before? What is `dh0` if T is 1?
#
# ### The gradient is a sum over time
#
# $W_h$ is used at every step, so its gradient is a sum with one term for each step. The terms can be computed one at a time: give all steps the *same numbers* for $W_h$, but as separate arrays, and backpropagate step by step. Here only the last state gets a gradient directly from the loss.

# %%
rng = np.random.default_rng(231)
N, T, D, H = 8, 12, 6, 20
x, h = rng.standard_normal((N, T, D)), np.zeros((N, H))
Wx, b = rng.standard_normal((D, H)) / np.sqrt(D), np.zeros(H)
Wh = 0.6 * rng.standard_normal((H, H)) / np.sqrt(H)

caches = []
for t in range(T):
    h, step_cache = rnn.rnn_step_forward(x[:, t], h, Wx, Wh, b)
    caches.append(step_cache)

gradient, terms = rng.standard_normal((N, H)), []
for step_cache in reversed(caches):
    _, gradient, _, dWh_of_step, _ = rnn.rnn_step_backward(gradient, step_cache)
    terms.insert(0, dWh_of_step)
plots.show(plots.gradient_over_time(np.array(terms)))

# %% [markdown]
# **Question 3.** The bars shrink towards the first steps. What in the equation of the backward step makes them shrink? What would have to change in $W_h$ to make them grow instead?
#
# # BEGIN SOLUTION
# Each step back multiplies the gradient by the derivative of tanh, which is at most 1, and by the transpose of $W_h$. Here the singular values of $W_h$ are mostly below 1, so the gradient shrinks at every step: it vanishes. With singular values well above 1, and states that are not saturated, it would grow from step to step: it would explode. Notebook 4 follows this up.
# # END SOLUTION

# %% [markdown]
# ## Word embedding
#
# Words are indices; the network wants vectors. A **word embedding** is a matrix $W$ (V, D) with a row for every word of the vocabulary: looking a word up is taking its row. The rows are learnt like any other weight.
#
# **To do:** `word_embedding_forward` and `word_embedding_backward` in `cs231n_rnn/layers/embedding.py`.

# %%
from cs231n_rnn.layers import embedding

N, T, V, D = 2, 4, 5, 3
words, W = np.array([[0, 3, 1, 2], [2, 1, 0, 3]]), ramp(0, 1, V, D)
out, _ = embedding.word_embedding_forward(words, W)
expected = np.array([[0, 1, 2], [9, 10, 11], [3, 4, 5], [6, 7, 8]]) / 14
print("out error, first sentence:", rel_error(expected, out[0]), "(1e-8 or less is right)")

rng = np.random.default_rng(231)
N, T, V, D = 50, 3, 5, 6
words, W = rng.integers(V, size=(N, T)), rng.standard_normal((V, D))
out, cache = embedding.word_embedding_forward(words, W)
dout = rng.standard_normal(out.shape)
dW = embedding.word_embedding_backward(dout, cache)
compare_gradients(
    lambda: embedding.word_embedding_forward(words, W), {"W": W}, [dW], dout, right=1e-8
)

# %%
check("word_embedding_forward", "word_embedding_backward")

# %% [markdown]
# *If it goes wrong:* what happens to `dW[3] += …` in NumPy when the index 3 occurs twice in one indexing array?
#
# ## From states to words: affine layer and softmax
#
# These two are provided, since you know them from earlier assignments. An affine layer turns every hidden state into a score for each word; it is the same layer at every time step. The softmax loss is summed over time and averaged over the minibatch, and a mask leaves the padding out. A look at both before we use them:

# %%
from cs231n_rnn.layers.affine import temporal_affine_backward, temporal_affine_forward
from cs231n_rnn.layers.softmax import temporal_softmax_loss

rng = np.random.default_rng(231)
N, T, D, M = 2, 3, 4, 5
x, w, b = (rng.standard_normal(shape) for shape in ((N, T, D), (D, M), (M,)))
out, cache = temporal_affine_forward(x, w, b)
dout = rng.standard_normal(out.shape)
gradients = temporal_affine_backward(dout, cache)
print("temporal affine layer:")
compare_gradients(
    lambda: temporal_affine_forward(x, w, b), {"x": x, "w": w, "b": b}, gradients, dout, right=1e-7
)

for N, T, V, p, expected in (
    (100, 1, 10, 1.0, "2.3"),
    (100, 10, 10, 1.0, "23"),
    (5000, 10, 10, 0.1, "2.2 to 2.4"),
):
    scores = 0.001 * rng.standard_normal((N, T, V))
    y, mask = rng.integers(V, size=(N, T)), rng.random((N, T)) <= p
    print(f"softmax loss: {temporal_softmax_loss(scores, y, mask)[0]:.3f} (about {expected})")

# %% [markdown]
# **Question 4.** With scores near zero the loss of one step is about 2.3. Where does that number come from? What first loss do you expect, then, of a captioning model on this data?
#
# # BEGIN SOLUTION
# All ten words are about equally likely, so the loss of a step is $-\log(1/10) = 2.303$. A captioning model that has learnt nothing gives each of its V words about 1/V: the loss of a caption is about (number of words, `<END>` included) times $\log V$. For the drawn scenes that is some 11.4 words times $\log(145) \approx 5$, so about 57.
# # END SOLUTION

# %% [markdown]
# ## The captioning model
#
# Now put the parts together in `cs231n_rnn/models/captioning.py`. The image's features, through an affine layer, become the first hidden state. In training the network reads the *right* words of the caption, whatever it would have said itself (**teacher forcing**), and is asked at each step for the next word.
#
# **To do:** `CaptioningRNN.loss`, for `cell_type="rnn"`. The steps are in its comments. You will come back in notebook 2 for the LSTM.

# %%
from cs231n_rnn.models.captioning import CaptioningRNN

N, D, W, H = 10, 20, 30, 40
word_to_idx = {"<NULL>": 0, "cat": 2, "dog": 3}
V, T = len(word_to_idx), 13
model = CaptioningRNN(word_to_idx, D, W, H, cell_type="rnn", dtype=np.float64)
for name, value in model.params.items():
    model.params[name] = ramp(-1.4, 1.3, *value.shape)
features, captions = ramp(-1.5, 0.3, N, D), (np.arange(N * T) % V).reshape(N, T)
loss, _ = model.loss(features, captions)
print(f"loss: {loss:.11f}, expected: 9.83235591003, difference: {abs(loss - 9.83235591003):.1e}")

# %% [markdown]
# The gradients of all parameters, against nudging them one by one.

# %%
rng = np.random.default_rng(231)
N, T, D, W, H = 2, 3, 4, 5, 6
model = CaptioningRNN(word_to_idx, D, W, H, cell_type="rnn", dtype=np.float64)
captions, features = rng.integers(V, size=(N, T)), rng.standard_normal((N, D))
_, grads = model.loss(features, captions)
compare_gradients(lambda: model.loss(features, captions), model.params, grads)

# %% [markdown]
# `check` looks at both cells. Until you have the LSTM of notebook 2, its cases say so, and that is fine.

# %%
check("CaptioningRNN.loss")

# %% [markdown]
# *If it goes wrong:* which words does the network read, which must it say, and are the two shifted by exactly one? From which of the two is the mask made? Does every parameter have its gradient, the two biases too?
#
# ## Overfit a small set
#
# A model that cannot memorise 50 captions has a mistake in it. This takes some seconds, and the loss should end below 0.1 on the drawn scenes; captions of photographs have more different words, and there it may end near 0.2.

# %%
from cs231n_rnn.training import CaptioningSolver

small_data = load_coco_data(max_train=50)
small_model = CaptioningRNN(
    data["word_to_idx"],
    input_dim=data["train_features"].shape[1],
    hidden_dim=512,
    wordvec_dim=256,
    cell_type="rnn",
)
small_solver = CaptioningSolver(
    small_model,
    small_data,
    update_rule="adam",
    num_epochs=small_epochs,
    batch_size=25,
    optim_config={"learning_rate": 5e-3},
    lr_decay=0.95,
    print_every=25,
)
small_solver.train()
print(f"final loss: {small_solver.loss_history[-1]:.4f} (below 0.1 is right on the scenes)")

# %%
plots.show(plots.training_curves({"50 captions": small_solver.loss_history}, log=True))

# %% [markdown]
# ## Writing captions
#
# In training the network read the right words. Now there are none: it must read **what it has just written itself**. It starts with `<START>`, takes the word with the best score, reads that word in the next step, and goes on until it says `<END>`. Taking the best word every time is called **greedy decoding**.
#
# **To do:** `CaptioningRNN.step`, which reads one word and scores the next, and `CaptioningRNN.sample`, which repeats it. `initial_state` is provided. What `sample` returns does *not* begin with `<START>`: column 0 is the first real word.

# %%
check("CaptioningRNN.step", "CaptioningRNN.sample")


# %% [markdown]
# *If it goes wrong:* what does the second step read, `<START>` again or the word of the first step? Which state does it start from? What is in column 0?
#
# Captions of the model that has memorised 50 captions, first for pictures it was trained on:


# %%
def show_written(model, data, rows, split, title):
    """The same pictures with what a model writes about them."""
    features = data[f"{split}_features"][data[f"{split}_image_idxs"][rows]]
    texts = decode_captions(model.sample(features), data["idx_to_word"])
    return show_captions(data, rows, split, texts, title)


val_rows = minibatch_indices(data, 4, "val", rng=np.random.default_rng(7))
_ = show_written(small_model, small_data, np.arange(4), "train", "Overfit model, training pictures")
_ = show_written(small_model, data, val_rows, "val", "Overfit model, validation pictures")

# %% [markdown]
# **Question 5.** On the training pictures the captions are right word for word. On new pictures they begin like English, but many stop too early or run into each other, and most are about another picture. Explain both.
#
# # BEGIN SOLUTION
# With 50 captions and millions of numbers to fit, the model memorises each picture's vector and recites its caption. A new vector lies nearest to some of the 50, so the model recites theirs, or mixes them. Where it recites one, the grammar is right; where it mixes two, it reaches states that it never met in training, and the sentence falls apart. The content is wrong because nothing made it learn *which part* of the vector stands for which word.
# # END SOLUTION

# %% [markdown]
# ## Train on everything
#
# Now with all captions. After each epoch the model writes a caption for validation pictures, and these are scored against people's captions: **BLEU-4** counts matching runs of up to four words, **CIDEr** weighs rare runs of words higher. The solver keeps the parameters of the best epoch. Ctrl-C (or the stop button) saves a checkpoint, and `solver.train()` continues from there.

# %%
from cs231n_rnn.metrics import score_captions


def validation_scores(model):
    """BLEU-4 and CIDEr of greedy captions for the first validation pictures."""
    scores = score_captions(model, data, num_images=num_scored)
    return {name: scores[name] for name in ("BLEU-4", "CIDEr")}


model = CaptioningRNN(
    data["word_to_idx"],
    input_dim=data["train_features"].shape[1],
    hidden_dim=256,
    wordvec_dim=128,
    cell_type="rnn",
)
solver = CaptioningSolver(
    model,
    load_coco_data(max_train=max_train),
    num_epochs=num_epochs,
    batch_size=100,
    optim_config={"learning_rate": 1e-3},
    lr_decay=0.8,
    score=validation_scores,
    best="CIDEr",
    callbacks=[plots.LiveCurve("Vanilla RNN")],
    print_every=500,
)
solver.train()
print(f"best epoch: {solver.best_epoch}, CIDEr {solver.best_score:.3f}")

# %%
train_rows = minibatch_indices(data, 4, rng=np.random.default_rng(5))
_ = show_written(model, data, train_rows, "train", "Training pictures")
val_rows = minibatch_indices(data, 8, "val", rng=np.random.default_rng(6))
figure = show_written(model, data, val_rows, "val", "Vanilla RNN, validation")

# %% [markdown]
# **Question 6.** Find a caption above that is wrong. Does the mistake look like one of *seeing* or one of *writing*? How would you find out which?
#
# # BEGIN SOLUTION
# Any example with a reason. A wrong colour or shape of an object that is there is one of seeing, or of what the 512 numbers still hold of the picture: train a linear classifier on the vectors to find out. A repeated word, a sentence that stops too early, or a second object that has taken the colour of the first is one of writing: the state has lost what was already said. Feeding the right beginning of the caption and looking at the scores of the next word tells the two apart.
# # END SOLUTION
#
# Last, keep the pictures and the scores. Notebook 2 asks how much better an LSTM does.

# %%
table = plots.ScoreTable({"RNN, greedy": score_captions(model, data)})
table.save("results/1_RNN_Captioning_scores.json")
figure.savefig("results/1_RNN_Captioning_captions.png", dpi=120)
table
