from collections import Counter

import pytest

from tests.trainer.data.unipen.conftest import writer
from trainer.data import DataError
from trainer.data.unipen.samples import CHARACTERS, WORDS, collect

INK = ".WRITER_ID Ann_B\n.PEN_DOWN\n 0 0\n.PEN_UP\n.PEN_DOWN\n 1 1\n 4 9\n.PEN_UP\n"


def collected(make_release, segments, categories=CHARACTERS, ink=INK, more=None):
    counts = Counter()
    files = {"data/1c/abc/a.dat": f".INCLUDE abc/a.dat\n{segments}", "include/abc/a.dat": ink, **(more or {})}
    return collect(make_release(files), categories, counts), counts


def test_a_sample_is_a_labelled_piece_of_a_writers_ink(make_release):
    (sample,), counts = collected(make_release, '.SEGMENT CHARACTER 1 OK "a"')
    assert (sample.label, sample.contributor, sample.writer) == ("a", "abc", "ab/annb")
    assert (sample.source, sample.place, sample.box) == ("include/abc/a.dat", (1, 0), (1.0, 1.0, 4.0, 9.0))
    assert not counts.total()


def test_a_writer_is_the_same_one_in_all_folders_of_a_contributor(make_release):
    files = {**writer("Ann_B", "o"), **writer("AnnB", "n", category="1b", contributor="abd")}
    files |= writer("annb", "x", contributor="xyz")
    samples = collect(make_release(files), CHARACTERS, Counter())
    assert {sample.label: sample.writer for sample in samples} == {"o": "ab/annb", "n": "ab/annb", "x": "xy/annb"}


@pytest.mark.parametrize(
    ("segment", "reason"),
    [
        ('CHARACTER 0 OK "a"', "no ink"),  # withheld for testing
        ('CHARACTER 1 BAD "a"', "marked bad"),
        (r'CHARACTER 1 OK "\@"', "labelled as belonging to no character"),
        ('CHARACTER 1 OK ""', "label is not printable ASCII"),
        ('CHARACTER 1 OK "é"', "label is not printable ASCII"),
    ],
)
def test_what_is_no_sample_is_counted_by_reason(make_release, segment, reason):
    samples, counts = collected(make_release, f".SEGMENT {segment}")
    assert not samples
    assert +counts == {reason: 1}


def test_ink_without_a_writer_is_counted(make_release):
    samples, counts = collected(make_release, '.SEGMENT CHARACTER 0 OK "a"', ink=".PEN_DOWN\n 3 3\n")
    assert (samples, +counts) == ([], {"writer unknown": 1})


def test_a_words_label_is_without_what_belongs_to_no_character(make_release):
    files = writer("ann", "no", category="7")
    path = "data/7/abc/ann.dat"
    files[path] = files[path].replace('"no"', r'"n\@o\@"')
    (sample,) = collect(make_release(files), WORDS, Counter())
    assert sample.label == "no"


def test_samples_come_in_the_order_of_the_ink_whatever_their_category(make_release):
    segments = '.SEGMENT CHARACTER 2 OK "b"\n.SEGMENT CHARACTER 1:1-1:1 OK "c"\n.SEGMENT CHARACTER 1:0-1:0 OK "d"'
    more = {"data/1a/abc/a.dat": '.INCLUDE abc/a.dat\n.SEGMENT CHARACTER 3 OK "1"'}
    ink = INK + ".PEN_DOWN\n 9 9\n.PEN_UP\n.PEN_DOWN\n 8 8\n"
    samples, _ = collected(make_release, segments, ink=ink, more=more)
    assert "".join(sample.label for sample in samples) == "dcb1"


def test_a_segment_given_twice_is_one_sample(make_release):
    samples, _ = collected(make_release, '.SEGMENT CHARACTER 1 OK "a"\n' * 2)
    assert len(samples) == 1


def test_few_faults_are_counted(make_release):
    good = "".join(f'.SEGMENT CHARACTER {number} OK "a"\n' for number in range(1, 201))
    ink = ".WRITER_ID a\n" + ".PEN_DOWN\n 1 1\n.PEN_UP\n" * 201
    samples, counts = collected(make_release, good + '.SEGMENT CHARACTER 999 OK "a"\n', ink=ink)
    assert (len(samples), counts["not readable"]) == (200, 1)


def test_many_faults_are_an_error_that_names_them(make_release):
    with pytest.raises(DataError, match="the release is damaged") as caught:
        collected(make_release, '.SEGMENT CHARACTER 1 OK "a"\n' + '.SEGMENT CHARACTER 9 OK "a"\n' * 25)
    lines = str(caught.value).splitlines()
    assert lines[1] == "  data/1c/abc/a.dat:3: component 9 is past the end: there are 2, from 0"
    assert lines[-1] == "  and 5 more"


def test_a_file_of_another_encoding_is_an_error_that_names_it(make_release):
    with pytest.raises(DataError, match=r"data/1c/abc/a\.dat:2: byte 0xe9 is not UTF-8 text"):
        collect(make_release({"data/1c/abc/a.dat": b".VERSION 1.0\n.COMMENT \xe9"}), CHARACTERS, Counter())
