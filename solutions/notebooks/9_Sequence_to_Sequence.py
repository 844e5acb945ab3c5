# %% [markdown]
# # Sequence to sequence
#
# *"jeudi 23 septembre 2021, 14:05"*, *"2021년 9월 23일 PM 2:05"*, *"9/23/21, 2:05 PM"*: people write the same moment in many ways. A computer wants one, `2021-09-23T14:05`, ISO 8601. Who turns one into the other **translates**: a sequence goes in, another one comes out, both of any length, in another order.
#
# The models so far were one-to-many (a picture in, a sentence out) or read and wrote in step. Here they are joined: an **encoder** reads all of the source and sums it up, many-to-one; a **decoder** writes from that, one-to-many (Sutskever et al. 2014). Then the decoder gets the **attention** of notebook 6, with which it looks back at what was read (Bahdanau et al. 2015).
#
# 1. dates in fifteen languages and seven scripts, and days, formats and lengths that training never sees;
# 2. the encoder, which must not be disturbed by padding;
# 3. the loss and a step of the decoder, without and with attention;
# 4. training, and what each model can and cannot do;
# 5. the same model on words, for sentence pairs of your own.
#
# You fill in `cs231n_rnn/models/seq2seq.py`. It uses your LSTM of notebook 2 and your attention LSTM of notebook 6.
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
from cs231n_rnn.plots import translation
from cs231n_rnn.training import Solver, compare_gradients

# %% [markdown]
# What to read, and how long to train. With these values the notebook runs in two to three minutes.

# %% tags=["parameters"] quick="num_train = 300\nnum_held_out = 40\nnum_epochs = 1\nword_epochs = 1"
from cs231n_rnn.data.dates import FORMATS, LANGUAGES

languages = LANGUAGES  # or some of them, or other locales such as ["sv", "cs", "pt_BR"]
target = "iso"  # or a locale: dates are then translated into that language
num_train = 25_000  # dates to train on
num_held_out = 1000  # dates to measure on
num_epochs = 4  # over all dates; without attention twice as many
pairs_file = None  # tab-separated sentence pairs of your own, in UTF-8
word_epochs = 40  # over the pairs

# %% [markdown]
# ## Dates as people write them
#
# The Unicode Consortium collects how each language writes dates (the **CLDR**), and the library Babel brings it to Python. A date has a *style*, from short to full, and may have a time.

# %%
import datetime

from cs231n_rnn.data.dates import draw_dates, write_date

example = datetime.datetime(2021, 9, 23, 14, 5, 9)
for language in languages:
    styles = [write_date(example, style, language) for style in ("short", "long", "full short")]
    print(f"{language:<6}", "   |   ".join(styles))

# %% [markdown]
# Three things are kept from training, to see what the models have understood:
#
# - **dates**: a tenth of all days between 1970 and 2069 never occurs in training, in any language;
# - **a format**: full dates with a time. Training has full dates, and it has times, but never together;
# - **lengths**: these happen to be the longest sources of all.
#
# Symbols are characters. The first symbol of a source names its language.

# %%
held_out_formats = ["full short", "full medium"]
formats = [name for name in FORMATS if name not in held_out_formats]
rng = np.random.default_rng(231)
options = {"languages": languages, "target": target}
train = draw_dates(num_train, rng, formats=formats, **options)
held_out = {
    "held-out dates": draw_dates(num_held_out, rng, held_out=True, formats=formats, **options),
    "and format": draw_dates(num_held_out, rng, held_out=True, formats=held_out_formats, **options),
}
for name, dates in {"training": train, **held_out}.items():
    source, written = "".join(dates[0].source), "".join(dates[0].target)
    longest = max(len(date.source) for date in dates)
    print(f"{name:<15} up to {longest} symbols, such as {source} -> {written}")

