"""Watch a Python function from inside its own frame: call us before it, after it, and when it raises.

A wrapper would stand in the user's tracebacks, hide from ``from torch.nn.functional import cross_entropy``
made earlier, and make ``torch.jit.script`` fail. A graft compiles the function's own source again with three
calls added, keeps every line and column, and exchanges ``__code__``: the function object stays the same, no
frame is added, and taking the graft out restores the very code object that was there.
See ``docs/decisions/0002-graft-instead-of-wrap.md``.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import CodeType, FunctionType
from typing import Any

Before = Callable[..., Any]
"""called with the function's parameters in order; what it returns is handed to `After` and `Failed`"""
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
    definition, tree = _definition(function)
    _transform(definition, names)
    watched = _compile(function, definition, tree)
    for key, name in names.items():
        function.__globals__[name] = calls[key]
    return Graft(function, function.__code__, watched, tuple(names.values()))


def _definition(function: FunctionType) -> tuple[ast.FunctionDef, ast.Module]:
    """The function's own definition, parsed with the lines and columns of its file."""
    try:
        lines, first = inspect.getsourcelines(function.__code__)
    except (OSError, TypeError) as error:
        raise GraftError(f"no source for {function.__qualname__}") from error
    source = "".join(lines)
    if source[:1].isspace():
        source, first = "if True:\n" + source, first - 1
    tree = ast.parse(source)
    ast.increment_lineno(tree, first - 1)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and node.name == function.__code__.co_name:
            return node, tree
    raise GraftError(f"no definition of {function.__qualname__} in its source")


def _transform(definition: ast.FunctionDef, names: dict[str, str]) -> None:
    body = definition.body
    docstring: list[ast.stmt] = []
    if isinstance(body[0], ast.Expr) and isinstance(body[0].value, ast.Constant):
        docstring, body = body[:1], body[1:]
    parameters = _parameters(definition.args)
    token = "_unstuck_token"  # noqa: S105
    here = body[0]
    head: list[ast.stmt] = []
    active = "_unstuck_active"
    if "unless" in names:
        head += _parse(f"{active} = not {names['unless']}()", here)
    else:
        head += _parse(f"{active} = True", here)
    head += _parse(f"{token} = None", here)
    if "before" in names:
        head += _parse(f"if {active}: {token} = {names['before']}({', '.join(parameters)})", here)
    if "after" in names:
        told = ", ".join([token, "_unstuck_result", *parameters])
        hears = active
        if "quiet" in names:
            hears += f" and not ({names['quiet']}[0] and getattr(_unstuck_result, 'requires_grad', False))"
        body = _Returns(names["after"], told, hears).rewrite(body)
    if "failed" in names:
        told = ", ".join([token, "_unstuck_error", *parameters])
        handler = f"if {active}: {names['failed']}({told})\nraise"
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


def _parse(text: str, at: ast.stmt) -> list[ast.stmt]:
    """Statements whose every node stands at the place of ``at``."""
    statements = ast.parse(text).body
    for statement in statements:
        for node in ast.walk(statement):
            if "lineno" in node._attributes:
                ast.copy_location(node, at)
    return statements


class _Returns(ast.NodeTransformer):
    """``return X`` becomes: keep X, call us, return it; nested functions keep their own returns."""

    def __init__(self, after: str, told: str, active: str) -> None:
        self.call = f"if {active}: {after}({told})"

    def rewrite(self, body: list[ast.stmt]) -> list[ast.stmt]:
        changed: list[ast.stmt] = []
        for statement in body:
            result = self.visit(statement)
            changed += result if isinstance(result, list) else [result]
        end = changed[-1]
        return [*changed, *_parse("_unstuck_result = None", end), *_parse(self.call, end)]

    def visit_Return(self, node: ast.Return) -> list[ast.stmt]:
        value = node.value or ast.copy_location(ast.Constant(None), node)
        kept = ast.copy_location(
            ast.Assign(
                targets=[ast.copy_location(ast.Name("_unstuck_result", ast.Store()), node)], value=value
            ),
            node,
        )
        return [kept, *_parse(self.call, node), *_parse("return _unstuck_result", node)]

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.Lambda:
        return node


def _compile(function: FunctionType, definition: ast.FunctionDef, tree: ast.Module) -> CodeType:
    """The code object, with the same free variables in the same order as the original's."""
    free = function.__code__.co_freevars
    flags = function.__code__.co_flags & inspect_future_annotations
    if free:
        outer = ast.FunctionDef(
            name="_unstuck_outer",
            args=ast.arguments([], [ast.arg(name) for name in free], None, [], [], None, []),
            body=[definition],
            decorator_list=[],
            returns=None,
        )
        ast.copy_location(outer, definition)
        tree.body = [outer]
    else:
        tree.body = [definition]
    ast.fix_missing_locations(tree)
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
