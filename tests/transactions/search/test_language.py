"""The language of the search box: what is understood, what is told, and that text survives the way there and back."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transactions.search.language import HELP, MAX_TERMS, YEARS, Search, Term, parse, render
from wealthwise.core.days import FIRST_DAY, LAST_DAY

PIECES = st.sampled_from(
    [
        "amount",
        "amount>",
        "category:",
        "OR",
        "OR ",
        "a,",
        "..",
        "-",
        "CATEGORY:",
        "on:",
        "in:",
        "is:",
        "2026-02-03",
        "transfer",
        "expense",
        "foo",
    ]
).flatmap(lambda piece: st.sampled_from([piece, *'><=:"“”- 5%É İ\\\x1c\u00a0', '""', "-5"]))
texts = st.one_of(
    st.text(),
    st.lists(PIECES, max_size=12).map("".join),
    st.lists(PIECES, max_size=60).map(" ".join),
)


@given(texts)
def test_reading_never_raises_and_survives_writing(text):
    search = parse(text)
    assert parse(render(search)) == search
    assert len([term for term in search.parts if not term.problem]) <= MAX_TERMS


@given(st.text("0123456789.,+-*/() '−²٣", max_size=110))
def test_no_sum_behind_amount_raises(text):
    (term,) = parse(f'amount>"{text}"').terms
    assert term.problem or all(amount >= 0 for amount in (term.value if term.sign == ".." else [term.value]))


@given(texts)
def test_a_term_taken_out_leaves_the_others(text):
    search = parse(text)
    if len(list(search.parts)) > MAX_TERMS:
        return
    for term in search.terms:
        rest = search.without(term)
        assert term not in rest.terms
        assert len(rest.terms) == len(search.terms) - 1
        assert parse(render(rest)) == rest


WORD = "word"


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", []),
        ("   ", []),
        ('""', []),
        ("corner shop", [Term(WORD, "corner"), Term(WORD, "shop")]),
        ("shop shop", [Term(WORD, "shop")]),
        ('"corner  shop"', [Term(WORD, "corner shop")]),
        ('"corner shop', [Term(WORD, "corner shop")]),
        ("“corner shop”", [Term(WORD, "corner shop")]),
        ("-coffee", [Term(WORD, "coffee", is_negated=True)]),
        ('-"corner shop"', [Term(WORD, "corner shop", is_negated=True)]),
        ("-", [Term(WORD, "-")]),
        ("12:30", [Term(WORD, "12:30")]),
        ('"foo:bar"', [Term(WORD, "foo:bar")]),
        ("amount>50", [Term("amount", Decimal(50), ">")]),
        ("amount > 50", [Term("amount", Decimal(50), ">")]),
        ("AMOUNT<=1,000.50", [Term("amount", Decimal("1000.50"), "<=")]),
        ("amount=>5", [Term("amount", Decimal(5), ">=")]),
        ("amount:12.50", [Term("amount", Decimal("12.50"), "=")]),
        ("amount=12.50", [Term("amount", Decimal("12.50"), "=")]),
        ("amount", [Term(WORD, "amount")]),
        ("amount:10..50", [Term("amount", (Decimal(10), Decimal(50)), "..")]),
        ("amount:50..10", [Term("amount", (Decimal(10), Decimal(50)), "..")]),
        ("amount:10..", [Term("amount", Decimal(10), ">=")]),
        ("amount=..50", [Term("amount", Decimal(50), "<=")]),
        ("-amount>50", [Term("amount", Decimal(50), ">", is_negated=True)]),
        ("category:food", [Term("category", ("food",))]),
        ("category:food,fuel,food", [Term("category", ("food", "fuel"))]),
        ('category:"food, drinks",fuel', [Term("category", ("food, drinks", "fuel"))]),
        ('subcategory:"dining out"', [Term("subcategory", ("dining out",))]),
        ("-Account:Visa", [Term("account", ("Visa",), is_negated=True)]),
        ("coffee OR tea", [Term(WORD, "coffee", others=(Term(WORD, "tea"),))]),
        (
            "a OR b OR -c d",
            [Term(WORD, "a", others=(Term(WORD, "b"), Term(WORD, "c", is_negated=True))), Term(WORD, "d")],
        ),
        ("a OR a", [Term(WORD, "a")]),
        ("OR a OR", [Term(WORD, "OR"), Term(WORD, "a")]),
        ('a "OR" b or', [Term(WORD, "a"), Term(WORD, "OR"), Term(WORD, "b"), Term(WORD, "or")]),
        ("on:2026-02-09..2026-02-03", [Term("on", (date(2026, 2, 3), date(2026, 2, 9)))]),
        ("after:2026-01-01", [Term("after", date(2026, 1, 1))]),
        ("before:2026-03-01", [Term("before", date(2026, 3, 1))]),
        ("on:2026-02-03", [Term("on", date(2026, 2, 3))]),
        ("in:Expense in:income", [Term("in", "expense"), Term("in", "income")]),
        ("is:uncategorized is:transfer", [Term("is", "uncategorised"), Term("is", "transfer")]),
    ],
)
def test_what_is_understood(text, terms):
    search = parse(text)
    assert list(search.terms) == terms
    assert search.problems == []


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("foo:bar", "“foo:bar”: there is no “foo:”. Put words that hold a colon in quotation marks."),
        ("amount>x", "“amount>x”: that is not an amount. Write it like amount>50, amount:12.50 or amount:10..50."),
        ("amount>", "“amount>”: that is not an amount. Write it like amount>50, amount:12.50 or amount:10..50."),
        ("amount:1.234", "“amount:1.234”: an amount has at most 2 decimals. Write it like"),
        ("amount:-5", "“amount:-5”: amounts are compared by size, so write amount>50"),
        ("on:2026-02-30", "“on:2026-02-30”: that is not a day. Write year, month and day, like on:2026-02-03."),
        ("after:1899-12-31", "that is not a day."),
        ("before:20260301", "like before:2026-03-01."),
        ("on:٢٠٢٦-02-03", "that is not a day."),
        ("in:both", "“in:both”: write in:expense or in:income."),
        ("is:odd", "“is:odd”: write is:uncategorised or is:transfer."),
        ("category:", "“category:”: a name is missing. Write it like category:food."),
        ('account:""', "a name is missing. Write it like account:visa."),
        ("-foo:bar", "“-foo:bar”: there is no “foo:”."),
        ("amount>10..50", "“amount>10..50”: “10..50” is not a number."),
        ("on:2026-02-03..", "that is not a day."),
        (" ".join(f"word{n}" for n in range(21)), "A search has at most 20 parts. Leave out “word20”."),
    ],
)
def test_what_is_not_understood_is_told_with_the_word_and_the_way(text, sentence):
    search = parse(text)
    assert len(search.problems) == 1
    assert sentence in search.problems[0]


def test_one_mistake_leaves_the_rest_as_it_is():
    search = parse("coffee foo:bar amount>5")
    assert [term.operator for term in search.terms] == ["word", "unread", "amount"]
    assert render(search) == "coffee foo:bar amount>5"


def test_the_word_amount_does_not_take_the_next_for_its_value():
    search = Search((Term(WORD, "amount"), Term(WORD, ">5")))
    assert parse(render(search)) == search


def test_the_years_are_those_of_the_ledger():
    assert (FIRST_DAY.year, LAST_DAY.year) == (YEARS[0], YEARS[-1])


def test_every_example_of_the_help_is_understood():
    for operator in HELP:
        assert parse(operator.example.replace(", ", " ")).problems == []
