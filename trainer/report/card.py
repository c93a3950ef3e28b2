"""A model card as a page of Markdown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from latent.card import ModelCard
from latent.spec import Categorical, Continuous, Noise, Variable


def to_markdown(card: ModelCard) -> str:
    """The card's content as tables: the latent, where the model comes from, and what was measured."""
    image, provenance = card.image, card.provenance
    colour = "grey" if image.channels == 1 else "colour"
    sections = [
        f"# {card.name}",
        f"Images of {image.height} x {image.width} pixels, {colour}; system `{card.system}`.",
        "## Latent",
        _table(("variable", "kind", "values"), map(_describe, card.latent)),
        "## Provenance",
        _table(("", ""), _flatten(provenance.model_dump(exclude_none=True, exclude={"resolved_recipe"}))),
    ]
    if card.alignment:
        sections += ["## Alignment", _table(("", ""), _flatten(card.alignment.model_dump()))]
    if card.quality:
        sections += ["## Quality", _table(("metric", "value"), _flatten(card.quality.model_dump(exclude_none=True)))]
    return "\n\n".join(sections) + "\n"


def _describe(variable: Variable) -> tuple[str, str, str]:
    match variable:
        case Noise():
            return variable.name, "noise", f"{variable.size} numbers, normal"
        case Categorical():
            labels = f": {', '.join(variable.labels)}" if variable.labels else ""
            return variable.name, "categorical", f"{variable.size} values{labels}"
        case Continuous():
            factor = f", controls {variable.factor}" if variable.factor else ""
            return variable.name, "continuous", f"{variable.low:g} to {variable.high:g}{factor}"


def _flatten(content: dict[str, Any], path: str = "") -> list[tuple[str, str]]:
    """Every value of nested tables with its dotted path; empty ones are left out."""
    rows: list[tuple[str, str]] = []
    for key, value in content.items():
        if isinstance(value, dict):
            rows += _flatten(value, f"{path}{key}.")
        elif value not in ((), [], ""):
            shown = ", ".join(map(str, value)) if isinstance(value, tuple | list) else value
            rows.append((f"{path}{key}", f"{shown:.4g}" if isinstance(shown, float) else str(shown)))
    return rows


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(_escape(cell) for cell in line)} |" for line in lines)


def _escape(cell: str) -> str:
    return cell.replace("|", "\\|").replace("\n", " ")
