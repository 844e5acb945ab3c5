import io
import json

import numpy as np
import pytest

from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.outcome import Outcome
from cs231n_rnn.checking.wire import WireError, receive, send

LIMIT = 10_000
ARRAYS = {
    "h": np.linspace(0, 1, 6).reshape(2, 3),
    "h32": np.ones((2, 1, 2), np.float32),
    "words": np.array([[1, 2], [3, 4]]),
    "flag": np.array(True),
    "none": np.zeros((0, 3)),
    "loss": np.array(2.5),
    "view": np.arange(12.0).reshape(3, 4).T[::2],
}


def sent(outcome, name="a"):
    stream = io.BytesIO()
    send(stream, name, outcome)
    stream.seek(0)
    return stream


def line(**fields):
    header = {"name": "a", "status": "returned", "fault": None, "advice": [], "seconds": 0}
    return io.BytesIO(json.dumps({**header, "arrays": [], **fields}).encode() + b"\n")


def test_an_outcome_arrives_as_it_was_sent():
    advice = message("changed_in_place", name="x"), message("float64_out", names=["h", "dx"])
    found = receive(sent(Outcome("returned", ARRAYS, None, advice, 0.5)), "a", LIMIT)
    assert (found.status, found.fault, found.advice) == ("returned", None, advice)
    assert found.seconds == 0.5
    assert list(found.arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)


@pytest.mark.parametrize("dtype", [np.longdouble, ">f8", ">i4", "<f4"])
def test_numbers_of_any_size_and_order_keep_their_values(dtype):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    found = receive(sent(Outcome("returned", {"h": array})), "a", LIMIT).arrays["h"]
    np.testing.assert_array_equal(found, array)


def test_several_outcomes_follow_each_other():
    stream = io.BytesIO()
    for name in ("a", "b"):
        send(stream, name, Outcome("returned", ARRAYS))
    stream.seek(0)
    assert receive(stream, "a", LIMIT).arrays.keys() == receive(stream, "b", LIMIT).arrays.keys()
    with pytest.raises(EOFError):
        receive(stream, "c", LIMIT)


def test_objects_are_never_sent_only_that_there_were_some():
    class Payload:
        def __reduce__(self):
            return (exit, ())

    stream = sent(Outcome("returned", {"h": np.array([Payload(), Payload()]), "t": np.array("x")}))
    assert b"Payload" not in stream.getvalue()
    found = receive(stream, "a", LIMIT).arrays
    assert found["h"].dtype == object
    assert found["h"].tolist() == [None, None]


def test_more_than_allowed_is_refused_before_it_is_read():
    with pytest.raises(WireError, match="too_much"):
        receive(sent(Outcome("returned", {"h": np.zeros(2000)})), "a", LIMIT)
    huge = line(arrays=[["h", "float64", [10**9, 10**9]]])
    with pytest.raises(WireError, match="too_much"):
        receive(huge, "a", LIMIT)


@pytest.mark.parametrize(
    "stream",
    [
        io.BytesIO(b"4 passed\n"),
        io.BytesIO(b"[]\n"),
        io.BytesIO(b'{"name": "a"}\n'),
        io.BytesIO(b"x" * 200_000),
        io.BytesIO(b"[" * 50_000 + b"\n"),
        line(status="passed"),
        line(status=["returned"]),
        line(advice=None),
        line(advice="x is changed in place"),
        line(advice=[None]),
        line(advice=[{"code": "cache_changed", "values": []}]),
        line(advice=[{"code": "cache_changed", "values": {"more": 1}}]),
        line(advice=[{"code": "slow", "values": {"ratio": 2.0}}]),
        line(advice=[{"code": ["slow"], "values": {}}]),
        line(advice=[{"code": "cache_changed", "values": {}}] * 30),
        line(advice=[{"code": "changed_in_place", "values": {"name": "x" * 10_000}}]),
        line(advice=[{"code": "changed_in_place", "values": {"name": 3}}]),
        line(advice=[{"code": "float64_out", "values": {"names": ["x"] * 100}}]),
        line(advice=[{"code": "float64_out", "values": {"names": [["x"]]}}]),
        line(status="crashed"),
        line(status="crashed", fault=""),
        line(status="crashed", fault={"code": "killed", "values": {"signal": 9}}),
        line(status="crashed", fault={"code": "raised", "values": {"type": "E"}}),
        line(status="crashed", fault={"code": "raised", "values": {"type": "E", "text": None}}),
        line(seconds=float("nan")),
        line(name="b"),
        line(seconds="soon"),
        line(arrays=[["h", "float64", [-1]]]),
        line(arrays=[["h", "float64", "many"]]),
        line(arrays=[["h"]]),
        line(arrays=3),
        line(arrays=[["h", "float64", [1] * 40]]),
    ],
    ids=lambda stream: stream.getvalue()[:30],
)
def test_what_is_no_outcome_is_refused(stream):
    with pytest.raises(WireError) as error:
        receive(stream, "a", LIMIT)
    assert error.value.message.code in ("mixed_up", "no_shape")


@pytest.mark.parametrize("status", ["not implemented", "crashed"])
def test_an_exception_arrives_as_fields(status):
    place = {"file": "cs231n_rnn/layers/rnn.py", "function": "rnn_forward"}
    fault = message("todo", text="TODO; it", **place)
    if status == "crashed":
        fault = message("raised_at", type="E", text="a: b", line=3, source="h = x; y", **place)
    assert receive(sent(Outcome(status, fault=fault)), "a", LIMIT).fault == fault


def test_arrays_that_break_off_are_an_end():
    with pytest.raises(EOFError):
        receive(io.BytesIO(sent(Outcome("returned", ARRAYS)).getvalue()[:-5]), "a", LIMIT)
