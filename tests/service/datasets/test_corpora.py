"""Corpora: what a text is, what names a corpus, and which are kept."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from latent import CodeError
from service.datasets.corpora import CorpusRepository, TextList, parse


def test_a_line_is_a_text_and_counts_once() -> None:
    corpus = parse("\ufeff1,234\r\n  2026-11-21 \n\n1,234\ne\u0301\n\u00e9".encode(), "body")
    assert corpus.content == "1,234\n2026-11-21\n\u00e9\n".encode()
    assert (len(corpus.texts), corpus.texts.longest) == (3, 10)
    assert corpus.texts.alphabet == set("1,2342026-11-21\u00e9")
    assert [corpus.texts.draw(lambda at=i / 3: at) for i in range(3)] == ["1,234", "2026-11-21", "\u00e9"]
    assert parse(corpus.content, "body").id == corpus.id
    assert parse(b"2026-11-21\n1,234\n", "body").id != corpus.id


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "a text a line, and has none"),
        (b" \n\n", "a text a line, and has none"),
        (b"a\n\xff\n", "must be UTF-8: invalid start byte in line 2"),
        (b"a\n" + b"1" * 65, "at most 64 characters; line 2 has 65"),
    ],
)
def test_a_bad_corpus_is_refused(content: bytes, said: str) -> None:
    with pytest.raises(CodeError, match=said) as refused:
        parse(content, "body")
    assert refused.value.field == "body"


def test_the_corpora_used_last_are_kept_for_all_workers(tmp_path: Path) -> None:
    folder = tmp_path / "corpora"
    mine, theirs = CorpusRepository(folder, 100), CorpusRepository(folder, 100)
    one, two, three = (parse(digit * 40, "body") for digit in (b"1", b"2", b"3"))
    for number, corpus in enumerate((one, two)):
        mine.add(corpus)
        os.utime(folder / f"{corpus.id}.txt", (number, number))
    assert theirs.find(one.id).content == one.content  # a use: the other one is the oldest now
    theirs.add(three)
    assert mine.find(one.id).id == one.id
    with pytest.raises(CodeError, match="no such corpus is kept here"):
        mine.find(two.id)
    with pytest.raises(CodeError, match="at most 100 bytes"):
        mine.add(parse(b"\n".join(b"%d" % i for i in range(100)), "body"))


def test_a_temporary_folder_is_removed() -> None:
    repository = CorpusRepository(None, 100)
    with pytest.raises(CodeError, match="no such corpus"):
        repository.find("0" * 32)
    repository.add(corpus := parse(b"1", "body"))
    assert repository.texts(corpus.id) == corpus.texts
    repository.close()
    with pytest.raises(CodeError, match="no such corpus"):
        repository.find(corpus.id)


def test_lines_are_written_of_a_corpus(lab: Any) -> None:
    corpus = parse(b"1,234\n56\n", "body")
    lab.find_corpus = {corpus.id: corpus.texts}.__getitem__
    samples = lab.samples(n=30, corpus=corpus.id)
    assert {sample.label for sample in samples} == {"1,234", "56"}
    words = lab.samples(n=30, words='"1,234",56')
    assert [sample.png for sample in words] == [sample.png for sample in samples]


def test_a_corpus_must_be_known_and_drawable(lab: Any) -> None:
    with pytest.raises(CodeError, match="no corpora are kept here"):
        lab.plan(corpus="0" * 32)
    lab.find_corpus = lambda id_: TextList.create(["ab"])
    with pytest.raises(CodeError, match="nothing here draws 'a', 'b'"):
        lab.plan(corpus="0" * 32)
    with pytest.raises(CodeError, match="cannot be combined with `words`"):
        lab.plan(corpus="0" * 32, words="1")
