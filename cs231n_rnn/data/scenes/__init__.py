"""The scenes: pictures of one to three objects with captions and questions, all from a seed.

``python -m cs231n_rnn data scenes [FOLDER]`` makes a folder in COCO's own layout, beside it
pictures, a 7 x 7 grid of features, what is in each picture, and questions.
"""

from .build import build_scenes, load_scenes
from .language import names_main_object
from .world import object_cells

__all__ = ["build_scenes", "load_scenes", "names_main_object", "object_cells"]
