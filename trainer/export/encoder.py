"""Export of the encoder as `<name>.encoder.onnx` beside its generator: image in, codes out."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import cast

import numpy as np
import onnxruntime
import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from latent.card import ImageShape
from latent.encoder import LOG_VARIANCE
from latent.spec import Categorical, LatentSpec
from trainer.export import torch_to_onnx
from trainer.export.alignment import CodePermutation, code_heads
from trainer.export.generator import PARITY_BATCHES, ParityError
from trainer.networks.batchnorm_folding import fold_batchnorm
from trainer.networks.discriminator import Discriminator
from trainer.networks.q_head import CodePrediction, QHead, gaussian_parameters
from trainer.storage.atomic import atomic_write
from trainer.storage.onnx_metadata import write_generator_digest

_TOLERANCE = 1e-3


class EncoderGraph(nn.Module):
    """Images uint8 `(n, C, H, W)` -> the predicted codes, float32: one output for each of `names`.

    The outputs are the probabilities `(n, size)` of a categorical code, and the mean `(n, width)` and log variance
    `(n, width)` of a continuous one or of the style, the latter under the name `<code>_log_variance`. The encoder
    predicts a code if it can,
    otherwise the Q head does.
    """

    def __init__(self, networks: nn.ModuleDict, spec: LatentSpec, permutation: CodePermutation) -> None:
        super().__init__()
        roles = ["encoder"] if "encoder" in networks else []
        # A discriminator that takes a code with the image cannot compute features of an image alone.
        only_q_head = set(code_heads(networks, "q_head")) - set(code_heads(networks, "encoder"))
        if only_q_head and not cast(Discriminator, networks["discriminator"]).concatenates:
            roles += ["discriminator", "q_head"]
        self._networks = nn.ModuleDict({role: fold_batchnorm(_without_spectral_norm(networks[role])) for role in roles})
        self._permutation = permutation
        heads = [module for module in self._networks.modules() if isinstance(module, QHead)]
        self._codes = [code for code in spec.readable if any(code.name in head.heads for head in heads)]

    @property
    def names(self) -> list[str]:
        """The names of the outputs in their order; empty where no network predicts codes."""
        return [
            name
            for code in self._codes
            for name in ([code.name] if isinstance(code, Categorical) else [code.name, code.name + LOG_VARIANCE])
        ]

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        prediction, outputs = self._predict(images.float() / 127.5 - 1), list[Tensor]()
        for code in self._codes:
            if isinstance(code, Categorical):
                probabilities = prediction[code.name].softmax(1)
                order = self._permutation.categories.get(code.name)
                outputs.append(probabilities if order is None else probabilities[:, torch.from_numpy(order)])
            else:
                source, sign = self._permutation.continuous.get(code.name, (code.name, 1))
                mean, log_variance = gaussian_parameters(prediction[source])
                outputs += [sign * mean, log_variance]
        return tuple(outputs)

    def _predict(self, images: Tensor) -> CodePrediction:
        prediction: CodePrediction = {}
        if "q_head" in self._networks:
            prediction |= self._networks["q_head"](self._networks["discriminator"](images).features)
        if "encoder" in self._networks:
            prediction |= self._networks["encoder"](images).codes
        return prediction


def export_encoder(
    generator: Path, networks: nn.ModuleDict, spec: LatentSpec, shape: ImageShape, permutation: CodePermutation
) -> Path | None:
    """Write the encoder beside the file `generator` and return its path; None where no network predicts codes.

    Raises:
        ParityError: ONNX Runtime and torch predict different codes.
    """
    encoder = EncoderGraph(networks, spec, permutation).eval()
    if not encoder.names:
        return None
    path = generator.with_suffix(".encoder.onnx")
    with atomic_write(path) as temporary:
        torch_to_onnx.write(temporary, encoder, _random_images(2, shape), "images", encoder.names)
        _check_parity(temporary, encoder, shape)
        write_generator_digest(temporary, generator)
    return path


def _without_spectral_norm(network: nn.Module) -> nn.Module:
    """A copy whose weights are the normalised ones, without the parametrisation."""
    network = copy.deepcopy(network)
    for layer in network.modules():
        if parametrize.is_parametrized(layer, "weight"):
            parametrize.remove_parametrizations(layer, "weight")
    return network


def _random_images(n: int, shape: ImageShape) -> Tensor:
    size = (n, shape.channels, shape.height, shape.width)
    return torch.from_numpy(np.random.default_rng(n).integers(0, 256, size, np.uint8))


@torch.no_grad()
def _check_parity(path: Path, encoder: EncoderGraph, shape: ImageShape) -> None:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    for batch in PARITY_BATCHES:
        images = _random_images(batch, shape)
        outputs = session.run(encoder.names, {"images": images.numpy()})
        for name, output, expected in zip(encoder.names, outputs, encoder(images), strict=True):
            if not np.allclose(output, expected.numpy(), rtol=_TOLERANCE, atol=_TOLERANCE):
                raise ParityError(f"batch {batch}: ONNX Runtime predicts {name} differently from torch")
