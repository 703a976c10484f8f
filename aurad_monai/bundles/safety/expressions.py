# SPDX-FileCopyrightText: 2026 aurad-monai contributors
# SPDX-License-Identifier: Apache-2.0
"""Checks Python expressions (`$...`) of a bundle's config by their syntax tree: allowed nodes, names and calls only.

Takes the text of an expression; gives the reason of refusal or None. References are first replaced by a name, as MONAI
does by text. One inside a string literal is refused: MONAI's replacement holds quotes, so `$'@f{...}'` would end the
literal and run what follows.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping

from aurad_monai.bundles.safety.paths import path_refusal
from aurad_monai.bundles.safety.targets import OWN, argument_refusal, dotted_refusal
from aurad_monai.bundles.safety.vocabulary import (
    ATTRIBUTES,
    BUILTINS,
    CALLABLE,
    DEFAULT_NAMES,
    ENVIRONMENT,
    LEAVES,
    MODULES,
)

NODES = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Attribute, ast.Call, ast.keyword, ast.Load, ast.Starred),
    *(ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
    *(ast.List, ast.Tuple, ast.Dict, ast.Set, ast.Subscript, ast.Slice, ast.Store),
    *(ast.Lambda, ast.arguments, ast.arg, ast.ListComp, ast.GeneratorExp, ast.DictComp, ast.comprehension),
)
COSTLY = (ast.Pow, ast.LShift)
REFERENCE = "REFERENCE_TO_CONFIG"
MAX_CHARACTERS = 2000
Imports = Mapping[str, Collection[str]]
"""Name in an expression to the dotted names it can stand for."""


def as_import(text: str) -> ast.Import | ast.ImportFrom | None:
    """The import statement that an expression starts with, if it is one: MONAI looks at the first statement only."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[0] if body and isinstance(body[0], (ast.Import, ast.ImportFrom)) else None


def import_refusal(text: str, trusted: Collection[str] = ()) -> str | None:
    """Why an import statement is refused; None where it may run."""
    statement = as_import(text)
    if statement is None or not re.fullmatch(r"(from [\w.]+ )?import [\w.]+( as \w+)?", text, flags=re.ASCII):
        return "an import must be one statement that names one thing"
    dotted = imported(text)[1]
    if dotted.split(".")[0] in trusted:
        return None
    if isinstance(statement, ast.Import):
        return None if dotted in MODULES else "not a module that a config may import"
    if dotted in LEAVES:
        return None
    return dotted_refusal(dotted, trusted, (*OWN, *CALLABLE))


def imported(text: str) -> tuple[str, str]:
    """The name that an import binds, and the dotted name it stands for."""
    statement = as_import(text)
    assert statement is not None
    alias = statement.names[0]
    dotted = f"{statement.module}.{alias.name}" if isinstance(statement, ast.ImportFrom) else alias.name
    return alias.asname or alias.name, dotted


