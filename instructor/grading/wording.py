"""What the staff's tools say of a submission: templates beside those of the checks."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Any

from cs231n_rnn.checking.manifest import read_manifest
from cs231n_rnn.checking.messages import message
from cs231n_rnn.checking.wording import TEMPLATES, Template, Wording

SUBMISSIONS: dict[str, Template] = {
    # Why nothing of a submission can be graded.
    "grader_failed": "the grader failed: {text}",
    "ungradable": "{about:sentences}",
    "holds_none": "It holds none of {names}.",
    "holds_none_nor": "It holds none of {names}; nor {others:or}.",
    "cannot_be_opened": "{name} cannot be opened: {text}",
    "too_many_files": "It holds more than {most} files; a submission has fewer.",
    "zip_of_too_many": "{name} holds more than {most} files; a submission has fewer.",
    "zip_too_large": "{name} has {megabytes:.0f} MB; a submission is smaller.",
    "unpacks_too_large": (
        "{name} unpacks to {megabytes:.0f} MB; a submission has at most {most:.0f} MB."
    ),
    "zip_encrypted": "{name} is encrypted; hand it in without a password.",
    "empty": "{name} is empty.",
    "not_a_zip": "{name} is not a zip file.",
    "neither": "{name} is neither a file nor a folder.",
    "large_source": "{name} has {megabytes:.0f} MB.",
    # Why an entry of a submission is not read, as the end of a sentence.
    "is_link": "is a symbolic link, which is not followed",
    "is_folder": "is a folder",
    "leads_out": "leads out of the submission",
    "cannot_be_read": "cannot be read: {text}",
    "not_regular": "is not a regular file",
    "encrypted": "is encrypted",
    "compression": "is compressed in a way that is not read here",
    "too_large": "has {megabytes:.0f} MB, more than the {most:.0f} MB allowed",
    "longer": "is longer than it says",
    "too_deep": "is deeper in folders, or has a longer name, than a file of a submission",
    # Whose it is.
    "same_name": "Another submission is called {name} too; this one is {place}.",
    "looks_like_several": (
        "{name} holds what looks like {count} submissions ({names}), and counts as one "
        "student's. If it is a class, grade it alone, or with --each class."
    ),
    # What is to say of a submission that is graded.
    "several_zips": "It holds {count} zips; {taken} was taken.",
    "entry": "{name} {fault}.",
    "entries": "{names}: {fault}.",
    "entries_and_more": "{names} and {more} more: {fault}.",
    "ignored": "{name} {fault}; it was ignored.",
    "more_than_once": "{name} is there more than once; {taken} was taken.",
    "file_missing": "{name} is missing.",
    "not_python3": "{name} cannot be read as Python 3: {fault}.",
    "utf16": "{name} is in UTF-16; it was read as such.",
    "byte_order_mark": "{name} has a byte order mark in front; it was taken off.",
    "other_encoding": "{name} is not in the encoding that it declares.",
    "not_utf8": "{name} is not in UTF-8; it was read as Latin-1.",
    "leftover": "{name}, line {line}: {leftover}.",
    # Why there is no syntax tree.
    "source_too_long": "it has {length} characters; at most {most} are looked at",
    "syntax": "{text}",
    "tabs": "line {line}: {text}",
    "syntax_in_line": "line {line}: {text}",
    "nested": "it is nested too deeply",
    # Leftovers of Python 2 and of old versions of NumPy.
    "mixed_tabs": "tabs and spaces are mixed, which is Python 2; Python 3 wants one of them",
    "python2": "{old} is Python 2; Python 3 has {new}",
    "for_python2": "{old} is for Python 2; Python 3 has {new}",
    "division": "/ rounds down between whole numbers, which is Python 2; Python 3 has // for it",
    "old_numpy": "np.{old} is not in every NumPy; {new} does the same",
    # A backward pass that derives nothing: what was seen.
    "underived": "earns nothing: {about} ({file}, line {line}).",
    "underived_in_part": "earns {share:.0%} of its points: {about} ({file}, line {line}).",
    "derived_by_complex": "it computes with complex numbers, as a complex step does",
    "derived_by_arithmetic": "a class has products of its own, as automatic differentiation does",
    "derived_by_library": "it uses a library that differentiates",
    "derived_by_from_data": "it runs code that is not in the file as source",
    "derived_by_around": "it looks for what lies below Python or NumPy",
    "derived_by_difference": "it takes the difference of a function at two places",
    "derived_by_beside": "it evaluates a function beside the places of its forward pass",
    "derived_by_again": "it calls a function of its forward pass again with moved numbers",
    "derived_by_unread": "the file cannot be read as Python source",
    # Where the code ran.
    "by_the_clock": (
        "A case was ended by the clock on the wall, which may be the machine's fault and is no "
        "verdict: grade this submission again on a quiet machine."
    ),
    "no_bubblewrap": (
        "Graded without bubblewrap: the code ran with limits on time and memory, {user}, but could "
        "read this machine's files and reach its network. Install bubblewrap to shut it in."
    ),
    "landlock_alone": (
        "Graded without bubblewrap: the code ran with limits on time and memory, {user}, shut in "
        "by Landlock and a filter of system calls. It saw other processes of this machine. Install "
        "bubblewrap for the stronger wall."
    ),
    "as_nobody": "as a user without rights",
    "as_grader": "as the user who graded",
    "as_root": "as root, with all rights",
    # Notebooks.
    "notebook": "{name}: {fault}",
    "not_of_this": "{name} is not a notebook of this assignment",
    "plots_left_out": (
        "{name}: {count} of its plots are not shown. A page holds {pictures} plots, of "
        "{megabytes:.0f} MB and {pixels:.0f} million pixels in all and {each:.0f} million each."
    ),
    "notebook_too_large": "the notebook has {megabytes:.0f} MB; at most {most:.0f} MB are read",
    "notebook_not_text": "the notebook is not UTF-8 text",
    "notebook_not_json": "the notebook is not JSON that can be read",
    "notebook_without_cells": "the notebook has no cells; notebook format 4 is needed",
    "too_many_cells": "the notebook has {cells} cells; at most {most} are read",
    "notebook_kind": "the notebook is at fault: {what} is {found}; {needed} is needed",
}

# In a report, the words of the code itself are marked as such.
QUOTING: dict[str, Template] = {
    "todo": "{text:todo}",
    "raised": "the code raised {type}: {text:quoted}",
    "raised_at": "the code raised {type}: {text:quoted} ({file}, line {line}: {source:quoted})",
    "raised_unsaid": "the code raised {type}; in a hidden case its text is not shown",
    "raised_unsaid_at": (
        "the code raised {type} ({file}, line {line}: {source:quoted}); in a hidden case its text "
        "is not shown"
    ),
}
# Names that a submission gives are quoted too, unless they are plain.
NAMES = {"name", "names", "taken", "place", "type"}
PLAIN = re.compile(r"(an? )?[\w./-]{1,80}", re.ASCII)


class Quoting(Wording):
    """Messages for a report, in which a submission's own words cannot pass for the grader's."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        """A value of the message; a name is quoted, unless it is a plain one."""
        value, first = super().get_field(field_name, args, kwargs)
        if first not in NAMES:
            return value, first
        if isinstance(value, list):
            return [_name(one) for one in value], first
        return _name(value), first

    def format_field(self, value: Any, format_spec: str) -> str:
        """A value in words; what the code says is quoted, but for the sentence of a stub."""
        if format_spec == "todo":
            return value if value in _stubs() else f"its code says {quoted(value)}"
        if format_spec == "quoted":
            return quoted(value)
        return super().format_field(value, format_spec)


def quoted(text: str) -> str:
    """A text on one line in quotation marks that nothing in it can close."""
    line = "".join(letter if letter.isprintable() else " " for letter in text)
    plain = "".join('"' if _closes(letter) else letter for letter in line)
    return f"“{' '.join(plain.split())}”"


def _closes(letter: str) -> bool:
    return unicodedata.category(letter) in ("Pi", "Pf") or letter in "〝〞＂❝❞″‶"


def _name(value: Any) -> Any:
    return quoted(value) if isinstance(value, str) and not PLAIN.fullmatch(value) else value


@functools.cache
def _stubs() -> set[str]:
    """What the stubs say: these are the grader's own words."""
    files = read_manifest().functions.items()
    return {f"TODO: implement {function} in {file}" for function, file in files}


say = Wording(SUBMISSIONS, TEMPLATES).say
say_quoting = Quoting(QUOTING, SUBMISSIONS, TEMPLATES).say


class Refused(ValueError):
    """An error whose reason is a message; its text is that in words.

    Parameters
    ----------
    code : str
    **values
        Of the message.
    """

    def __init__(self, code: str, **values: Any) -> None:
        self.reason = message(code, **values)
        super().__init__(say(self.reason))
