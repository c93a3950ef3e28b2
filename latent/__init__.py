"""The latent code's definition: the contract between the trainer and the service.

It depends on numpy and pydantic only, so that both containers can import it.
"""

from latent.card import CARD_KEY, CardError, ModelCard
from latent.codes import CodeError
from latent.spec import Categorical, Continuous, LatentSpec, Noise
from latent.verifier import VERIFIER_KEY, VerifierCard

__all__ = [
    "CARD_KEY",
    "VERIFIER_KEY",
    "CardError",
    "Categorical",
    "CodeError",
    "Continuous",
    "LatentSpec",
    "ModelCard",
    "Noise",
    "VerifierCard",
]
