"""Questions about a scene with answers of one word, for visual question answering.

Where a question has two possible answers, a coin is thrown for the answer first and a
question sought that has it. So whoever sees the question alone guesses right at most half
the time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TypedDict

import numpy as np

from .language import relation
from .world import COLOURS, SHAPES, Scene, SceneObject, pick

TRIES = 30  # after which a kind counts as one that the scene does not allow
NUMBERS = ("zero", "one", "two", "three")
SIDES = {"left": "to the left of", "right": "to the right of", "above": "above", "below": "below"}
OPPOSITE = {"left": "right", "right": "left", "above": "below", "below": "above"}


class Question(TypedDict):
    """One question. ``image_idx`` is the picture's row in the images and the features."""

    image_idx: int
    kind: str
    question: str
    answer: str


Asked = tuple[str, str] | None  # question and answer; None where the scene allows none


def write_questions(scene: Scene, image_idx: int, rng: np.random.Generator) -> list[Question]:
    """A question of each kind that the scene allows: seven, and two more where objects differ.

    Parameters
    ----------
    scene : Scene
    image_idx : int
        Row of the picture, written into the questions.
    rng : Generator

    Returns
    -------
    list of Question
    """
    questions = []
    for kind, ask in KINDS.items():
        asked = None
        for _ in range(TRIES):
            asked = asked or ask(scene["objects"], rng)
        if asked is not None:
            question, answer = asked
            questions.append(
                Question(image_idx=image_idx, kind=kind, question=question, answer=answer)
            )
    return questions


def _colour(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    thing = pick(things, rng)
    name = thing["shape"] if _unique(things, "shape", thing["shape"]) else None
    if thing["main"] and (name is None or rng.random() < 0.5):
        name = "largest object"
    return (f"what colour is the {name}", thing["colour"]) if name else None


def _shape(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    thing = pick(things, rng)
    name = f"{thing['colour']} object" if _unique(things, "colour", thing["colour"]) else None
    if thing["main"] and (name is None or rng.random() < 0.5):
        name = "largest object"
    return (f"what shape is the {name}", thing["shape"]) if name else None


def _size(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    thing = pick(things, rng)
    return f"what size is the {_look(thing)}", thing["size"]


def _texture(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    thing = pick(things, rng)
    return f"what pattern does the {_look(thing)} have", thing["texture"]


def _where(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    """Mostly a smaller object: where the largest one is can be seen without the question."""
    thing = pick(things[1:] if len(things) > 1 and rng.random() < 0.75 else things, rng)
    return f"where is the {_look(thing)}", thing["place"].replace(" ", "-")


def _count(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    if rng.random() < 0.4:
        return "how many objects are there", NUMBERS[len(things)]
    wanted = int(rng.integers(3))
    counts = {f"{colour} objects": 0 for colour in COLOURS} | {f"{shape}s": 0 for shape in SHAPES}
    counts |= Counter(f"{thing['colour']} objects" for thing in things)
    counts |= Counter(f"{thing['shape']}s" for thing in things)
    fitting = [name for name, count in counts.items() if count == wanted]
    name = pick(fitting, rng).replace("crosss", "crosses") if fitting else None
    return (f"how many {name} are there", NUMBERS[wanted]) if name else None


def _is_there(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    """No where only one of colour and shape fits, so that both must be looked at together."""
    thing = pick(things, rng)
    if rng.random() < 0.5:
        return f"is there {_a(_look(thing))}", "yes"
    # Drawn from what is absent: to give up where the draw is there would make no the rarer one.
    looks = [f"{colour} {thing['shape']}" for colour in COLOURS]
    if rng.random() < 0.5:
        looks = [f"{thing['colour']} {shape}" for shape in SHAPES]
    absent = [look for look in looks if look not in map(_look, things)]
    return f"is there {_a(pick(absent, rng))}", "no"


def _larger(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    a, b = _two(things, rng)
    if a["size"] == b["size"] or a["shape"] == b["shape"]:
        return None
    larger = a if a["radius"] > b["radius"] else b
    return f"which is larger the {_look(a)} or the {_look(b)}", larger["shape"]


def _compare(things: list[SceneObject], rng: np.random.Generator) -> Asked:
    """Is one object left of, right of, above or below another?"""
    a, b = _two(things, rng)
    side = relation(a, b) if a is not b else "near"
    if side == "near":
        return None
    answer = pick(("yes", "no"), rng)
    asked = side if answer == "yes" else OPPOSITE[side]
    return f"is the {_look(a)} {SIDES[asked]} the {_look(b)}", answer


KINDS: dict[str, Callable[[list[SceneObject], np.random.Generator], Asked]] = {
    "colour": _colour,
    "shape": _shape,
    "size": _size,
    "texture": _texture,
    "count": _count,
    "is there": _is_there,
    "where": _where,
    "larger": _larger,
    "compare": _compare,
}


def _two(things: list[SceneObject], rng: np.random.Generator) -> tuple[SceneObject, SceneObject]:
    """Two different objects, the same one twice where there is no other."""
    a = int(rng.integers(len(things)))
    step = 1 + int(rng.integers(max(len(things) - 1, 1)))
    return things[a], things[(a + step) % len(things)]


def _a(look: str) -> str:
    return f"{'an' if look[0] in 'aeiou' else 'a'} {look}"


def _look(thing: SceneObject) -> str:
    return f"{thing['colour']} {thing['shape']}"


def _unique(things: list[SceneObject], key: str, value: str) -> bool:
    return [thing[key] for thing in things].count(value) == 1  # type: ignore[literal-required]
