r"""Random texts from a pattern: a subset of regular expressions that matches only short texts.

The subset: characters, `\d`, `[a-f0-9]`, `(one|other)`, and the quantifiers `?`, `{3}` and `{1,3}` after any of them.
`\` before a special character means that character itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from latent import CodeError

MAX_CHOICES = 256
"""Random choices that one text may need, at most."""

NextUniform = Callable[[], float]
"""The next random number, from 0 to below 1."""


@dataclass(frozen=True)
class Pattern:
    """One of `options`, repeated `least` to `most` times. An option is a character, or a sequence of patterns.

    Each repetition chooses an option anew.
    """

    options: tuple[str | tuple[Pattern, ...], ...]
    least: int = 1
    most: int = 1

    @property
    def longest(self) -> int:
        """Characters of the longest text."""
        return self.most * max(1 if isinstance(o, str) else sum(p.longest for p in o) for o in self.options)

    @property
    def shortest(self) -> int:
        """Characters of the shortest text."""
        return self.least * min(1 if isinstance(o, str) else sum(p.shortest for p in o) for o in self.options)

    @property
    def choices(self) -> int:
        """Random choices that a text needs, at most."""
        inner = max(0 if isinstance(o, str) else sum(p.choices for p in o) for o in self.options)
        return (self.least < self.most) + self.most * ((len(self.options) > 1) + inner)

    @property
    def alphabet(self) -> set[str]:
        """Every character that a text can have."""
        return set().union(
            *({o} if isinstance(o, str) else set().union(*(p.alphabet for p in o)) for o in self.options)
        )

    def draw(self, next_uniform: NextUniform) -> str:
        """A random text. All numbers of repetitions are equally likely, and so are all options."""
        times = self.least
        if self.least < self.most:
            times += int(next_uniform() * (self.most - self.least + 1))
        return "".join(self._draw_once(next_uniform) for _ in range(times))

    def _draw_once(self, next_uniform: NextUniform) -> str:
        option = self.options[int(next_uniform() * len(self.options))] if len(self.options) > 1 else self.options[0]
        return option if isinstance(option, str) else "".join(part.draw(next_uniform) for part in option)


def parse(pattern: str, longest: int) -> Pattern:
    """Parse a pattern whose texts must all have 1 to `longest` characters.

    Raises:
        CodeError: a syntax error, with its position; or texts that can be empty or too long, or need too many choices.
    """
    parser = _Parser(pattern)
    part = parser.group()
    if parser.rest:
        raise parser.error("`)` without its `(`")
    if not 0 < part.shortest <= part.longest <= longest:
        lengths = f"{part.shortest} to {part.longest}"
        raise CodeError("pattern", pattern, f"must make texts of 1 to {longest} characters, not of {lengths}")
    if part.choices > MAX_CHOICES:
        raise CodeError("pattern", pattern, f"must need at most {MAX_CHOICES} choices a text, not {part.choices}")
    return part


_MAX_DEPTH = 16  # of nested groups


class _Parser:
    """A recursive descent parser: one method for each rule of the grammar."""

    def __init__(self, pattern: str) -> None:
        self._pattern, self._position, self._depth = pattern, 0, 0

    @property
    def rest(self) -> str:
        return self._pattern[self._position :]

    def error(self, what: str) -> CodeError:
        known = r"known are characters, \d, [a-f], (a|b), ?, {3} and {1,3}"
        return CodeError("pattern", self._pattern, f"{what} at character {self._position + 1}; {known}")

    def group(self) -> Pattern:
        """Options separated by `|`, up to a `)` or the end."""
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self.error(f"more than {_MAX_DEPTH} groups within one another")
        options = [tuple(self._sequence())]
        while self.rest.startswith("|"):
            self._position += 1
            options.append(tuple(self._sequence()))
        self._depth -= 1
        return Pattern(tuple(options))

    def _sequence(self) -> Iterator[Pattern]:
        while self.rest and self.rest[0] not in "|)":
            yield self._quantified(self._atom())

    def _atom(self) -> Pattern:
        character = self._take()
        if character == "(":
            part = self.group()
            if not self.rest:
                raise self.error("a `(` without its `)`")
            self._position += 1
            return part
        if character == "[":
            return Pattern(tuple(self._class()))
        if character == "\\":
            return self._escaped()
        if character in "?{}*+.^$]":
            self._position -= 1
            raise self.error(f"`{character}`")
        return Pattern((character,))

    def _escaped(self) -> Pattern:
        character = self._take()
        if character == "d":
            return Pattern(tuple("0123456789"))
        if character.isascii() and character.isalnum():
            self._position -= 1
            raise self.error(f"`\\{character}`")
        return Pattern((character,))

    def _class(self) -> Iterator[str]:
        members: dict[str, None] = {}
        while not self.rest.startswith("]") or not members:
            part = self._escaped() if (first := self._take()) == "\\" else Pattern((first,))
            names = [str(option) for option in part.options]
            if len(names) == 1 and self.rest.startswith("-") and self.rest[1:2] not in ("", "]"):
                self._position += 1
                last = self._take()
                if not ord(names[0]) <= ord(last) <= ord(names[0]) + 4096:
                    raise self.error(f"`{names[0]}-{last}`")
                names = [chr(code) for code in range(ord(names[0]), ord(last) + 1)]
            members |= dict.fromkeys(names)
        self._position += 1
        yield from members

    def _quantified(self, part: Pattern) -> Pattern:
        if self.rest.startswith("?"):
            self._position += 1
            return Pattern(((part,),), 0, 1)
        if not self.rest.startswith("{"):
            return part
        counts, closed, _ = self.rest[1:].partition("}")
        least, comma, most = counts.partition(",")
        most = most if comma else least
        if not closed or not all(n.isascii() and n.isdecimal() and len(n) < 4 for n in (least, most)):
            raise self.error("`{`")
        if int(least) > int(most):
            raise self.error(f"`{{{counts}}}`")
        self._position += len(counts) + 2
        return Pattern(((part,),), int(least), int(most))

    def _take(self) -> str:
        if not self.rest:
            raise self.error("the end")
        self._position += 1
        return self._pattern[self._position - 1]
