"""Code hashes: one short text for all of our code that can change an experiment's result.

It covers the experiment's module and every module of this package that it imports, directly or through others, read as
syntax trees: comments, docstrings, formatting and the Python version (3.11-3.13) make no difference. Each experiment's
``TITLE``, ``METRICS`` and ``SCALES``, and what nothing else in it needs, are left out, because a record keeps its
settings and compares them directly: a new ``ci`` setting must not age the record of a ``paper`` run.
"""

import ast
import functools
import hashlib
import importlib.util
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = "aiga"
DESCRIPTIONS = frozenset({"TITLE", "METRICS", "SCALES"})


def of(address: str) -> str:
    """The code hash of the experiment at ``address``, 16 hexadecimal digits.

    Raises:
        ValueError: there is no such module.
    """
    whole = hashlib.sha256()
    for name in modules(address):
        skip = DESCRIPTIONS if _is_experiment(name) else frozenset()
        whole.update(f"{name} {fingerprint(_source(name), skip)}\n".encode())
    return whole.hexdigest()[:16]


def _is_experiment(name: str) -> bool:
    """Whether a module is a room of a chapter that describes an experiment (floor 0 has a ``SCALES`` of its own)."""
    return name.count(".") == 2 and {"TITLE", "SCALES"} <= _bound(_source(name))


@functools.cache
def _bound(source: str) -> frozenset[str]:
    """The names that a module binds at its top level."""
    return frozenset().union(*map(_defined, ast.parse(source).body))


def modules(address: str) -> list[str]:
    """The modules of this package that make up an experiment, sorted by name.

    Raises:
        ValueError: there is no such module.
    """
    entry = f"{ROOT}.{address}"
    if not _exists(entry):
        raise ValueError(f"no module {entry}: {address!r} is not the address of an experiment")
    found: set[str] = set()
    waiting = [entry]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _imports(name)
    return sorted(found)


@functools.cache
def fingerprint(source: str, skip: frozenset[str] = frozenset()) -> str:
    """The SHA-256 of a module's syntax tree, without the top-level names in ``skip`` and what only those need."""
    tree = ast.parse(source)
    tree.body = _without(tree.body, skip)
    return hashlib.sha256(json.dumps(_canonical(tree)).encode()).hexdigest()


def _canonical(node: Any) -> Any:
    """A syntax tree as nested lists; empty fields are skipped, since they differ between Python versions."""
    if isinstance(node, ast.Constant):
        return ["Constant", type(node.value).__name__, ascii(node.value)]
    if isinstance(node, ast.JoinedStr):  # Python 3.12 ends some f-strings with an empty text
        parts = [each for each in node.values if not isinstance(each, ast.Constant) or each.value != ""]
        return ["JoinedStr", _canonical(parts)]
    if isinstance(node, ast.AST):
        children = [[name, _canonical(value)] for name, value in ast.iter_fields(node) if value not in (None, [])]
        return [type(node).__name__, *[child for child in children if child[1] != []]]
    if isinstance(node, list):
        return [_canonical(each) for each in node if not _without_effect(each)]
    return node


def _without_effect(statement: Any) -> bool:
    """Whether a statement does nothing: a docstring (of a module, class, function or field), or ``pass``."""
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)
    return isinstance(statement, ast.Pass)


def _without(body: list[ast.stmt], skip: frozenset[str]) -> list[ast.stmt]:
    """The statements without definitions of ``skip``, and then without those that only the removed ones used."""
    reads = {id(each): _used(each) for each in body}
    while True:
        removed = [each for each in body if _defined(each) and _defined(each) <= skip]
        if not removed:
            return body
        body = [each for each in body if each not in removed]
        counts = Counter(name for each in body for name in reads[id(each)])
        used = {name: counts[name] for each in removed for name in reads[id(each)]}
        own = {name for each in body for name in _defined(each) & reads[id(each)]}  # a recursive function uses itself
        skip = frozenset(name for name, count in used.items() if count == int(name in own))


def _defined(statement: ast.stmt) -> set[str]:
    """The names that a plain assignment or a function binds (a class may be used in a quoted annotation: it stays)."""
    if isinstance(statement, ast.FunctionDef):
        return {statement.name}
    if isinstance(statement, ast.Assign):
        return {target.id for target in statement.targets if isinstance(target, ast.Name)}
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return {statement.target.id}
    return set()


def _used(statement: ast.stmt) -> set[str]:
    """The names that a statement reads."""
    nodes = (node for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return {node.id for node in nodes}


def _imports(name: str) -> Iterator[str]:
    """The modules of this package that module ``name`` imports anywhere in its text; the bare root does not count."""
    specification = importlib.util.find_spec(name)
    package = name if specification and specification.submodule_search_locations else name.rpartition(".")[0]
    for base, below in _import_statements(_source(name), package):
        module = below if below and _exists(below) else base
        # the root holds a docstring and the version number: a new version alone must not age every record
        if module.startswith(f"{ROOT}.") and _exists(module):
            yield module


@functools.cache
def _import_statements(source: str, package: str) -> tuple[tuple[str, str], ...]:
    """For each imported name a module and, where it was taken from this package, what may be a module below it."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [(alias.name, "") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            ours = base.split(".")[0] == ROOT
            found += [(base, f"{base}.{alias.name}" if ours else "") for alias in node.names]
    return tuple(found)


def _exists(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the parent is a plain module, or is not there
        return False


def _source(module: str) -> str:
    specification = importlib.util.find_spec(module)
    if specification is None or specification.origin is None:
        raise ValueError(f"no source of module {module}")
    return Path(specification.origin).read_text(encoding="utf8")
