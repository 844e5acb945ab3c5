# %% [markdown]
# # A character-level language model
#
# Read one character, score the next: that is all a **language model** of characters does. Still it must learn to spell, to close its quotes, to break its lines. How much of this can one recurrent layer learn from a text alone, and how far back does it look?
#
# In this notebook:
#
# 1. the lecture's own example, the word *hello*, small enough to see every number;
# 2. **backpropagation through time**, in full and truncated: what it costs and what it forgets;
# 3. a real text, Python's own language reference, against models that only count;
# 4. cells of the trained network that follow something you can read.
#
# You fill in `cs231n_rnn/layers/multilayer.py` and `cs231n_rnn/models/char_lm.py`. They are built on your step functions: `rnn_step_forward` and `rnn_step_backward` of notebook 1, `lstm_step_forward` and `lstm_step_backward` of notebook 2. After each function, `check("name")` says whether it is right.
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
from cs231n_rnn.plots import language
from cs231n_rnn.training import compare_gradients

# %% [markdown]
# The text to learn, and how long. With these values the notebook runs in a few minutes. A file of your own should have some hundred thousand characters.

# %% tags=["parameters"] quick="num_read = 30_000\nmax_length = 20_000\nlengths = [50, 100]\nmemory_epochs = 1\nnum_followed = 500"
text_file = None  # None: Python's language reference; or the path of a file in UTF-8
max_length = None  # characters of it to use; None: all
num_read = 3_500_000  # characters that training reads, going over the text again and again
prompt = "The "  # what the trained model goes on from
lengths = [100, 200, 400, 800, 1600, 3200]  # at which costs are measured
memory_epochs = 12  # of the small task on memory
num_followed = 12_000  # held-out characters on which cells are followed

# %% [markdown]
# ## Hello
#
# The training text is the single word *hello*, its vocabulary the four characters h, e, l, o. The network reads `h`, `e`, `l`, `l` and should say `e`, `l`, `l`, `o`. Note that `l` is read twice, and must be answered differently: only the hidden state can tell the two apart.
#
# A character goes in as a **one-hot** vector $x_t$, all zeros but a one at the character's index. The state is that of notebook 1, and scores come out of it by an affine layer:
#
# $$h_t = \tanh(x_t W_x + h_{t-1} W_h + b) \qquad\qquad s_t = h_t W_{out} + b_{out}$$
#
# The softmax of the scores $s_t$ is the model's probability for each character to be the next one.

# %%
word, vocabulary = "hello", "helo"
char_to_idx = {char: index for index, char in enumerate(vocabulary)}
indices = np.array([char_to_idx[char] for char in word])
x, y = indices[None, :-1], indices[None, 1:]  # (N, T) = (1, 4)
print("reads", x[0], "and should say", y[0])
print(np.eye(4)[x[0]], "one-hot, a row for each time step")

# %% [markdown]
# **Question 1.** What does the product of a one-hot vector with $W_x$ give? Which layer of notebook 1 is this, under another name?
#
# # BEGIN SOLUTION
# It gives the row of $W_x$ that belongs to the character: a product with ones and zeros picks a row. That is the word embedding of notebook 1, with vectors as long as the hidden state (four times as long for the LSTM), so that the embedding and the input weights are one matrix.
# # END SOLUTION
#
# ### A layer whose state goes in and comes out
#
# In notebooks 1 and 2 a sequence was read in one piece. A text is too long for that: it is read in **chunks**, and each chunk begins where the one before ended. So both states, h and c, go in *and* come out. The function takes a list of layers, each of which reads the hidden states of the one below; here there is only one, and notebook 5 stacks them.
#
# **To do:** `multilayer_forward` in `cs231n_rnn/layers/multilayer.py`. States are (L, N, H), with L layers. You may write it for any L at once: it is one more loop. With one layer it must agree with your `rnn_forward`; and a sequence that is read in two pieces, with the state carried over, must give what it gives in one.