# %% [markdown]
# **Question 1.** Why must the model be told the language? Find a date which means two different days in two of the languages above. And why do the years go from 1970 to 2069, and not from 1900 to 2100?
#
# # BEGIN SOLUTION
# `5/3/21` is the third of May in American English and the fifth of March in Spanish or Greek. Nobody can tell without knowing the language. (In other pairs the order of the parts, a name of a month or a sign such as 년 gives it away.) A short date has two digits of the year; within a hundred years they are enough: 70 to 99 mean 19.., 00 to 69 mean 20... With two hundred years `5/3/21` would be 1921 or 2021, and half of the answers could only be guessed.
# # END SOLUTION
#
# Symbols become indices (also those of the held-out dates, so that no character is unknown), padded with `<NULL>` to the longest sequence. Targets are between `<START>` and `<END>`.

# %%
from cs231n_rnn.data.pairs import cut_padding, decode_sequences, encode_sequences, vocabulary_of

everything = [*train, *held_out["held-out dates"], *held_out["and format"]]
source_to_idx = vocabulary_of(date.source for date in everything)
target_to_idx = vocabulary_of(
    (date.target for date in everything), special=("<NULL>", "<START>", "<END>")
)
sources = encode_sequences([date.source for date in train], source_to_idx)
targets = encode_sequences([date.target for date in train], target_to_idx)
print(f"sources {sources.shape}, {len(source_to_idx)} different symbols")
print(f"targets {targets.shape}, {len(target_to_idx)} different symbols: {' '.join(target_to_idx)}")
print(cut_padding(sources[:3]))

# %% [markdown]
# ## The encoder
#
# The encoder is your LSTM from a hidden state of zeros. Its last hidden state is all that the decoder will start from. With attention the decoder also looks at all the states:

# %%
plots.show(
    translation.encoder_decoder(
        list("3 mai"), ["<START>", *"05-03", "<END>"], "Two LSTMs, and what attention adds"
    )
)

# %% [markdown]
# In a minibatch the sequences have different lengths. What is *last*? A sequence of three symbols in a minibatch of width ten ends at step 3; after it the LSTM reads `<NULL>` seven times, and its state drifts away. So each sequence passes on the state at its **own** last step.
#
# **To do:** `Seq2Seq.encode` in `cs231n_rnn/models/seq2seq.py`. Read alone or in a minibatch, a sequence must give the same:

# %%
from cs231n_rnn.models.seq2seq import Seq2Seq

small_source_idx = {"<NULL>": 0, "a": 1, "b": 2, "c": 3}
small_target_idx = {"<NULL>": 0, "<START>": 1, "<END>": 2, "x": 3, "y": 4}
small = Seq2Seq(small_source_idx, small_target_idx, 3, 4, attention=True, dtype=np.float64)
source = np.array([[1, 2, 0, 0, 0], [3, 1, 2, 2, 1], [2, 0, 0, 0, 0]])
last, states, _ = small.encode(source)
print("last", last.shape, "states", states.shape, "(about (3, 4) and (3, 5, 4))")
for row, length in zip(range(3), (2, 5, 1), strict=True):
    alone, _, _ = small.encode(source[row : row + 1, :length])
    print(
        f"length {length}: difference {abs(alone[0] - last[row]).max():.0e} (1e-15 or less is right)"
    )

# %%
check("Seq2Seq.encode")

# %% [markdown]
# *If it goes wrong:* print the symbol at the step whose state you take, for each row. If you sort the sequences by length, are they back in their old order when you return them?
#
# **To do:** `Seq2Seq.encode_backward`. There are two upstream gradients: `dlast`, of the last state of each sequence, and `dstates`, of all states.

# %%
rng = np.random.default_rng(231)
_, states, cache = small.encode(source)
dlast, dstates = rng.standard_normal((3, 4)), rng.standard_normal(states.shape)
dstates[source == 0] = 0  # nobody looks at the padding
grads = small.encode_backward(dlast, dstates, cache)
compare_gradients(lambda: small.encode(source), small.params, grads, dlast, dstates, right=1e-8)

