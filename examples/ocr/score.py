"""How well lines are read."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field


def distance(read: Sequence[str], said: Sequence[str]) -> int:
    """The least insertions, deletions and substitutions that make `said` of `read` (Levenshtein 1966)."""
    row = list(range(len(said) + 1))
    for i, mine in enumerate(read, 1):
        diagonal, row[0] = row[0], i
        for j, its in enumerate(said, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (mine != its))
    return row[-1]


class Score(BaseModel):
    """What was read of so many `lines`, of so many `characters` in all."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: int = Field(ge=1)
    characters: int = Field(ge=1)
    edits: int = Field(ge=0, description="Over all lines, as `distance` counts them.")
    exact: int = Field(ge=0, description="Lines without a single one.")

    @classmethod
    def of(cls, read: Sequence[str], said: Sequence[str]) -> Score:
        """What was read, against what the lines say."""
        edits = [distance(mine, its) for mine, its in zip(read, said, strict=True)]
        return cls(lines=len(said), characters=sum(map(len, said)), edits=sum(edits), exact=edits.count(0))

    @property
    def error_rate(self) -> float:
        """Character error rate: edits a character."""
        return self.edits / self.characters

    @property
    def exact_rate(self) -> float:
        """Share of the lines read without an error."""
        return self.exact / self.lines