# %%
from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.layers.multilayer import multilayer_backward, multilayer_forward
from cs231n_rnn.layers.rnn import rnn_forward

rng = np.random.default_rng(231)
N, T, D, H = 2, 6, 4, 3
steps, start = rng.standard_normal((N, T, D)), rng.standard_normal((1, N, H))
Wx, Wh, b = (rng.standard_normal(shape) for shape in ((D, H), (H, H), (H,)))
h, hT, cT, _ = multilayer_forward(steps, start, start, [(Wx, Wh, b)], "rnn")
alone, _ = rnn_forward(steps, start[0], Wx, Wh, b)
print("one layer against rnn_forward:", abs(h - alone).max(), "(1e-15 or less is right)")

_, middle_h, middle_c, _ = multilayer_forward(steps[:, :4], start, start, [(Wx, Wh, b)], "rnn")
rest, *_ = multilayer_forward(steps[:, 4:], middle_h, middle_c, [(Wx, Wh, b)], "rnn")
print("in two pieces against one:", abs(rest - h[:, 4:]).max(), "(1e-15 or less is right)")

# %%
check("multilayer_forward")

# %% [markdown]
# *If it goes wrong:* which state does the first step of a layer start from? Which states come out, those of the highest layer or of all? Do you change `h0`, which belongs to the caller?
#
# **To do:** `multilayer_backward`. It is the loop of `rnn_backward`, with the cell state's gradient beside that of the hidden state. Against nudging every input:


# %%
def check_stack(cell_type, L=2, N=2, T=3, D=4, H=3):
    """Every gradient of a small stack, against nudging each number."""
    rng = np.random.default_rng(231)
    G = CELLS[cell_type].width(H)
    shapes = [shape for k in range(L) for shape in ((H if k else D, G), (H, G), (G,))]
    flat = [rng.standard_normal(shape) for shape in shapes]
    weights = [tuple(flat[3 * k : 3 * k + 3]) for k in range(L)]
    x, h0, c0 = (rng.standard_normal(shape) for shape in ((N, T, D), (L, N, H), (L, N, H)))
    dh = rng.standard_normal((N, T, H))
    *_, cache = multilayer_forward(x, h0, c0, weights, cell_type)
    dx, dh0, dc0, grads = multilayer_backward(dh, cache)
    names = ["x", "h0", "c0", *(f"{n}{k}" for k in range(L) for n in ("Wx", "Wh", "b"))]
    arrays = dict(zip(names, [x, h0, c0, *flat], strict=True))
    gradients = [dx, dh0, dc0, *(grad for layer in grads for grad in layer)]
    print(cell_type)
    compare_gradients(
        lambda: multilayer_forward(x, h0, c0, weights, cell_type), arrays, gradients, dh, right=1e-8
    )


for cell_type in ("rnn", "lstm"):
    check_stack(cell_type)

# %%
check("multilayer_backward")

# %% [markdown]
# *If it goes wrong:* for more than one layer, the gradient of a layer's *inputs* is the gradient of the hidden states below. Does the gradient of h and of c start at zero in every layer? Are the lists in the order of the layers, the lowest first?
#
# ### The loss
#
# `CharLM` is the model: one-hot vectors, the layers, an affine layer, the softmax loss over every character.
#
# **To do:** `CharLM.loss` in `cs231n_rnn/models/char_lm.py`. It takes the state after the chunk before, and returns the state after this one. The gradient goes through *this* chunk only.

# %%
from cs231n_rnn.models.char_lm import CharLM


def check_loss(cell_type, N=3, T=6, H=5):
    """The gradient of every parameter, against nudging each number."""
    rng = np.random.default_rng(231)
    model = CharLM(char_to_idx, H, 1, cell_type, dtype=np.float64)
    state = tuple(rng.standard_normal((2, 1, N, H)))
    x, y = rng.integers(4, size=(2, N, T))
    _, grads, _ = model.loss(x, y, state)
    print(cell_type)
    compare_gradients(lambda: model.loss(x, y, state), model.params, grads, right=1e-7)


