"""`<name>.quality.json` beside a generator: its figures, measured after the file was written.

A card holds the figures of its export. Newer ones lie beside the file, whose digest names the model and stays the same.
"""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from latent.card import CardError, Quality, Sha256

SUFFIX = ".quality.json"


class QualityFile(BaseModel):
    """The figures, and the graph that they are of: `latent.onnx_file.graph_sha256`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    generator_graph_sha256: Sha256
    quality: Quality


def path_beside(generator: Path) -> Path:
    """Where the figures of the generator in this file lie."""
    return generator.with_name(generator.name.removesuffix(".onnx") + SUFFIX)


def read_beside(generator: Path, graph_sha256: str) -> Quality | None:
    """The figures beside a generator with this graph; None where there are none, or they are of another graph.

    Raises:
        CardError: the file cannot be read.
    """
    path = path_beside(generator)
    try:
        found = QualityFile.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise CardError(f"{path.name}: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise CardError(f"{path.name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    return found.quality if found.generator_graph_sha256 == graph_sha256 else None
