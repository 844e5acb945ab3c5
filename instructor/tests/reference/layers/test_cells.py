import copy
import pickle
from importlib import import_module

import numpy as np
import pytest

from cs231n_rnn.layers import lstm, rnn
from cs231n_rnn.layers.cells import CELLS, Cell, find_cell

N, T, D, H = 2, 4, 3, 5


@pytest.fixture(params=CELLS)
def cell(request):
    return find_cell(request.param, "this test")


@pytest.fixture
def inputs(cell, rng):
    """x, state, Wx, Wh and b of one step."""
    G = cell.width(H)
    state = tuple(rng.standard_normal((N, H)) for _ in cell.states)
    shapes = (D, G), (H, G), (G,)
    return rng.standard_normal((N, D)), state, *(rng.standard_normal(s) for s in shapes)


def test_a_step_is_the_students_of_that_name():
    rng = np.random.default_rng(0)
    x, h, c = (rng.standard_normal((N, size)) for size in (D, H, H))
    Wx, Wh, b = rng.standard_normal((D, 4 * H)), rng.standard_normal((H, 4 * H)), np.ones(4 * H)
    (next_h, next_c), _ = CELLS["lstm"].step_forward(x, (h, c), Wx, Wh, b)
    right_h, right_c, _ = lstm.lstm_step_forward(x, h, c, Wx, Wh, b)
    np.testing.assert_array_equal(next_h, right_h)
    np.testing.assert_array_equal(next_c, right_c)
    Wx, Wh, b = Wx[:, :H], Wh[:, :H], b[:H]
    (next_h,), _ = CELLS["rnn"].step_forward(x, (h,), Wx, Wh, b)
    np.testing.assert_array_equal(next_h, rnn.rnn_step_forward(x, h, Wx, Wh, b)[0])


def test_every_gradient_of_a_step_is_numerical(cell, inputs, rng):
    x, state, *weights = inputs
    dstate = tuple(rng.standard_normal((N, H)) for _ in state)

    def value(arrays):
        x, *rest = arrays
        state, weights = rest[: len(dstate)], rest[len(dstate) :]
        out, _ = cell.step_forward(x, tuple(state), *weights)
        return sum(np.sum(d * s) for d, s in zip(dstate, out, strict=True))

    _, cache = cell.step_forward(x, state, *weights)
    dx, dprev_state, *dweights = cell.step_backward(dstate, cache)
    arrays = [x, *state, *weights]
    for k, gradient in enumerate([dx, *dprev_state, *dweights]):
        step = rng.standard_normal(arrays[k].shape)
        up, down = ([*arrays[:k], arrays[k] + s * step, *arrays[k + 1 :]] for s in (1e-6, -1e-6))
        slope = (value(up) - value(down)) / 2e-6
        assert np.sum(gradient * step) == pytest.approx(slope, rel=1e-6, abs=1e-8)


def test_what_a_cell_does_not_have_goes_on_as_it_came(cell, inputs):
    x, state, *weights = inputs
    more = np.full((N, H), 7.0)
    longer, cache = cell.step_forward(x, (*state, more), *weights)
    right, _ = cell.step_forward(x, state, *weights)
    assert longer[-1] is more
    for one, other in zip(longer, right, strict=False):
        np.testing.assert_array_equal(one, other)
    _, dprev_state, *_ = cell.step_backward(longer, cache)
    assert len(dprev_state) == len(longer)
    assert dprev_state[-1] is more


def test_a_sequence_is_its_steps(cell, inputs, rng):
    _, (h0, *_), *weights = inputs
    x = rng.standard_normal((N, T, D))
    h, _ = cell.forward(x, h0, *weights)
    state = (h0, *(np.zeros((N, H)) for _ in cell.states[1:]))
    for t in range(T):
        state, _ = cell.step_forward(x[:, t], state, *weights)
        np.testing.assert_allclose(h[:, t], state[0], rtol=1e-12)


def test_what_is_in_the_students_module_now_is_called(cell, monkeypatch):
    module = import_module(f"cs231n_rnn.layers.{cell.name}")
    monkeypatch.setattr(module, f"{cell.name}_forward", lambda *inputs: "replaced")
    assert cell.forward() == "replaced"


def test_a_step_that_returns_too_few_values_is_named(cell, inputs, monkeypatch):
    module = import_module(f"cs231n_rnn.layers.{cell.name}")
    monkeypatch.setattr(module, f"{cell.name}_step_forward", lambda x, *rest: (x,))
    needed = len(cell.states) + 1
    message = f"{cell.name}_step_forward returned 1 values; it needs to return {needed}"
    with pytest.raises(ValueError, match=message):
        cell.step_forward(*inputs)


def test_forget_gates_alone_begin_open():
    one, zero = np.ones(H), np.zeros(H)
    bias = np.concatenate([zero, one, zero, zero])
    np.testing.assert_array_equal(CELLS["lstm"].first_bias(H, forget_bias=1), bias)
    np.testing.assert_array_equal(CELLS["rnn"].first_bias(H, forget_bias=1), zero)
    np.testing.assert_array_equal(CELLS["lstm"].first_bias(H), 0 * bias)


def test_an_unknown_cell_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match="cell_type is 'elman'; CharLM needs") as caught:
        find_cell("elman", "CharLM")
    assert all(f'"{name}"' in str(caught.value) for name in CELLS)


def test_a_cell_can_be_copied_and_stored(cell):
    assert copy.deepcopy(cell) == pickle.loads(pickle.dumps(cell)) == cell


def test_a_cell_whose_module_is_missing_hurts_no_other():
    missing = Cell("no_such", gates=("a",), states=("h",))
    with pytest.raises(ModuleNotFoundError, match=r"cs231n_rnn\.layers\.no_such"):
        missing.forward()