for cell_type in ("rnn", "lstm"):
    check_loss(cell_type)

# %%
check("CharLM.loss")

# %% [markdown]
# *If it goes wrong:* what is the loss over: the N texts, or N times T characters? Does every parameter have its gradient, under its own name? Do you use the state that came in, both parts of it?
#
# ### Every number
#
# A model with three numbers in its hidden state reads *hello*, untrained. In each column one time step goes from the bottom to the top; the right character's score and probability are marked. Its loss is $-\log$ of that probability, and the loss of the word is the sum.


# %%
def show_hello(model, title):
    """Every number of a model while it reads hell and should say ello."""
    h, *_ = multilayer_forward(
        model.one_hot(x), *model.zero_state(1), model.weights, model.cell_type
    )
    scores = h @ model.params["W_out"] + model.params["b_out"]
    figure = language.time_steps(word[:-1], word[1:], h[0], scores[0], vocabulary, title)
    plots.show(figure)


hello = CharLM(char_to_idx, hidden_dim=3, cell_type="rnn", dtype=np.float64)
show_hello(hello, "hello, before training")
print(f"loss of the word: {hello.loss(x, y)[0]:.2f} (about 3.64; 4 log 4 = 5.55 is guessing)")

# %% [markdown]
# ### Writing
#
# At test time nobody knows the next character. The model reads the **prompt**, draws a character from the probabilities after its last one, reads *that*, and so on. A **temperature** divides the scores before the softmax; at 0 the most likely character is always taken.
#
# **To do:** `CharLM.sample`.

# %%
check("CharLM.sample")

# %% [markdown]
# *If it goes wrong:* is the whole prompt read, from a state of zeros? Does the second character start from the state *after* the first? Is the prompt part of what you return?
#
# Now train: 60 steps of plain gradient descent. Watch what the model says after `h`, always taking the most likely character.

# %%
for step in range(61):
    loss, grads, _ = hello.loss(x, y)
    if step % 10 == 0:
        says = hello.sample("h", 4, temperature=0, rng=rng)
        print(f"step {step:>2}  loss {loss:.3f}  h -> {says}")
    for name, grad in grads.items():
        hello.params[name] -= 0.3 * grad
print("(ello from step 10 on; the loss ends near 0.044)")
show_hello(hello, "hello, after training")

# %% [markdown]
# One letter at a time: what it reads, the probabilities it finds, and the letter that it takes.

# %%
state, letter = hello.zero_state(1), "h"
for _ in range(4):
    one = hello.one_hot(np.array([[char_to_idx[letter]]]))
    h, *state, _ = multilayer_forward(one, *state, hello.weights, hello.cell_type)
    scores = (h @ hello.params["W_out"] + hello.params["b_out"])[0, 0]
    probs = np.exp(scores) / np.exp(scores).sum()
    written = "  ".join(f"{c} {p:.2f}" for c, p in zip(vocabulary, probs, strict=True))
    print(f"reads {letter}   {written}   takes {vocabulary[probs.argmax()]}")
    letter = vocabulary[probs.argmax()]

# %% [markdown]
# **Question 2.** Compare the third and the fourth column of the last figure. Both read `l`. Where do their numbers begin to differ, and how could they, with the same input and the same weights?
#
# # BEGIN SOLUTION
# The inputs are equal, the hidden states are not: $h_t$ also depends on $h_{t-1}$, which is the state after `he` in one case and after `hel` in the other. So the state has learnt to count: the second `l` leads to another state than the first, and the affine layer tells the two states apart. A model without a hidden state could only say `l` and `o` with probability 1/2 each after an `l`.
# # END SOLUTION
#
# ## Backpropagation through time, full and truncated
#
# A text of a million characters is a graph of a million steps. **Full** backpropagation through time would run forward through all of it, keep every step's cache, and come all the way back, for one single update of the weights. **Truncated** backpropagation cuts the text into chunks: forward through one chunk, back through that chunk, update; the state is carried on to the next chunk, but no gradient comes back from there.
#
# `TruncatedBPTT` (provided) cuts a text and carries the state. Is its gradient right? Add up the gradients of all chunks of a text, without updates in between. With a single chunk as long as the text this *is* the full gradient; with shorter chunks something is missing.

