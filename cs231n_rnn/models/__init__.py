"""Models: ``params`` and a ``loss`` made of layers; what they write, word by word."""
