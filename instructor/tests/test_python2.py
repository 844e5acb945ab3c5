import ast
import gc
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from cs231n_rnn.checking.messages import Message, message
from instructor.grading.python2 import fix, parse
from instructor.grading.wording import say


def run(source):
    """What a source defines when it runs on this Python."""
    names = {}
    exec(compile(source, "submission.py", "exec"), names)
    return names


MODERN = """from __future__ import print_function
from builtins import range, object
import numpy as np

def f(x):
    'xrange, print x, .iteritems() and np.float are words here'
    # print "x"; d.has_key(k)
    print("x", end="")
    return [i / 2 for i in range(x)], np.float64(1), f"{x}"
"""


@pytest.mark.parametrize(
    "source", [MODERN, "", "x = 1\r\n", "\t\tx =\n", "def f(:\n", "a\0b", "x = (" * 300]
)
def test_what_needs_nothing_or_cannot_be_mended_stays_as_it_is(source):
    fixed, leftovers = fix(source)
    assert fixed is source
    assert leftovers == []


@pytest.mark.parametrize(
    ("old", "output"),
    [
        ("print", "\n"),
        ("print 1, 2", "1 2\n"),
        ("print 'a %d' % 3", "a 3\n"),
        ("print ('a %d') % 3", "a 3\n"),
        ("print 1,; print 2", "1 2\n"),
        ("print [1, 2], (3, 4)", "[1, 2] (3, 4)\n"),
        ("if 1: print 'x'  # , why", "x\n"),
        ("print 'x', \\\n  2", "x 2\n"),
        ("print('x')\nprint 'print y'", "x\nprint y\n"),
    ],
)
def test_a_print_statement_prints_the_same(old, output, capsys):
    fixed, leftovers = fix(f"print 0\n{old}\n")  # which Python 3 does not compile
    run(fixed)
    assert capsys.readouterr().out == f"0\n{output}"
    print_statement = message("python2", old="print as a statement", new="print(...)")
    assert [leftover for _, leftover in leftovers] == [print_statement]


@pytest.mark.parametrize(
    ("old", "value", "word"),
    [
        ("x = sum(xrange(4))", 6, "xrange"),
        ("for i in xrange(3): x = i", 2, "xrange"),
        ("é = 'é'; x = é, max(xrange(3))", ("é", 2), "xrange"),
        ("x = sorted({1: 2}.iteritems())", [(1, 2)], "iteritems"),
        ("x = list({1: 2}.iterkeys())", [1], "iterkeys"),
        ("x = list({1: 2}.itervalues())", [2], "itervalues"),
        ("d = {1: 2}\nx = d.has_key(1) and not d.has_key(2)", True, "has_key"),
        ("x = unicode(3), long(4), isinstance('', basestring)", ("3", 4, True), "unicode"),
        ("x = 1 <> 2", True, "<>"),
        ("try: 1 / 0\nexcept ZeroDivisionError, e: x = str(e)", "division by zero", "except"),
        ("try: raise ValueError, 'no'\nexcept Exception as e: x = str(e)", "no", "raise"),
        ("if 1:\n        x = 1\n\tx = 2", 2, "tabs"),
        ("if 1:\n        print 1\n\tx = 2", 2, "tabs"),
        ("from itertools import izip\nx = list(izip([1], [2]))", [(1, 2)], "izip"),
        ("from itertools import izip as z, count\nx = list(z([1], count()))", [(1, 0)], "izip"),
        ("from past.builtins import xrange\nx = sum(xrange(4))", 6, "xrange"),
        ("from past.builtins import (xrange,\n  range)\nx = list(xrange(2))", [0, 1], "xrange"),
        ("from past.builtins import *\nx = list(xrange(2))", [0, 1], "xrange"),
        ("from past.utils import old_div\nx = old_div(7, 2), old_div(7., 2)", (3, 3.5), "old_div"),
        ("from six.moves import xrange as r\nx = list(r(2))", [0, 1], "xrange"),
        ("import numpy as np\nx = np.float(2), np.int(3.5)", (2.0, 3), "np.float"),
        ("import numpy as np\nx = np.zeros(2, dtype=np.bool).any()", False, "np.bool"),
        ("import numpy\nx = numpy.Inf", np.inf, "np.Inf"),
    ],
)
def test_old_code_gives_what_it_gave_and_is_named(old, value, word):
    fixed, leftovers = fix(old + "\n")
    assert run(fixed)["x"] == value
    assert any(word in say(leftover) for _, leftover in leftovers)
    assert fixed.count("\n") == old.count("\n") + 1
    assert fix(fixed) == (fixed, [])