# %%
from cs231n_rnn.data.text import characters_of, encode_text, load_text, split_text
from cs231n_rnn.training import TruncatedBPTT

text = load_text(text_file)[:max_length]
char_to_idx = characters_of(text)
T = 480
passage = encode_text(text[: T + 1], char_to_idx)
model = CharLM(char_to_idx, hidden_dim=32, cell_type="lstm", dtype=np.float64)
_, full, _ = model.loss(passage[None, :-1], passage[None, 1:])


def missing_share(chunk):
    """How far the sum over the chunks is from the full gradient, relative to it, by parameter."""
    chunks = TruncatedBPTT(model, passage, num_streams=1, chunk=chunk)
    total = {name: np.zeros_like(grad) for name, grad in full.items()}
    for number in range(len(chunks)):
        _, grads = chunks.loss(number)  # a mean over the chunk's time steps
        for name, grad in grads.items():
            total[name] += grad * min(chunk, T - number * chunk)
    return {n: np.linalg.norm(total[n] - full[n]) / np.linalg.norm(full[n]) for n in full}


sizes = [1, 2, 4, 8, 15, 30, 60, 120, 240, 480]
shares = {chunk: missing_share(chunk) for chunk in sizes}
print(f"chunk {T}, the whole text: {max(shares[T].values()):.0e} (1e-14 or less, in every weight)")
panel = {name: [shares[chunk][name] for chunk in sizes] for name in ("Wx0", "Wh0", "W_out")}
title = "What a truncated gradient lacks"
plots.show(
    language.lines(sizes, {"share that is missing": panel}, title, "length of the chunk", log="x")
)

# %% [markdown]
# **Question 3.** Why does $W_{out}$ lack nothing, whatever the chunk? And from a chunk of 30 on, each doubling about halves what $W_h$ lacks. Why?
#
# # BEGIN SOLUTION
# The scores at time t depend on $W_{out}$ directly, without a way back through earlier steps, and the hidden states are the same in both cases because the state is carried over. What $W_h$ lacks is only what would flow back over the border of a chunk. That part fades from step to step (it vanishes, notebook 1, question 3), so it matters for some steps on both sides of each border. With chunks longer than that, what is missing is proportional to the number of borders, and a chunk twice as long has half as many.
# # END SOLUTION
#
# ### What it costs
#
# Time and memory of one gradient over a text of growing length: full, and in chunks of 50. The memory is the highest that Python's `tracemalloc` sees.

# %%
import time
import tracemalloc

passage = np.resize(encode_text(text[:4000], char_to_idx), max(lengths) + 1)
model = CharLM(char_to_idx, hidden_dim=64, cell_type="lstm")


def run_chunks(length, chunk):
    """Gradients of all chunks of the first characters, one after the other."""
    chunks = TruncatedBPTT(model, passage[: length + 1], num_streams=1, chunk=chunk)
    for number in range(len(chunks)):
        chunks.loss(number)


def cost(length, chunk):
    """Seconds, and megabytes at the peak."""
    start = time.perf_counter()
    run_chunks(length, chunk)
    seconds = time.perf_counter() - start
    tracemalloc.start()
    run_chunks(length, chunk)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return seconds, peak / 2**20


