import base64
import json
import struct
import zlib

import pytest

from cs231n_rnn.files import ROOT
from instructor.grading import inline_answers as module
from instructor.grading.inline_answers import NotebookError, Room, figures, inline_answers
from instructor.sync import render_notebook

NAME = "1_Small"
PLACE = "*Write your answer here.*"
FIRST = "**Question 1.** Why are the rows filled up at all?"
SECOND = "**Question 2.** Why is the gradient of `b` a *sum* over the rows, and not their mean?"
SOURCE = f"""# %% [markdown]
# # A small notebook

# %%
x = 1

# %% [markdown]
# *If it goes wrong:* look at the shapes of all gradients.
#
# {FIRST}
#
# # BEGIN SOLUTION
# A minibatch is one array.
#
# So all rows need one length.
# # END SOLUTION
#
# Keep the answer in mind for the loss.

# %% [markdown]
# ## One step

# %% [markdown]
# {SECOND}
#
# # BEGIN SOLUTION
# `b` has N users.
# # END SOLUTION

# %%
y = 2
"""
FIRST_CELL, SECOND_CELL = 2, 4


@pytest.fixture
def root(tmp_path):
    folder = tmp_path / "solutions" / "notebooks"
    folder.mkdir(parents=True)
    (folder / f"{NAME}.py").write_text(SOURCE, encoding="utf-8")
    (tmp_path / "assignment.toml").write_text(
        "title = 'Small'\npublic_seed = 1\nhandout = []\nexercises = {}\n"
        f"[[notebooks]]\nname = '{NAME}'\nexercises = []\n",
        encoding="utf-8",
    )
    return tmp_path


@pytest.fixture
def notebook():
    """The student's copy, as handed out."""
    stub = SOURCE
    for block in (
        "A minibatch is one array.\n#\n# So all rows need one length.",
        "`b` has N users.",
    ):
        stub = stub.replace(f"# # BEGIN SOLUTION\n# {block}\n# # END SOLUTION", f"# {PLACE}")
    notebook = json.loads(render_notebook(stub))
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"])
    return notebook


def answers(notebook, root):
    found = inline_answers(NAME, json.dumps(notebook).encode(), root)
    return [answer.answer for answer in found]


def fill(notebook, position, answer):
    cell = notebook["cells"][position]
    assert PLACE in cell["source"]
    cell["source"] = cell["source"].replace(PLACE, answer)


def lose_ids(notebook):
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"colab-{number * 7}"


def added(source, kind="markdown"):
    return {"cell_type": kind, "id": "e3f0", "metadata": {}, "source": source}


# Answers.


def test_an_untouched_notebook_has_every_question_with_its_rubric_and_no_answer(notebook, root):
    found = inline_answers(NAME, json.dumps(notebook).encode(), root)
    assert [answer.notebook for answer in found] == [NAME, NAME]
    assert [answer.answer for answer in found] == ["", ""]
    assert found[0].question.startswith(FIRST)
    assert found[1].question == SECOND
    assert found[0].rubric == "A minibatch is one array.\n\nSo all rows need one length."
    assert found[1].rubric == "`b` has N users."


@pytest.mark.parametrize("name", ["1_RNN_Captioning", "2_LSTM_Captioning"])
def test_the_kits_own_notebooks_have_as_many_questions_as_places_to_answer(name):
    content = (ROOT / "notebooks" / f"{name}.ipynb").read_bytes()
    found = inline_answers(name, content)
    assert len(found) == content.decode().count(PLACE) > 0
    assert not any(answer.answer for answer in found)
    assert all(answer.rubric and "SOLUTION" not in answer.rubric for answer in found)


@pytest.mark.parametrize(
    "change",
    [
        "Since *arrays* are\n\n- square\n- full",
        f"{PLACE} Since *arrays* are\n\n- square\n- full",
        f"{PLACE}\nSince *arrays* are\n\n- square\n- full\n",
    ],
)
def test_an_answer_is_what_stands_beyond_the_question(notebook, root, change):
    fill(notebook, FIRST_CELL, change)
    assert answers(notebook, root) == ["Since *arrays* are\n\n- square\n- full", ""]


def test_an_answer_on_the_questions_own_line_is_found(notebook, root):
    cell = notebook["cells"][SECOND_CELL]
    cell["source"] = f"{SECOND} Since it is used N times.\n\n{PLACE}"
    assert answers(notebook, root) == ["", "Since it is used N times."]


def test_an_answer_may_repeat_a_line_of_the_question(notebook, root):
    fill(notebook, SECOND_CELL, f"{SECOND}\nYes.")
    assert answers(notebook, root) == ["", f"{SECOND}\nYes."]


