"""The encoder as `<name>.encoder.onnx` beside its generator: image in, codes out, as the generator names them."""

from __future__ import annotations

import copy
import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
import onnx
import onnxruntime
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils import parametrize

from latent.card import ImageShape
from latent.encoder import GENERATOR_KEY, LOG_VARIANCE
from latent.spec import Categorical, LatentSpec
from trainer.export import torch_graph
from trainer.export.generator import PARITY_BATCHES, ParityError
from trainer.networks.batchnorm_folding import fold_batchnorm
from trainer.networks.discriminator import Discriminator
from trainer.networks.q_head import CodeHead, Reading, gaussian
from trainer.storage.atomic import replacing

_TOLERANCE = 1e-3


@dataclass
class Renaming:
    """What was folded into the generator, and so must be into what reads it: see `trainer.export.alignment`.

    `order[code][k]` is the category that value k of a categorical code was; `moves[code]` the continuous code that a
    code was, and its sign.
    """

    order: dict[str, NDArray[np.intp]] = field(default_factory=dict)
    moves: dict[str, tuple[str, int]] = field(default_factory=dict)


class Encoder(nn.Module):
    """Images uint8 `(n, C, H, W)` -> what the run's Q reads off them, float32: one output a name of `names`.

    A categorical code comes as probabilities `(n, size)`; a continuous one as its mean `(n, 1)` and, under
    `<code>_log_variance`, its log variance `(n, 1)`. Q is the encoder network where that reads the code, else the
    head on the discriminator's trunk.
    """

    def __init__(self, networks: nn.ModuleDict, spec: LatentSpec, renaming: Renaming) -> None:
        super().__init__()
        roles = ["encoder"] if "encoder" in networks else []
        # A discriminator that must be told a code with the image cannot read others off an image alone.
        if "code_head" in networks and not cast(Discriminator, networks["discriminator"]).concatenates:
            roles += ["discriminator", "code_head"]
        self._networks = nn.ModuleDict({role: fold_batchnorm(_plain(networks[role])) for role in roles})
        self._spec, self._renaming = spec, renaming
        heads = [module for module in self._networks.modules() if isinstance(module, CodeHead)]
        self._codes = [code for code in spec.codes if any(code.name in head.heads for head in heads)]

    @property
    def names(self) -> list[str]:
        """The outputs' names, in order; empty where the run has nothing that reads codes."""
        return [
            name
            for code in self._codes
            for name in ([code.name] if isinstance(code, Categorical) else [code.name, code.name + LOG_VARIANCE])
        ]

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        raw, outputs = self._read(images.float() / 127.5 - 1), list[Tensor]()
        for code in self._codes:
            if isinstance(code, Categorical):
                probabilities = raw[code.name].softmax(1)
                order = self._renaming.order.get(code.name)
                outputs.append(probabilities if order is None else probabilities[:, torch.from_numpy(order)])
            else:
                source, sign = self._renaming.moves.get(code.name, (code.name, 1))
                mean, log_variance = gaussian(raw[source])
                outputs += [sign * mean, log_variance]
        return tuple(outputs)

    def _read(self, images: Tensor) -> Reading:
        reading: Reading = {}
        if "code_head" in self._networks:
            reading |= self._networks["code_head"](self._networks["discriminator"](images).features)
        if "encoder" in self._networks:
            reading |= self._networks["encoder"](images).codes
        return reading


def export_encoder(
    generator: Path, networks: nn.ModuleDict, spec: LatentSpec, shape: ImageShape, renaming: Renaming
) -> Path | None:
    """Write what reads the codes beside the file `generator`, and return its path; None where nothing does.

    Raises:
        ParityError: ONNX Runtime and torch read differently.
    """
    encoder = Encoder(networks, spec, renaming).eval()
    if not encoder.names:
        return None
    path = generator.with_suffix(".encoder.onnx")
    with replacing(path) as temporary:
        torch_graph.write(temporary, encoder, _noise(2, shape), "images", encoder.names)
        _check_parity(temporary, encoder, shape)
        name_generator(temporary, generator)
    return path


def name_generator(encoder: Path, generator: Path) -> None:
    """Write the digest of the file `generator` into the encoder's metadata: they belong together."""
    model = onnx.load_model(encoder)
    onnx.helper.set_model_props(model, {GENERATOR_KEY: hashlib.sha256(generator.read_bytes()).hexdigest()})
    with replacing(encoder) as temporary:
        onnx.save_model(model, temporary)


def _plain(network: nn.Module) -> nn.Module:
    """A copy without spectral normalisation: its weights as they are now."""
    network = copy.deepcopy(network)
    for layer in network.modules():
        if parametrize.is_parametrized(layer, "weight"):
            parametrize.remove_parametrizations(layer, "weight")
    return network


def _noise(n: int, shape: ImageShape) -> Tensor:
    size = (n, shape.channels, shape.height, shape.width)
    return torch.from_numpy(np.random.default_rng(n).integers(0, 256, size, np.uint8))


@torch.no_grad()
def _check_parity(path: Path, encoder: Encoder, shape: ImageShape) -> None:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for batch in PARITY_BATCHES:
        images = _noise(batch, shape)
        read = session.run(encoder.names, {"images": images.numpy()})
        for name, ours, theirs in zip(encoder.names, read, encoder(images), strict=True):
            if not np.allclose(ours, theirs.numpy(), rtol=_TOLERANCE, atol=_TOLERANCE):
                raise ParityError(f"batch {batch}: ONNX Runtime reads {name} differently from torch")
