"""`--set KEY=VALUE`: any key of a recipe by its dotted path, the value written as in TOML."""

from __future__ import annotations

import copy
import re
import tomllib
from collections.abc import Iterable
from typing import Any

from trainer.config.recipe import RecipeError

_BARE_WORD = re.compile(r"[A-Za-z_][\w.:/+-]*")


def override(content: dict[str, Any], assignments: Iterable[str]) -> dict[str, Any]:
    """A copy of a recipe's `content` after each `path=value` in turn; `Recipe` checks the result.

    A path goes through tables by key, and through lists by index from 0, or by `name` or `kind` where one entry alone
    has it: `phases.0.learning_rate`, `phases.generator.learning_rate`, `phases.discriminator.losses.r1.weight`.
    A value is a TOML value; a bare word is a string.

    Raises:
        RecipeError: no `path=value`, no such entry of a list, a path through a plain value, or not a TOML value.
    """
    content = copy.deepcopy(content)
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        if not (path.strip() and equals):
            raise RecipeError(f"--set {assignment}: give KEY=VALUE, as in --set kimg=1200")
        try:
            _assign(content, path.strip().split("."), _value(text.strip()))
        except ValueError as error:
            raise RecipeError(f"--set {assignment}: {error}") from None
    return content


def _value(text: str) -> Any:
    try:
        parsed = tomllib.loads(f"value = {text}")
    except tomllib.TOMLDecodeError:
        if _BARE_WORD.fullmatch(text):
            return text
        raise ValueError(f"{text!r} is neither a TOML value nor a bare word") from None
    if parsed.keys() != {"value"}:
        raise ValueError("give one value")
    return parsed["value"]


def _assign(content: dict[str, Any], path: list[str], value: Any) -> None:
    container: dict[str, Any] | list[Any] = content
    for depth, part in enumerate(path):
        key = part if isinstance(container, dict) else _index(container, part, ".".join(path[:depth]))
        if depth + 1 == len(path):
            container[key] = value  # type: ignore[index]  # a list's key is an int, a table's a str
            return
        inner = container.get(part) if isinstance(container, dict) else container[int(key)]
        if inner is None and isinstance(container, dict):
            inner = container[part] = {}  # an unknown table is found by the recipe's own check
        if not isinstance(inner, dict | list):
            raise ValueError(f"{'.'.join(path[: depth + 1])} is {inner!r}, which has no keys")
        container = inner


def _index(entries: list[Any], part: str, place: str) -> int:
    """Which entry `part` chooses: an index, or the name or kind of one entry alone."""
    if part.isdecimal() and int(part) < len(entries):
        return int(part)
    called = [{entry.get("name"), entry.get("kind")} if isinstance(entry, dict) else set() for entry in entries]
    found = [index for index, names in enumerate(called) if part in names]
    if len(found) == 1:
        return found[0]
    if found:
        raise ValueError(f"entries {', '.join(map(str, found))} of {place} are called {part!r}; give one by its index")
    known = [f"an index below {len(entries)}", *sorted({name for names in called for name in names if name})]
    raise ValueError(f"{place} has no entry {part!r}; give {' or '.join(known)}")
