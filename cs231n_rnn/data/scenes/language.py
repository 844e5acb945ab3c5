"""Captions of a scene from a small grammar, their vocabulary, and a check of what they name.

Every caption names the main object, before any other, as ``colour shape``. No other word of
the grammar is a colour or a shape, so the first shape word and the colour before it are what
a caption says of the main object.
"""

from __future__ import annotations

import math
import re

import numpy as np

from cs231n_rnn.data.vocabulary import SPECIAL_WORDS

from .world import COLOURS, SHAPES, TEXTURES, Scene, SceneObject, pick

MAX_WORDS = 15
CAPTIONS = 5  # a picture

SIZE_WORDS = {
    "small": ("small", "little", "tiny"),
    "medium": ("medium",),
    "large": ("large", "big", "huge"),
}
SETTINGS = {
    "grass": ("on the grass", "on a lawn", "in a meadow"),
    "sand": ("on the sand", "on a beach", "in the desert"),
    "night": ("in the night sky", "in the dark sky", "among the stars"),
    "bricks": ("on a brick wall", "on the bricks", "in front of a brick wall"),
    "water": ("on the water", "on the sea", "on the waves"),
    "snow": ("on the snow", "on the ice", "in a snowy field"),
    "wood": ("on a wooden floor", "on a wooden table", "on the planks"),
    "clouds": ("in the cloudy sky", "among the clouds", "in front of the clouds"),
}
GROUND = ("lies", "sits", "rests", "stands")
AIR = ("floats", "hangs", "flies", "hovers")
VERBS = {
    "grass": GROUND,
    "sand": GROUND,
    "night": AIR,
    "bricks": ("hangs", "can be seen", "appears"),
    "water": ("floats", "drifts", "swims"),
    "snow": GROUND,
    "wood": GROUND,
    "clouds": AIR,
}
PLACE_PHRASES = {
    "corner": (
        "in the {upper} {side} corner",
        "at the {row} {side}",
        "near the {row} {side} corner",
    ),
    "row": ("at the {row}", "near the {row} edge", "in the {upper} half"),
    "side": ("on the {side}", "on the {side} side", "in the {side} half"),
    "middle": ("in the middle", "in the centre", "at the centre"),
}
RELATIONS = {
    "left": ("to the left of", "left of"),
    "right": ("to the right of", "right of"),
    "above": ("above", "over"),
    "below": ("below", "under"),
    "near": ("next to", "near", "beside"),
}
ASIDES = {
    "left": "to its right",
    "right": "to its left",
    "above": "below it",
    "below": "above it",
    "near": "next to it",
}
WHOLE = ("picture", "image", "scene")
SEE = ("there is", "we see", "you can see")
ANYWHERE = (
    "{main} {setting}",
    "{main} {verb} {setting}",
    "{known} is {setting}",
    "{see} {main} {setting}",
    "{setting} there is {main}",
    "{setting} {verb} {main}",
    "{main} {place} of the {whole}",
    "{known} is {place}",
    "{known} {verb} {place}",
    "{place} there is {main}",
    "{see} {main} {place}",
    "{main} {setting} {place}",
    "the {whole} shows {main} {setting}",
    "this is {main} {setting}",
)
ALONE = (
    "{main} alone {setting}",
    "{main} all by itself {setting}",
    "{known} is the only object {setting}",
    "only {main} can be seen {setting}",
    "a single {bare} {verb} {setting}",
    "nothing but {main} {setting}",
)
TOGETHER = (
    "{main} {relation} {other}",
    "{known} is {relation} {other}",
    "{known} {verb} {relation} {other}",
    "{main} {relation} {other} {setting}",
    "{main} and {other} {aside}",
    "{known} is larger than {other}",
    "{known} is bigger than {other}",
)
PAIR = (
    "{main} and {other} {setting}",
    "two objects {setting} and the larger one is {known}",
    "both {main} and {other} are {setting}",
    "{main} and a smaller object {setting}",
    "{main} and {other} together {setting}",
)
TRIO = (
    "{main} and two smaller objects {setting}",
    "three objects {setting} and the largest is {known}",
    "{see} {main} and {other} and {third}",
    "{known} is the biggest of three objects {setting}",
    "{main} near two other things {setting}",
)
BETWEEN = ("{main} between {other} and {third}", "{known} is between {other} and {third}")
TEMPLATES = (*ANYWHERE, *ALONE, *TOGETHER, *PAIR, *TRIO, *BETWEEN)


def write_captions(scene: Scene, rng: np.random.Generator) -> list[str]:
    """Five different captions of a scene.

    Parameters
    ----------
    scene : Scene
    rng : Generator

    Returns
    -------
    list of str
        Lower case words with single spaces between them, at most 15 a caption.
    """
    templates = _fitting_templates(scene)
    captions: list[str] = []
    while len(captions) < CAPTIONS:
        caption = pick(pick(templates, rng), rng).format(**_phrases(scene, rng))
        if caption not in captions and len(caption.split()) <= MAX_WORDS:
            captions.append(caption)
    return captions


