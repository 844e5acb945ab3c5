import io
import re
import unicodedata

import numpy as np
import pytest

from cs231n_rnn.plots import translation
from cs231n_rnn.plots.translation import (
    BIN,
    alignment,
    drawn_symbol,
    encoder_decoder,
    errors_by_length,
)


@pytest.fixture
def only_own_font(monkeypatch):
    """A machine that has no font but matplotlib's own."""
    monkeypatch.setattr(translation, "FALLBACKS", ())
    for cached in (translation._families, translation._charmaps):
        cached.cache_clear()
    yield
    for cached in (translation._families, translation._charmaps):
        cached.cache_clear()


def draw(figure):
    """Draw it; a glyph that is missing would be a warning, and warnings are errors."""
    figure.savefig(io.BytesIO(), format="png")


def labels(axis):
    return [label.get_text() for label in axis.get_ticklabels()]


def test_each_symbol_has_its_row_or_column_and_the_weights_are_drawn():
    weights = np.array([[0.1, 0.9, 0.0], [0.25, 0.25, 0.5]])
    figure = alignment(["<de>", "M", "ä"], ["0", "3"], weights, "Aligned")
    ax = figure.axes[0]
    np.testing.assert_array_equal(ax.images[0].get_array(), weights)
    assert labels(ax.xaxis) == ["<de>", "M", "ä"]
    assert labels(ax.yaxis) == ["0", "3"]
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("read", "written")
    assert "'0' at 'M' (place 2, 0.90); '3' at 'ä' (place 3, 0.50)" in figure.get_label()
    draw(figure)


@pytest.mark.parametrize(
    "source",
    [
        "23 sept. 2021",
        "23 Σεπτεμβρίου",
        "2021년 9월 23일 목요일",
        "2021年9月23日木曜日",
        "יום חמישי",
        "სექტემბერი",
        "सितंबर",
        "$x$",
    ],
)
def test_any_script_is_drawn_without_a_missing_glyph(only_own_font, source):
    weights = np.full((1, len(source)), 1 / len(source))
    figure = alignment(list(source), ["9"], weights, "Aligned")
    draw(figure)
    # The text alternative has the symbols themselves.
    assert f"Read: {' '.join(source)}." in figure.get_label()
    drawn = labels(figure.axes[0].xaxis)
    (charmap,) = translation._charmaps()
    assert {ord(char) for label in drawn for char in label} <= charmap


def test_what_no_font_has_is_named(only_own_font):
    assert drawn_symbol("년") == "nyeon"
    assert drawn_symbol("年") == "U+5E74"
    assert drawn_symbol("म") == "ma"
    assert drawn_symbol("Ж") == "Ж"
    assert drawn_symbol("목요") == "mog·yo"
    assert drawn_symbol("Woche") == "Woche"


def test_letters_of_a_script_keep_different_names(only_own_font):
    month = [unicodedata.lookup(f"HANGUL SYLLABLE {name}") for name in ("NYEON", "WEOL", "IL")]
    assert len({drawn_symbol(symbol) for symbol in month}) == 3


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\t", "\u200f"])
def test_what_is_invisible_has_a_sign(space):
    assert drawn_symbol(space) == "␣"


@pytest.mark.parametrize(("source", "target", "shape"), [("ab", "c", (2, 1)), ("", "c", (1, 0))])
def test_weights_that_do_not_fit_are_refused(source, target, shape):
    message = re.escape(f"weights is {shape}; alignment")
    with pytest.raises(ValueError, match=message):
        alignment(list(source), list(target), np.zeros(shape), "Aligned")


def test_errors_are_counted_for_each_range_of_lengths():
    lengths = np.array([BIN, BIN + 1, 3 * BIN, 3 * BIN + BIN - 1, 3 * BIN])
    right = {"plain": np.array([1, 0, 0, 0, 1], bool), "attention": np.ones(5, bool)}
    figure = errors_by_length(lengths, right, "Errors", longest=2 * BIN)
    top, bottom = figure.axes
    plain, attention, line = top.get_lines()
    np.testing.assert_allclose(plain.get_ydata(), [1 / 2, 2 / 3])
    np.testing.assert_allclose(attention.get_ydata(), [0, 0])
    np.testing.assert_allclose(plain.get_xdata(), [BIN + 1.5, 3 * BIN + 1.5])
    assert line.get_xdata()[0] == 2 * BIN + 0.5
    assert [bar.get_height() for bar in bottom.patches] == [2, 3]
    assert f"plain, {BIN} to {2 * BIN - 1}: 0.500" in figure.get_label()
    assert f"has {2 * BIN} symbols" in figure.get_label()
    draw(figure)


@pytest.mark.parametrize(
    ("lengths", "right"),
    [([], {"a": np.array([], bool)}), ([1], {}), ([1, 2], {"a": np.ones(3, bool)})],
)
def test_errors_that_do_not_fit_the_lengths_are_refused(lengths, right):
    with pytest.raises(ValueError, match="errors_by_length needs as many of both"):
        errors_by_length(np.array(lengths), right, "Errors")


def test_both_lstms_are_drawn_with_what_they_read_and_say(only_own_font):
    figure = encoder_decoder(["9", "월"], ["<START>", "0", "9", "<END>"], "Two LSTMs")
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts.count("9") == 3  # read by both, and said
    assert {"weol", "<START>", "<END>", "encoder", "decoder", "$h_{2}$", "$h'_{3}$"} <= set(texts)
    assert "reads 9 월, a symbol" in figure.get_label()
    assert "must say 0 9 <END>" in figure.get_label()
    draw(figure)


@pytest.mark.parametrize(("source", "target"), [([], ["a", "b"]), (["a"], ["b"])])
def test_too_few_symbols_for_two_lstms_are_refused(source, target):
    with pytest.raises(ValueError, match="encoder_decoder needs 1 and 2 or more"):
        encoder_decoder(source, target, "Two LSTMs")
