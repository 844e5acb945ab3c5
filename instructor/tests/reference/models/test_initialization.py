import numpy as np
import pytest

from cs231n_rnn.layers.cells import CELLS
from cs231n_rnn.models.initialization import Initializer

D, H, V = 300, 200, 400


def test_parameters_are_drawn_in_the_order_in_which_they_are_named():
    init = Initializer(np.random.default_rng(5))
    init.embedding("W_embed", V, D, divisor=10)
    init.affine("out", H, 3, scale=0.1)
    init.recurrent(CELLS["lstm"], D, H, "_enc", inputs=7, gain=1.5)
    draw = np.random.default_rng(5).standard_normal
    right = {
        "W_embed": draw((V, D)) / 10,
        "W_out": draw((H, 3)) / np.sqrt(H) * 0.1,
        "b_out": np.zeros(3),
        "Wx_enc": draw((D, 4 * H)) / np.sqrt(7),
        "Wh_enc": draw((H, 4 * H)) * 1.5 / np.sqrt(H),
        "b_enc": np.repeat([0.0, 1.0, 0.0, 0.0], H),
    }
    assert list(init.params) == list(right)
    for name, value in right.items():
        np.testing.assert_array_equal(init.params[name], value)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_weights_keep_the_size_of_what_flows_through(cell, rng):
    init = Initializer(rng)
    init.recurrent(cell, D, H)
    for name, rows in (("Wx", D), ("Wh", H)):
        assert init.params[name].shape == (rows, cell.width(H))
        assert init.params[name].std() * np.sqrt(rows) == pytest.approx(1, abs=0.02)


def test_without_a_generator_the_seed_is_always_the_same():
    one, other = Initializer(), Initializer()
    for init in (one, other):
        init.affine("out", D, H)
    np.testing.assert_array_equal(one.params["W_out"], other.params["W_out"])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_parameters_have_the_dtype_of_the_model(dtype):
    init = Initializer()
    init.recurrent(CELLS["rnn"], 3, 4)
    assert {value.dtype for value in init.as_type(dtype).values()} == {np.dtype(dtype)}