def vocabulary() -> list[str]:
    """``idx_to_word``: <NULL>, <START>, <END>, <UNK>, then the grammar's words by alphabet."""
    tables = (SIZE_WORDS, SETTINGS, VERBS, PLACE_PHRASES, RELATIONS)
    phrases = [phrase for table in tables for options in table.values() for phrase in options]
    names = [*SHAPES, *COLOURS, *TEXTURES, "upper", "lower", "top", "bottom", "left", "right"]
    rest = [*ASIDES.values(), *WHOLE, *SEE, *TEMPLATES, "a an the one with stripes dots checks"]
    words = re.sub(r"\{\w+\}", " ", " ".join([*phrases, *names, *rest])).split()
    return [*SPECIAL_WORDS, *sorted(set(words) - {"plain"})]


def names_main_object(caption: str, scene: Scene) -> tuple[bool, bool]:
    """Does a caption name the main object's colour and shape?

    The main object is the one that a caption names first: the first shape word, and the last
    colour word before it. Without a shape word, the first colour word counts for the colour.
    So "a red circle above a blue star" is right in both only where the main object is a red
    circle.

    Parameters
    ----------
    caption : str
        Words with spaces between them; <START> and <END> may stand among them.
    scene : dict
        As ``load_scenes`` returns it.

    Returns
    -------
    colour_right, shape_right : bool
    """
    words = caption.split()
    where = next((i for i, word in enumerate(words) if word in SHAPES), None)
    colours = [word for word in words[:where] if word in COLOURS]
    main = scene["objects"][0]
    colour = colours[0 if where is None else -1] if colours else None
    return colour == main["colour"], where is not None and words[where] == main["shape"]


def relation(a: SceneObject, b: SceneObject) -> str:
    """Where ``a`` is, seen from ``b``: left, right, above, below, or near where it is diagonal."""
    dx, dy = (p - q for p, q in zip(a["centre"], b["centre"], strict=True))
    if abs(dx) > 1.4 * abs(dy):
        return "left" if dx < 0 else "right"
    if abs(dy) > 1.4 * abs(dx):
        return "above" if dy < 0 else "below"
    return "near"


def _fitting_templates(scene: Scene) -> list[tuple[str, ...]]:
    """Groups of templates that are true of the scene."""
    main, *others = scene["objects"]
    if not others:
        return [ANYWHERE, ANYWHERE, ALONE]
    groups = [ANYWHERE, TOGETHER, PAIR if len(others) == 1 else TRIO]
    return [*groups, BETWEEN] if _is_between(main, others) else groups


def _is_between(main: SceneObject, others: list[SceneObject]) -> bool:
    """Are there two others, seen from the main object at least 135 degrees apart?"""
    if len(others) < 2:
        return False
    (ax, ay), (bx, by) = (
        [p - q for p, q in zip(other["centre"], main["centre"], strict=True)] for other in others
    )
    cosine = (ax * bx + ay * by) / math.sqrt((ax * ax + ay * ay) * (bx * bx + by * by))
    return cosine < -math.sqrt(0.5)


def _phrases(scene: Scene, rng: np.random.Generator) -> dict[str, str]:
    """A phrase for every slot of the templates."""
    main, *others = scene["objects"]
    if len(others) == 2 and rng.random() < 0.5:
        others.reverse()
    other, third = (*others, main, main)[:2]  # a lone object's templates use neither
    seen_from_other = relation(main, other)
    return {
        "main": _name(main, rng, ("a", "a", "one")),
        "known": _name(main, rng, ("the",)),
        "bare": _look(main, rng),
        "other": _name(other, rng, ("a", "a", "the"), detail=0.25),
        "third": _name(third, rng, ("a",), detail=0.0),
        "setting": pick(SETTINGS[scene["background"]], rng),
        "verb": pick(VERBS[scene["background"]], rng),
        "place": place_phrase(main["place"], rng),
        "relation": pick(RELATIONS[seen_from_other], rng),
        "aside": ASIDES[seen_from_other],
        "whole": pick(WHOLE, rng),
        "see": pick(SEE, rng),
    }


def _name(
    thing: SceneObject, rng: np.random.Generator, articles: tuple[str, ...], detail: float = 0.4
) -> str:
    """Article, perhaps size, perhaps texture, colour, shape: "a big striped red circle"."""
    look = _look(thing, rng, detail)
    if rng.random() < detail:
        look = f"{pick(SIZE_WORDS[thing['size']], rng)} {look}"
    article = pick(articles, rng)
    return f"{'an' if article == 'a' and look[0] in 'aeiou' else article} {look}"


def _look(thing: SceneObject, rng: np.random.Generator, detail: float = 0.4) -> str:
    """Perhaps texture, then colour and shape; two objects in five show their texture."""
    look = f"{thing['colour']} {thing['shape']}"
    texture = thing["texture"]
    if texture == "plain" or rng.random() >= detail:
        return look
    nouns = {"striped": "stripes", "dotted": "dots", "checked": "checks"}
    return f"{texture} {look}" if rng.random() < 0.7 else f"{look} with {nouns[texture]}"


def place_phrase(place: str, rng: np.random.Generator) -> str:
    """A place in words: "in the upper left corner" for "top left"."""
    row, _, side = place.partition(" ")
    kind = "corner" if side else "side" if row in ("left", "right") else "row"
    kind = "middle" if place == "middle" else kind
    upper = {"top": "upper", "bottom": "lower"}.get(row, "")
    return pick(PLACE_PHRASES[kind], rng).format(row=row, upper=upper, side=side or row)
