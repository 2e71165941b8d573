"""The document's tables and charts from results."""

import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.drawing import Bars, bar_chart, figure
from bench.report import DOCUMENT, charts, costs, filled, growth, pages, setting
from tests.bench.results import figures, result

SVG = "{http://www.w3.org/2000/svg}"


def test_the_pages_table() -> None:
    lines = pages(result(list=figures(), edit=figures(None))).splitlines()
    assert lines[2] == "| List | 10,000 | 12.0 | 12.0 | 12.0 | 15.0 | 18.0 | 80.0 | 10.0 | 400 |"
    assert lines[3] == "| Edit | 10,000 | 12.0 | 12.0 | 12.0 | 15.0 | 18.0 | 80.0 | – | – |"


def test_a_load_that_was_not_measured_is_a_dash() -> None:
    page = figures()
    del page["clients"]["16"]
    assert "| 12.0 | 12.0 | – |" in pages(result(list=page))


def test_the_costs_table() -> None:
    line = costs(result(list=figures())).splitlines()[2]
    assert line == "| List | 10,000 | 3.0 | 52.0 | 400 | 2.0 | 1.2 | 480 |"


def test_a_baseline_that_was_given_up_is_a_dash() -> None:
    page = {**figures(), "naive_ms": None, "naive_to_floor": None}
    assert costs(result(list=page)).splitlines()[2].endswith("| 1.2 | – |")


def test_the_setting_says_machine_mix_and_memory() -> None:
    text = setting(result(list=figures()))
    assert "10,000 people, 1,000,000 rows, 350 MB, 2 cores" in text
    assert "80 requests/s" in text
    assert "181 MB at the end, 584 MB at most" in text


def test_growth_is_a_multiple_of_the_smallest() -> None:
    small, large = result(list=figures(p50=12.0)), result(rows=20_000_000, list=figures(p50=15.0))
    lines = growth([large, small]).splitlines()
    assert lines[0].endswith("| 1,000,000 in all | 20,000,000 in all |")
    assert lines[2] == "| List | 10,000 | 1.00 | 1.25 |"
    assert "make bench-large" in growth([small])


def test_parts_are_replaced_between_their_markers() -> None:
    text = "a\n<!-- x -->\nold\n<!-- /x -->\nb\n"
    assert filled(text, {"x": r"new \1"}) == "a\n<!-- x -->\nnew \\1\n<!-- /x -->\nb\n"
    with pytest.raises(SystemExit):
        filled(text, {"y": "new"})


def test_the_document_has_a_place_for_each_part() -> None:
    found = result(list=figures())
    parts = {"setting": setting(found), "pages": pages(found), "costs": costs(found), "growth": growth([found])}
    assert filled(filled(DOCUMENT.read_text(), parts), parts) == filled(DOCUMENT.read_text(), parts)


def test_charts_are_well_formed_and_say_the_figures() -> None:
    drawings = charts(result(list=figures()))
    assert set(drawings) == {"performance-pages.svg", "performance-rate.svg"}
    tree = ET.fromstring(drawings["performance-pages.svg"])
    texts = [element.text for element in tree.iter(f"{SVG}text")]
    assert texts[-4:] == ["List", "12.0 ms", "1.2 ms", "480 ms"]


@given(st.lists(st.tuples(st.text(max_size=20), st.one_of(st.none(), st.floats(0, 1e7))), max_size=8))
def test_no_bar_leaves_the_drawing(entries: list[tuple[str, float | None]]) -> None:
    safe = [("".join(c for c in label if c.isprintable()), value) for label, value in entries]
    tree = ET.fromstring(
        bar_chart("Times <b>", ("page",), [Bars(label, (value,)) for label, value in safe], unit="ms")
    )
    width = float(tree.attrib["viewBox"].split()[2])
    for bar in tree.iter(f"{SVG}rect"):
        assert float(bar.attrib["x"]) + float(bar.attrib["width"]) <= width


@pytest.mark.parametrize(("value", "text"), [(0.421, "0.42"), (4.21, "4.2"), (42.1, "42.1"), (4210.4, "4,210")])
def test_figure(value: float, text: str) -> None:
    assert figure(value) == text
