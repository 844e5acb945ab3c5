import re
from textwrap import dedent

import pytest

from instructor.markers import (
    ANSWER_LINE,
    Block,
    MarkerError,
    find_blocks,
    make_notebook_stub,
    make_stub,
)

PATH = "cs231n_rnn/layers/rnn.py"


def stub(source):
    return make_stub(dedent(source), PATH)


def refusal(source):
    """The message with which a source is refused."""
    with pytest.raises(MarkerError) as error:
        stub(source)
    return str(error.value)


def raised_by(text, call):
    """The message that a stub raises when it is called."""
    scope = {}
    exec(compile(text, PATH, "exec"), scope)
    with pytest.raises(NotImplementedError) as error:
        eval(call, scope)
    return str(error.value)


STEP = '''
    """A layer."""

    import math


    def step(x: float, scale: float = 2.0) -> float:
        """One step.

        Parameters
        ----------
        x : float
        """
        # Draw the graph first.
        # BEGIN SOLUTION
        y = math.tanh(x)  # the answer
        return scale * y
        # END SOLUTION
'''


def test_a_stub_keeps_docstring_signature_and_steps_and_nothing_of_the_solution():
    assert stub(STEP) == dedent('''
        """A layer."""

        import math


        def step(x: float, scale: float = 2.0) -> float:
            """One step.

            Parameters
            ----------
            x : float
            """
            # Draw the graph first.
            raise NotImplementedError("TODO: implement step in cs231n_rnn/layers/rnn.py")
    ''')


def test_a_stub_raises_by_name():
    assert raised_by(stub(STEP), "step(1)") == f"TODO: implement step in {PATH}"


def test_a_method_is_named_with_its_class():
    source = """
        class Model:
            def loss(self):
                # BEGIN SOLUTION
                return 1
                # END SOLUTION

            def sample(self):
                # BEGIN SOLUTION
                return 2
                # END SOLUTION
    """
    text = stub(source)
    assert raised_by(text, "Model().loss()") == f"TODO: implement Model.loss in {PATH}"
    assert raised_by(text, "Model().sample()") == f"TODO: implement Model.sample in {PATH}"


def test_a_nested_function_is_named_with_the_one_around_it():
    source = """
        def outer():
            def inner():
                # BEGIN SOLUTION
                return 1
                # END SOLUTION
            return inner()
    """
    assert raised_by(stub(source), "outer()") == f"TODO: implement outer.inner in {PATH}"


def test_a_long_raise_is_broken_as_the_formatter_breaks_it():
    name = "a_function_whose_name_is_so_long_that_no_line_holds_it"
    text = stub(f"def {name}():\n    # BEGIN SOLUTION\n    return 1\n    # END SOLUTION\n")
    assert text == (
        f"def {name}():\n    raise NotImplementedError(\n"
        f'        "TODO: implement {name} in {PATH}"\n    )\n'
    )


@pytest.mark.parametrize("kind", ["def _helper():\n    return 1", "CONSTANT = 3", "import json"])
def test_a_helper_at_module_level_disappears(kind):
    source = (
        f"X = 1\n\n\n# BEGIN SOLUTION\n{kind}\n\n\n# END SOLUTION\n\n\ndef f():\n    return X\n"
    )
    assert stub(source) == "X = 1\n\n\ndef f():\n    return X\n"


def test_lines_around_a_block_stay():
    source = """
        def f(x):
            N, D = x.shape
            # BEGIN SOLUTION
            out = N * D
            # END SOLUTION
            return out
    """
    text = stub(source)
    assert "    N, D = x.shape\n    raise NotImplementedError(" in text
    assert text.endswith("    return out\n")


def test_a_file_without_markers_stays_as_it_is():
    source = '"""Provided."""\n\n\ndef f():\n    return "the solution"\n'
    assert make_stub(source, PATH) == source


def test_blocks_are_found_with_their_lines():
    text = dedent(STEP)
    (block,) = find_blocks(text, PATH)
    lines = text.splitlines()
    assert lines[block.begin - 1].strip() == "# BEGIN SOLUTION"
    assert lines[block.end - 1].strip() == "# END SOLUTION"
    assert find_blocks("x = 1\n", PATH) == []
    assert find_blocks("# BEGIN SOLUTION\nx\n# END SOLUTION\n", PATH) == [Block(1, 3)]


MISPLACED = {
    "in_a_loop": """
        def f(n):
            for k in range(n):
                # BEGIN SOLUTION
                n += k
                # END SOLUTION
            return n
    """,
    "in_a_branch": """
        def f(n):
            if n:
                # BEGIN SOLUTION
                n = 2
                # END SOLUTION
            return n
    """,
    "in_a_branch_of_the_module": """
        n = 1
        if n:
            # BEGIN SOLUTION
            n = 2
            # END SOLUTION
    """,
    "in_a_class_body": """
        class Model:
            size = 1
            # BEGIN SOLUTION
            name = "x"
            # END SOLUTION
    """,
    "a_method_of_a_class": """
        class Model:
            size = 1
            # BEGIN SOLUTION
            def f(self):
                return 1
            # END SOLUTION
    """,
    "cutting_the_end_of_a_statement": """
        def f(n):
            n = [
                1,
            # BEGIN SOLUTION
                2,
            ]
            return n
            # END SOLUTION
    """,
    "cutting_the_beginning_of_a_statement": """
        def f(n):
            # BEGIN SOLUTION
            n = [
                1,
            # END SOLUTION
                2,
            ]
            return n
    """,
    "within_a_statement": """
        def f(n):
            n = [
                # BEGIN SOLUTION
                1,
                # END SOLUTION
            ]
            return n
    """,
    "in_a_signature": """
        def f(
            # BEGIN SOLUTION
            n,
            # END SOLUTION
        ):
            return n
    """,
    "within_a_docstring": '''
        def f(n):
            """Give n back.

            # BEGIN SOLUTION
            secret
            # END SOLUTION
            """
            return n
    ''',
    "with_comments_alone": """
        def f(n):
            n = 1
            # BEGIN SOLUTION
            # nothing
            # END SOLUTION
            return n
    """,
    "behind_a_decorator": """
        def f(n):
            @staticmethod
            # BEGIN SOLUTION
            def g():
                return 1
            # END SOLUTION
            return g
    """,
    "further_in_than_the_function": """
        def f(n):
            n = 1
                # BEGIN SOLUTION
            return n
                # END SOLUTION
    """,
    "further_out_than_the_function": """
        class Model:
            def f(self):
                n = 1
            # BEGIN SOLUTION
                return n
            # END SOLUTION
    """,
}


