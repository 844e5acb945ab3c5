"""A source in whatever encoding, as UTF-8 that Python 3 compiles."""

from __future__ import annotations

import codecs
import contextlib
import io
import re
import tokenize
from pathlib import PurePosixPath

from cs231n_rnn.checking.messages import Message, message
from instructor.grading.python2 import LONGEST, fix, parse

# Codecs of text that a source may declare; of the others, punycode for one takes hours.
CODECS = re.compile(r"utf|ascii|latin|iso|cp\d|gb|big5|shift|euc|koi|mac", re.IGNORECASE)
COOKIE = re.compile(r"^([ \t\f]*#.*?coding[:=][ \t]*)[-\w.]+")


def to_python3(name: str, content: bytes, room: int = LONGEST) -> tuple[bytes, list[Message]]:
    """A source as UTF-8 and for Python 3, where that can be had, and what was done to it.

    Parameters
    ----------
    name : str
        For the notes.
    content : bytes
    room : int
        Bytes that are looked at; a longer source stays as it is.

    Returns
    -------
    content : bytes
        As it came where it cannot be decoded or does not compile.
    notes : list of Message
    """
    name = PurePosixPath(name).name
    if len(content) > room:
        long = message("source_too_long", length=len(content), most=max(room, 0))
        return content, [message("not_python3", name=name, fault=long)]
    text, notes = _decode(name, content)
    fixed, leftovers = fix(text)
    fault = parse(fixed)
    if isinstance(fault, Message):
        return content, [*notes, message("not_python3", name=name, fault=fault)]
    notes += [message("leftover", name=name, line=n, leftover=told) for n, told in leftovers]
    if not notes:
        return content, []
    lines = fixed.split("\n")
    lines[:2] = [COOKIE.sub(r"\1utf-8", line) for line in lines[:2]]
    return "\n".join(lines).encode("utf-8"), notes


def _decode(name: str, content: bytes) -> tuple[str, list[Message]]:
    """A source's text; Latin-1 gives every byte some letter where nothing else fits."""
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with contextlib.suppress(UnicodeDecodeError):
            return content.decode("utf-16"), [message("utf16", name=name)]
    if content.startswith(codecs.BOM_UTF8):
        with contextlib.suppress(UnicodeDecodeError):
            text = content.decode("utf-8-sig")
            return text, [message("byte_order_mark", name=name)]
    with contextlib.suppress(SyntaxError, UnicodeDecodeError, LookupError):
        codec, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if CODECS.match(codec):
            return content.decode(codec), []
    with contextlib.suppress(UnicodeDecodeError):
        return content.decode("utf-8"), [message("other_encoding", name=name)]
    return content.decode("latin-1"), [message("not_utf8", name=name)]
