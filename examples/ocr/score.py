"""Character error rate and exact matches of recognised lines."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field


def edit_distance(prediction: Sequence[str], reference: Sequence[str]) -> int:
    """The smallest number of insertions, deletions and substitutions between two texts (Levenshtein 1966)."""
    row = list(range(len(reference) + 1))
    for i, predicted in enumerate(prediction, 1):
        diagonal, row[0] = row[0], i
        for j, expected in enumerate(reference, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (predicted != expected))
    return row[-1]


class Score(BaseModel):
    """The errors in the recognition of `lines` lines with `characters` characters in total."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lines: int = Field(ge=1)
    characters: int = Field(ge=1)
    edits: int = Field(ge=0, description="Sum of the edit distances of all lines.")
    exact: int = Field(ge=0, description="Lines without an error.")

    @classmethod
    def of(cls, predictions: Sequence[str], references: Sequence[str]) -> Score:
        """The score of the predicted texts.

        Raises:
            ValueError: the two have different lengths.
        """
        edits = [edit_distance(*pair) for pair in zip(predictions, references, strict=True)]
        return cls(lines=len(references), characters=sum(map(len, references)), edits=sum(edits), exact=edits.count(0))

    @property
    def error_rate(self) -> float:
        """Character error rate: edits per character of the references; above 1 if there are more edits."""
        return self.edits / self.characters

    @property
    def exact_rate(self) -> float:
        """Share of the lines without an error, 0 to 1."""
        return self.exact / self.lines
