import numpy as np
import pytest

from cs231n_rnn.training.gradient_check import (
    compare_gradients,
    complex_step_gradient,
    eval_numerical_gradient,
    eval_numerical_gradient_array,
    rel_error,
)

N, D, M = 3, 4, 5


@pytest.fixture
def rng():
    return np.random.default_rng(231)


@pytest.fixture(params=[(), (4,), (2, 3), (2, 1, 3)], ids=str)
def x(request, rng):
    return np.asarray(rng.standard_normal(request.param))


def cubic(x):
    return np.sum(x**3 - 2 * x)


def test_centred_difference_of_a_cubic_is_off_by_h_squared(x):
    # (f(x + h) - f(x - h)) / 2h = 3 x^2 - 2 + h^2 for x^3 - 2x.
    gradient = eval_numerical_gradient(cubic, x, h=0.1)
    np.testing.assert_allclose(gradient, 3 * x**2 - 2 + 0.01, rtol=1e-12, atol=1e-12)


def test_centred_difference_with_the_default_step_is_close_to_the_closed_form(x):
    np.testing.assert_allclose(eval_numerical_gradient(cubic, x), 3 * x**2 - 2, atol=1e-8)


def test_complex_step_is_exact_to_rounding(x):
    np.testing.assert_allclose(complex_step_gradient(cubic, x), 3 * x**2 - 2, rtol=1e-14)


@pytest.mark.parametrize(
    ("gradient_of", "tolerance"),
    [(eval_numerical_gradient_array, 1e-9), (complex_step_gradient, 1e-14)],
)
def test_upstream_gradient_of_a_tanh_layer_matches_its_backward_pass(rng, gradient_of, tolerance):
    x, w = rng.standard_normal((N, D)), rng.standard_normal((D, M))
    dout = rng.standard_normal((N, M))
    found = gradient_of(lambda x: np.tanh(x @ w), x, dout)
    expected = (dout * (1 - np.tanh(x @ w) ** 2)) @ w.T
    np.testing.assert_allclose(found, expected, rtol=0, atol=tolerance * np.abs(expected).max())


def test_complex_step_of_exp_and_softmax_is_exact_to_rounding(rng):
    x = rng.standard_normal(M)

    def first_log_probability(x):
        return np.log(np.exp(x)[0] / np.exp(x).sum())

    expected = -np.exp(x) / np.exp(x).sum()
    expected[0] += 1
    np.testing.assert_allclose(complex_step_gradient(first_log_probability, x), expected, 1e-13)


def test_x_is_restored_bit_for_bit(rng):
    x = rng.standard_normal((N, D)) * 10.0 ** rng.integers(-8, 8, (N, D))
    before = x.copy()
    eval_numerical_gradient(cubic, x)
    eval_numerical_gradient_array(np.sin, x, 1.0)
    complex_step_gradient(cubic, x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("failing_call", [1, 2, 5])
def test_x_is_restored_when_f_fails(failing_call):
    x, calls = np.array([0.1, 0.2, 0.3]), []

    def f(x):
        calls.append(1)
        if len(calls) == failing_call:
            raise ArithmeticError
        return cubic(x)

    with pytest.raises(ArithmeticError):
        eval_numerical_gradient(f, x)
    np.testing.assert_array_equal(x, [0.1, 0.2, 0.3])


def test_f_may_read_x_from_where_it_lies():
    params = {"w": np.array([1.0, 2.0])}
    gradient = eval_numerical_gradient(lambda _: cubic(params["w"]), params["w"])
    np.testing.assert_allclose(gradient, [1, 10], atol=1e-8)


def test_f_may_return_a_buffer_that_it_overwrites():
    buffer = np.empty(2)
    f = lambda x: np.multiply(x, x, out=buffer)  # noqa: E731
    gradient = eval_numerical_gradient_array(f, np.array([1.0, 3.0]), np.array([1.0, 10.0]))
    np.testing.assert_allclose(gradient, [2, 60], rtol=1e-9)


def test_a_column_of_a_larger_array_can_be_checked(rng):
    w = rng.standard_normal((D, M))
    gradient = eval_numerical_gradient(lambda _: cubic(w), w[:, 1])
    np.testing.assert_allclose(gradient, 3 * w[:, 1] ** 2 - 2, atol=1e-8)


def test_f_receives_a_complex_copy(rng):
    x = rng.standard_normal(3)
    received = []
    complex_step_gradient(lambda z: received.append(z) or cubic(z), x)
    assert [z.dtype for z in received] == [np.complex128] * 3
    assert len({id(z) for z in received}) == 3


@pytest.mark.parametrize(
    "name_and_call",
    [
        ("eval_numerical_gradient", lambda x: eval_numerical_gradient(cubic, x)),
        ("eval_numerical_gradient_array", lambda x: eval_numerical_gradient_array(cubic, x, 1)),
        ("complex_step_gradient", lambda x: complex_step_gradient(cubic, x)),
    ],
    ids=lambda pair: pair[0],
)
@pytest.mark.parametrize(
    ("x", "found"), [(np.arange(3), "an array of int64"), ([1.0], "list"), (1.0, "float")]
)
def test_what_is_not_an_array_of_floats_is_refused_by_name(name_and_call, x, found):
    name, call = name_and_call
    if isinstance(x, np.ndarray):
        x = x.astype(np.int64)
    with pytest.raises(TypeError, match=f"^x is {found}; {name} needs an array of floats"):
        call(x)


def test_a_function_that_drops_the_imaginary_part_is_refused():
    x = np.array([1.0, -2.0])
    with pytest.raises(TypeError, match=r"f returned float64; complex_step_gradient needs a com"):
        complex_step_gradient(lambda z: np.abs(z).sum(), x)


def test_a_function_that_ignores_its_argument_is_refused():
    x = np.array([1.0, -2.0])
    with pytest.raises(TypeError, match=r"f returned float64; complex_step_gradient needs"):
        complex_step_gradient(lambda _: cubic(x), x)


def test_a_buffer_of_a_real_dtype_is_refused_though_other_terms_are_complex():
    def f(z):
        states = np.zeros((2, 2))
        states[:, 0] = z
        return np.sum(states) + np.sum(z)

    with pytest.raises(TypeError, match="f stores complex values in a real array"):
        complex_step_gradient(f, np.array([1.0, -2.0]))


def test_verbose_prints_each_index_and_its_derivative(capsys):
    eval_numerical_gradient(lambda x: 2 * x.sum(), np.zeros((1, 2)), verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:6] for line in lines] == ["(0, 0)", "(0, 1)"]
    assert [float(line[6:]) for line in lines] == pytest.approx([2, 2])