ways = {
    "full": [cost(length, length) for length in lengths],
    "in chunks of 50": [cost(length, 50) for length in lengths],
}
seconds = {name: [pair[0] for pair in pairs] for name, pairs in ways.items()}
megabytes = {name: [pair[1] for pair in pairs] for name, pairs in ways.items()}
panels = {"time (s)": seconds, "peak memory (MB)": megabytes}
plots.show(language.lines(lengths, panels, "One gradient", "length of the text", log="xy"))
for name, (*_, last) in megabytes.items():
    print(f"{name}: {last:.1f} MB for {lengths[-1]} characters")
print("(about 18 in full and 0.8 in chunks)")

# %% [markdown]
# The time grows with the length in both cases: each step is taken once forward and once back. The memory of the full gradient grows too, since it needs the caches of all steps; in chunks it stays the same however long the text is. And in chunks the weights can be updated after each of them: 64 updates instead of one over 3,200 characters, for the same work.
#
# ### What it forgets
#
# A task with one thing to remember. A line shows a letter, then eight dots, then a question mark, and then the letter must come again:
#
# `c........?c`
#
# Three vanilla RNNs read the same lines, twelve times over. One has chunks of 4 and begins each from a state of zeros; one has chunks of 4 and carries the state over; one has chunks of 24, two whole lines. How often is the most likely character after `?` the right letter? Guessing gets 1 of 8.


# %%
from cs231n_rnn.training import Solver


def memory_lines(num_lines, rng):
    """Lines such as c........?c, with a letter from a to h."""
    return "".join(f"{c}........?{c}\n" for c in rng.choice(list("abcdefgh"), num_lines))


rng = np.random.default_rng(231)
lines, new_lines = memory_lines(2000, rng), memory_lines(300, rng)
symbols = characters_of(lines)


def recall(model, chunk, carry):
    """Share of the question marks in new lines after which the right letter is most likely."""
    chunks = TruncatedBPTT(model, encode_text(new_lines, symbols), num_streams=8, chunk=chunk)
    state, hits = model.zero_state(8), []
    for begin in range(0, chunks.x.shape[1], chunk):
        x, y = chunks.x[:, begin : begin + chunk], chunks.y[:, begin : begin + chunk]
        state = state if carry else model.zero_state(8)
        h, *state, _ = multilayer_forward(model.one_hot(x), *state, model.weights, model.cell_type)
        says = (h @ model.params["W_out"] + model.params["b_out"]).argmax(axis=2)
        hits += list((says == y)[x == symbols["?"]])
    return np.mean(hits)


# %%
def train_memory(chunk, carry):
    """Recall after each epoch."""
    model = CharLM(symbols, hidden_dim=32, cell_type="rnn")
    chunks = TruncatedBPTT(model, encode_text(lines, symbols), num_streams=16, chunk=chunk)

    def batch(numbers):
        if not carry:
            chunks.state = ()  # begin from zeros
        return chunks.batch(numbers)

    solver = Solver(
        chunks,
        batch,
        len(chunks),
        batch_size=1,
        shuffle=False,
        num_epochs=memory_epochs,
        optim_config={"learning_rate": 1e-2},
        score=lambda _: {"recall": recall(model, chunk, carry)},
        verbose=False,
    )
    solver.train()
    return [scores["recall"] for scores in solver.score_history]


recalls = {
    "chunk 4, from zeros": train_memory(4, carry=False),
    "chunk 4, carried": train_memory(4, carry=True),
    "chunk 24, carried": train_memory(24, carry=True),
}
epochs = range(1, memory_epochs + 1)
panels = {"right letters after ? (share)": recalls}
levels = {"guessing, 1 of 8": 1 / 8}
plots.show(language.lines(epochs, panels, "Nine steps to remember", "epoch", levels=levels))
for name, values in recalls.items():
    print(f"{name}: {values[-1]:.2f} at the end")
print("(about 0.12 to 0.2 twice, and 0.95 or more)")

