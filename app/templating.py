"""Jinja for pages of many small pieces: what every piece costs is paid once a page, and less.

The templates say what they always said, and say it byte for byte as with Jinja's own classes (a test compares them).
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, MethodType
from typing import Any

from jinja2 import Environment, nodes
from jinja2.compiler import CodeGenerator, Frame
from jinja2.runtime import Context, Macro
from markupsafe import _escape_inner, escape  # type: ignore[attr-defined]  # what `escape` calls is not typed


def quicken(environment: Environment) -> None:
    """Let an environment that has compiled nothing yet draw its pages with less work."""
    environment.code_generator_class = _Generator
    environment.context_class = _Context
    environment.__dict__["written"] = written


_escaped: Callable[[str], str] = _escape_inner


def written(value: object) -> str:
    """A value as it goes into the page. A text is not wrapped in Markup on its way: all are joined at once."""
    return _escaped(value) if type(value) is str else escape(value)


class _Generator(CodeGenerator):
    """What is Markup already goes out as it is: Jinja would copy it twice."""

    def _output_child_pre(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if _escapes(frame, finalize):
            self.write("(_out if type(_out := (")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: nodes.Expr, frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> None:
        if _escapes(frame, finalize):
            self.write(")) is Markup else environment.written(_out))")
        else:
            super()._output_child_post(node, frame, finalize)


def _escapes(frame: Frame, finalize: CodeGenerator._FinalizeInfo) -> bool:
    return frame.eval_ctx.autoescape and not frame.eval_ctx.volatile and finalize.src is None


class _Context(Context):
    """Plain functions and macros are called at once: Jinja would look five times whether they want a context."""

    def call(self, called: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 -- its signature
        kind = type(called)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif (kind is not FunctionType and kind is not MethodType) or hasattr(called, "jinja_pass_arg"):
            return super().call(called, *args, **kwargs)
        kwargs.pop("_block_vars", None)
        kwargs.pop("_loop_vars", None)
        return called(*args, **kwargs)
