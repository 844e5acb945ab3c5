"""What every layer and model keeps to: dtypes, untouched inputs, layouts, refusals by name."""

import numpy as np
import pytest

from cs231n_rnn.layers.dropout import dropout_backward, dropout_forward
from cs231n_rnn.layers.embedding import word_embedding_backward, word_embedding_forward
from cs231n_rnn.layers.softmax import softmax_loss, temporal_softmax_loss
from cs231n_rnn.models.captioning import CaptioningRNN

# As in conftest.py's make_model.
WORDS = ["<NULL>", "<START>", "<END>", "<UNK>", "a", "cat", "dog", "sat"]
VOCABULARY = {word: index for index, word in enumerate(WORDS)}
N, T, D, W, H, V = 4, 5, 3, 2, 6, len(VOCABULARY)
NULL = 0
CAPTIONS = np.array(
    [[1, 4, 5, 2, 0, 0], [1, 2, 0, 0, 0, 0], [1, 6, 7, 4, 5, 2], [1, 4, 0, 3, 2, 0]]
)
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


class Unchanged:
    """Compares arrays byte by byte with what they were."""

    def __init__(self, *arrays):
        self.arrays = arrays
        self.bytes = [array.tobytes() for array in arrays]

    def check(self):
        assert [array.tobytes() for array in self.arrays] == self.bytes


def dtypes(arrays):
    return {array.dtype for array in arrays}


@DTYPES
def test_layers_keep_the_dtype(layer, sizes, rng, dtype):
    outputs, _, gradients = layer.run(layer.inputs(rng, sizes, dtype), rng)
    assert dtypes([*outputs, *gradients]) == {np.dtype(dtype)}


@DTYPES
def test_ragged_sequences_keep_the_dtype(recurrent, rng, dtype):
    inputs = recurrent.inputs(rng, {"N": 3, "T": 4, "D": 2, "H": 5}, dtype)
    outputs, _, gradients = recurrent.run(inputs, rng, lengths=np.array([4, 2, 0]))
    assert dtypes([*outputs, *gradients]) == {np.dtype(dtype)}


@DTYPES
def test_word_vectors_dropout_and_losses_keep_the_dtype(rng, dtype):
    x, table = rng.integers(V, size=(N, T)), rng.standard_normal((V, D)).astype(dtype)
    out, cache = word_embedding_forward(x, table)
    dropped, mask = dropout_forward(out, 0.5, rng)
    scores = rng.standard_normal((N, T, V)).astype(dtype)
    loss, dscores = temporal_softmax_loss(scores, x, rng.random((N, T)) < 0.5)
    flat_loss, dflat = softmax_loss(scores[0], x[0])
    results = out, word_embedding_backward(out, cache), dropped, dscores, dflat
    assert dtypes([*results, dropout_backward(out, mask)]) == {np.dtype(dtype)}
    assert type(loss) is type(flat_loss) is float


@DTYPES
@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_model_keeps_the_dtype(make_model, cell_type, rng, dtype, dropout):
    model = make_model(cell_type, rng, dtype, dropout=dropout)
    features = rng.standard_normal((N, D)).astype(dtype)
    _, grads = model.loss(features, CAPTIONS)
    state = model.initial_state(features)
    scores, next_state = model.step(state, CAPTIONS[:, 1])
    assert dtypes([*grads.values(), *state, scores, *next_state]) == {np.dtype(dtype)}
    assert dtypes(CaptioningRNN(VOCABULARY, D, W, H, cell_type, dtype).params.values()) == {
        np.dtype(dtype)
    }


def test_layers_leave_inputs_unchanged(layer, sizes, rng):
    inputs = layer.inputs(rng, sizes)
    before = Unchanged(*inputs)
    *outputs, cache = layer.forward(*inputs)
    before.check()
    upstream = [rng.standard_normal(out.shape) for out in outputs]
    before = Unchanged(*inputs, *upstream, *outputs)
    layer.backward(*upstream, cache)
    before.check()


def test_what_a_caller_writes_into_the_states_leaves_the_gradient_alone(recurrent, rng):
    inputs = recurrent.inputs(rng, {"N": 3, "T": 4, "D": 2, "H": 5})
    dh = rng.standard_normal((3, 4, 5))
    _, cache = recurrent.forward(*inputs)
    right = recurrent.backward(dh, cache)
    h, cache = recurrent.forward(*inputs)
    h *= 2
    for gradient, value in zip(recurrent.backward(dh, cache), right, strict=True):
        np.testing.assert_array_equal(gradient, value)


def test_backward_twice_gives_the_same(layer, sizes, rng):
    *outputs, cache = layer.forward(*layer.inputs(rng, sizes))
    upstream = [rng.standard_normal(out.shape) for out in outputs]
    first, second = layer.backward(*upstream, cache), layer.backward(*upstream, cache)
    for once, again in zip(first, second, strict=True):
        np.testing.assert_array_equal(once, again)


