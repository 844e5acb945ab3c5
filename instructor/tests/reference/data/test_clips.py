"""Drawn clips: what their labels mean, and that no single frame tells."""

import numpy as np
import pytest

from cs231n_rnn.data.clips import (
    DOINGS,
    FADE,
    IMPACT,
    MAX_FRAMES,
    MIN_FRAMES,
    MOTIONS,
    SIDE,
    event_clips,
    frame_vectors,
    motion_clips,
)

MAKERS = pytest.mark.parametrize("make", [motion_clips, event_clips])


@pytest.fixture(scope="module")
def motions():
    return motion_clips(210, np.random.default_rng(5))


@pytest.fixture(scope="module")
def events():
    return event_clips(150, np.random.default_rng(6))


def light_of(frames):
    """How much brighter than the background each pixel is, if clearly so."""
    light = frames.astype(float) - np.median(frames, axis=(1, 2), keepdims=True)
    return np.where(light > 25, light, 0)


def places(frames):
    """Middle of the object in each frame (T, 2) on the joined canvas, by the phase of its light."""
    light = light_of(frames)
    turn = np.exp(2j * np.pi * (np.arange(SIDE) + 0.5) / SIDE)
    phase = [np.angle((light.sum(axis=axis) * turn).sum(axis=1)) for axis in (1, 2)]
    return np.stack(phase, axis=1) % (2 * np.pi) * SIDE / (2 * np.pi)


def steps(frames):
    """From frame to frame, the shorter way round (T - 1, 2)."""
    return (np.diff(places(frames), axis=0) + SIDE / 2) % SIDE - SIDE / 2


@MAKERS
def test_the_same_seed_gives_the_same_clips(make):
    one, same, other = (make(9, np.random.default_rng(seed)) for seed in (1, 1, 2))
    for a, b in zip(one, same, strict=True):
        np.testing.assert_array_equal(a, b)
    assert one.frames.shape != other.frames.shape or np.any(one.frames != other.frames)


@MAKERS
def test_clips_have_the_documented_form(make):
    clips = make(40, np.random.default_rng(3))
    N, T = clips.frames.shape[:2]
    assert clips.frames.shape == (40, clips.lengths.max(), SIDE, SIDE)
    assert clips.frames.dtype == np.uint8
    assert clips.labels.shape in ((N,), (N, T))
    assert MIN_FRAMES <= clips.lengths.min() < clips.lengths.max() <= MAX_FRAMES
    behind = np.arange(T) >= clips.lengths[:, np.newaxis]
    assert not clips.frames[behind].any()


def test_motions_are_equally_frequent(motions):
    assert np.bincount(motions.labels).tolist() == [30] * len(MOTIONS)


@pytest.mark.parametrize(
    ("motion", "axis", "sign"), [("left", 0, -1), ("right", 0, 1), ("up", 1, -1), ("down", 1, 1)]
)
def test_straight_motions_go_where_they_say(motion, axis, sign, motions):
    for n in np.flatnonzero(motions.labels == MOTIONS.index(motion)):
        moved = steps(motions.frames[n, : motions.lengths[n]])
        assert np.all(sign * moved[:, axis] > 0.7)
        assert abs(moved[:, 1 - axis]).max() < 0.6


@pytest.mark.parametrize(("motion", "sign"), [("clockwise", 1), ("anticlockwise", -1)])
def test_circles_turn_in_their_sense(motion, sign, motions):
    for n in np.flatnonzero(motions.labels == MOTIONS.index(motion)):
        dx, dy = steps(motions.frames[n, : motions.lengths[n]]).T
        turned = np.angle((dx + 1j * dy)[1:] / (dx + 1j * dy)[:-1]).sum()
        assert sign * turned > 2  # rows go downwards, so clockwise is positive


def test_a_zigzag_goes_on_along_one_axis_and_to_and_fro_along_the_other(motions):
    for n in np.flatnonzero(motions.labels == MOTIONS.index("zigzag")):
        signs = np.sign(steps(motions.frames[n, : motions.lengths[n]]))
        constant = [len(set(axis)) == 1 for axis in signs.T]
        assert sorted(constant) == [False, True]


def test_at_every_frame_all_places_are_equally_likely_under_every_motion():
    clips = motion_clips(1400, np.random.default_rng(8))
    for t in (0, 5, 11):
        for label in range(len(MOTIONS)):
            found = places(clips.frames[clips.labels == label, t])
            for axis in (0, 1):
                counts = np.bincount(found[:, axis].astype(int) * 4 // SIDE, minlength=4)
                # With 3 degrees of freedom one in 100,000 comes above 26.
                assert ((counts - 50) ** 2 / 50).sum() < 26


def test_every_clip_begins_with_appearing_and_ends_with_leaving(events):
    for labels, length in zip(events.labels, events.lengths, strict=True):
        names = [DOINGS[k] for k in labels[:length]]
        assert names[:FADE] == ["appearing"] * FADE
        assert names[-FADE:] == ["leaving"] * FADE
        assert not {"appearing", "leaving"} & set(names[FADE:-FADE])


def middles(frames):
    """Middle column of the object in each frame, where the post's columns are left out."""
    light = light_of(frames)
    is_post = (light > 0).mean(axis=(0, 1)) > 0.7
    light = np.where(is_post, 0, light).sum(axis=1)  # (T, SIDE)
    return (light * np.arange(SIDE)).sum(axis=1) / light.sum(axis=1)


def test_labels_say_what_the_pictures_show(events):
    found = {name: [] for name in DOINGS}
    for frames, labels, length in zip(events.frames, events.labels, events.lengths, strict=True):
        bright = slice(FADE, length - FADE)
        for label, step in zip(labels[bright][1:], np.diff(middles(frames[bright])), strict=True):
            found[DOINGS[label]].append(step)
    # Beside the post some of an object's light is taken for the post's.
    assert np.mean(np.array(found["moving left"]) < -0.3) > 0.95
    assert np.mean(np.array(found["moving right"]) > 0.3) > 0.95
    assert np.mean(abs(np.array(found["still"])) < 0.3) > 0.85


def test_a_collision_comes_behind_a_movement_and_lasts(events):
    collided = 0
    for labels, length in zip(events.labels, events.lengths, strict=True):
        names = [DOINGS[k] for k in labels[:length]]
        for t in range(1, length):
            if names[t] == "colliding" != names[t - 1]:
                collided += 1
                assert names[t - 1] in ("moving left", "moving right", "still", "appearing")
                run = names[t : t + IMPACT]
                assert set(run) <= {"colliding", "leaving"}
                after = names[t + IMPACT] if t + IMPACT < length else "leaving"
                assert after in ("moving left", "moving right", "leaving")
    assert collided > 30


def test_vectors_are_sums_over_columns_and_rows():
    frames = np.zeros((1, 1, 4, 4), dtype=np.uint8) + 10
    frames[0, 0, 1, 2] = 61
    vector = frame_vectors(frames)[0, 0]
    np.testing.assert_allclose(vector, [0, 0, 0.2, 0, 0, 0.2, 0, 0], atol=1e-7)
    assert vector.dtype == np.float32


@MAKERS
def test_no_clips_is_refused(make):
    with pytest.raises(ValueError, match=f"n is 0; {make.__name__} needs 1 or more"):
        make(0, np.random.default_rng(1))
