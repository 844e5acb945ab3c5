"""Which of the manifest's files an entry is: by its name, or by what it defines."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable
from itertools import takewhile
from pathlib import PurePosixPath

from cs231n_rnn.checking.manifest import Manifest
from instructor.grading.containers import Entry
from instructor.grading.cs231n_layout import functions_of

LARGEST_SOURCE = 2_000_000
DEFINES = re.compile(rb"\b(?:def|class)\s+([A-Za-z_0-9]{1,99})\b")


def find_files(entries: list[Entry], manifest: Manifest) -> tuple[str, dict[str, list[Entry]]]:
    """The layout, and the candidates for each of its files, best first."""
    layouts = (("kit", manifest.points), ("cs231n", manifest.aliases))
    faulty = "kit", dict[str, list[Entry]]()
    for layout, names in layouts:
        found = {name: ending_with(entries, PurePosixPath(name).parts) for name in names}
        candidates = [entry for several in found.values() for entry in several]
        if any(not entry.fault for entry in candidates):
            return layout, found
        if candidates and not faulty[1]:
            faulty = layout, found
    found = _find_flat(entries, manifest)
    if not found:
        return faulty
    return "kit" if set(found) & set(manifest.points) else "cs231n", found


def ending_with(entries: list[Entry], ending: tuple[str, ...], suffix: str = "") -> list[Entry]:
    """Entries under any leading folders; the shallowest that can be read comes first."""
    found = [e for e in entries if e.is_visible and e.parts[len(e.parts) - len(ending) :] == ending]
    found = [e for e in found if e.parts[-1].lower().endswith(suffix)]
    return sorted(found, key=lambda e: (bool(e.fault), len(e.parts), e.parts))


def _find_flat(entries: list[Entry], manifest: Manifest) -> dict[str, list[Entry]]:
    """Files without their folders, or under names of their own: by what they define."""
    sources = [e for e in ending_with(entries, (), ".py") if not e.fault]
    top = common_folder(e.parts[:-1] for e in sources)
    found: dict[str, list[Entry]] = {}
    for entry in [e for e in sources if len(e.parts) <= len(top) + 2][:50]:
        name = _name_of(entry, entry.parts[len(top) :], manifest)
        if name:
            found.setdefault(name, []).append(entry)
    for name, candidates in found.items():
        # A file of the right name before one that only looks like it.
        candidates.sort(key=lambda e: e.parts[-1] != PurePosixPath(name).name)
    ours = {name: several for name, several in found.items() if name in manifest.points}
    return ours or found


def _name_of(entry: Entry, ending: tuple[str, ...], manifest: Manifest) -> str:
    """Which of the manifest's files an entry is, by its name and then by what it defines."""
    names = [*manifest.points, *manifest.aliases]
    possible = [n for n in names if PurePosixPath(n).parts[-len(ending) :] == ending]
    if len(possible) == 1 or (not possible and len(ending) > 1):
        return "".join(possible)
    content = b""
    with contextlib.suppress(Exception):  # reading it again gives the reason
        content = entry.read(LARGEST_SOURCE) if entry.size <= LARGEST_SOURCE else b""
    defined = {word.decode() for word in DEFINES.findall(content)}
    scores = {name: _score(name, defined, manifest) for name in possible or names}
    best = max(scores, key=lambda name: scores[name])
    return best if possible or scores[best][0] else ""


def common_folder(folders: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The leading folders that all have."""
    levels = zip(*folders, strict=False)
    return tuple(names[0] for names in takewhile(lambda names: len(set(names)) == 1, levels))


def _score(name: str, defined: set[str], manifest: Manifest) -> tuple[int, float, bool]:
    """How many of a file's functions a source defines, and what part of them."""
    functions = functions_of(name, manifest)
    hits = sum(defined.issuperset(function.split(".")) for function in functions)
    return hits, hits / max(len(functions), 1), name in manifest.points