# %% [markdown]
# **Question 4.** With carried state and chunks of 4, the letter *can* be in the state when the question mark is read. Why is it not learnt nevertheless? And what would an LSTM with an open forget gate perhaps do better here, before it has learnt anything?
#
# # BEGIN SOLUTION
# To keep the letter for nine steps, the weights of the step that reads it must be told so, and the error that could tell them arises nine steps later, in another chunk. No gradient crosses the border, so nothing makes the network keep the letter; it can only use what happens to be left of it. In a vanilla RNN little is left after nine squashings. In an LSTM whose forget gates start open, traces of the letter stay in the cell state without any training, and the output layer may learn to read them. So truncation does not forbid longer memory; it only never teaches it.
# # END SOLUTION
#
# ## A real text
#
# Every Python comes with its language reference, for `help("while")` and the like. It has about half a million characters, and differs a little from one version of Python to the next; so do all figures below, by a few hundredths. They are those of Python 3.11. The first nine tenths are for training; the end is **held out**, for measuring.

# %%
train_text, held_out_text = split_text(text)
train, held_out = (encode_text(part, char_to_idx) for part in (train_text, held_out_text))
encode_text(prompt, char_to_idx)  # so that an unknown character is refused now, not in training
print(
    f"{len(train):,} characters to train on, {len(held_out):,} held out, {len(char_to_idx)} kinds"
)
print("".join(char_to_idx).strip())
print("-" * 72)
print(held_out_text[:600])

# %% [markdown]
# ### Models that only count
#
# How good is a language model? Its **cross entropy** on held-out text: the mean of $-\log_2 p$ of the characters that really come, in bits per character. It is the length to which the model could compress the text. Guessing among 103 characters costs $\log_2 103 = 6.7$ bits.
#
# The model to beat is an **n-gram model**. It counts, in the training text, what followed each context of the last n - 1 characters, and mixes the counts of long contexts with those of shorter ones, since most long contexts are rare.

# %%
from cs231n_rnn.models.ngram import NGram

bits = {}
for order in range(1, 7):
    ngram = NGram(order, len(char_to_idx)).fit(train)
    bits[f"{order}-gram"] = ngram.bits_per_character(held_out)
best_ngram = min(bits, key=bits.get)
print(
    f"best: {best_ngram} with {bits[best_ngram]:.3f} bits (about 1.905, the 5-gram, in Python 3.11)"
)
plots.ScoreTable({name: {"held-out bits per character": value} for name, value in bits.items()})

# %% [markdown]
# ### Train the network
#
# One LSTM layer. The text is read at 32 places at once (the minibatch), in chunks of 32 characters. After each epoch the model is measured on the held-out text, and writes a little. This takes most of the notebook's time, about two minutes on two cores. Lower `num_read` if you are in a hurry.

# %%
from cs231n_rnn.training import bits_per_character

model = CharLM(char_to_idx, hidden_dim=192, cell_type="lstm")
chunks = TruncatedBPTT(model, train, num_streams=32, chunk=32)
rng = np.random.default_rng(231)
samples = []


def held_out_bits(_):
    """Bits per character on the held-out text, beside those of the best n-gram model."""
    network = bits_per_character(model, held_out, chunk=50)
    return {"LSTM (bits)": network, f"{best_ngram} (bits)": bits[best_ngram]}


solver = Solver(
    chunks,
    chunks.batch,
    len(chunks),
    batch_size=1,
    shuffle=False,  # the chunks follow each other
    num_epochs=max(1, round(num_read / len(train))),
    optim_config={"learning_rate": 6e-3},
    lr_decay=0.85,
    score=held_out_bits,
    callbacks=[
        plots.LiveCurve("LSTM, 192 units", window=100, unit="nats per character"),
        lambda _: samples.append(model.sample(prompt, 300, temperature=0.7, rng=rng)),
    ],
    print_every=1000,
)
solver.train()

