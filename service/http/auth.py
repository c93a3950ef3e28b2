"""API keys: a file of their SHA-256 digests, and the policy that lets only known keys in."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from pathlib import Path

from service.http.policies.access_log import PROBES
from service.http.policies.policy import Policy
from service.http.problems import MissingKey, UnknownKey
from service.http.request_context import RequestContext
from service.http.request_head import Headers

_DIGEST = re.compile(r"[0-9a-f]{64}")


def new_key() -> tuple[str, str]:
    """A key of 256 random bits, and the digest that the key file lists for it."""
    key = secrets.token_urlsafe(32)
    return key, _digest(key.encode())


def _digest(key: bytes) -> str:
    # One round of SHA-256 is enough: a random key of 256 bits cannot be guessed from its digest, as a password could.
    return hashlib.sha256(key).hexdigest()


def read_key_file(path: Path) -> dict[str, str]:
    """The names of the keys by their digests: a digest begins each line, the rest of the line is the key's name.

    What follows `#` is a comment.

    Raises:
        OSError: the file cannot be read.
        ValueError: a line does not begin with a digest.
    """
    names: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        digest, *name = line.partition("#")[0].split(maxsplit=1)[:2] or [""]
        if digest and not _DIGEST.fullmatch(digest):
            raise ValueError(f"line {number} of {path.name} must begin with a SHA-256 digest, 64 hexadecimal digits")
        if digest:
            names[digest] = name[0].strip() if name else ""
    return names


class KeyStore:
    """The keys that a file lists now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.refresh()

    def refresh(self) -> None:
        """Read the file again. Where that raises, the keys stay as they were."""
        self._names = read_key_file(self._path)

    def find(self, key: bytes) -> str | None:
        """The name of a key, empty where it has none; None where the file does not list it."""
        digest, found = _digest(key), None
        # Every digest is compared to its end, so that the time taken does not tell how near a guess came.
        for known, name in self._names.items():
            if hmac.compare_digest(digest, known):
                found = name
        return found


class ApiKeyAuth(Policy):
    """Requires `Authorization: Bearer KEY` of every request but probes (RFC 6750)."""

    def __init__(self, keys: KeyStore) -> None:
        self._keys = keys

    def on_request(self, context: RequestContext) -> None:
        """Check the key.

        Raises:
            MissingKey: the request carries none.
            UnknownKey: the key file does not list it.
        """
        if context.path in PROBES:
            return
        scheme, _, key = context.head.authorization.partition(b" ")
        if scheme.lower() != b"bearer" or not key:
            raise MissingKey
        name = self._keys.find(key.strip())
        if name is None:
            raise UnknownKey
        context.key = name

    def response_headers(self, context: RequestContext) -> Headers:
        """What a key was needed for, no shared cache may give to others (RFC 9111, section 5.2.2.7)."""
        return () if context.key is None else ((b"cache-control", b"private"),)