def test_a_question_that_was_deleted_is_known_by_its_id(notebook, root):
    notebook["cells"][SECOND_CELL]["source"] = "N users, N gradients."
    assert answers(notebook, root) == ["", "N users, N gradients."]


def test_without_ids_a_question_is_known_by_its_text(notebook, root):
    fill(notebook, FIRST_CELL, "One array.")
    fill(notebook, SECOND_CELL, "N users.")
    notebook["cells"].insert(1, added("A cell of mine."))
    lose_ids(notebook)
    assert answers(notebook, root) == ["One array.", "N users."]


def test_an_id_kept_in_the_metadata_counts(notebook, root):
    for cell in notebook["cells"]:
        cell["metadata"]["id"] = cell.pop("id")
    notebook["cells"][SECOND_CELL]["source"] = "N users."
    assert answers(notebook, root) == ["", "N users."]


def test_an_id_that_went_to_another_cell_does_not_count(notebook, root):
    fill(notebook, SECOND_CELL, "N users.")
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number + 1:03d}"
    assert answers(notebook, root) == ["", "N users."]


@pytest.mark.parametrize("with_ids", [True, False])
def test_an_answer_in_added_cells_below_is_found(notebook, root, with_ids):
    notebook["cells"][SECOND_CELL + 1 : SECOND_CELL + 1] = [added("N users,"), added("so a sum.")]
    notebook["cells"].insert(FIRST_CELL + 1, added("One array."))
    if not with_ids:
        lose_ids(notebook)
    assert answers(notebook, root) == ["One array.", "N users,\n\nso a sum."]


def test_an_answer_in_an_added_cell_of_code_is_found_where_ids_tell_it_from_the_kits(
    notebook, root
):
    notebook["cells"].insert(SECOND_CELL + 1, added("N users", kind="code"))
    assert answers(notebook, root) == ["", "N users"]


def test_cells_added_below_an_answered_question_are_no_answer(notebook, root):
    fill(notebook, SECOND_CELL, "N users.")
    notebook["cells"].insert(SECOND_CELL + 1, added("My notes."))
    assert answers(notebook, root) == ["", "N users."]


def test_cells_of_the_kit_below_are_no_answer(notebook, root):
    notebook["cells"][FIRST_CELL + 1]["source"] += "\n\nMy notes on the step."
    notebook["cells"][SECOND_CELL + 1]["source"] = "y = 3"
    assert answers(notebook, root) == ["", ""]
    lose_ids(notebook)
    assert answers(notebook, root) == ["", ""]


def test_sources_as_lists_of_lines_and_windows_line_ends_make_no_difference(notebook, root):
    fill(notebook, SECOND_CELL, "N users.\n\nThus a sum.")
    for cell in notebook["cells"]:
        cell["source"] = cell["source"].replace("\n", "\r\n").splitlines(keepends=True)
    assert answers(notebook, root) == ["", "N users.\n\nThus a sum."]


@pytest.mark.parametrize("name", ["2_Other", "../notebooks/1_Small", "1_Small.py", ""])
def test_only_the_manifests_notebooks_are_looked_up(notebook, root, name):
    with pytest.raises(NotebookError, match="not a notebook of this assignment"):
        inline_answers(name, json.dumps(notebook).encode(), root)


# Plots.


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=3, height=2, filler=0):
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(bytes((width + 1) * height)) if width * height < 100 else b""
    text = chunk(b"tEXt", bytes(filler)) if filler else b""
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + text
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


def with_outputs(*data, metadata=None):
    outputs = [
        {"output_type": "display_data", "data": entry, "metadata": metadata or {}} for entry in data
    ]
    heading = {"cell_type": "markdown", "source": "# Top\n\n## The curve"}
    cells = [heading, {"cell_type": "code", "source": "plot()", "outputs": outputs}]
    return json.dumps({"cells": cells, "nbformat": 4}).encode()


def encoded(content):
    return {"image/png": base64.b64encode(content).decode()}


def shown(notebook):
    """The plots of a notebook on a page of its own."""
    return figures(notebook, Room())[0]


def test_a_plot_comes_whole_with_its_text_alternative():
    notebook = with_outputs(encoded(png()), metadata={"image/png": {"alt": "Loss falls."}})
    (figure,) = shown(notebook)
    assert base64.b64decode(figure.png_base64, validate=True) == png()
    assert figure.alt == "Loss falls."


def test_a_plot_without_a_text_alternative_says_where_it_stands():
    assert [f.alt for f in shown(with_outputs(encoded(png()), encoded(png(5))))] == [
        "Plot 1, under the heading The curve",
        "Plot 2, under the heading The curve",
    ]


