"""Parallel work on one machine or a cluster: one function, the back end is a flag."""

import os
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar

import torch
from joblib import Parallel, delayed

Backend = Literal["loky", "threading", "sequential", "ray"]
Item = TypeVar("Item")
Value = TypeVar("Value")


def run(
    function: Callable[[Item], Value],
    items: Iterable[Item],
    *,
    jobs: int | None = None,
    backend: Backend = "loky",
) -> list[Value]:
    """Apply ``function`` to every item and return the values in the items' order.

    Args:
        function: what to do; for ``loky`` and ``ray`` it must be importable (defined in a module).
        items: the inputs.
        jobs: number of workers; None takes every core that this process may use, or with ``ray`` that the cluster has.
        backend: ``loky`` (processes), ``threading``, ``sequential``, or ``ray`` (a cluster; needs the package ``ray``).

    Raises:
        ValueError: the back end's name is unknown.
        ModuleNotFoundError: ``ray`` was asked for and is not installed.
    """
    if backend not in ("loky", "threading", "sequential", "ray"):
        raise ValueError(f"unknown back end {backend!r}: choose loky, threading, sequential or ray")
    work = list(items)
    if backend == "ray":
        return _on_ray(function, work, jobs)
    workers = min(jobs or cores(), max(1, len(work)))
    if backend == "sequential" or workers == 1:
        return [function(item) for item in work]
    call = _single_threaded if backend == "loky" else _plain
    values: list[Value] = Parallel(n_jobs=workers, backend=backend)(delayed(call)(function, item) for item in work)
    return values


def _single_threaded(function: Callable[[Any], Any], item: Any) -> Any:
    """In a worker process: one thread each, or the workers fight for the cores."""
    torch.set_num_threads(1)
    return function(item)


def _plain(function: Callable[[Any], Any], item: Any) -> Any:
    return function(item)


def cores() -> int:
    """Cores that this process may use (containers and job schedulers often grant fewer than there are)."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _on_ray(function: Callable[[Item], Value], work: list[Item], jobs: int | None) -> list[Value]:
    """Tasks of a core each; Ray keeps the processes from call to call, where joblib's back end would make new ones."""
    try:
        import ray
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("the back end 'ray' needs the package ray: pip install 'ray[default]'") from error
    if not ray.is_initialized():
        ray.init()  # the cluster that RAY_ADDRESS names, or one on this machine
    task, shared = ray.remote(_single_threaded), ray.put(function)
    results: list[Any] = []
    running: list[Any] = []
    for item in work:
        if jobs is not None and len(running) >= jobs:
            _, running = ray.wait(running)
        results.append(task.remote(shared, item))
        running.append(results[-1])
    values: list[Value] = ray.get(results)
    return values
