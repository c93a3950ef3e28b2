"""The path of a shard, below its model's: `{options}/{set}-{number}.{ending}`, `n=60,seed=1,size=20/0a1b-000002.tar`.

`options` are the parameters of the data set, `set` a digest of all that decides the bytes of its shards. So nothing of
it stands in a query, which caches by file name and readers that look at the ending do not see.

Options are written without a percent sign: clients and proxies decode percent signs, some of them twice. A byte of
UTF-8 that is not a letter, a digit, `-`, `.` or `_` is a tilde and two hexadecimal digits: `words=one~2Ctwo`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import quote, unquote

from latent import CodeError

_FILE = re.compile(r"([0-9a-f]{16})-(\d{6,9})\.(.+)", re.ASCII)
_VALUE = re.compile(r"(?:[A-Za-z0-9._-]|~[0-9A-Fa-f]{2})*", re.ASCII)


def encode_options(options: Mapping[str, str]) -> str:
    """Parameters as a segment of a path, sorted by name."""
    return ",".join(f"{_escape(name)}={_escape(value)}" for name, value in sorted(options.items()))


def decode_options(segment: str) -> dict[str, str]:
    """The parameters of a segment.

    Raises:
        CodeError: it is not what `encode_options` writes, or a parameter is given twice.
    """
    options: dict[str, str] = {}
    for part in segment.split(","):
        name, is_assignment, value = part.partition("=")
        try:
            if not is_assignment or not _VALUE.fullmatch(name) or not _VALUE.fullmatch(value):
                raise ValueError
            name, value = _unescape(name), _unescape(value)
        except ValueError:
            raise CodeError("options", part, "must be as the index gives it: `n=60,seed=1`, escapes as `~2C`") from None
        if name in options:
            raise CodeError(name, [options[name], value], "must be given once")
        options[name] = value
    return options


def file_name(set_digest: str, number: int, ending: str) -> str:
    """The file name of a shard."""
    return f"{set_digest}-{number:06d}.{ending}"


def parse_file_name(name: str) -> tuple[str, int, str] | None:
    """The set's digest, the shard's number and the ending of a file name; None if it is not one."""
    found = _FILE.fullmatch(name)
    return (found[1], int(found[2]), found[3]) if found else None


def _escape(text: str) -> str:
    return quote(text, safe="").replace("~", "~7E").replace("%", "~")


def _unescape(text: str) -> str:
    return unquote(text.replace("~", "%"), errors="strict")
