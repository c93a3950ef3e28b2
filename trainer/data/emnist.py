"""EMNIST: handwritten digits and letters in MNIST's format, 28 x 28 (Cohen et al. 2017).

Three of its six sets: `emnist-digits` (280,000 images, 10 classes), `emnist-letters` (145,600 images, 26 classes,
upper and lower case merged) and `emnist-balanced` (131,600 images, 47 classes; the two cases of a letter are merged
where they look alike). The other three are unbalanced versions of these, or a copy of MNIST.
"""

from __future__ import annotations

import string

from trainer.data.dataset import Split
from trainer.data.idx_download import IdxArchive, IdxFile


def _archive(name: str, labels: str, train: tuple[str, str], test: tuple[str, str], first_label: int = 0) -> IdxArchive:
    """One set; `train` and `test` are the sha256 digests of the gzipped images and labels in the published zip file."""

    def files(split: Split, checksums: tuple[str, str]) -> tuple[IdxFile, IdxFile]:
        images, labels = checksums
        return (
            IdxFile(f"{name}-{split}-images-idx3-ubyte.gz", f"sha256:{images}"),
            IdxFile(f"{name}-{split}-labels-idx1-ubyte.gz", f"sha256:{labels}"),
        )

    return IdxArchive(
        name=name,
        label_names=tuple(labels),
        mirrors=("https://biometrics.nist.gov/cs_links/EMNIST", "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST"),
        files={"train": files("train", train), "test": files("test", test)},
        bundle="gzip.zip",
        transposed=True,
        first_label=first_label,
    )


EMNIST_DIGITS = _archive(
    "emnist-digits",
    string.digits,
    train=(
        "f7c95004d14d81af89522e67d8f0c781dfb3bd544181c81bfe1eb6b41c35b726",
        "6638a6ff5fe2eefd9cca2471995b46c82986b8e4b2a70d2f5ce8e05d7edb319e",
    ),
    test=(
        "20ebe43509264f7639d37c835a3f0b009e90b29e00a099a03101abe1644a3f63",
        "bad1834c45d5988e270b99d43b13edc3fd898f658ffbc2caf2846ef27f7b05b0",
    ),
)

EMNIST_LETTERS = _archive(
    "emnist-letters",
    string.ascii_uppercase,
    train=(
        "6288f418a917e007bf5fddb823a2dc7a5c6a35031401b93292a539cb12bd881f",
        "9759af91ea6bccdf07a6040fd085861f2ec88e37f7c3f5760f6feb57106fbe5c",
    ),
    test=(
        "50f0e93d75b99b463e9760b8345866f22587fa2c2fba472730a5ba09c693412d",
        "924955c31fe7fd809b7303b5c0141282955f4b8390c74cdfd5d80435e0f4b4cb",
    ),
    first_label=1,
)

EMNIST_BALANCED = _archive(
    "emnist-balanced",
    string.digits + string.ascii_uppercase + "abdefghnqrt",
    train=(
        "74295e75e4e9fa2c102147460ee7eb763653d5132d883a84fb88932bfb8d2db4",
        "b46d41e5156a0a8aaaa4d18979fdd1588850fa8571018acffd5d93b325a7d6ed",
    ),
    test=(
        "117fc12b015e37ea98bfb2cbba3f77c3782c056cdbd219b87abfc8661d7135db",
        "a67cac948379b67270b9a4d0a01c8ec661598accf2f2b1964340b7c83cb175cd",
    ),
)
