"""Client of Inkcode: images from a latent code, text as handwriting, and labelled data sets as streams.

`inkcode_client.torch` and `inkcode_client.huggingface` read data sets; they need torch and `datasets`.
"""

from inkcode_client.catalogue import Dataset, Drawable, Model, Shard
from inkcode_client.client import AsyncClient, Client
from inkcode_client.connection import Connection
from inkcode_client.drawing import Drawing, Traversal
from inkcode_client.problems import FieldError, ModelChangedError, ProblemError
from inkcode_client.reading import Reading
from inkcode_client.retries import Retries
from inkcode_client.version import VERSION
from inkcode_client.writing import Character, Line, Lines, Page, PageLine, Word

__all__ = [
    "VERSION",
    "AsyncClient",
    "Character",
    "Client",
    "Connection",
    "Dataset",
    "Drawable",
    "Drawing",
    "FieldError",
    "Line",
    "Lines",
    "Model",
    "ModelChangedError",
    "Page",
    "PageLine",
    "ProblemError",
    "Reading",
    "Retries",
    "Shard",
    "Traversal",
    "Word",
]