def test_each_kind_is_named_once_at_its_first_line():
    source = "import numpy as np\n\nfor t in xrange(2):\n  pass\nd = {}.iteritems()\nxrange(1)\n"
    assert fix(source)[1] == [
        (3, message("python2", old="xrange", new="range")),
        (5, message("python2", old=".iteritems()", new=".items()")),
    ]


def test_names_that_the_student_gave_a_meaning_are_the_students():
    source = "def f(long, unicode=3):\n    xrange = range\n    return long, unicode, xrange(2)\n"
    assert fix(source) == (source, [])


def test_strings_and_comments_stay_as_they_are():
    text = "'xrange <> np.float'  # print x, .iteritems()"
    fixed, _ = fix(f"x = {text}\nprint x\n")
    assert fixed.startswith(f"x = {text}\n")


def test_a_message_names_the_students_line():
    source = (
        '"""Two\nlines."""\nfrom __future__ import print_function\n'
        "from past.builtins import (xrange,\n    range)\nfor i in xrange(1):\n    print(no)\n"
    )
    fixed, _ = fix(source)
    with pytest.raises(NameError) as error:
        run(fixed)
    assert error.traceback[-1].lineno + 1 == 7


@pytest.mark.parametrize(
    ("old", "value"),
    [
        ("x = 7 / 2", 3),
        ("x = 7\nx /= 2", 3),
        ("x = (3 + 4) / (1 + 1)", 3),
        ("x = 99 / 2 / 7", 7),
        ("x = 99\nx /= 15 / 2", 14),
        ("x = 7.0 / 2", 3.5),
        ("x = 7 / float(2)", 3.5),
        ("def f(): return [9, 7][xrange(5)[7 / 4]]\nx = f()", 7),
    ],
)
@pytest.mark.parametrize(
    "head",
    ["print 0\n", '"""Text."""\nprint 0\n', '"""Text."""\ndef g(): print 0\n', "3 / 2\nxrange\n"],
    ids=["statement", "docstring", "docstring_and_function", "division"],
)
def test_division_of_whole_numbers_rounds_down_in_old_files(head, old, value):
    assert run(fix(f"{head}{old}\n")[0])["x"] == value


def test_arrays_are_divided_as_their_numbers_are_and_in_place():
    source = (
        "import numpy\ndef f(x, n):\n    y = x\n    y /= n\n    print y is x\n    return x / n\n"
    )
    f = run(fix(source)[0])["f"]
    x = np.array([2.0, 3.0])
    np.testing.assert_array_equal(f(x, 2), [0.5, 0.75])
    np.testing.assert_array_equal(x, [1.0, 1.5])
    np.testing.assert_array_equal(f(np.array([7, 9]), np.int64(2)), [3 // 2, 4 // 2])


@pytest.mark.parametrize(
    "source",
    [
        "def f():\n    return 7 / 2\n",
        "from past.builtins import xrange\ndef f():\n    return 7 / 2\n",
        "from __future__ import division\ndef f():\n    xrange(3)\n    return 7 / 2\n",
    ],
    ids=["new", "both", "future"],
)
def test_division_is_true_where_the_file_runs_on_python_3_or_asks_for_it(source):
    assert run(fix(source)[0])["f"]() == 3.5


def test_comparing_with_is_warns_nobody():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert isinstance(parse('x = "a" is "rnn"; y = "\\d"\n'), ast.Module)
        assert fix('x = 1 is "rnn"\ny = xrange\n')[1]


@pytest.mark.parametrize(
    "source", ["a" + ".a" * 600_000, "-" * 90_000 + "1", "(" * 90_000, "x = '" + "\\", "\ud800"]
)
def test_no_source_breaks_the_parser(source):
    assert isinstance(parse(source), Message)
    assert fix(source) == (source, [])


def test_threads_do_not_disturb_each_other():
    # Python 3.11 counts the depth of all trees that are being built in one number. A collection
    # of garbage in the middle of a tree lets another thread run.
    source = "x = [[[(1 + 2) * 3 - f(4)]]]\n" * 300
    interval, threshold = sys.getswitchinterval(), gc.get_threshold()

    def collected(phase, info):
        return sum(range(50))

    try:
        sys.setswitchinterval(1e-6)
        gc.set_threshold(10)
        gc.callbacks.append(collected)
        with ThreadPoolExecutor(4) as pool:
            trees = list(pool.map(parse, [source] * 60))
    finally:
        gc.callbacks.remove(collected)
        gc.set_threshold(*threshold)
        sys.setswitchinterval(interval)
    assert all(isinstance(tree, ast.Module) for tree in trees)