# %%
check("Seq2Seq.encode_backward")

# %% [markdown]
# *If it goes wrong:* how many users has the last state of a sequence? Does the gradient of a short sequence's last state go to the step where that sequence ended?
#
# ## The loss
#
# The decoder begins with the encoder's last state. In training it reads the *right* symbols, whatever it would have said itself (**teacher forcing**), and each step is asked for the next one, as in captioning. With attention it is your attention LSTM, and its "locations" are the encoder's states.
#
# Not all of those count. After the end of a short source there are states too, made from padding. So attention gets a **mask**: where it is `False` the score becomes $-\infty$, and the weight exactly 0.

# %%
from cs231n_rnn.layers.attention import attention_forward

query, memory = rng.standard_normal((2, 4)), rng.standard_normal((2, 5, 4))
mask = np.array([[True, True, False, False, False], [True] * 5])
seen, weights, _ = attention_forward(query, memory, mask)
print(weights.round(3), "(three zeros in the first row)")
memory[~mask] = 1000 * rng.standard_normal((3, 4))
print(
    "other padding changes what is seen by",
    abs(attention_forward(query, memory, mask)[0] - seen).max(),
)

# %% [markdown]
# If your `attention_forward` knows no mask yet, add it now: one line before the softmax, and the argument passed on by the two LSTM functions.
#
# **To do:** `Seq2Seq.loss`, without attention and with it.

# %%
target_rows = np.array([[1, 3, 4, 2], [1, 2, 0, 0], [1, 4, 2, 0]])
for attention in (False, True):
    model = Seq2Seq(small_source_idx, small_target_idx, 3, 4, attention, dtype=np.float64)
    loss, grads = model.loss(source, target_rows)
    print(f"attention {attention}: loss {loss:.2f}, guessing among 5: {2 * np.log(5):.2f} (near)")
    compare_gradients(lambda model=model: model.loss(source, target_rows), model.params, grads)
    wider, _ = model.loss(np.pad(source, ((0, 0), (0, 9))), np.pad(target_rows, ((0, 0), (0, 9))))
    print(f"    with more padding the loss changes by {abs(wider - loss):.0e} (1e-15 or less)")

# %%
check("Seq2Seq.loss")

# %% [markdown]
# *If it goes wrong:* if only the encoder's gradients are wrong, count the ways from the source to the loss: one without attention, two with it. If only the last line is wrong, which padding is looked at?
#
# **Question 2.** In the gradients of `W_source` and `W_target`, the row of `<NULL>` is exactly zero. Why, although the encoder reads `<NULL>` at many steps?
#
# # BEGIN SOLUTION
# Nothing that was computed from it reaches the loss. In the encoder, `<NULL>` occurs only after the end of a source; the states there are neither passed on nor, thanks to the mask, looked at, and an LSTM's earlier states do not depend on later inputs. In the decoder, `<NULL>` is read only after `<END>`, where the loss is masked.
# # END SOLUTION
#
# ## A step
#
# **To do:** `Seq2Seq.step`. With attention the state has five parts: h, c, the states to look at, which of them count, and the weights. Greedy decoding is provided; and the beam search of notebook 2 needs nothing but `initial_state` and `step`.

# %%
check("Seq2Seq.step")

# %% [markdown]
# *If it goes wrong:* which parts of the state change in a step, and which are passed on unchanged? Are the weights that you return those of this step?
#
# ## Training
#
# Two models of the same size, on the same dates. After each epoch: how many held-out dates are right to the last character? Without attention a model learns much more slowly, so it gets twice as many epochs, and the best of three learning rates that were tried. Each takes a minute or two.


# %%
def translate(model, pairs):
    """What a model writes for the sources, as lists of symbols."""
    source = encode_sequences([pair.source for pair in pairs], model.source_to_idx)
    return decode_sequences(model.sample(source, max_length=40), model.target_to_idx)