def expression_refusal(text: str, imports: Imports, trusted: Collection[str] = ()) -> str | None:
    """Why an expression must not be evaluated; None where it may.

    Args:
        text: what follows the `$`.
        imports: from the import statements of the bundle.
        trusted: packages of the user's own.
    """
    if len(text) > MAX_CHARACTERS or REFERENCE in text:
        return "too long for an expression" if REFERENCE not in text else "uses a reserved name"
    plain, references = _without_references(text)
    if any(reference.split("::")[0] in ("", "imports") for reference in references):
        return "refers to an imported module or to the whole config"
    try:
        tree = ast.parse(plain.lstrip(" \t"), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return "no Python expression"
    names = {name: {dotted} for name, dotted in DEFAULT_NAMES.items()} | {n: set(d) for n, d in imports.items()}
    try:
        return next(iter(_ExpressionChecker(names, trusted).problems(tree)), None)
    except RecursionError:
        return "nested too deeply"


def _without_references(text: str) -> tuple[str, list[str]]:
    """The expression with a plain name for each `@a::b`, and their ids."""
    text = text.replace("#", "::")
    references = [match.lstrip("@").lstrip(":") for match in re.findall(r"@(?:::)*\w*(?:::\w*)*", text)]
    return re.sub(r"@(?:::)*\w*(?:::\w*)*", f" {REFERENCE} ", text), references


class _ExpressionChecker:
    """Walks one expression; yields what is wrong with it."""

    def __init__(self, names: Mapping[str, Collection[str]], trusted: Collection[str]) -> None:
        self.names = names
        self.trusted = trusted

    def problems(self, tree: ast.Expression) -> Iterable[str]:
        bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        bound |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        if taken := bound & (set(self.names) | BUILTINS | {REFERENCE}):
            yield f"'{min(taken)}' is bound again"
        inner: set[int] = set()
        for node in ast.walk(tree):
            if not isinstance(node, NODES) or isinstance(node, COSTLY):
                yield f"{type(node).__name__} is not allowed in an expression"
            elif isinstance(node, ast.Attribute) and id(node) not in inner:
                inner |= {id(part) for part in ast.walk(node.value) if _in_chain(node, part)}
                yield from self._attribute(node, bound)
            elif isinstance(node, ast.Name) and id(node) not in inner:
                yield from self._name(node, bound)
            elif isinstance(node, ast.Subscript):
                inner |= {id(part) for part in ast.walk(node.value)} if self._environment(node) else set()
            elif isinstance(node, ast.keyword):
                yield from _keyword(node)
            elif isinstance(node, ast.Constant):
                yield from _constant(node, tree)

    def _name(self, node: ast.Name, bound: Collection[str]) -> Iterable[str]:
        """A name alone must be bound in the expression, a builtin, a reference, or imported and no module."""
        if node.id in bound or node.id in BUILTINS or node.id == REFERENCE:
            return
        if node.id not in self.names:
            yield f"unknown or refused name '{node.id}'"
            return
        for dotted in self.names[node.id]:
            if why := self._dotted(dotted):
                yield f"'{node.id}': {why}"

    def _attribute(self, node: ast.Attribute, bound: Collection[str]) -> Iterable[str]:
        """The longest allowed dotted name, then listed attributes only."""
        root, attributes = _chain(node)
        if not isinstance(root, ast.Name) or root.id not in self.names:
            yield from self._name(root, bound) if isinstance(root, ast.Name) else ()
            yield from (f"attribute '{name}' is not listed" for name in attributes if name not in ATTRIBUTES)
            return
        for start in self.names[root.id]:
            refusals = [self._dotted(".".join([start, *attributes[:end]])) for end in range(len(attributes) + 1)]
            allowed = [end for end, why in enumerate(refusals) if why is None]
            if not allowed:
                yield f"'{'.'.join([start, *attributes])}': {refusals[-1]}"
                continue
            rest = attributes[max(allowed) :]
            yield from (f"attribute '{name}' is not listed" for name in rest if name not in ATTRIBUTES)

    def _dotted(self, dotted: str) -> str | None:
        return None if dotted in LEAVES else dotted_refusal(dotted, self.trusted, (*OWN, *CALLABLE))

    def _environment(self, node: ast.Subscript) -> bool:
        """Whether this reads one of the listed environment variables: os.environ['LOCAL_RANK']."""
        root, attributes = _chain(node.value)
        named = isinstance(root, ast.Name) and set(self.names.get(root.id, ())) == {"os"} and attributes == ["environ"]
        return named and isinstance(node.slice, ast.Constant) and node.slice.value in ENVIRONMENT


def _chain(node: ast.expr) -> tuple[ast.expr, list[str]]:
    """a.b.c as (a, [b, c])."""
    attributes: list[str] = []
    while isinstance(node, ast.Attribute):
        attributes.insert(0, node.attr)
        node = node.value
    return node, attributes


def _in_chain(node: ast.Attribute, part: ast.AST) -> bool:
    """Whether `part` is one of the attributes or the name at the root of the chain that ends in `node`."""
    value: ast.expr = node
    while isinstance(value, ast.Attribute):
        value = value.value
        if value is part:
            return isinstance(part, (ast.Attribute, ast.Name))
    return False


def _keyword(node: ast.keyword) -> Iterable[str]:
    if node.arg is None:
        yield "** in a call hides its arguments"
    elif why := argument_refusal(node.arg, node.value.value if isinstance(node.value, ast.Constant) else node.value):
        yield why


def _constant(node: ast.Constant, tree: ast.Expression) -> Iterable[str]:
    """String literals hold no reference, no way out of the bundle, no address."""
    if isinstance(node.value, (bytes, complex)):
        yield "bytes and complex numbers are not allowed in an expression"
    if isinstance(node.value, int) and abs(node.value) > 2**63:
        yield "a number beyond 64 bits"
    if not isinstance(node.value, str):
        return
    if REFERENCE in node.value:
        yield "a reference inside a string literal"
    added = {id(part.right) for part in ast.walk(tree) if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add)}
    if why := path_refusal(node.value, suffix=id(node) in added):
        yield why
