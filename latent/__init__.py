"""What a latent code is: the contract shared by the trainer and the service.

Depends on numpy and pydantic only, so that both containers can import it.
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