@pytest.mark.parametrize("source", MISPLACED.values(), ids=MISPLACED)
def test_a_misplaced_block_is_refused_with_file_and_line(source):
    lines = dedent(source).splitlines()
    begin = next(n for n, line in enumerate(lines, start=1) if "BEGIN" in line)
    assert refusal(source).startswith(f"{PATH}:{begin}: ")


def numbered(*lines):
    return "".join(f"{line}\n" for line in lines)


BEGIN, END = "# BEGIN SOLUTION", "# END SOLUTION"
UNMATCHED = {
    "nested": ((BEGIN, "x = 1", BEGIN, "y = 2", END, END), 3, "inside the block of line 1"),
    "begin_twice": ((BEGIN, "x = 1", BEGIN, "y = 2", END), 3, "inside the block of line 1"),
    "begin_without_end": (("x = 1", BEGIN, "y = 2"), 2, "without # END SOLUTION"),
    "end_without_begin": (("x = 1", "y = 2", END), 3, "without # BEGIN SOLUTION"),
    "end_twice": ((BEGIN, "x = 1", END, END), 4, "without # BEGIN SOLUTION"),
    "end_before_begin": ((END, "x = 1", BEGIN), 1, "without # BEGIN SOLUTION"),
    "end_further_in": ((BEGIN, "x = 1", f"    {END}"), 3, "of line 1"),
}


@pytest.mark.parametrize(("lines", "line", "message"), UNMATCHED.values(), ids=UNMATCHED)
@pytest.mark.parametrize("make", [make_stub, make_notebook_stub])
def test_unmatched_markers_are_refused_with_file_and_line(make, lines, line, message):
    with pytest.raises(MarkerError) as error:
        make(numbered(*lines), PATH)
    assert str(error.value).startswith(f"{PATH}:{line}: ")
    assert message in str(error.value)


def end_as_written(begin):
    return {"BEGIN": "END", "Begin": "End", "begin": "end"}[begin[0]]


@pytest.mark.parametrize(
    "spelling",
    [
        "#BEGIN SOLUTION",
        "# Begin Solution",
        "# begin solution",
        "# BEGIN  SOLUTION",
        "# BEGIN SOLUTION.",
        "# BEGIN SOLUTION NO PROMPT",
        "### BEGIN SOLUTION",
        "# -- BEGIN SOLUTION --",
        "# BEGIN_SOLUTION",
        "# BEGIN-SOLUTION",
        "# BEGINSOLUTION",
        "# BEGIN SOLUTIONS",
        "x = 1  # BEGIN SOLUTION",
    ],
)
@pytest.mark.parametrize("both", [False, True], ids=["one_marker", "both_markers"])
def test_a_marker_that_is_nearly_right_is_refused_with_file_and_line(spelling, both):
    end = re.sub("begin", end_as_written, spelling, flags=re.IGNORECASE) if both else END
    source = numbered("def f():", f"    {spelling}", "    return 1", f"    {end}")
    with pytest.raises(MarkerError, match=rf"^{re.escape(PATH)}:2: ") as error:
        make_stub(source, PATH)
    assert "is not exactly" in str(error.value)


def test_a_second_block_in_one_function_is_refused_with_file_and_line():
    source = numbered(
        "def f(n):", f"    {BEGIN}", "    n = 1", f"    {END}", "    n += 1",
        f"    {BEGIN}", "    return n", f"    {END}",
    )  # fmt: skip
    assert re.match(rf"{PATH}:[26]: f has a second block", refusal(source))


def test_functions_of_the_same_name_in_two_classes_are_two_functions():
    method = f"    def f(self):\n        {BEGIN}\n        return 1\n        {END}\n\n\n"
    text = stub(f"class A:\n{method}class B:\n{method}")
    assert text.count("raise NotImplementedError") == 2


def test_a_file_that_is_no_python_is_refused_by_name():
    with pytest.raises(SyntaxError) as error:
        make_stub("def f(:\n", PATH)
    assert error.value.filename == PATH


# Notebooks.

NOTEBOOK = """\
# %% [markdown]
# What is its shape?
#
# # BEGIN SOLUTION
# It is **(N, T, H)**.
#
# Really.
# # END SOLUTION

# %%
x = 1
# BEGIN SOLUTION
y = x + 1
# END SOLUTION
"""


def test_in_a_notebook_a_block_becomes_a_line_for_the_answer():
    assert make_notebook_stub(NOTEBOOK, "n.py") == dedent(f"""\
        # %% [markdown]
        # What is its shape?
        #
        # {ANSWER_LINE}

        # %%
        x = 1
        # {ANSWER_LINE}
    """)


def test_in_a_notebook_a_nearly_right_marker_is_refused():
    with pytest.raises(MarkerError, match=r"^n\.py:4: "):
        make_notebook_stub(NOTEBOOK.replace("# # BEGIN", "# ## BEGIN"), "n.py")