# %% [markdown]
# *If it goes wrong:* a loss that stays near 3.3 nats knows how frequent each character is and nothing more: is the state carried from chunk to chunk, and the gradient through the steps not cut? If the loss jumps up for a while and comes back, take a lower learning rate. If fewer than ten chunks are done per second, other programs share your cores: set the environment variable `OMP_NUM_THREADS` to 1 before you start Jupyter. The matrices here are small, and threads that wait for each other cost more than they give.

# %%
per_epoch = np.array_split(np.array(solver.loss_history), solver.epoch)
trained_bits = [part.mean() / np.log(2) for part in per_epoch]
history = [scores["LSTM (bits)"] for scores in solver.score_history]
curves = {"while training": trained_bits, "held out": history}
levels = {name: bits[name] for name in ("3-gram", "4-gram", best_ngram)}
title = "LSTM against models that count"
epochs = range(1, solver.epoch + 1)
plots.show(language.lines(epochs, {"bits per character": curves}, title, "epoch", levels=levels))
bits["LSTM"] = history[-1]
verdict = "better" if bits["LSTM"] < bits[best_ngram] else "NOT better"
print(f"LSTM {bits['LSTM']:.3f}, {best_ngram} {bits[best_ngram]:.3f}: the network is {verdict}")
print("(about 1.84 and 1.905)")

# %% [markdown]
# **Question 5.** The 6-gram model is worse than the 5-gram model on held-out text, although it sees more. Why? The LSTM's state can hold what was read much longer ago. Why does it not suffer in the same way? And what does the growing distance between the two curves say?
#
# # BEGIN SOLUTION
# An n-gram model has a table entry for every context. Most contexts of five characters in the held-out text were seen a few times or never, so their counts are chance, and the mixture trusts them too much. To the table two contexts that differ in one letter have nothing in common. The LSTM has a fixed number of weights, and similar contexts lead to similar states: what it learns in one serves in the other. The distance between the curves is overfitting: it begins to memorise the training text (some 250,000 weights for 420,000 characters), and more epochs would make the held-out figure worse again. More text, or dropout, would help.
# # END SOLUTION
#
# What it wrote as training went on, each time after the same prompt:

# %%
for epoch in sorted({1, 2, (solver.epoch + 1) // 2, solver.epoch}):
    if epoch <= len(samples):
        print(f"\n----- after epoch {epoch} " + "-" * 50)
        print(prompt + samples[epoch - 1])

# %% [markdown]
# And the trained model at several temperatures. At 0 it soon repeats itself; above 1 it invents spellings.

# %%
for temperature in (0, 0.4, 0.7, 1.0, 1.5):
    print(f"\n----- temperature {temperature} " + "-" * 50)
    print(prompt + model.sample(prompt, 300, temperature, np.random.default_rng(1)))

# %% [markdown]
# ## Cells that you can read
#
# Andrej Karpathy and colleagues (2015) looked into the cells of such networks and found some that follow something legible: one is on inside quotes, another counts the position in the line. Nobody asked for it; it helped to predict the next character.
#
# Here are three features of a text, each a number for the text up to a character. Is there a cell whose state $c_t$ follows one of them?


# %%
def in_quotes(text):
    """1 after an opening quote, 0 after the closing one; an empty line closes too."""
    inside, values = 0, []
    for before, char in zip("\n" + text, text, strict=False):
        inside = 0 if before == char == "\n" else inside ^ (char == '"')
        values.append(inside)
    return np.array(values, dtype=float)


def position(text):
    """Characters since the line began."""
    return np.array([place - text.rfind("\n", 0, place + 1) for place in range(len(text))], float)


def indentation(text):
    """Spaces at the beginning of the line, as far as it has been read."""
    begins = np.arange(len(text)) - position(text).astype(int) + 1
    lines = [text[begin : place + 1] for place, begin in enumerate(begins)]
    return np.array([len(line) - len(line.lstrip(" ")) for line in lines], float)


followed = held_out_text[:num_followed]
features = {
    "inside quotes": in_quotes(followed),
    "indentation": indentation(followed),
    "position in the line": position(followed),
}
# A file of your own may have no quotes at all.
features = {name: value for name, value in features.items() if value.std() > 0}
for name, value in features.items():
    print(f"{name}: mean {value.mean():.2f}, highest {value.max():.0f}")

# %% [markdown]
# For each feature take the cell with the highest correlation (of either sign) on the first half of the text, and measure it on the second half: with 192 cells to choose from, one would fit a little by chance. An untrained network is measured too. Its cells also hold traces of what was just read.


# %%
def cells_on(model, text):
    """The cell state after each character, (length, H)."""
    state, cells = model.zero_state(1), []
    for index in encode_text(text, char_to_idx):
        one = model.one_hot(np.array([[index]]))
        _, *state, _ = multilayer_forward(one, *state, model.weights, model.cell_type)
        cells.append(state[1][0, 0])
    return np.array(cells)


def correlations(cells, feature):
    """Correlation of each cell with a feature, (H,)."""
    cells, feature = cells - cells.mean(axis=0), feature - feature.mean()
    scale = np.linalg.norm(cells, axis=0) * np.linalg.norm(feature)
    return feature @ cells / np.maximum(scale, 1e-12)


def best_cell(cells, feature):
    """The cell that follows a feature best on the first half, and how well on the second."""
    half = len(cells) // 2
    cell = int(abs(correlations(cells[:half], feature[:half])).argmax())
    return cell, correlations(cells[half:], feature[half:])[cell]


untrained = CharLM(char_to_idx, hidden_dim=192, cell_type="lstm")
cells = {"trained": cells_on(model, followed), "untrained": cells_on(untrained, followed)}
table = {
    name: {which: abs(best_cell(c, feature)[1]) for which, c in cells.items()}
    for name, feature in features.items()
}
print("(trained: about 0.6, 0.5 and 0.5; another machine rounds otherwise and finds other cells)")
plots.ScoreTable(table)

# %% [markdown]
# The text coloured by these cells: yellow where the cell says *much*, blue where it says *little*, measured from its mean. Each passage is the one in which the feature varies most. Do not expect a clean switch everywhere: a correlation of 0.5 is a quarter of the variance, and a cell may serve several purposes at once.

# %%
for name, feature in features.items():
    cell, correlation = best_cell(cells["trained"], feature)
    size = min(560, len(followed))
    begins = [k for k in range(len(followed) - size + 1) if k == 0 or followed[k - 1] == "\n"]
    begin = max(begins, key=lambda b: feature[b : b + size].std())
    values = cells["trained"][:, cell] - cells["trained"][:, cell].mean()
    values = np.sign(correlation) * values[begin : begin + size]
    title = f"Cell {cell} and {name}: correlation {abs(correlation):.2f}"
    plots.show(language.coloured_text(followed[begin : begin + size], values, title))

# %% [markdown]
# **Question 6.** A cell that is high inside quotes *correlates* with being inside quotes. Does the network use it to remember that it must close them? Describe an experiment that would tell.
#
# # BEGIN SOLUTION
# A correlation alone does not show it: the cell may follow something that goes along with quotes, such as code, and the network may keep the quotes in many cells at once. Intervene: read up to a place inside quotes, set this one cell to its mean value outside quotes (or to that of another place), go on, and compare the probability of `"` over the next characters with that of the untouched network. As a control do the same with other cells. If the probability falls for this cell and not for the others, it is used.
# # END SOLUTION
#
# Last, keep the figures.

# %%
import json

results = Path("results")
results.mkdir(exist_ok=True)
(results / "3_Character_Language_Model_bits.json").write_text(json.dumps(bits, indent=1))
plots.ScoreTable({name: {"held-out bits per character": value} for name, value in bits.items()})