def test_ragged_sequences_leave_inputs_unchanged(recurrent, rng):
    inputs = recurrent.inputs(rng, {"N": 3, "T": 4, "D": 2, "H": 5})
    lengths, dh = np.array([4, 2, 0]), rng.standard_normal((3, 4, 5))
    before = Unchanged(*inputs, lengths, dh)
    recurrent.backward(dh, recurrent.forward(*inputs, lengths=lengths)[1])
    before.check()


def test_word_vectors_dropout_and_losses_leave_inputs_unchanged(rng):
    x, table = rng.integers(V, size=(N, T)), rng.standard_normal((V, D))
    scores, mask = rng.standard_normal((N, T, V)), rng.random((N, T)) < 0.5
    dout = rng.standard_normal((N, T, D))
    before = Unchanged(x, table, scores, mask, dout)
    word_embedding_backward(dout, word_embedding_forward(x, table)[1])
    dropout_backward(dout, dropout_forward(scores[..., :D], 0.5, rng)[1])
    temporal_softmax_loss(scores, x, mask)
    softmax_loss(scores[0], x[0])
    before.check()


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_model_leaves_its_weights_and_the_minibatch_unchanged(make_model, cell_type, rng, dropout):
    model = make_model(cell_type, rng, dropout=dropout)
    features, captions = rng.standard_normal((N, D)), CAPTIONS.copy()
    state, words = model.initial_state(features), CAPTIONS[:, 1].copy()
    before = Unchanged(*model.params.values(), features, captions, *state, words)
    model.loss(features, captions)
    model.step(state, words)
    model.sample(features, max_length=4)
    before.check()


def test_gradients_share_no_memory_with_the_weights(make_model, cell_type, rng):
    model = make_model(cell_type, rng)
    _, grads = model.loss(rng.standard_normal((N, D)), CAPTIONS)
    for name, gradient in grads.items():
        assert not any(np.shares_memory(gradient, p) for p in model.params.values()), name


@pytest.mark.parametrize("vocabulary_size", [1, 3, 50])
def test_a_repeated_word_gets_the_sum_of_its_gradients(sizes, rng, vocabulary_size):
    shape = sizes["N"], sizes["T"]
    x, table = rng.integers(vocabulary_size, size=shape), np.ones((vocabulary_size, D))
    dout = rng.standard_normal((*shape, D))
    right = np.zeros_like(table)
    np.add.at(right, x, dout)
    dW = word_embedding_backward(dout, word_embedding_forward(x, table)[1])
    np.testing.assert_allclose(dW, right, rtol=1e-12, atol=1e-12)


def test_loss_does_not_depend_on_the_order_of_the_minibatch(make_model, cell_type, rng):
    model, features = make_model(cell_type, rng), rng.standard_normal((N, D))
    loss, grads = model.loss(features, CAPTIONS)
    for order in ([3, 2, 1, 0], [1, 3, 0, 2]):
        other_loss, other = model.loss(features[order], CAPTIONS[order])
        np.testing.assert_allclose(other_loss, loss, rtol=1e-13)
        for name, gradient in grads.items():
            np.testing.assert_allclose(other[name], gradient, rtol=1e-10, atol=1e-13)


def test_loss_is_the_mean_over_captions_of_the_loss_of_each_alone(make_model, cell_type, rng):
    model, features = make_model(cell_type, rng), rng.standard_normal((N, D))
    alone = [model.loss(features[[n]], CAPTIONS[[n]])[0] for n in range(N)]
    np.testing.assert_allclose(model.loss(features, CAPTIONS)[0], np.mean(alone), rtol=1e-13)


def test_padding_changes_nothing(make_model, cell_type, rng):
    model, features = make_model(cell_type, rng), rng.standard_normal((N, D))
    captions = CAPTIONS[:3]  # the fourth has a hole
    loss, grads = model.loss(features[:3], captions)
    padded = np.pad(captions, ((0, 0), (0, 3)), constant_values=NULL)
    model.params["W_embed"][NULL] = 1e6
    padded_loss, padded_grads = model.loss(features[:3], padded)
    np.testing.assert_allclose(padded_loss, loss, rtol=1e-13)
    np.testing.assert_array_equal(padded_grads["W_embed"][NULL], 0)
    for name, gradient in grads.items():
        np.testing.assert_allclose(padded_grads[name], gradient, rtol=1e-10, atol=1e-13)


# Weights.


def test_weights_have_the_documented_shapes(cell_type):
    G = {"rnn": H, "lstm": 4 * H}[cell_type]
    model = CaptioningRNN(VOCABULARY, D, W, H, cell_type)
    assert {name: value.shape for name, value in model.params.items()} == {
        "W_embed": (V, W),
        "W_proj": (D, H),
        "b_proj": (H,),
        "Wx": (W, G),
        "Wh": (H, G),
        "b": (G,),
        "W_vocab": (H, V),
        "b_vocab": (V,),
    }


