"""POET: invent courses, learn to solve them, and let agents move to where they do better.

A run is a :class:`~aiga.poet.state.State`; :func:`init` makes one and :func:`step` moves it on by one iteration::

    world = World(Hopper(), settings)
    state = init(world, seed=0)
    while state.steps < budget:
        step(state, world)

One iteration is: from time to time new niches (mutate, minimal criterion, novelty, best agent of all, admission); then
a step of evolution strategies in every niche; from time to time transfers between all niches. Whatever is random is
named by seed, iteration and niche, so a run depends neither on the number of workers nor on being interrupted.

Papers: Wang et al. (2019), Algorithms 1 to 3; Wang et al. (2020). Code: ``uber-research/poet``, ``poet_algo.py``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations

import numpy as np

from aiga import seeding
from aiga.poet.children import Child, challenges, children
from aiga.poet.evolution import Moments, Task, adam, estimate, plain
from aiga.poet.state import Admission, Niche, State, Transfer
from aiga.poet.substrate import Weights, score
from aiga.poet.world import World

_STEP, _TRANSFER, _ADMISSION = range(3)
"""What a gradient is estimated for: part of its noise's name."""

Move = tuple[int, int, Weights]
"""Source, target and weights of an agent that might move."""


@dataclass(frozen=True)
class Candidate:
    """An agent that might move."""

    theta: Weights
    score: float
    source: int
    """Niche that it comes from."""
    target: int
    """Niche that it might move to."""
    proposal: bool
    """Whether it has made a step of learning on the target's course."""


def init(world: World, seed: int) -> State:
    """The first course, with an agent of small random weights (``model.py`` lines 167-168)."""
    settings, size = world.settings, world.substrate.parameters
    chance = seeding.numpy_generator(seed, "first agent")
    theta = settings.spread * chance.standard_normal(size, np.float32)
    first = Niche(
        uid=0,
        parent=-1,
        encoding=world.substrate.first(),
        course_seed=seeding.derive(seed, "course 0"),
        born=0,
        theta=np.asarray(theta, np.float32),
        moments=Moments.fresh(settings.rule, size),
    )
    return State(seed=seed, active=[first])


def step(state: State, world: World) -> None:
    """One iteration; ``state`` is changed in place."""
    settings, now = world.settings, state.iteration
    if now and now % settings.reproduce_every == 0:
        reproduce(state, world)
    optimise(state, world)
    if settings.transfer and now % settings.transfer_every == 0 and len(state.active) > 1:
        transfer(state, world)
    solved = sum(niche.solved >= 0 for niche in state.niches)
    mean = float(np.mean([niche.score for niche in state.active]))
    state.history.append([now, state.steps, state.count, solved, state.annecs, mean])
    state.iteration += 1


def optimise(state: State, world: World) -> None:
    """A step of the optimiser in every niche, and a look at every agent after it."""
    settings = world.settings
    tasks = [_task(niche.theta, niche, _STEP, state.iteration, niche.uid, world) for niche in state.active]
    gradients, steps = estimate(world.substrate, tasks, settings.rule.pairs, state.seed, world.workers)
    for niche, gradient, taken in zip(state.active, gradients, steps, strict=True):
        niche.theta, niche.moments = adam(niche.theta, gradient, niche.moments, settings.rule)
        niche.learned += 1
        _spend(state, niche, taken)
    lives = world.substrate.rollout(
        np.stack([niche.theta for niche in state.active]),
        [world.of(niche) for niche in state.active],
        np.arange(len(state.active)),
    )
    for niche, value, taken in zip(state.active, lives.returns, lives.steps, strict=True):
        _spend(state, niche, int(taken))
        niche.see(float(value), state.iteration, settings.solved_score, settings.window)
    state.learned += len(state.active)


def reproduce(state: State, world: World) -> None:
    """Try children of niches that do well, the most novel first; admit what the minimal criterion lets pass."""
    settings = world.settings
    admitted = 0
    for child in children(state, world):
        best, cost = _first_agent(state, world, child)
        if settings.accepts(best.score):
            _admit(state, world, child, best, cost)
            admitted += 1
        else:
            state.refused["hard" if best.score < settings.lower else "easy"] += 1
        if admitted == settings.admissions:
            break
    while len(state.active) > settings.capacity:
        state.active[0].retired = state.iteration
        state.archive.append(state.active.pop(0))


