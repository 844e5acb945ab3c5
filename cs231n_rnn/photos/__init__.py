"""One's own photographs and their captions as a data set in COCO's layout.

No other part of the kit imports this one; `python -m cs231n_rnn` starts its two commands.
"""

from .build import Options, build_photos
from .features import Encoder

__all__ = ["Encoder", "Options", "build_photos"]
