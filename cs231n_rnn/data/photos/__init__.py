"""One's own photographs and their captions as a data set in COCO's layout."""

from cs231n_rnn.data.pictures import read_picture

from .build import Options, build_photos
from .features import Encoder

__all__ = ["Encoder", "Options", "build_photos", "read_picture"]