def exact(model, pairs):
    """Share of translations that are right to the last symbol."""
    written = translate(model, pairs)
    return np.mean([text == pair.target for text, pair in zip(written, pairs, strict=True)])


def batch(rows):
    """Sources and targets of a minibatch, no wider than its longest sequences."""
    return cut_padding(sources[rows]), cut_padding(targets[rows])


models, solvers = {}, {}
for name, attention, epochs, learning_rate, lr_decay in (
    ("without attention", False, 2 * num_epochs, 1e-2, 0.8),
    ("attention", True, num_epochs, 5e-3, 0.6),
):
    models[name] = Seq2Seq(source_to_idx, target_to_idx, 32, 128, attention)
    solvers[name] = Solver(
        models[name],
        batch,
        len(train),
        num_epochs=epochs,
        batch_size=64,
        optim_config={"learning_rate": learning_rate},
        lr_decay=lr_decay,
        max_norm=5.0,
        score=lambda model: {"exact": exact(model, held_out["held-out dates"][:300])},
        callbacks=[plots.LiveCurve(name, unit="nats per date")],
        print_every=500,
    )
    solvers[name].train()

# %%
losses = {name: solver.loss_history for name, solver in solvers.items()}
plots.show(plots.training_curves(losses, title="Dates", unit="nats per date"))
table = {
    name: {which: exact(model, dates) for which, dates in held_out.items()}
    for name, model in models.items()
}
print("exact matches (with attention about 1.00 and 0.92; without it none, or a few in a hundred)")
plots.ScoreTable(table)

# %% [markdown]
# *If it goes wrong:* with attention the loss falls below 1 nat per date in the second epoch. If it stays above 10, does the gradient reach the encoder's states? If the loss of both models stays near 17, the decoder knows nothing of the source.
#
# What do they write? Some held-out dates, with the answers of both models.

# %%
texts = {name: translate(model, held_out["held-out dates"][:8]) for name, model in models.items()}
for k, date in enumerate(held_out["held-out dates"][:8]):
    print("".join(date.source))
    for name, written in {"right": [date.target] * 8, **texts}.items():
        print(f"    {name:<18} {''.join(written[k])}")

# %% [markdown]
# **Question 3.** Without attention the answers are well formed, but wrong. Which parts are right most often, and which are guessed? Where must a symbol of the source wait until it is written, in each of the two models?
#
# # BEGIN SOLUTION
# The dashes, the length and mostly the year are right, which is written first; month, day and time are common numbers rather than those of the source. Without attention everything that was read has to be kept in the last hidden state, 128 numbers, and survive up to forty steps of reading and then the steps of writing; the network must learn to pack it and to unpack it in another order, and the gradient that teaches it goes all that way back. It begins with what is needed first. With attention the states of the encoder stay where they are: the decoder fetches a digit when it is needed, and the gradient takes the same short way.
# # END SOLUTION
#
# ## Where it looks
#
# Each row is a written symbol, each column a symbol that was read; dark is a high weight. (A sign that no font on your machine can draw is written by its name: `weol` for 월, month; `U+5E74` for 年, year. The text alternative has the signs themselves.)


# %%
def show_alignment(model, source, title):
    """The alignment matrix of what a model writes for one source, a list of symbols."""
    indices = encode_sequences([source], model.source_to_idx)
    written = model.sample(indices, max_length=40)
    (symbols,) = decode_sequences(written, model.target_to_idx)
    weights = model.look(indices, written)[0, : len(symbols) + 1]
    symbols = [*symbols, "<END>"][: len(weights)]
    plots.show(translation.alignment(source, symbols, weights, title))


dates = held_out["held-out dates"] + held_out["and format"]
shown = [language for language in ("fr", "ru", "ko", "zh") if language in languages]
for language in shown or languages[:2]:
    pair = max((d for d in dates if d.language == language), key=lambda d: len(d.target + d.source))
    show_alignment(models["attention"], pair.source, f"{pair.language}, {pair.format}")

