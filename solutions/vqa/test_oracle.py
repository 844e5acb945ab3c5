"""Visual question answering against HIPS autograd, from equations of their own, and its contracts.

The equations run one question and one word at a time, and stop at the question's own end.
"""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cs231n_rnn.models.vqa import VQAModel

SAME = 1e-10
VOCABULARY = {"<NULL>": 0, "is": 1, "it": 2, "what": 3, "red": 4, "round": 5, "large": 6}
NULL, V, K, C, W, H = 0, 7, 5, 3, 2, 4
QUESTIONS = np.array([[1, 2, 4, 0, 0], [3, 0, 0, 0, 0], [3, 1, 2, 6, 5], [1, 5, 0, 0, 0]])
ANSWERS = np.array([4, 0, 2, 2])
N, L = len(QUESTIONS), 6
DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])
quick = settings(max_examples=20, deadline=None, derandomize=True, database=None)


def assert_same(ours, right):
    """Equal shapes, and values to SAME of the largest one."""
    assert np.shape(ours) == np.shape(right)
    np.testing.assert_allclose(ours, right, rtol=0, atol=SAME * np.abs(right).max(initial=1e-5))


def make_model(rng, dtype=np.float64):
    """A model whose weights all count, biases among them."""
    model = VQAModel(VOCABULARY, K, C, W, H, dtype)
    for name, value in model.params.items():
        model.params[name] = rng.standard_normal(value.shape).astype(dtype)
    return model


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def read(params, words):
    """Hidden state after the last of some words."""
    h, c = anp.zeros(H), anp.zeros(H)
    for word in words:
        a = anp.dot(params["W_embed"][word], params["Wx"]) + anp.dot(h, params["Wh"]) + params["b"]
        i, f, o, g = (a[k * H : (k + 1) * H] for k in range(4))
        c = sigmoid(f) * c + sigmoid(i) * anp.tanh(g)
        h = sigmoid(o) * anp.tanh(c)
    return h


def look(query, A):
    """What is seen, and the weights, location by location."""
    similar = [anp.sum(query * place) / np.sqrt(H) for place in A]
    total = sum(anp.exp(s) for s in similar)
    weights = [anp.exp(s) / total for s in similar]
    return sum(w * place for w, place in zip(weights, A, strict=True)), weights


def score(params, words, grid):
    """Scores (K,) and weights (2, L) of one question about one image."""
    p = params
    A = [anp.dot(place, p["W_proj"]) + p["b_proj"] for place in grid]
    q = read(p, words)
    s1, first = look(q, A)
    u = anp.dot(q, p["W_look"][:H]) + anp.dot(s1, p["W_look"][H:]) + p["b_look"]
    s2, second = look(u, A)
    parts = q, sum(A) / len(A), s1, s2, q * s1, u * s2
    a = sum(anp.dot(part, p["W_hidden"][k * H : (k + 1) * H]) for k, part in enumerate(parts))
    a = a + p["b_hidden"]
    hidden = anp.where(a > 0, a, 0)
    return anp.dot(hidden, p["W_answer"]) + p["b_answer"], np.array([first, second])


def words_of(row):
    return [int(word) for word in row if word != NULL]


def mean_loss(params, questions, features, answers):
    """Nats of the right answers, averaged over the questions."""
    total = 0.0
    for row, grid, answer in zip(questions, features, answers, strict=True):
        scores, _ = score(params, words_of(row), grid)
        total = total + anp.log(anp.sum(anp.exp(scores))) - scores[answer]
    return total / len(questions)


