import pytest

from trainer.data.unipen import syntax
from trainer.data.unipen.syntax import Fault, Position, Statement


def test_a_file_is_a_list_of_statements_with_what_follows_each():
    text = "a mirror's note\n.COMMENT two\n  lines .SEGMENT no\n\n.PEN_DOWN\n 1 2\n-3 4\n"
    text += '.SEGMENT CHARACTER 0 OK "a" \n'
    assert list(syntax.statements(text)) == [
        Statement("COMMENT", "two", "\n  lines .SEGMENT no\n\n", 2),
        Statement("PEN_DOWN", "", "\n 1 2\n-3 4\n", 5),
        Statement("SEGMENT", 'CHARACTER 0 OK "a"', "\n", 8),
    ]


def test_a_number_that_begins_with_a_point_is_no_keyword():
    (statement,) = syntax.statements(".PEN_DOWN\n.5 1\n")
    assert statement.body == "\n.5 1\n"


@pytest.mark.parametrize(
    ("argument", "label", "quality"),
    [
        ('CHARACTER 0 ? "a"', "a", "?"),
        ('CHARACTER 0 OK  "b" ', "b", "OK"),
        ('CHARACTER 0 "c"', "c", "?"),
        (r'CHARACTER 0 OK "\""', '"', "OK"),
        (r'CHARACTER 0 OK "\\"', "\\", "OK"),
        (r'WORD 0 OK "r\@e\@d"', r"r\@e\@d", "OK"),
        ('CHARACTER 0 OK "@"', "@", "OK"),
        ('WORD 0 OK "a b"', "a b", "OK"),
        ('CHARACTER 0 OK """', '"', "OK"),
    ],
)
def test_labels_come_without_their_quotes_and_backslashes(argument, label, quality):
    segment = syntax.segment(argument.strip())
    assert (segment.label, segment.quality) == (label, quality)


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("7", [((7, None), (7, None))]),
        ("3-5,7", [((3, None), (5, None)), ((7, None), (7, None))]),
        ("3:12-5:40", [((3, 12), (5, 40))]),
        ("0-2:5", [((0, None), (2, 5))]),
    ],
)
def test_a_delineation_counts_components_and_points(text, ranges):
    assert syntax.delineation(text) == tuple((Position(*first), Position(*last)) for first, last in ranges)


@pytest.mark.parametrize("argument", ["CHARACTER 0 OK a", 'CHARACTER x OK "a"', 'CHARACTER 1- OK "a"x', "", '0 "a"'])
def test_what_is_no_segment_is_refused(argument):
    with pytest.raises(ValueError, match=r"is no segment|is no delineation"):
        syntax.segment(argument)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b".WRITER_ID a\n.COUNTRY M\xe9xico\n", 2),
        (".WRITER_ID a\n".encode("utf-16"), 1),
        (b".WRITER_ID a\n\n\0", 3),
    ],
)
def test_another_encoding_is_named_with_its_line(content, line):
    with pytest.raises(Fault, match=rf"^include/x\.doc:{line}: .* not UTF-8 text$"):
        syntax.decode(content, "include/x.doc")


def test_lines_may_end_as_on_other_systems():
    assert syntax.decode("é\r\nb\rc\n".encode(), "x") == "é\nb\nc\n"
