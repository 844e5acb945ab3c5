"""Made-up grades and a reader of HTML, for the tests of pages, overview and gradebook."""

from html.parser import HTMLParser

from hypothesis import strategies as st

from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.results import Result
from instructor.grading.student_grade import Grade

VOID = {"meta", "link", "br", "hr", "img", "wbr", "input", "rect", "circle", "line"}
# Half surrogate pairs, control characters and turns of direction more often than by chance.
ANY = st.one_of(st.characters(), st.sampled_from("\ud800\udfff\0\x1b\r\x85\u2028\u202e\u2066"))


class Page(HTMLParser):
    """Elements of a page with their attributes and text; fails where tags do not match."""

    def __init__(self, text):
        super().__init__()
        self.source = text
        self.open, self.elements = [], []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attrs):
        element = {"tag": tag, "attrs": dict(attrs), "text": ""}
        self.elements.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag, attrs):
        self.elements.append({"tag": tag, "attrs": dict(attrs), "text": ""})

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open[-1]["tag"] == tag
        self.open.pop()

    def handle_data(self, data):
        for element in self.open:
            element["text"] += data

    def all(self, tag, **attrs):
        return [
            e
            for e in self.elements
            if e["tag"] == tag and all(e["attrs"].get(k) == v for k, v in attrs.items())
        ]

    def texts(self, tag, **attrs):
        return [" ".join(e["text"].split()) for e in self.all(tag, **attrs)]

    @property
    def text(self):
        return " ".join(self.all("main")[0]["text"].split())

    def rows(self, heading):
        """Texts of a table's rows, the table in the section with that id."""
        start = next(
            i for i, e in enumerate(self.elements) if e["attrs"].get("aria-labelledby") == heading
        )
        rows = []
        for element in self.elements[start + 1 :]:
            if element["tag"] == "section":
                break
            if element["tag"] == "tr":
                rows.append([])
            elif element["tag"] in ("th", "td"):
                rows[-1].append(" ".join(element["text"].split()))
        return rows


def result(case="rnn_forward-one_example", status="passed", points=1.0, **fields):
    function, _, variant = case.partition("-")
    return Result(case, function, variant, points, status, **fields)


def student(name="Ann", *results, **fields):
    return Grade(name, results=list(results), **fields)


TODO = message("todo", text="TODO: it", file="cs231n_rnn/layers/rnn.py", function="rnn_backward")


def saying(text):
    """A message of a student's own words."""
    return message("todo", text=text, file="", function="")


def mixed_grade():
    """A grade with a function done, one wrong, one to do, and hidden cases."""
    return student(
        "Adeyemi_Ann",
        result(
            "rnn_step_forward-negative",
            "crashed",
            points=4.0,
            fault=message("raised", type="IndexError", text="secret message"),
            hint=message("wrong_sign", name="secret"),
            hidden=True,
        ),
        result("word_embedding_forward-one_example", points=1.5),
        result("rnn_step_forward-unequal_sizes", points=2.0),
        result(
            "rnn_step_forward-one_example",
            "failed",
            points=2.0,
            fault=message("missing", name="next_h"),
            hint=message("step_late", name="next_h"),
        ),
        result(
            "rnn_step_forward-one_input", "timed out", points=2.0, fault=message("late", seconds=10)
        ),
        result("rnn_backward-one_example", "not implemented", points=12.0, fault=TODO),
        result("word_embedding_forward-repeated", points=1.5, hidden=True),
        advice=[message("advice", function="rnn_step_forward", advice=message("cache_changed"))],
        notes=[message("file_missing", name="lstm.py")],
    )
