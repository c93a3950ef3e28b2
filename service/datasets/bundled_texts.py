"""The texts that come with the service: a list of English words, see `words/NOTICE.txt` for its source and licence."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from service.datasets.corpora import TextList

ENGLISH = "english"
"""The name of the list, as `corpus` takes it: some 11,000 common words in American spelling, most in small letters."""

_FILE = Path(__file__).with_name("words") / "english.txt"


@cache
def english() -> TextList:
    """The words."""
    return TextList.create(_FILE.read_text("ascii").split())


@cache
def english_digest() -> str:
    """A digest of the words, which decide what is written."""
    return hashlib.sha256(_FILE.read_bytes()).hexdigest()[:12]
