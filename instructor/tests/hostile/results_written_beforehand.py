"""Writes results and gradebooks to every place where it may."""

import contextlib
import os

NAMES = ("results.json", "gradebook.csv", "hostile_was_here")
scratch = os.stat("/tmp").st_dev
places = set()
for folder, folders, _ in os.walk("/"):
    if folder == "/":
        folders[:] = [name for name in folders if name not in ("proc", "sys")]
    for name in NAMES:
        with contextlib.suppress(OSError):
            with open(f"{folder}/{name}", "w") as file:
                file.write('{"score": 100, "tests": []}')
            places.add("/tmp" if os.stat(folder).st_dev == scratch else folder)
for folder in ("/autograder/results", "/kit/tests/answers", "/home/results"):
    with contextlib.suppress(OSError):
        os.makedirs(folder)
        places.add(folder)
raise RuntimeError(f"wrote into {sorted(places)}")
