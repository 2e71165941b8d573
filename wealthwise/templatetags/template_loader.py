"""Templates compiled once, in which whatever is the same for everybody has become text.

A page prints some forty addresses and icons that never change while the process lives: `{% url 'help' %}`,
`{% static 'css/base.css' %}`, `{% icon "plus" %}`. Each costs 10 to 30 microseconds every time, and so does finding
what is included. Here all that is done when a template is loaded, and neighbouring pieces of text become one.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby

from django.template import Context, Engine, Origin, Template, TemplateDoesNotExist
from django.template.base import FilterExpression, Node, NodeList, TextNode, Variable
from django.template.defaulttags import IfNode, URLNode
from django.template.library import SimpleNode
from django.template.loader_tags import BlockNode, ExtendsNode, IncludeNode
from django.template.loaders import base, cached
from django.templatetags.static import StaticNode
from django.urls import NoReverseMatch
from django_htmx.templatetags.django_htmx import htmx_script

from wealthwise.templatetags.ui import icon

CONSTANT_TAGS = (icon, htmx_script)  # what they print depends on nothing but their arguments
NAMESPACED = "admin:"  # an address that depends on which console the request is for


class Folding(base.Loader):
    """Folds what was loaded before anybody else can see it: another thread may render it at once."""

    def get_template(self, template_name: str, skip: list[Origin] | None = None) -> Template:
        template = super().get_template(template_name, skip)
        fold(template.nodelist, self.engine)
        return template


class Loader(cached.Loader, Folding):
    """The cached loader; what it keeps is folded."""


class Included(Node):
    """What `{% include %}` would have found, with the names that it was given."""

    def __init__(self, nodelist: NodeList, given: Mapping[str, FilterExpression]) -> None:
        self.nodelist, self.given = nodelist, given

    def render(self, context: Context) -> str:
        with context.push(**{name: value.resolve(context) for name, value in self.given.items()}):
            return self.nodelist.render(context)


def fold(nodes: NodeList, engine: Engine) -> None:
    """Put text in place of the constant nodes of ``nodes`` and of what is inside them."""
    for node in nodes:
        for inside in _nodelists(node):
            fold(inside, engine)
    nodes[:] = _joined([kept for node in nodes for kept in _folded(node, engine)])


def _folded(node: Node, engine: Engine) -> Iterable[Node]:
    if isinstance(node, IncludeNode):
        return _included(node, engine)
    return [_as_text(node) if _is_constant(node) else node]


def _included(node: IncludeNode, engine: Engine) -> Iterable[Node]:
    """The nodes of the included template; the node itself when what it includes is open, absent or has blocks."""
    if node.isolated_context or not _are_literal([node.template]):
        return [node]
    try:
        nodelist = engine.get_template(str(node.template.var)).nodelist
    except TemplateDoesNotExist:
        return [node]
    if any(nodelist.get_nodes_by_type(kind) for kind in (BlockNode, ExtendsNode)):
        return [node]
    is_text = all(type(inside) is TextNode for inside in nodelist)
    return nodelist if is_text else [Included(nodelist, node.extra_context)]


def _nodelists(node: Node) -> Iterator[NodeList]:
    if isinstance(node, IfNode):  # its own list of nodes is made anew for whoever asks
        yield from (nodelist for _, nodelist in node.conditions_nodelists)
        return
    for name in node.child_nodelists:
        found = getattr(node, name, None)
        if isinstance(found, NodeList):
            yield found


def _is_constant(node: Node) -> bool:
    if isinstance(node, URLNode):
        given = [node.view_name, *node.args, *node.kwargs.values()]
        return not node.asvar and _are_literal(given) and not str(node.view_name.var).startswith(NAMESPACED)
    if isinstance(node, StaticNode):
        return node.varname is None and _are_literal([node.path])
    if type(node) is SimpleNode and node.func in CONSTANT_TAGS:
        return node.target_var is None and _are_literal([*node.args, *node.kwargs.values()])
    return False


def _are_literal(expressions: Iterable[FilterExpression]) -> bool:
    return all(not e.filters and not (isinstance(e.var, Variable) and e.var.literal is None) for e in expressions)


def _as_text(node: Node) -> Node:
    """The node's text; the node itself for an address that is not there, so that it fails where it is used."""
    try:
        return TextNode(str(node.render(Context({}, autoescape=True))))
    except NoReverseMatch:
        return node


def _joined(nodes: list[Node]) -> Iterator[Node]:
    for kind, run in groupby(nodes, key=type):
        if kind is TextNode:
            yield TextNode("".join(node.render(Context()) for node in run))
        else:
            yield from run
