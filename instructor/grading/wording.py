"""What the staff's tools say of a submission: templates beside those of the checks."""

from __future__ import annotations

from typing import Any

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

say = Wording(SUBMISSIONS, TEMPLATES).say


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