# %% [markdown]
# **Question 4.** The month is written as two digits, from a name such as *décembre*. At which letters of the name does the model look, and why there? Where does it look for a number of two digits? And the first symbol of all: why does the decoder look at the very end of the source before it, whatever is there?
#
# # BEGIN SOLUTION
# It looks at the first letters that tell the month from all others, such as the *é* of *décembre*; what follows adds nothing. (Which letters these are differs a little from run to run.) A state of the encoder knows all that was read up to there, so for a number of two digits the place of the second one is enough for both. At the first step the hidden state that looks *is* the encoder's last state, and a vector's product with itself is larger than with most others. The decoder has not yet read anything that could tell it where to look; that 19 or 20 comes first must be in that state already.
# # END SOLUTION
#
# ## Long sources
#
# The share of wrong symbols, over the length of the source. To the right of the line are sources longer than any in training.


# %%
def symbols_right(model, pairs):
    """Share of the target's symbols that are in their place, for each pair."""
    written = translate(model, pairs)
    shares = []
    for text, pair in zip(written, pairs, strict=True):
        same = sum(a == b for a, b in zip(text, pair.target, strict=False))
        shares.append(same / max(len(text), len(pair.target)))
    return np.array(shares)


lengths = np.array([len(date.source) for date in dates])
right = {name: symbols_right(model, dates) for name, model in models.items()}
longest = max(len(date.source) for date in train)
plots.show(translation.errors_by_length(lengths, right, "Wrong symbols", longest))
for name, shares in right.items():
    beyond = lengths > longest
    table[name]["longer than any in training"] = np.mean(shares[beyond] == 1)
print(f"{np.sum(lengths > longest)} sources are longer than the {longest} symbols of training;")
print("with attention about 0.86 of them are right")
plots.ScoreTable(table)

# %% [markdown]
# And what goes wrong with attention?

# %%
written = translate(models["attention"], dates)
wrong = [(date, text) for date, text in zip(dates, written, strict=True) if text != date.target]
for date, text in wrong[:6]:
    print("".join(date.source), "->", "".join(text), "and not", "".join(date.target))
if wrong:
    show_alignment(models["attention"], wrong[0][0].source, "A wrong one")

# %% [markdown]
# **Question 5.** Training had full dates, and it had dates with times, but no full date with a time. Why can the model translate most of these nevertheless? What in the wrong ones comes from the combination being new?
#
# # BEGIN SOLUTION
# It never learnt formats as wholes. It learnt to find a year, a month, a day and a time, each by what is around it, and these surroundings are the same in the new format: the day of the week before the date is known from full dates, the time after it from the others. What is new is the join, and the length. Most of the wrong ones have another hour, or end before the seconds. The hour comes after the name of a day in some languages, where training always had the end, so the encoder's state there is a new one; and so long a source has never come before.
# # END SOLUTION
#
# ## Greedy or beam
#
# A beam of 3 keeps the three best beginnings. Does it help?

# %%
from cs231n_rnn.models.beam_search import beam_search

signs = [target_to_idx[sign] for sign in ("<START>", "<END>", "<NULL>")]
some = held_out["and format"][:300]
source = encode_sequences([date.source for date in some], source_to_idx)
for name, model in models.items():
    written = beam_search(model, source, *signs, beam_width=3, max_length=40)
    texts = decode_sequences(written, target_to_idx)
    beam = np.mean([text == date.target for text, date in zip(texts, some, strict=True)])
    print(f"{name:<18} greedy {exact(model, some):.3f}, beam of 3 {beam:.3f} (nearly the same)")

