"""How fast meta-training is and what memory it takes, against a plain transcription of the method, in the same run.

The transcription teaches one seed at a time and keeps the whole graph: every inner step by ``autograd.grad`` with
``create_graph``, every weight a tensor of its own, one ``backward()`` through it all.
"""

import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga import seeding
from aiga.gtn import mnist
from aiga.gtn.model import Learner, Weights
from aiga.gtn.teaching import Task, Teacher, meta_loss, newborn
from aiga.training import adam

CI = mnist.SCALES["ci"]["gtn"]
PAPER = replace(mnist.SCALES["paper"]["gtn"], every=None)
"""With the meta-loss after the last step only, so that what grows with T is the inner loop."""


def literal_meta_loss(
    teacher: Teacher, learner: Learner, weights: Weights, lesson: torch.Generator, shown: Tensor, answers: Tensor
) -> Tensor:
    """The meta-loss of one seed, the whole graph kept.

    Args:
        teacher: of one seed.
        learner: what is taught.
        weights: one fresh learner's, ``K = 1`` in front.
        lesson: random numbers of the curriculum.
        shown: real images, ``(1, M, C, H, W)``.
        answers: their labels, ``(1, M)``.
    """
    images, labels = teacher.batches([lesson])
    log_rate, log_momentum = teacher.rates.log_rate[0], teacher.rates.log_momentum[0]
    now = [each[0].requires_grad_() for each in weights]
    momentum = [torch.zeros_like(each) for each in now]
    for step in range(len(images)):
        logits, means = learner.logits(tuple(now), images[step, 0])
        loss = F.cross_entropy(logits, labels[step, 0])
        gradients = torch.autograd.grad(loss, now, create_graph=True)
        momentum = [log_momentum[step].exp() * m + g for m, g in zip(momentum, gradients, strict=True)]
        now = [w - log_rate[step].exp() * m for w, m in zip(now, momentum, strict=True)]
    return F.cross_entropy(learner.logits(tuple(now), shown[0], means)[0], answers[0])


def update(config: mnist.Config, seeds: Sequence[int], known: Task, *, literal: bool) -> Callable[[], None]:
    """One outer iteration of all seeds: the transcription's, one after another, or the trainer's, side by side."""
    place, learner = torch.device("cpu"), mnist.taught(config)
    groups = [[seed] for seed in seeds] if literal else [list(seeds)]
    teachers = [mnist.create(config, group, known, place) for group in groups]
    streams = [[seeding.generator(seed, "episodes") for seed in group] for group in groups]
    optimisers = [
        torch.optim.Adam(each.parameters(), config.learning_rate) if literal else adam(each, config.learning_rate)
        for each in teachers
    ]

    def once() -> None:
        for teacher, group, optimiser in zip(teachers, streams, optimisers, strict=True):
            places = torch.stack(
                [torch.randint(len(known.train_labels), (config.meta_batch,), generator=g) for g in group]
            )
            real, start = (known.train_images[places], known.train_labels[places]), newborn(learner, group)
            if literal:
                losses = literal_meta_loss(teacher, learner, start, group[0], *real)
            else:
                losses, *_ = meta_loss(teacher, learner, start, group, [real], method=config.method)
            optimiser.zero_grad()
            losses.sum().backward()
            optimiser.step()

    return once


def seconds(once: Callable[[], None], repeats: int) -> float:
    """CPU seconds of one call, the least of a few."""
    found = []
    for _ in range(repeats):
        began = time.process_time()
        once()
        found.append(time.process_time() - began)
    return min(found)


def alone(config: mnist.Config, known: Task, *, literal: bool) -> tuple[float, float]:
    """CPU seconds of one outer iteration in a fresh process, and MiB that it adds to the process at its peak.

    Raises:
        OSError: the system does not say how large a process has been (only Linux does).
    """
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        return fresh.submit(_measured, config, known, literal).result()


def _measured(config: mnist.Config, known: Task, literal: bool) -> tuple[float, float]:
    torch.set_num_threads(1)
    once = update(config, [0], known, literal=literal)
    before = _status("VmRSS")
    return seconds(once, 1), _status("VmHWM") - before


def _status(name: str) -> float:
    """The size of this process now (``VmRSS``) or at its largest (``VmHWM``), in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1]) / 2**10


def main() -> None:
    """Print seconds of the small networks, seconds and memory of the paper's, and the ratios."""
    torch.set_num_threads(1)
    known = mnist.task(CI, torch.device("cpu"))
    print(f"ci networks, {CI.steps} steps on batches of {CI.batch}: CPU seconds of one outer iteration of all seeds")
    print(f"{'seeds':>6} {'literal':>9} {'ours':>9} {'ratio':>7}")
    for seeds in ([0], [0, 1, 2]):
        slow, quick = (update(CI, seeds, known, literal=literal) for literal in (True, False))
        before, after = seconds(slow, 10), seconds(quick, 10)
        print(f"{len(seeds):6} {before:8.3f}s {after:8.3f}s {before / after:6.2f}x", flush=True)
    few = _few(mnist.task(PAPER, torch.device("cpu")))
    print("the paper's networks, one outer iteration in a fresh process: CPU seconds, MiB at the peak")
    print(f"{'T':>6} {'literal':>9} {'ours':>9} {'literal':>9} {'ours':>9}")
    for steps in (1, 2, 4):
        measure = partial(alone, replace(PAPER, steps=steps), few)
        (before, large), (after, lean) = measure(literal=True), measure(literal=False)
        print(f"{steps:6} {before:8.1f}s {after:8.1f}s {large:9.0f} {lean:9.0f}", flush=True)


def _few(known: Task) -> Task:
    """The first thousand images: a fresh process shall not be large because of what it is handed."""
    kept = {name: getattr(known, name)[:1000].clone() for name in vars(known) if name != "data"}
    return Task(**kept, data=known.data)


if __name__ == "__main__":
    main()
