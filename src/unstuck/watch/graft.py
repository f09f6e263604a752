"""Watch a Python function from inside its own frame: call us before it, after it, and when it raises.

A wrapper would stand in the user's tracebacks, hide from ``from torch.nn.functional import cross_entropy``
made earlier, and make ``torch.jit.script`` fail. A graft compiles the function's own source again with three
calls added, keeps every line and column, and exchanges ``__code__``: the function object stays the same, no
frame is added, and taking the graft out restores the very code object that was there.
See ``docs/decisions/0002-graft-instead-of-wrap.md``.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from types import CodeType, FunctionType
from typing import Any, TypeVar

T = TypeVar("T", bound=ast.AST)

Before = Callable[..., Any]
"""called with the function's parameters in order; what it returns is handed to `After` and `Failed`, which do not
hear of this call where it is None"""
After = Callable[..., None]
"""called with what `Before` returned, the result, then the parameters"""
Failed = Callable[..., None]
"""called with what `Before` returned, the exception, then the parameters; the exception goes on"""


class GraftError(Exception):
    """The function cannot be grafted: no source, or its shape is not the one expected."""


@dataclass(slots=True)
class Graft:
    """A grafted function: `on` puts the watched code in place, `off` the original."""

    function: FunctionType
    original: CodeType
    watched: CodeType
    names: tuple[str, ...]

    def on(self) -> None:
        """Watch from the next call on."""
        self.function.__code__ = self.watched

    def off(self) -> None:
        """The function is again what it was."""
        self.function.__code__ = self.original

    def remove(self) -> None:
        """Take the graft out for good."""
        self.off()
        for name in self.names:
            self.function.__globals__.pop(name, None)


def graft(
    function: Callable[..., Any],
    *,
    before: Before | None = None,
    after: After | None = None,
    failed: Failed | None = None,
    unless: Callable[[], bool] | None = None,
    quiet: list[bool] | None = None,
) -> Graft:
    """Prepare a graft of a plain Python function (not switched on yet).

    ``unless`` is asked first, inside the function; where it says True nothing of ours is called
    (``torch.compiler.is_compiling``, which the compiler folds away). While ``quiet[0]`` is True, ``after`` does
    not hear of results that carry a gradient: asked inside the function, because a call costs more.
    """
    if not isinstance(function, FunctionType):
        raise GraftError(f"{function!r} is not a plain Python function")
    calls = {"before": before, "after": after, "failed": failed, "unless": unless, "quiet": quiet}
    names = {
        key: f"_unstuck_{key}_{function.__name__}_{id(function):x}"
        for key, call in calls.items()
        if call is not None
    }
    watched = _watched(function, function.__code__, tuple(names.items()))
    for key, name in names.items():
        function.__globals__[name] = calls[key]
    return Graft(function, function.__code__, watched, tuple(names.values()))


@cache
def _watched(function: FunctionType, _: CodeType, names: tuple[tuple[str, str], ...]) -> CodeType:
    """The function's code with our calls in it, made once: a process that forks branches makes it for them all."""
    definition, tree = _definition(function)
    _transform(definition, dict(names))
    return _compile(function, definition, tree)


def _definition(function: FunctionType) -> tuple[ast.FunctionDef, ast.Module]:
    """The function's own definition, parsed with the lines and columns of its file."""
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    first, last = code.co_firstlineno, _last_line(code)
    if not 0 < first <= last <= len(lines):
        raise GraftError(f"no source for {function.__qualname__}")
    source = "".join(lines[first - 1 : last])
    head = "if True:\n" if source[:1].isspace() else "\n"
    try:
        # Empty lines in front give every node the line of its file, at the price of a few bytes.
        tree = ast.parse("\n" * (first - 2) + head + source if first > 1 else source)
    except SyntaxError as error:
        raise GraftError(f"the source of {function.__qualname__} is not that of its code") from error
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == code.co_name:
            return node, tree
    raise GraftError(f"no definition of {function.__qualname__} in its source")


def _last_line(code: CodeType) -> int:
    """The last line that any instruction of the function, or of one inside of it, comes from."""
    last = max((end for _, end, _, _ in code.co_positions() if end is not None), default=0)
    return max([last, *(_last_line(inner) for inner in code.co_consts if isinstance(inner, CodeType))])