# %% [markdown]
# **Question 6.** In notebook 2 the beam helped. When can it help at all, and why does it hardly do so here?
#
# # BEGIN SOLUTION
# It helps when the best first symbol leads into worse continuations, so that a beginning that looked second-best wins later: many good captions compete, and their probabilities are close. Here there is a single right answer and the model is mostly sure of it, symbol by symbol; where it is wrong, it is wrong with confidence, and the beam finds no better rival.
# # END SOLUTION
#
# ## Words, and sentences of your own
#
# Nothing in the model knows about characters. With words as symbols it translates sentences. Give `pairs_file` a file of tab-separated pairs, one per line, such as those that [Tatoeba](https://tatoeba.org) collects. Without one, we write a small file: durations in English and German, which the CLDR has too.

# %%
from babel.dates import format_timedelta

from cs231n_rnn.data.pairs import load_pairs, split_pairs

results = Path("results")
results.mkdir(exist_ok=True)
if pairs_file is None:
    lines = []
    units = {"minute": 60, "hour": 3600, "day": 86400, "week": 604800, "month": 2592000}
    for unit, seconds in units.items():
        for count in [*range(-30, 0), *range(1, 31)]:
            step = {"granularity": unit, "threshold": 1e9, "add_direction": True}
            lines.append(
                "\t".join(format_timedelta(count * seconds, locale=x, **step) for x in ("en", "de"))
            )
    (results / "durations.tsv").write_text("\n".join(lines), encoding="utf-8")
pairs = load_pairs(pairs_file or results / "durations.tsv")
train_pairs, held_out_pairs = split_pairs(pairs, 0.2, np.random.default_rng(231))
for words, translated in held_out_pairs[:: max(1, len(held_out_pairs) // 4)]:
    print(" ".join(words), "->", " ".join(translated))
print(len(train_pairs), "pairs to train on,", len(held_out_pairs), "held out")

# %% [markdown]
# A line that is not a pair is refused, with its number. A word that training does not have becomes `<UNK>`.

# %%
signs = ("<NULL>", "<START>", "<END>", "<UNK>")
word_source_idx = vocabulary_of((s for s, _ in train_pairs), special=("<NULL>", "<UNK>"))
word_target_idx = vocabulary_of((t for _, t in train_pairs), special=signs)
word_sources = encode_sequences([s for s, _ in train_pairs], word_source_idx)
word_targets = encode_sequences([t for _, t in train_pairs], word_target_idx)
word_model = Seq2Seq(word_source_idx, word_target_idx, 64, 128, attention=True)
word_solver = Solver(
    word_model,
    lambda rows: (cut_padding(word_sources[rows]), cut_padding(word_targets[rows])),
    len(train_pairs),
    num_epochs=word_epochs,
    batch_size=20,
    optim_config={"learning_rate": 3e-3},
    lr_decay=0.95,
    max_norm=5.0,
    print_every=200,
)
word_solver.train()

# %%
source = encode_sequences([s for s, _ in held_out_pairs], word_source_idx)
texts = decode_sequences(word_model.sample(source), word_target_idx)
for k in range(0, len(texts), max(1, len(texts) // 8)):
    print(" ".join(held_out_pairs[k][0]), "->", " ".join(texts[k]))
share = np.mean([text == right for text, (_, right) in zip(texts, held_out_pairs, strict=True)])
print(f"exact matches on {len(texts)} held-out pairs: {share:.2f} (about 0.87 for the durations)")
show_alignment(word_model, max((s for s, _ in held_out_pairs), key=len), "Words")

# %% [markdown]
# **Question 7.** The model has words, not meanings: what does it do with a number that training did not have? How would a model of characters treat it, and what would it lose?
#
# # BEGIN SOLUTION
# The number becomes `<UNK>`, on both sides, and is lost: a word is an index, and no two indices have anything in common. A model of characters can copy digit by digit, as it did with dates, and can take apart words that it has never seen. It pays with length: five times as many steps, each of which can go wrong, and a gradient over longer ways. Present systems use pieces of words, between the two.
# # END SOLUTION
#
# Last, keep the figures and the model.

# %%
solvers["attention"].save("results/9_Sequence_to_Sequence.npz")
plots.ScoreTable(table).save("results/9_Sequence_to_Sequence_scores.json")
