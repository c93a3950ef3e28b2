"""Time and size of a PNG by several encoders: `python -m benchmarks.png` prints a table.

The pictures are one digit and an 8 x 8 grid of the bundled model. Pillow decodes each result to check it. The table
also says whether an encoder is deterministic, because a response's `ETag` requires it. Encoders that the service does
not depend on are measured if they are installed: `pip install isal opencv-python-headless imagecodecs`.
"""

from __future__ import annotations

import io
import struct
import time
import zlib
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image
from zlib_ng import zlib_ng

from latent.codes import draw
from service.engine.session import GeneratorSession
from service.imaging.arrays import Picture
from service.imaging.grid import grid
from service.imaging.png import png
from service.settings import Settings

SECONDS = 0.5
Encoder = Callable[[Picture], bytes]


def unfiltered(compress: Callable[[bytes], bytes]) -> Encoder:
    """A PNG encoder without row filters, from a compressor that writes the zlib format."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    def encode(picture: Picture) -> bytes:
        height, width = picture.shape
        rows = np.zeros((height, width + 1), np.uint8)
        rows[:, 1:] = picture
        header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", compress(rows.tobytes())) + chunk(b"IEND", b"")

    return encode


def pillow(**options: Any) -> Encoder:
    """Pillow's encoder."""

    def encode(picture: Picture) -> bytes:
        out = io.BytesIO()
        Image.fromarray(picture).save(out, "PNG", **options)
        return out.getvalue()

    return encode


def compressor(module: Any, level: int, strategy: int = 0) -> Callable[[bytes], bytes]:
    """A compressor at a level and a strategy, from a module with zlib's interface."""

    def compress(content: bytes) -> bytes:
        stream = module.compressobj(level, zlib.DEFLATED, 15, 8, strategy)
        return bytes(stream.compress(content) + stream.flush())

    return compress


def encoders() -> Iterator[tuple[str, Encoder]]:
    """The encoders that are installed, by name."""
    yield "the service's", png
    yield "Pillow, default", pillow()
    yield "Pillow, level 1", pillow(compress_level=1)
    yield "Pillow, level 1, RLE", pillow(compress_level=1, compress_type=zlib.Z_RLE)
    for name, module in (("zlib", zlib), ("zlib-ng", zlib_ng)):
        for level in (1, 2, 6):
            yield f"{name}, level {level}", unfiltered(compressor(module, level))
        yield f"{name}, RLE", unfiltered(compressor(module, 1, zlib.Z_RLE))
        yield f"{name}, Huffman only", unfiltered(compressor(module, 1, zlib.Z_HUFFMAN_ONLY))
    if isal := _installed("isal.isal_zlib"):
        for level in (0, 1, 2):
            yield f"isal, level {level}", unfiltered(lambda content, level=level: isal.compress(content, level))  # type: ignore[misc]
    if cv2 := _installed("cv2"):
        for name, options in (("level 1", [16, 1]), ("level 1, RLE", [16, 1, 17, 3])):
            yield f"OpenCV, {name}", lambda picture, o=options: cv2.imencode(".png", picture, o)[1].tobytes()  # type: ignore[misc]
    if imagecodecs := _installed("imagecodecs"):
        yield "imagecodecs, level 1", lambda picture: bytes(imagecodecs.png_encode(picture, level=1))


def _installed(name: str) -> Any:
    try:
        return import_module(name)
    except ImportError:
        return None


def is_deterministic(encode: Encoder, pictures: list[Picture]) -> bool:
    """Whether each picture gives the same bytes in every thread, independent of the previous content of its memory."""
    rng = np.random.default_rng(0)

    def encode_all(_: int) -> list[bytes]:
        for size in rng.integers(1, 200_000, 20):
            rng.integers(0, 256, int(size), np.uint8).tobytes()
        return [encode(picture) for picture in pictures]

    with ThreadPoolExecutor(4) as pool:
        first, *others = pool.map(encode_all, range(20))
    return all(other == first for other in others)


def microseconds(encode: Encoder, picture: Picture) -> float:
    """The fastest of many rounds, which other load on the machine disturbs least."""
    best, end = float("inf"), time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        began = time.perf_counter()
        for _ in range(20):
            encode(picture)
        best = min(best, (time.perf_counter() - began) / 20)
    return 1e6 * best


def main() -> None:
    """Measure each encoder and print a table."""
    generator = GeneratorSession(Settings().models / "mnist-infogan.onnx", "cpu")
    images = generator.run(draw(generator.card.latent, 1, range(64)))
    digits, sheet = list(images[:, 0]), grid(images, 8)
    lines = list(np.random.default_rng(0).integers(0, 256, (200, 2, 74), np.uint8))
    print("| encoder | one digit, µs | bytes | 8 x 8 grid, µs | bytes | deterministic |\n|---|---|---|---|---|---|")
    for name, encode in encoders():
        for picture in (digits[0], sheet):
            assert np.array_equal(Image.open(io.BytesIO(encode(picture))), picture), name
        sizes = np.mean([len(encode(digit)) for digit in digits]), len(encode(sheet))
        times = microseconds(encode, digits[0]), microseconds(encode, sheet)
        deterministic = "yes" if is_deterministic(encode, [*digits, *lines, sheet]) else "**no**"
        print(f"| {name} | {times[0]:.1f} | {sizes[0]:.0f} | {times[1]:.0f} | {sizes[1]} | {deterministic} |")


if __name__ == "__main__":
    main()