def test_rel_error_is_the_largest_error_relative_to_the_sum_of_magnitudes():
    assert rel_error(np.array([1.0, -3.0]), np.array([1.0, -2.0])) == 1 / 5
    assert rel_error(np.array([2.0, 1.0]), np.array([-2.0, 1.0])) == 1
    assert rel_error(3.0, 1.0) == 0.5


def test_rel_error_of_tiny_values_is_relative_to_1e_8():
    assert rel_error(np.array([1e-10]), np.array([0.0])) == pytest.approx(0.01)
    assert rel_error(np.zeros((2, 3)), np.zeros((2, 3))) == 0


def test_rel_error_of_nan_is_nan():
    assert np.isnan(rel_error(np.array([1.0, np.nan]), np.array([1.0, 2.0])))


def test_rel_error_refuses_shapes_that_would_broadcast():
    with pytest.raises(ValueError, match=r"x is \(1, 4\) and y is \(4,\); rel_error needs equal"):
        rel_error(np.ones((1, 4)), np.ones(4))


def test_gradients_are_compared_with_nudging_each_array_of_several_outputs(rng, capsys):
    arrays = {"x": rng.standard_normal((N, D)), "w": rng.standard_normal((D, M))}
    dout, dtotal = rng.standard_normal((N, M)), 3.0

    def f():
        out = arrays["x"] @ arrays["w"]
        return out, out.sum(), "a cache"

    both = dout + dtotal
    gradients = {"x": both @ arrays["w"].T, "w": 2 * arrays["x"].T @ both}  # w's is twice too large
    compare_gradients(f, arrays, gradients, dout, dtotal, right=1e-8)
    of_x, of_w = capsys.readouterr().out.splitlines()
    assert float(of_x.split()[2]) < 1e-8
    assert of_w.split() == ["dw", "error:", "1.0e+00", "(1e-8", "or", "less", "is", "right)"]
    compare_gradients(f, arrays, gradients.values(), dout, dtotal, right=1e-8)
    assert capsys.readouterr().out.splitlines() == [of_x, of_w]


def test_a_loss_needs_no_upstream_gradient_and_a_gradient_of_zeros_no_division(capsys):
    w = np.array([1.0, 2.0])
    arrays = {"w": w, "unused": np.ones(3)}
    gradients = {"unused": np.zeros(3), "w": 3 * w**2 - 2}
    compare_gradients(lambda: (cubic(w), gradients), arrays, gradients)
    errors = [float(line.split()[2]) for line in capsys.readouterr().out.splitlines()]
    assert errors[0] == 0
    assert errors[1] < 1e-9


def test_a_gradient_of_another_shape_is_refused_though_it_could_be_broadcast():
    w = np.array([1.0, 2.0])
    with pytest.raises(ValueError, match=r"^dw is \(1, 2\); w is \(2,\)$"):
        compare_gradients(lambda: (cubic(w),), {"w": w}, [(3 * w**2 - 2)[np.newaxis]])
