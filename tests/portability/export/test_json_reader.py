"""Reading an export from front to back gives what reading it at once gives, however it is cut."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wealthwise.portability.export import json_reader
from wealthwise.portability.export.json_reader import Broken, pieces

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)


def cut(data: bytes, size: int) -> Iterator[bytes]:
    return (data[at : at + size] for at in range(0, len(data), size))


def rebuilt(data: bytes, size: int = 64) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for piece in pieces(cut(data, size)):
        if piece.number is None:
            content[piece.key] = piece.value
        else:
            content.setdefault(piece.key, []).append(piece.value)
            assert len(content[piece.key]) == piece.number + 1
    return content


@given(
    content=st.dictionaries(TEXT, VALUES | st.lists(VALUES, max_size=4), min_size=1, max_size=5),
    size=st.integers(1, 40),
    indent=st.sampled_from([None, 0, 2]),
    ascii_only=st.booleans(),
)
def test_however_it_is_cut(content: dict[str, Any], size: int, indent: int | None, ascii_only: bool) -> None:
    data = json.dumps(content, indent=indent, ensure_ascii=ascii_only).encode()
    assert rebuilt(data, size) == content
    assert rebuilt(b"\xef\xbb\xbf" + data, size) == content


def test_each_row_has_its_line() -> None:
    data = b'{\n"a": 1,\n"rows": [\n{"x":\n 1},\n{"x": 2}\n],\n"none": []}'
    assert [(piece.key, piece.number, piece.line) for piece in pieces([data])] == [
        ("a", None, 2), ("rows", 0, 4), ("rows", 1, 6), ("none", None, 8),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"", "The file ends too early"),
        (b"[]", "does not begin like an export"),
        (b'{"a": 1', "ends too early"),
        (b'{"a": [1, 2', "ends too early"),
        (b'{"a": [1 2]}', "Line 1: “,” is missing between two rows."),
        (b'{"a" 1}', "Line 1: “:” is missing after “a”."),
        (b"{1: 1}", "Line 1: a name in quotation marks is missing."),
        (b'{"a": 1 "b": 2}', "Line 1: “,” is missing."),
        (b'{"a": 1}\n\n x', "Line 3: something follows the end"),
        (b'{"a": [\n1,\n{"x": oops}]}', "Line 3 is not JSON"),
        (b'{"a": "\xff"}', "not UTF-8"),
        (b'{"a": ' + b"[" * 100_000 + b"]}", "nested too deeply"),
        (b'{"a": [' + b'"' + b"x" * 600_000 + b'"]}', "longer than any"),
        (b'{"a": [' + b'"' + b"x" * 600_000, "longer than any"),
        (b'{"a": ' + b"1" * 5000 + b"}", "Line 1 is not JSON"),
        (b"{" + b",".join(b'"k%d": 1' % n for n in range(60)) + b"}", "more parts than an export has"),
    ],
)
def test_what_is_broken(data: bytes, told: str) -> None:
    with pytest.raises(Broken, match=told.replace("(", r"\(")):
        list(pieces(cut(data, 65_536)))


@given(st.binary(max_size=60))
def test_any_bytes_end_in_a_sentence(data: bytes) -> None:
    told = ""
    try:
        list(pieces([b"{", data]))
    except Broken as error:
        told = str(error)
    assert told in ("", told.rstrip(".") + ".")


def test_no_more_than_a_row_is_held() -> None:
    """Ten million characters of rows, of which little more than a chunk is in memory."""
    row = b'{"x": "' + b"y" * 1000 + b'"}'

    def chunks() -> Iterator[bytes]:
        yield b'{"rows": ['
        for _ in range(10_000):
            yield row + b","
        yield row + b"]}"

    text = json_reader._Text(chunks())
    text.take("{", "")
    assert text.value() == "rows"
    text.take(":", "")
    text.take("[", "")
    longest = 0
    for _ in range(10_000):
        assert text.value()["x"].startswith("y")
        longest = max(longest, len(text._text))
        text.take(",", "")
    assert longest < 5 * len(row)