def test_base64_in_lines_is_taken():
    lines = base64.encodebytes(png(filler=200)).decode().splitlines(keepends=True)
    assert len(lines) > 2
    for value in (lines, "".join(lines)):
        (figure,) = shown(with_outputs({"image/png": value}))
        assert base64.b64decode(figure.png_base64) == png(filler=200)


@pytest.mark.parametrize(
    "data",
    [
        {"text/html": "<img src=x onerror=alert(1)>"},
        {"image/svg+xml": "<svg onload='alert(1)'/>"},
        {"application/javascript": "alert(1)"},
        {"image/jpeg": base64.b64encode(png()).decode()},
        {"image/png": '"><script>alert(1)</script>'},
        {"image/png": base64.b64encode(b"<svg onload='alert(1)'/>" * 9).decode()},
        {"image/png": base64.b64encode(png()).decode()[:-3] + "é=="},
        {"image/png": base64.b64encode(png()[:12]).decode()},
        {"image/png": ""},
        encoded(b"GIF89a" + png()[6:]),
        encoded(png(width=30_000, height=30_000)),
        encoded(png(width=0)),
        encoded(png(filler=1_000_001)),
    ],
)
def test_what_is_no_png_to_look_at_is_left_out(data):
    assert len(shown(with_outputs(data, encoded(png())))) == 1


@pytest.mark.parametrize(
    ("picture", "count", "taken"),
    [
        ({}, 30, 24),
        ({"filler": 990_000}, 14, 10),
        ({"width": 8_000, "height": 1_000}, 12, 8),
        ({"width": 8_001, "height": 1_000}, 2, 0),
        ({"width": 2**31 - 1, "height": 2**31 - 1}, 2, 0),
    ],
)
def test_plots_are_limited_and_those_left_out_are_counted(picture, count, taken):
    found, left_out = figures(with_outputs(*[encoded(png(**picture))] * count), Room())
    assert len(found) == taken
    assert left_out == count - taken


def test_what_a_page_has_room_for_is_shared_by_its_notebooks():
    room = Room(pictures=30)
    book = with_outputs(*[encoded(png())] * 20)
    assert [len(figures(book, room)[0]) for _ in range(3)] == [20, 10, 0]


# Notebooks that are none.


def cell_with(**fields):
    return json.dumps({"cells": [{"cell_type": "code", "source": "x", **fields}]}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04",
        b"\xff\xfe{\x00}\x00",
        b"{",
        b"null",
        b"[]",
        b'"cells"',
        b"{}",
        b'{"worksheets": []}',
        b'{"cells": {}}',
        b'{"cells": [1]}',
        b'{"cells": [null]}',
        b'{"cells": ' + b"9" * 10_000 + b"}",
        b"[" * 200_000,
        b'{"cells": ' + b"[" * 200_000 + b"]" * 200_000 + b"}",
        b'{"a":' * 200_000,
        cell_with(source=None),
        cell_with(source=[["x"]]),
        cell_with(source={"a": 1}),
        cell_with(cell_type=3),
        cell_with(id=7),
        cell_with(id=None),
        cell_with(metadata=[]),
        cell_with(metadata={"id": {}}),
        cell_with(outputs={}),
        cell_with(outputs=["x"]),
    ],
    ids=range(26),
)
def test_what_is_no_notebook_is_refused_with_a_sentence(content, root):
    for read in (shown, lambda content: inline_answers(NAME, content, root)):
        with pytest.raises(NotebookError, match="the notebook ") as caught:
            read(content)
        assert type(caught.value) is NotebookError
        assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "output",
    [
        {"data": []},
        {"data": None},
        {"data": {"image/png": 3}},
        {"data": {"image/png": [1]}},
        {"data": encoded(png()), "metadata": 1},
        {"data": encoded(png()), "metadata": {"image/png": ""}},
        {"data": encoded(png()), "metadata": {"image/png": {"alt": []}}},
    ],
)
def test_outputs_of_wrong_types_are_refused_with_a_sentence(output):
    with pytest.raises(NotebookError, match="the notebook is at fault"):
        shown(cell_with(outputs=[output]))


def test_a_notebook_of_100_mb_is_refused_unread(monkeypatch):
    monkeypatch.setattr(module.json, "loads", lambda text: pytest.fail("it was read"))
    with pytest.raises(NotebookError, match="has 100 MB; at most 20 MB are read"):
        shown(bytes(100_000_000))


def test_a_notebook_of_a_million_cells_is_refused():
    with pytest.raises(NotebookError, match="has 1000000 cells; at most 2000 are read"):
        shown(b'{"cells": [' + b"1," * 999_999 + b"1]}")


def test_a_byte_order_mark_does_no_harm(notebook, root):
    content = b"\xef\xbb\xbf" + json.dumps(notebook).encode()
    assert len(inline_answers(NAME, content, root)) == 2
