"""How compiled templates write a value: as Jinja2 does, without making each text an object that says it is safe.

A page writes a thousand values. Jinja2's ``escape`` wraps each in Markup, which takes five times as long as escaping
it, and wraps what is Markup already once more; what comes next only joins them.
"""

from django.utils.safestring import SafeString
from jinja2 import Environment
from jinja2.compiler import CodeGenerator, Frame
from jinja2.nodes import Expr
from markupsafe import Markup, escape
from markupsafe import _escape_inner as escaped  # type: ignore[attr-defined]  # what `escape` wraps

SAFE = {Markup, SafeString}


class PlainOutput(CodeGenerator):
    """Python code for a template whose values are written by `written`."""

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape or finalize.src is not None:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("environment.written(")


class PageEnvironment(Environment):
    """The environment of pages; ``environment`` is what compiled templates know it by."""

    code_generator_class = PlainOutput

    @staticmethod
    def written(value: object) -> str:
        """``value`` as HTML: text escaped, markup as it is."""
        if type(value) is str:
            return escaped(value)
        return value if type(value) in SAFE else escape(value)  # type: ignore[return-value]  # SAFE are kinds of str