def test_the_same_generator_gives_the_same_weights_and_another_one_others():
    first, second, other = (
        CaptioningRNN(VOCABULARY, D, W, H, rng=np.random.default_rng(seed)).params
        for seed in (1, 1, 2)
    )
    for name, value in first.items():
        np.testing.assert_array_equal(value, second[name])
    assert np.any(first["Wx"] != other["Wx"])


def test_dropout_draws_anew_at_each_call_and_the_same_from_the_same_seed(make_model, rng):
    features = rng.standard_normal((N, D))
    model = make_model("rnn", rng, dropout=0.5)
    runs = []
    for _ in range(2):
        model.rng = np.random.default_rng(5)
        runs.append([model.loss(features, CAPTIONS)[0] for _ in range(2)])
    assert runs[0] == runs[1]
    assert runs[0][0] != runs[0][1]


# Refusals: what came and what is needed.


@pytest.fixture
def model(cell_type):
    return CaptioningRNN(VOCABULARY, D, W, H, cell_type)


@pytest.mark.parametrize(
    ("features", "captions", "message"),
    [
        ((N, D + 1), (N, T), rf"features is \({N}, {D + 1}\); .*needs \(N, D\) = \(N, {D}\)"),
        ((D,), (N, T), rf"features is \({D},\)"),
        ((N, D), (N + 1, T), rf"captions is \({N + 1}, {T}\); .*\({N}, T\+1\)"),
        ((N, D), (T,), rf"captions is \({T},\); .*\(N, T\+1\)"),
        ((N, D), (N, 1), rf"captions is \({N}, 1\); .*two columns"),
        ((0, D), (0, T), rf"captions is \(0, {T}\); .*a row"),
    ],
)
def test_loss_refuses_shapes_by_name(model, features, captions, message):
    with pytest.raises(ValueError, match=message) as refusal:
        model.loss(np.zeros(features), np.ones(captions, dtype=int))
    assert "CaptioningRNN.loss needs" in str(refusal.value)


@pytest.mark.parametrize("word", [-1, V, V + 100])
def test_loss_refuses_a_word_outside_the_vocabulary(model, word):
    captions = CAPTIONS.copy()
    captions[2, 3] = word
    with pytest.raises(ValueError, match=rf"captions runs from .*{word}.* 0 to {V - 1}"):
        model.loss(np.zeros((N, D)), captions)


def test_loss_refuses_captions_that_are_not_integers(model):
    with pytest.raises(ValueError, match=r"captions is float64; .*needs integers"):
        model.loss(np.zeros((N, D)), CAPTIONS.astype(float))


@pytest.mark.parametrize("shape", [(N, D + 1), (D,), (N, D, 1)])
@pytest.mark.parametrize("name", ["sample", "initial_state"])
def test_sample_and_initial_state_refuse_shapes_by_name(model, name, shape):
    with pytest.raises(ValueError, match=rf"CaptioningRNN\.{name} needs \(N, D\)") as refusal:
        getattr(model, name)(np.zeros(shape))
    assert f"features is {shape}" in str(refusal.value)


@pytest.mark.parametrize("max_length", [0, -3])
def test_sample_refuses_to_write_nothing(model, max_length):
    with pytest.raises(ValueError, match=rf"max_length is {max_length}; .*at least 1"):
        model.sample(np.zeros((N, D)), max_length)


@pytest.mark.parametrize("token", ["<START>", "<END>"])
def test_sample_refuses_a_vocabulary_without_a_token(token):
    words = {word: index for word, index in VOCABULARY.items() if word != token}
    model = CaptioningRNN(words, D, W, H)
    with pytest.raises(ValueError, match=f"word_to_idx lacks {token};"):
        model.sample(np.zeros((N, D)))


def test_a_model_refuses_a_vocabulary_without_null():
    with pytest.raises(ValueError, match="word_to_idx lacks <NULL>;"):
        CaptioningRNN({"<START>": 0, "<END>": 1}, D, W, H)


def test_a_model_refuses_an_unknown_cell():
    with pytest.raises(ValueError, match=r"cell_type is 'elman'; .* needs .rnn.*.lstm."):
        CaptioningRNN(VOCABULARY, D, W, H, cell_type="elman")


@pytest.mark.parametrize(
    ("lengths", "message"),
    [
        ([4, 2], r"lengths is \(2,\); .*\(3,\)"),
        ([5, 2, 1], "run from 1 to 5; 4 steps allow 0 to 4"),
        ([4, 2, -1], "run from -1 to 4"),
        ([2, 4, 1], r"lengths are \[2, 4, 1\]; the longest .*first"),
    ],
)
def test_recurrent_layers_refuse_lengths_by_name(recurrent, rng, lengths, message):
    inputs = recurrent.inputs(rng, {"N": 3, "T": 4, "D": 2, "H": 5})
    with pytest.raises(ValueError, match=message):
        recurrent.forward(*inputs, lengths=np.array(lengths))