def _transform(definition: ast.FunctionDef, names: dict[str, str]) -> None:
    body = definition.body
    docstring: list[ast.stmt] = []
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        docstring, body = body[:1], body[1:]
    parameters = _parameters(definition.args)
    token = "_unstuck_token"  # noqa: S105
    here = body[0]
    head: list[ast.stmt] = []
    active = hearing = "_unstuck_active"
    if "unless" in names:
        head += _parse(f"{active} = not {names['unless']}()", here)
    else:
        head += _parse(f"{active} = True", here)
    head += _parse(f"{token} = None", here)
    if "before" in names:
        head += _parse(f"if {active}: {token} = {names['before']}({', '.join(parameters)})", here)
        hearing = f"{token} is not None"
    if "after" in names:
        told = ", ".join([token, "_unstuck_result", *parameters])
        hears = hearing
        if "quiet" in names:
            hears += f" and not ({names['quiet']}[0] and getattr(_unstuck_result, 'requires_grad', False))"
        body = _Returns(names["after"], told, hears).rewrite(body)
    if "failed" in names:
        told = ", ".join([token, "_unstuck_error", *parameters])
        handler = f"if {hearing}: {names['failed']}({told})\nraise"
        body = [
            ast.copy_location(
                ast.Try(
                    body=body,
                    handlers=[
                        ast.copy_location(
                            ast.ExceptHandler(
                                type=ast.copy_location(ast.Name("BaseException", ast.Load()), here),
                                name="_unstuck_error",
                                body=_parse(handler, here),
                            ),
                            here,
                        )
                    ],
                    orelse=[],
                    finalbody=[],
                ),
                here,
            )
        ]
    definition.body = docstring + head + body
    definition.decorator_list = []
    definition.returns = None
    for argument in ast.walk(definition.args):
        if isinstance(argument, ast.arg):
            argument.annotation = None
    # Defaults live on the function object, not in its code.
    definition.args.defaults = [ast.copy_location(ast.Constant(None), here) for _ in definition.args.defaults]
    definition.args.kw_defaults = [
        None if default is None else ast.copy_location(ast.Constant(None), here)
        for default in definition.args.kw_defaults
    ]


def _parameters(arguments: ast.arguments) -> list[str]:
    named = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    if arguments.vararg:
        named.append(arguments.vararg.arg)
    named += [a.arg for a in arguments.kwonlyargs]
    if arguments.kwarg:
        named.append(arguments.kwarg.arg)
    return named


def _located(node: T, at: ast.AST) -> T:
    """The node and all below it, at the source position of ``at``."""
    for inner in ast.walk(node):
        if "lineno" in inner._attributes:
            ast.copy_location(inner, at)
    return node


def _parse(text: str, at: ast.stmt) -> list[ast.stmt]:
    """Statements whose every node stands at the place of ``at``."""
    return [_located(statement, at) for statement in ast.parse(text).body]


class _Returns(ast.NodeTransformer):
    """``return X`` becomes: keep X, call us, return it; nested functions keep their own returns."""

    def __init__(self, after: str, reported: str, active: str) -> None:
        self.end = f"if {active}: {after}({reported})\nreturn _unstuck_result"

    def rewrite(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The whole body, with the return that Python adds at its end."""
        changed: list[ast.stmt] = []
        for statement in body:
            result = self.visit(statement)
            changed += result if isinstance(result, list) else [result]
        nothing = ast.copy_location(ast.Constant(None), body[-1])
        return [*changed, *self._reported(nothing, body[-1])]

    def _reported(self, value: ast.expr, at: ast.stmt) -> list[ast.stmt]:
        name = ast.copy_location(ast.Name("_unstuck_result", ast.Store()), at)
        kept = ast.copy_location(ast.Assign(targets=[name], value=value), at)
        return [kept, *_parse(self.end, at)]

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        return self._reported(node.value or ast.copy_location(ast.Constant(None), node), node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node

    def visit_Expr(self, node: ast.Expr) -> ast.Expr:
        return node

    def visit_Assign(self, node: ast.Assign) -> ast.Assign:
        return node


def _compile(function: FunctionType, definition: ast.FunctionDef, tree: ast.Module) -> CodeType:
    """The code object, with the same free variables in the same order as the original's."""
    free = function.__code__.co_freevars
    flags = function.__code__.co_flags & inspect_future_annotations
    if free:
        arguments = [ast.copy_location(ast.arg(name), definition) for name in free]
        outer = ast.FunctionDef(
            name="_unstuck_outer",
            args=ast.arguments([], arguments, None, [], [], None, []),
            body=[definition],
            decorator_list=[],
            returns=None,
        )
        ast.copy_location(outer, definition)
        tree.body = [outer]
    else:
        tree.body = [definition]
    module = compile(tree, function.__code__.co_filename, "exec", flags=flags, dont_inherit=True)
    code = _find(module, definition.name)
    if code is None or code.co_freevars != free:
        raise GraftError(f"{function.__qualname__} closes over other names than expected")
    return code.replace(
        co_qualname=function.__code__.co_qualname, co_firstlineno=function.__code__.co_firstlineno
    )


inspect_future_annotations = 0x1000000  # CO_FUTURE_ANNOTATIONS


def _find(code: CodeType, name: str) -> CodeType | None:
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            if constant.co_name == name:
                return constant
            inner = _find(constant, name)
            if inner is not None:
                return inner
    return None
