"""What never changes is text once a template is loaded; what depends on anything is not."""

import pytest
from django.template import Context, Engine, Template, engines
from django.template.base import NodeList, TextNode
from django.template.defaulttags import IfNode, URLNode
from django.template.loader_tags import IncludeNode
from django.urls import NoReverseMatch, reverse

from wealthwise.templatetags.template_loader import Included, Loader, fold

TAGS = "{% load static ui %}"


def engine() -> Engine:
    return engines["django"].engine  # type: ignore[attr-defined]


def folded(source: str) -> NodeList:
    nodes = Template(TAGS + source, engine=engine()).nodelist
    fold(nodes, engine())
    return nodes


def shown(nodes: NodeList, **context: object) -> str:
    template = Template("", engine=engine())
    template.nodelist = nodes
    return template.render(Context(context))


@pytest.mark.parametrize(
    "source",
    [
        "a {% url 'help' %} b",
        "<a href=\"{% url 'transactions:edit' 7 %}\">",
        "{% static 'css/base.css' %}",
        '{% icon "plus" %}{% icon "plus" 16 %}',
        "{% if x %}{% url 'help' %}{% else %}{% icon 'plus' %}{% endif %}",
        "{% for y in z %}{% url 'help' %}-{{ y }}{% empty %}{% icon 'plus' %}{% endfor %}",
        "{% with a=x %}{{ a }} {% url 'privacy' %}{% endwith %}",
        "{% include 'components/logo.html' %}",
        "{% include 'components/empty.html' with heading=x icon_name='tag' %}[{{ heading }}]",
        "{% for y in z %}{% include 'components/empty.html' with heading=y only %}{% endfor %}",
    ],
)
def test_page_says_the_same(source: str) -> None:
    for context in ({"x": 1, "z": [1, 2]}, {"x": "", "z": []}):
        plain = Template(TAGS + source, engine=engine()).render(Context(context))
        assert shown(folded(source), **context) == plain


def test_constant_tags_and_their_neighbours_are_one_piece_of_text() -> None:
    nodes = folded("<a href=\"{% url 'help' %}\">{% icon 'plus' %} <img src=\"{% static 'img/favicon.svg' %}\">")
    texts = [node for node in nodes if isinstance(node, TextNode)]
    assert len(texts) == 1
    assert all(part in texts[0].s for part in (reverse("help"), "<svg", "favicon"))


def test_branches_are_folded_inside() -> None:
    (condition,) = [node for node in folded("{% if x %}a{% url 'help' %}b{% endif %}") if isinstance(node, IfNode)]
    assert [type(node) for node in condition.conditions_nodelists[0][1]] == [TextNode]


@pytest.mark.parametrize("source", ["{% url 'transactions:edit' pk %}", "{% url name %}", "{% icon name %}"])
def test_what_depends_on_the_page_is_left(source: str) -> None:
    assert not all(isinstance(node, TextNode) for node in folded(source)[1:])


def test_address_for_a_variable_and_of_the_console_are_left() -> None:
    assert shown(folded("{% url 'help' as there %}[{{ there }}]")) == f"[{reverse('help')}]"
    assert any(isinstance(node, URLNode) for node in folded("{% url 'admin:index' %}"))


def test_unknown_address_fails_where_it_is_used_and_not_before() -> None:
    nodes = folded("{% if x %}{% url 'no_such_page' %}{% endif %}fine")
    assert shown(nodes, x=False) == "fine"
    with pytest.raises(NoReverseMatch):
        shown(nodes, x=True)


def test_what_is_included_is_found_once() -> None:
    assert {type(node) for node in folded("{% include 'components/logo.html' %}")[1:]} == {TextNode}
    nodes = folded("{% include 'components/empty.html' with text=x %}")
    (inlined,) = [node for node in nodes if type(node) is Included]
    assert "<p>&lt;b&gt;</p>" in shown(NodeList([inlined]), x="<b>")


@pytest.mark.parametrize("source", ["{% include name %}", "{% include 'no_such.html' %}", "{% include 'base.html' %}"])
def test_what_cannot_be_included_beforehand_is_left(source: str) -> None:
    assert [node for node in folded(source) if isinstance(node, IncludeNode)]


def test_templates_of_the_site_come_folded() -> None:
    assert [type(loader) for loader in engine().template_loaders] == [Loader]
    found = engine().get_template("components/sign_out.html")
    assert found is engine().get_template("components/sign_out.html")
    assert not [node for node in found.nodelist if isinstance(node, URLNode)]


def test_nobody_sees_a_template_before_it_is_folded(monkeypatch: pytest.MonkeyPatch) -> None:
    (loader,) = engine().template_loaders
    loader.reset()
    seen = []
    monkeypatch.setattr(
        "wealthwise.templatetags.template_loader.fold", lambda *_: seen.append(dict(loader.get_template_cache))
    )
    loader.get_template("components/sign_out.html")
    assert seen == [{}]
    loader.reset()