def _first_agent(state: State, world: World, child: Child) -> tuple[Candidate, int]:
    """The agent that does best on a new course, and what it cost to find it.

    All active agents are tried, each as it is and after one plain step of learning there. Where one is too good as it
    is, the course is too easy whatever the steps would bring, and they are spared.
    """
    settings, number, before = world.settings, state.count, state.steps
    course = world.course(child.encoding, child.course_seed)
    niches = state.active if settings.transfer else [child.parent]
    lives = score(world.substrate, [niche.theta for niche in niches], course)
    state.steps += int(lives.steps.sum())
    found = [
        Candidate(niche.theta, float(value), niche.uid, number, proposal=False)
        for niche, value in zip(niches, lives.returns, strict=True)
    ]
    if settings.proposals and lives.returns.max() <= settings.upper:
        rule, now = settings.rule, state.iteration
        tasks = [Task(niche.theta, course, rule.sigma, (_ADMISSION, now, number, niche.uid)) for niche in niches]
        gradients, steps = estimate(world.substrate, tasks, rule.pairs, state.seed, world.workers)
        learned = [plain(task.theta, gradient, rule) for task, gradient in zip(tasks, gradients, strict=True)]
        lives = score(world.substrate, learned, course)
        state.steps += sum(steps) + int(lives.steps.sum())
        found += [
            Candidate(theta, float(value), niche.uid, number, proposal=True)
            for theta, niche, value in zip(learned, niches, lives.returns, strict=True)
        ]
    return max(found, key=lambda each: each.score), state.steps - before


def _admit(state: State, world: World, child: Child, agent: Candidate, cost: int) -> None:
    """A new niche, with the agent that does best there."""
    settings, parent = world.settings, child.parent
    niche = Niche(
        uid=state.count,
        parent=parent.uid,
        encoding=child.encoding,
        course_seed=child.course_seed,
        born=state.iteration,
        theta=agent.theta.copy(),
        moments=Moments.fresh(settings.rule, world.substrate.parameters),
        spent=cost,
        inherited=parent.inherited + parent.spent,
    )
    course = world.of(niche)
    niche.passed_archive = challenges(state, world, course, state.archive)
    niche.passed_all = challenges(state, world, course, [*state.archive, *state.active])
    niche.see(agent.score, state.iteration, settings.solved_score, settings.window)
    state.active.append(niche)
    state.admissions.append(
        Admission(state.iteration, niche.uid, parent.uid, agent.source, agent.proposal, child.novelty, agent.score)
    )


def transfer(state: State, world: World) -> None:
    """Let every agent try every other course, as it is and after a step of learning there; the best takes the place."""
    settings, niches = world.settings, {niche.uid: niche for niche in state.active}
    state.attempts += len(niches)
    bar = {uid: max(niche.recent) for uid, niche in niches.items()}
    moves = [(source, target, niches[source].theta) for source, target in permutations(niches, 2)]
    found = _try(state, world, moves, proposal=False)
    if settings.strict:
        better = [each for each in found if each.score > bar[each.target]]
        moves, found = [(each.source, each.target, each.theta) for each in better], []
    if settings.proposals:
        found += _try(state, world, _proposals(state, world, moves), proposal=True)
    for uid, niche in niches.items():
        those = [each for each in found if each.target == uid and each.score > bar[uid]]
        if those:
            _move_in(state, world, niche, max(those, key=lambda each: each.score))


def _try(state: State, world: World, moves: Sequence[Move], *, proposal: bool) -> list[Candidate]:
    """How agents do on the courses of others; the targets pay for it."""
    if not moves:
        return []
    niches = {niche.uid: niche for niche in state.active}
    order = {uid: place for place, uid in enumerate(niches)}
    lives = world.substrate.rollout(
        np.stack([theta for *_, theta in moves]),
        [world.of(niche) for niche in niches.values()],
        np.array([order[target] for _, target, _ in moves]),
    )
    for (_, target, _), taken in zip(moves, lives.steps, strict=True):
        _spend(state, niches[target], int(taken))
    return [
        Candidate(theta, float(value), source, target, proposal)
        for (source, target, theta), value in zip(moves, lives.returns, strict=True)
    ]


def _proposals(state: State, world: World, moves: Sequence[Move]) -> list[Move]:
    """Each agent after one step on its target's course, with the target's moments, which stay as they are."""
    niches, rule = {niche.uid: niche for niche in state.active}, world.settings.rule
    tasks = [_task(theta, niches[target], _TRANSFER, state.iteration, source, world) for source, target, theta in moves]
    gradients, steps = estimate(world.substrate, tasks, rule.pairs, state.seed, world.workers)
    learned = []
    for (source, target, theta), gradient, taken in zip(moves, gradients, steps, strict=True):
        _spend(state, niches[target], taken)
        learned.append((source, target, adam(theta, gradient, niches[target].moments, rule)[0]))
    return learned


def _move_in(state: State, world: World, niche: Niche, agent: Candidate) -> None:
    """An agent takes the place of a niche's own."""
    settings, before = world.settings, niche.score
    niche.theta = agent.theta.copy()
    if settings.reset:
        niche.moments = Moments.fresh(settings.rule, world.substrate.parameters)
    niche.see(agent.score, state.iteration, settings.solved_score, settings.window)
    state.transfers.append(Transfer(state.iteration, agent.source, niche.uid, agent.proposal, before, agent.score))


def _task(theta: Weights, target: Niche, purpose: int, now: int, source: int, world: World) -> Task:
    return Task(theta, world.of(target), target.moments.sigma, (purpose, now, target.uid, source))


def _spend(state: State, niche: Niche, steps: int) -> None:
    niche.spent += steps
    state.steps += steps