@quick
@example(lengths=[2, 5, 1, 4, 3], L=6, spare=0, seed=1)
@example(lengths=[4], L=3, spare=0, seed=2)
@example(lengths=[1, 1], L=2, spare=0, seed=3)
@example(lengths=[1], L=1, spare=0, seed=4)
@example(lengths=[3, 2], L=4, spare=5, seed=5)
@given(
    lengths=st.lists(st.integers(1, 6), min_size=1, max_size=4),
    L=st.integers(1, 6),
    spare=st.integers(0, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_scores_weights_loss_and_gradients(lengths, L, spare, seed):
    rng = np.random.default_rng(seed)
    model, N = make_model(rng), len(lengths)
    questions = np.full((N, max(lengths) + spare), NULL)
    for row, length in zip(questions, lengths, strict=True):
        row[:length] = rng.integers(1, V, size=length)
    features, answers = rng.standard_normal((N, L, C)), rng.integers(K, size=N)

    right = [score(model.params, words_of(r), g) for r, g in zip(questions, features, strict=True)]
    scores, weights, _ = model.scores(questions, features)
    assert_same(scores, np.array([s for s, _ in right]))
    assert_same(weights, np.array([w for _, w in right]))
    best, seen = model.answer(questions, features)
    assert_same(best, scores.argmax(axis=1))
    assert_same(seen, weights)

    loss, grads = model.loss(questions, features, answers)
    assert_same(loss, mean_loss(model.params, questions, features, answers))
    gradients = autograd.grad(mean_loss)(model.params, questions, features, answers)
    assert grads.keys() == model.params.keys()
    for name, gradient in grads.items():
        assert_same(gradient, gradients[name])


@DTYPES
@pytest.mark.parametrize("grid", [np.float16, np.float32, np.float64])
def test_the_model_keeps_its_dtype_whatever_that_of_the_grid(rng, dtype, grid):
    model, features = make_model(rng, dtype), rng.standard_normal((N, L, C)).astype(grid)
    loss, grads = model.loss(QUESTIONS, features, ANSWERS)
    scores, weights, _ = model.scores(QUESTIONS, features)
    assert type(loss) is float
    assert {a.dtype for a in (scores, weights, *grads.values())} == {np.dtype(dtype)}
    assert model.answer(QUESTIONS, features)[0].dtype.kind in "iu"


def test_the_model_leaves_its_weights_and_the_minibatch_unchanged(rng):
    model, features = make_model(rng), rng.standard_normal((N, L, C))
    arrays = [*model.params.values(), QUESTIONS, features, ANSWERS]
    before = [array.copy() for array in arrays]
    _, grads = model.loss(QUESTIONS, features, ANSWERS)
    model.answer(QUESTIONS, features)
    for array, kept in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, kept)
    for gradient in grads.values():
        assert not any(np.shares_memory(gradient, p) for p in model.params.values())


def test_order_of_the_minibatch_and_padding_change_nothing(rng):
    model, features = make_model(rng), rng.standard_normal((N, L, C))
    loss, grads = model.loss(QUESTIONS, features, ANSWERS)
    order = [2, 0, 3, 1]
    padded = np.pad(QUESTIONS, ((0, 0), (0, 3)), constant_values=NULL)
    others = (
        model.loss(QUESTIONS[order], features[order], ANSWERS[order]),
        model.loss(padded, features, ANSWERS),
    )
    for other_loss, other in others:
        np.testing.assert_allclose(other_loss, loss, rtol=1e-13)
        for name, gradient in grads.items():
            np.testing.assert_allclose(other[name], gradient, rtol=1e-10, atol=1e-13)


def test_the_vector_of_padding_has_no_influence_and_no_gradient(rng):
    model, features = make_model(rng), rng.standard_normal((N, L, C))
    scores, _, _ = model.scores(QUESTIONS, features)
    _, grads = model.loss(QUESTIONS, features, ANSWERS)
    model.params["W_embed"][NULL] += 7
    np.testing.assert_array_equal(model.scores(QUESTIONS, features)[0], scores)
    np.testing.assert_array_equal(grads["W_embed"][NULL], np.zeros(W))


def test_weights_sum_to_one_and_permuted_locations_permute_them_and_nothing_else(rng):
    model, features = make_model(rng), rng.standard_normal((N, L, C))
    scores, weights, _ = model.scores(QUESTIONS, features)
    np.testing.assert_allclose(weights.sum(axis=2), np.ones((N, 2)), rtol=1e-12)
    places = rng.permutation(L)
    other, permuted, _ = model.scores(QUESTIONS, features[:, places])
    np.testing.assert_allclose(other, scores, rtol=1e-10)
    np.testing.assert_allclose(permuted, weights[:, :, places], rtol=1e-10)


def test_weights_of_the_model_have_the_documented_shapes():
    params = VQAModel(VOCABULARY, K, C, W, H).params
    assert {name: value.shape for name, value in params.items()} == {
        "W_embed": (V, W),
        "Wx": (W, 4 * H),
        "Wh": (H, 4 * H),
        "b": (4 * H,),
        "W_proj": (C, H),
        "b_proj": (H,),
        "W_look": (2 * H, H),
        "b_look": (H,),
        "W_hidden": (6 * H, 2 * H),
        "b_hidden": (2 * H,),
        "W_answer": (2 * H, K),
        "b_answer": (K,),
    }
    assert {value.dtype for value in params.values()} == {np.dtype(np.float32)}


def test_the_same_generator_gives_the_same_weights_and_another_one_others():
    one, same, other = (
        VQAModel(VOCABULARY, K, rng=np.random.default_rng(seed)).params for seed in (1, 1, 2)
    )
    for name in one:
        np.testing.assert_array_equal(one[name], same[name])
    assert np.any(one["Wx"] != other["Wx"])


def without(column, row=1):
    """The questions with padding in one place."""
    questions = QUESTIONS.copy()
    questions[row, column] = NULL
    return questions


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": np.zeros((3, L, C))}, r"questions is \(4, 5\); VQAModel.*\(3, T\)"),
        ({"questions": QUESTIONS[0]}, r"questions is \(5,\); VQAModel"),
        ({"questions": QUESTIONS.astype(float)}, r"questions is float64; .*integers"),
        ({"questions": QUESTIONS[:, :0]}, r"questions is \(4, 0\)"),
        (
            {"questions": QUESTIONS + 1},
            r"questions runs from 1 to 7; .* from 0 to 6, for V = 7",
        ),
        ({"questions": QUESTIONS - 1}, r"questions runs from -1 to 5"),
        ({"questions": without(0)}, r"questions\[1\] is empty"),
        ({"questions": without(1, row=2)}, r"questions\[2\] has <NULL> before a symbol"),
        ({"features": np.zeros((4, 6, 2))}, r"features is \(4, 6, 2\).*\(N, L, 3\)"),
        ({"features": np.zeros((4, 0, 3))}, r"features is \(4, 0, 3\).*one location or more"),
        ({"features": np.zeros((4, 3))}, r"features is \(4, 3\)"),
        ({"answers": ANSWERS[:3]}, r"answers is \(3,\); VQAModel.loss needs \(N,\) = \(4,\)"),
        ({"answers": ANSWERS + 1}, r"answers .*from 0 to 4, for K = 5"),
        ({"answers": ANSWERS - 1}, r"answers .*from 0 to 4, for K = 5"),
        ({"answers": ANSWERS.astype(float)}, r"answers is float64"),
    ],
)
def test_a_minibatch_that_does_not_fit_is_refused(rng, change, message):
    batch = {"questions": QUESTIONS, "features": np.zeros((N, L, C)), "answers": ANSWERS}
    model = make_model(rng)
    with pytest.raises(ValueError, match=message):
        model.loss(**{**batch, **change})
    if "answers" not in change:
        for method in (model.scores, model.answer):
            with pytest.raises(ValueError, match=message):
                method(**{k: {**batch, **change}[k] for k in ("questions", "features")})


def test_a_vocabulary_without_padding_and_a_list_without_answers_are_refused():
    with pytest.raises(ValueError, match="lacks <NULL>"):
        VQAModel({"is": 0}, K)
    with pytest.raises(ValueError, match="num_answers is 0"):
        VQAModel(VOCABULARY, 0)
