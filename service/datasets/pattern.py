r"""Texts by pattern: a part of regular expressions whose every text is short.

Characters, `\d`, `[a-f0-9]`, `(one|other)`, and `?`, `{3}`, `{1,3}` after any of them; `\` takes its meaning from a
character that has one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from latent import CodeError

CHOICES = 256
"""Choices that one text may need, at most."""

Draw = Callable[[], float]
"""The next number from 0 to 1 (excluded)."""


@dataclass(frozen=True)
class Part:
    """One of `options`, `least` to `most` times in a row; an option is parts one after the other, or a character."""

    options: tuple[str | tuple[Part, ...], ...]
    least: int = 1
    most: int = 1

    @property
    def longest(self) -> int:
        """Characters of its longest text."""
        return self.most * max(1 if isinstance(o, str) else sum(p.longest for p in o) for o in self.options)

    @property
    def shortest(self) -> int:
        """Characters of its shortest text."""
        return self.least * min(1 if isinstance(o, str) else sum(p.shortest for p in o) for o in self.options)

    @property
    def choices(self) -> int:
        """Choices that a text needs at most."""
        inner = max(0 if isinstance(o, str) else sum(p.choices for p in o) for o in self.options)
        return (self.least < self.most) + self.most * ((len(self.options) > 1) + inner)

    @property
    def alphabet(self) -> set[str]:
        """Every character that a text may have."""
        return set().union(
            *({o} if isinstance(o, str) else set().union(*(p.alphabet for p in o)) for o in self.options)
        )

    def text(self, draw: Draw) -> str:
        """A text: every number of times and every option as likely as another."""
        times = self.least
        if self.least < self.most:
            times += int(draw() * (self.most - self.least + 1))
        return "".join(self._once(draw) for _ in range(times))

    def _once(self, draw: Draw) -> str:
        option = self.options[int(draw() * len(self.options))] if len(self.options) > 1 else self.options[0]
        return option if isinstance(option, str) else "".join(part.text(draw) for part in option)


def parse(pattern: str, longest: int) -> Part:
    """A pattern all of whose texts have 1 to `longest` characters.

    Raises:
        CodeError: something that is not understood, and where; or texts that would be too long.
    """
    reader = _Reader(pattern)
    part = reader.group()
    if reader.left:
        raise reader.error("`)` without its `(`")
    if not 0 < part.shortest <= part.longest <= longest:
        made = f"{part.shortest} to {part.longest}"
        raise CodeError("pattern", pattern, f"must make texts of 1 to {longest} characters, not of {made}")
    if part.choices > CHOICES:
        raise CodeError("pattern", pattern, f"must need at most {CHOICES} choices a text, not {part.choices}")
    return part


_NESTED = 16  # groups within groups


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern, self._at, self._depth = pattern, 0, 0

    @property
    def left(self) -> str:
        return self._pattern[self._at :]

    def error(self, what: str) -> CodeError:
        known = r"known are characters, \d, [a-f], (a|b), ?, {3} and {1,3}"
        return CodeError("pattern", self._pattern, f"{what} at character {self._at + 1}; {known}")

    def group(self) -> Part:
        """Options up to the end or a `)`."""
        self._depth += 1
        if self._depth > _NESTED:
            raise self.error(f"more than {_NESTED} groups within one another")
        options = [tuple(self._sequence())]
        while self.left.startswith("|"):
            self._at += 1
            options.append(tuple(self._sequence()))
        self._depth -= 1
        return Part(tuple(options))

    def _sequence(self) -> Iterator[Part]:
        while self.left and self.left[0] not in "|)":
            yield self._times(self._one())

    def _one(self) -> Part:
        character = self._take()
        if character == "(":
            part = self.group()
            if not self.left:
                raise self.error("a `(` without its `)`")
            self._at += 1
            return part
        if character == "[":
            return Part(tuple(self._class()))
        if character == "\\":
            return self._escaped()
        if character in "?{}*+.^$]":
            self._at -= 1
            raise self.error(f"`{character}`")
        return Part((character,))

    def _escaped(self) -> Part:
        character = self._take()
        if character == "d":
            return Part(tuple("0123456789"))
        if character.isascii() and character.isalnum():
            self._at -= 1
            raise self.error(f"`\\{character}`")
        return Part((character,))

    def _class(self) -> Iterator[str]:
        members: dict[str, None] = {}
        while not self.left.startswith("]") or not members:
            part = self._escaped() if (first := self._take()) == "\\" else Part((first,))
            names = [str(option) for option in part.options]
            if len(names) == 1 and self.left.startswith("-") and self.left[1:2] not in ("", "]"):
                self._at += 1
                last = self._take()
                if not ord(names[0]) <= ord(last) <= ord(names[0]) + 4096:
                    raise self.error(f"`{names[0]}-{last}`")
                names = [chr(code) for code in range(ord(names[0]), ord(last) + 1)]
            members |= dict.fromkeys(names)
        self._at += 1
        yield from members

    def _times(self, part: Part) -> Part:
        if self.left.startswith("?"):
            self._at += 1
            return Part(((part,),), 0, 1)
        if not self.left.startswith("{"):
            return part
        counts, closed, _ = self.left[1:].partition("}")
        least, comma, most = counts.partition(",")
        most = most if comma else least
        if not closed or not all(n.isascii() and n.isdecimal() and len(n) < 4 for n in (least, most)):
            raise self.error("`{`")
        if int(least) > int(most):
            raise self.error(f"`{{{counts}}}`")
        self._at += len(counts) + 2
        return Part(((part,),), int(least), int(most))

    def _take(self) -> str:
        if not self.left:
            raise self.error("the end")
        self._at += 1
        return self._pattern[self._at - 1]
