"""API keys: known by their digests alone, so that the file that lists them opens nothing."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from pathlib import Path

_DIGEST = re.compile(r"[0-9a-f]{64}")


def new_key() -> tuple[str, str]:
    """A key of 256 random bits, and the digest that stands for it."""
    key = secrets.token_urlsafe(32)
    return key, _digest(key.encode())


def _digest(key: bytes) -> str:
    # One round is enough: unlike a password, a random key cannot be guessed from its digest.
    return hashlib.sha256(key).hexdigest()


def read(path: Path) -> tuple[str, ...]:
    """The digests a file lists, one a line; what follows one on its line, and after `#`, is for people.

    Raises:
        OSError: it cannot be read.
        ValueError: a line begins with no digest.
    """
    digests = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        words = line.partition("#")[0].split()
        if words and not _DIGEST.fullmatch(words[0]):
            raise ValueError(f"line {number} of {path.name} must begin with a SHA-256 in 64 small hexadecimal digits")
        digests += words[:1]
    return tuple(digests)


class Keys:
    """The keys that a file lists."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.refresh()

    def refresh(self) -> None:
        """Read the file again. Where that fails, which raises, the keys stay what they were."""
        self._digests = read(self._path)

    def know(self, key: bytes) -> bool:
        """Whether the file lists a key's digest."""
        digest = _digest(key)
        # Every one is compared, and to its end: how long it takes tells nothing of how near a guess came.
        return sum([hmac.compare_digest(digest, known) for known in self._digests]) > 0
