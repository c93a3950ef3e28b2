"""Text corpora: what lines are written of. A corpus is named by its content, so that it can stand in a shard's URL."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from latent import CodeError
from latent.spec import nfc
from service.datasets.writer_style import MAX_CHARACTERS

ID_PATTERN = "^[0-9a-f]{32}$"
"""What an id of a corpus matches."""

_PARSED_CORPORA = 4  # kept in memory, parsed: requests for shards of one set come one after another


@dataclass(frozen=True)
class TextList:
    """Texts, each drawn with the same probability.

    They are kept as one string and the places where they begin, because a million `str` objects would take ten times
    the memory. `starts` has one entry more than there are texts.
    """

    joined: str
    starts: array[int]
    alphabet: frozenset[str]
    longest: int

    @classmethod
    def create(cls, texts: Iterable[str]) -> TextList:
        """The list of these texts."""
        # One text at a time: a call on all of them would hold the interpreter's lock, and with it the event loop.
        joined, starts, alphabet, longest = io.StringIO(), array("l", [0]), set[str](), 0
        for text in texts:
            starts.append(starts[-1] + joined.write(text))
            alphabet.update(text)
            longest = max(longest, len(text))
        return cls(joined.getvalue(), starts, frozenset(alphabet), longest)

    def __len__(self) -> int:
        return len(self.starts) - 1

    def draw(self, next_uniform: Callable[[], float]) -> str:
        """A random text."""
        number = int(next_uniform() * len(self))
        return self.joined[self.starts[number] : self.starts[number + 1]]


@dataclass(frozen=True)
class Corpus:
    """A corpus: its `id`, a digest of its texts in their order; its `content` as UTF-8, a text a line, and `texts`."""

    id: str
    content: bytes
    texts: TextList


CorpusLookup = Callable[[str], TextList]
"""The texts of the corpus with this id. It raises `CodeError` if there is none."""


def no_corpora(id_: str) -> TextList:
    """A `CorpusLookup` that knows no corpus."""
    raise CodeError("corpus", id_, "no corpora are kept here")


def parse(content: bytes, field: str) -> Corpus:
    """A corpus from UTF-8 text, a text a line.

    Space around a text is removed, a repeated text counts once, empty lines do not count, and texts are brought into
    Unicode's composed form. `field` names the content in errors.

    Raises:
        CodeError: not UTF-8, a text that is too long, or no text at all.
    """
    texts: dict[str, None] = {}
    for number, line in enumerate(io.BytesIO(content), start=1):
        try:
            text = nfc(line.decode("utf-8-sig" if number == 1 else "utf-8").strip())
        except UnicodeDecodeError as error:
            raise CodeError(field, None, f"must be UTF-8: {error.reason} in line {number}") from None
        if len(text) > MAX_CHARACTERS:
            expected = f"a text has at most {MAX_CHARACTERS} characters; line {number} has {len(text)}"
            raise CodeError(field, text, expected)
        if text:
            texts[text] = None
    if not texts:
        raise CodeError(field, None, "must have a text a line, and has none")
    written = io.BytesIO()
    for text in texts:
        written.write(text.encode() + b"\n")
    return Corpus(hashlib.sha256(written.getbuffer()).hexdigest()[:32], written.getvalue(), TextList.create(texts))


class CorpusRepository:
    """The corpora that clients have sent, as files of one folder, which the workers of a service share.

    `folder` is created when the first corpus comes; None stands for a temporary one. All files together have at most
    `max_bytes` bytes: the corpora that were not used for the longest time are removed.
    """

    def __init__(self, folder: Path | None, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._temporary: TemporaryDirectory[str] | None = None
        self._parsed: OrderedDict[str, Corpus] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, corpus: Corpus) -> None:
        """Keep a corpus.

        Raises:
            CodeError: it alone has more than `max_bytes` bytes.
        """
        if len(corpus.content) > self._max_bytes:
            raise CodeError("body", None, f"must have at most {self._max_bytes} bytes, which is all that is kept here")
        with self._lock:
            if self._folder is None:
                self._temporary = TemporaryDirectory(prefix="inkcode-corpora-")
                self._folder = Path(self._temporary.name)
            self._folder.mkdir(parents=True, exist_ok=True)
            path = self._folder / f"{corpus.id}.txt"
            unfinished = path.with_suffix(f".{os.getpid()}.tmp")
            unfinished.write_bytes(corpus.content)
            unfinished.replace(path)
            self._remove_oldest(self._folder, path)
            self._remember(corpus)

    def find(self, id_: str) -> Corpus:
        """A corpus by its id, which counts as a use of it.

        Raises:
            CodeError: it was never sent, or was removed.
        """
        with self._lock:
            try:
                if self._folder is None:
                    raise FileNotFoundError
                path = self._folder / f"{id_}.txt"
                os.utime(path)
                corpus = self._parsed.get(id_) or parse(path.read_bytes(), "corpus")
            except FileNotFoundError:
                raise CodeError("corpus", id_, "no such corpus is kept here; send it to /corpora (again)") from None
            self._remember(corpus)
            return corpus

    def texts(self, id_: str) -> TextList:
        """The texts of a corpus: a `CorpusLookup`."""
        return self.find(id_).texts

    def close(self) -> None:
        """Remove the folder, if it is a temporary one."""
        if self._temporary:
            self._temporary.cleanup()

    def _remember(self, corpus: Corpus) -> None:
        self._parsed[corpus.id] = corpus
        self._parsed.move_to_end(corpus.id)
        while len(self._parsed) > _PARSED_CORPORA:
            self._parsed.popitem(last=False)

    def _remove_oldest(self, folder: Path, newest: Path) -> None:
        files = []
        for path in folder.glob("*.txt"):
            with suppress(FileNotFoundError):  # another worker has removed it
                status = path.stat()
                files.append((path == newest, status.st_mtime_ns, status.st_size, path))
        total = sum(size for _, _, size, _ in files)
        for _, _, size, path in sorted(files):
            if total <= self._max_bytes:
                break
            path.unlink(missing_ok=True)
            total -= size
