"""A script as text and tree: where things stand in it, and how to change a few characters and nothing else."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

OPTIMIZERS = frozenset(
    {"SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "Adagrad", "Adadelta", "ASGD",
     "SparseAdam", "Adafactor"}
)  # fmt: skip

CALLED_SO = re.compile(r"(?:^|[._])(?:opt|optim|optimi[sz]er)(?:_\w+|\d+)?$")
"""names that hold an optimiser even where it is not seen how they come by it"""


@dataclass(frozen=True, slots=True, order=True)
class Replacement:
    """The characters ``[start, end)`` give way to ``text``."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Script:
    """The text of a script that parses.

    Raises:
        SyntaxError: it does not.
    """

    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @cached_property
    def lines(self) -> list[str]:
        """With their ends."""
        return re.findall(r"[^\n]*\n|[^\n]+", self.text)

    @cached_property
    def parents(self) -> dict[ast.AST, ast.AST]:
        """Of each node but the module."""
        return {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}

    @cached_property
    def _begins(self) -> list[int]:
        begins, at = [], 0
        for line in self.lines:
            begins.append(at)
            at += len(line)
        return [*begins, at]

    def offset(self, line: int, column: int) -> int:
        """Where a place of the tree lies in the text; the tree counts columns in bytes."""
        return self._begins[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def start(self, node: ast.expr | ast.stmt) -> int:
        """The first character of a node."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt) -> int:
        """One behind its last character."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.end_lineno, node.end_col_offset)

    def of(self, node: ast.expr | ast.stmt) -> str:
        """The text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def calls(self, *names: str, line: int | None = None) -> list[ast.Call]:
        """Calls of functions or methods of these names, in their order; those that have ``line`` among theirs."""
        return sorted(
            (
                node
                for node in ast.walk(self.tree)
                if isinstance(node, ast.Call)
                and called(node) in names
                and (line is None or node.lineno <= line <= (node.end_lineno or node.lineno))
            ),
            key=lambda node: (node.lineno, node.col_offset),
        )

    def statement(self, node: ast.AST) -> ast.stmt | None:
        """The innermost statement around a node."""
        while not isinstance(node, ast.stmt):
            if node not in self.parents:
                return None
            node = self.parents[node]
        return node

    def block(self, statement: ast.stmt) -> list[ast.stmt]:
        """The list of statements in which one stands."""
        for value in vars(self.parents[statement]).values():
            if isinstance(value, list) and statement in value:
                return value
        return [statement]

    def inserted(self, before: ast.stmt, code: str) -> Replacement | None:
        """A new line before a statement that begins its own line; None where it does not."""
        line = self.lines[before.lineno - 1]
        indent = line[: len(line) - len(line.lstrip())]
        at = self.offset(before.lineno, 0)
        if self.start(before) != at + len(indent):
            return None
        return Replacement(at, at, f"{indent}{code}{self._newline}")

    def appended(self, after: ast.stmt, code: str) -> Replacement | None:
        """A new line behind a statement that has its lines for itself; None where it has not."""
        first = self.lines[after.lineno - 1]
        indent = first[: len(first) - len(first.lstrip())]
        assert after.end_lineno is not None
        last = self.lines[after.end_lineno - 1]
        rest = self.text[self.end(after) : self.offset(after.end_lineno, 0) + len(last)].strip()
        if self.start(after) != self.offset(after.lineno, 0) + len(indent) or (rest and not rest.startswith("#")):
            return None
        at = self.offset(after.end_lineno, 0) + len(last)
        newline = self._newline
        return Replacement(at, at, f"{indent}{code}{newline}" if last.endswith("\n") else f"{newline}{indent}{code}")

    def removed(self, statement: ast.stmt) -> Replacement | None:
        """The lines of a statement that has them for itself, taken out; a comment behind it goes with it."""
        assert statement.end_lineno is not None
        start, end = self._begins[statement.lineno - 1], self._begins[statement.end_lineno]
        before, behind = self.text[start : self.start(statement)].strip(), self.text[self.end(statement) : end].strip()
        return None if before or (behind and not behind.startswith("#")) else Replacement(start, end, "")

    @property
    def _newline(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"

    def replaced(self, node: ast.expr, text: str) -> Replacement:
        """Another text for a node."""
        return Replacement(self.start(node), self.end(node), text)

    def argument_added(self, call: ast.Call, text: str) -> Replacement | None:
        """One more keyword argument behind the last; None where that cannot be told."""
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if not given or any(isinstance(one, ast.Starred) for one in call.args) or _spread(call):
            return None
        at = max(self.end(one) for one in given)
        # Parentheses around the last argument are behind it, and no part of its node.
        depth, close = 0, at
        for close in range(at, self.end(call) - 1):
            if self.text[close] not in ") \n\r\t":
                break
            depth += self.text[close] == ")"
        return None if depth else Replacement(at, at, f", {text}")

    def with_changes(self, changes: Sequence[Replacement]) -> str | None:
        """The text after all of them; None where two overlap."""
        text, before = self.text, len(self.text) + 1
        for change in sorted(set(changes), reverse=True):
            if change.end > before:
                return None
            text, before = text[: change.start] + change.text + text[change.end :], change.start
        return text

    # ---- what scripts of training are made of -----------------------------------------------------------

    def optimizers(self, line: int | None = None) -> list[ast.Call]:
        """Calls that make a known optimiser."""
        return self.calls(*OPTIMIZERS, line=line)

    def names_of_optimizers(self) -> set[str]:
        """What they are bound to: ``optimizer``, ``self.optimizer``."""
        return {self.of(target) for call in self.optimizers() for target in self._targets(call)}

    def _targets(self, call: ast.Call) -> Iterator[ast.expr]:
        parent = self.parents[call]
        if isinstance(parent, ast.Assign) and parent.value is call:
            yield from parent.targets
        elif isinstance(parent, ast.AnnAssign):
            yield parent.target

    def steps(self) -> list[ast.Call]:
        """Calls of ``step`` without a closure, of optimisers that the script makes, or of what is called so."""
        known = self.names_of_optimizers()
        return [
            call
            for call in self.calls("step")
            if not call.args and not call.keywords and ((name := owner(self, call)) in known or CALLED_SO.search(name))
        ]

    def called_without_parentheses(self, name: str) -> list[ast.Attribute]:
        """Statements such as ``optimizer.step``, which do nothing, of known optimisers."""
        known = self.names_of_optimizers()
        return [
            node.value
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Expr)
            and isinstance(node.value, ast.Attribute)
            and node.value.attr == name
            and self.of(node.value.value) in known
        ]


def called(call: ast.Call) -> str:
    """The last name of what is called: ``step`` of ``self.optimizer.step()``."""
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def owner(script: Script, call: ast.Call) -> str:
    """What stands before the dot: ``self.optimizer`` of ``self.optimizer.step()``; empty where nothing does."""
    return script.of(call.func.value) if isinstance(call.func, ast.Attribute) else ""


def _spread(call: ast.Call) -> bool:
    return any(keyword.arg is None for keyword in call.keywords)


def keyword(call: ast.Call, name: str) -> ast.expr | None:
    """The value of a keyword argument."""
    return next((one.value for one in call.keywords if one.arg == name), None)


def open_ended(call: ast.Call) -> bool:
    """Whether it is given arguments that the source does not show (``*args``, ``**options``)."""
    return _spread(call) or any(isinstance(one, ast.Starred) for one in call.args)
