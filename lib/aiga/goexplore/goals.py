"""Returning by policy: an archive of routes, and a maze in which agents are given goals along them (Methods 0.7).

Nothing is restored here. Every episode begins at the beginning; an agent gets back to a cell by following the cells on
the way to it, one goal after another, while its actions stick. Only then does it explore.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from aiga.envs.wings import Plan, Walkers
from aiga.goexplore.robust_maze import look, sights

Key = tuple[int, int]
"""A square of the maze: its row and column among the squares."""

RETURN, RANDOM, POLICY = range(3)


@dataclass(frozen=True)
class Rules:
    """How agents are led; the paper's numbers where they are known (Methods 0.7), the others are marked."""

    side: int = 2
    """Positions along a square; ours."""
    window: int = 10
    """How far along its route an agent may skip sub-goals."""
    reward: float = 1.0
    """For a sub-goal."""
    last: float = 3.0
    """For the last one."""
    patience: int = 60
    """Steps without progress after which an agent gives up; the paper gives it 1,000."""
    explore: int = 60
    """Steps of exploration after a return; ours."""
    random: float = 0.5
    """Probability to explore by random actions; otherwise the policy explores, with goals."""
    unseen: float = 0.1
    """Probability that the goal of an exploring policy is a neighbouring square that nobody has seen ..."""
    near: float = 0.225
    """... or any neighbouring one; otherwise it is one of the archive's."""
    heat_after: int = 20
    """Steps without progress after which the policy becomes more random; the paper's is 50 when exploring."""
    heat: float = 0.01
    """The softmax has temperature ``1 + (heat (t - heat_after))^2`` then; the paper's number, our reading of it."""
    returns: bool = True
    """False: agents explore at once, from where episodes begin."""


class Routes:
    """For each square that was reached, the best way to it: squares without loops, and how often it was acted in."""

    def __init__(self, start: Key) -> None:
        self.routes: dict[Key, tuple[Key, ...]] = {start: (start,)}
        self.acted: dict[Key, int] = {start: 0}

    def visit(self, trail: list[Key]) -> bool:
        """Take in the way to the last square of ``trail``; whether that square is new."""
        key = trail[-1]
        old = self.routes.get(key)
        if old is None or len(trail) < len(old):
            self.routes[key] = tuple(trail)
        return old is None

    def draw(self, generator: np.random.Generator) -> Key:
        """A square to return to, by the weight ``1 / sqrt(1 + actions taken there)``."""
        keys = list(self.routes)
        weights = np.array([self.acted.get(key, 0) + 1.0 for key in keys]) ** -0.5
        ends = weights.cumsum()
        return keys[min(int(np.searchsorted(ends, generator.random() * ends[-1], side="right")), len(keys) - 1)]

    def state_dict(self) -> dict[str, Any]:
        """Everything."""
        return {"routes": list(self.routes.items()), "acted": list(self.acted.items())}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from saved routes."""
        self.routes, self.acted = dict(state["routes"]), dict(state["acted"])


@dataclass
class Agent:
    """What one agent is about."""

    mode: int
    route: tuple[Key, ...]
    """Sub-goals."""
    place: int
    """The next of them."""
    trail: list[Key]
    """Squares passed since the episode began, loops taken out."""
    stuck: int = 0
    """Steps without progress."""
    explored: int = 0
    """Steps of exploration."""

    @property
    def goal(self) -> Key:
        """The square to go to."""
        return self.route[min(self.place, len(self.route) - 1)]


class GoalMaze:
    """``B`` agents with goals (a :class:`aiga.goexplore.ppo.VectorWorld`).

    An agent's return or goal is "over" for the learner when it is reached or given up, or when the episode ends.

    Args:
        plan: the maze.
        rules: how agents are led.
        batch: ``B``.
        sticky: probability that an action is not heard.
        generator: of all choices; of what sticks, with PyTorch's ``chance``.
        chance: see ``generator``; on the device where the agents are to live.
    """

    def __init__(
        self,
        plan: Plan,
        rules: Rules,
        batch: int,
        sticky: float,
        generator: np.random.Generator,
        chance: torch.Generator,
    ) -> None:
        self.plan, self.rules, self.sticky, self.generator, self.chance = plan, rules, sticky, generator, chance
        self.walkers = Walkers(plan, batch, chance.device)
        self._seen = sights(plan).to(chance.device)
        rows, columns = plan.shape
        self.squares = (-(-rows // rules.side), -(-columns // rules.side))
        self._start = torch.tensor([plan.start, 0, 0, 0], device=chance.device).expand(batch, 4)
        self.routes = Routes(self.square(plan.start))
        self.steps = 0
        self.found = np.full(plan.kinds.size, np.inf)  # agent steps until each position was first visited
        self.found[plan.start] = 0
        self.tried = self.returned = 0
        self.new = [0, 0, 0]  # squares found while returning, by random actions, and by the policy
        self.acted = [0, 0, 0]  # steps taken in each of these ways
        self.agents = [self._begin() for _ in range(batch)]

    def square(self, cell: int) -> Key:
        """The square in which a position lies."""
        row, column = divmod(cell, self.plan.shape[1])
        return row // self.rules.side, column // self.rules.side

    @property
    def inputs(self) -> int:
        """How many numbers are observed."""
        return self.observe().shape[1]

    def observe(self) -> Tensor:
        """What the agents see, and the row and column of the square to go to, one-hot; ``(B, I)``."""
        goals = torch.tensor([each.goal for each in self.agents], device=self._seen.device)
        row, column = (torch.nn.functional.one_hot(goals[:, axis], number) for axis, number in enumerate(self.squares))
        return torch.cat([look(self.walkers, self._seen), row, column], 1)

    @property
    def heat(self) -> Tensor:
        """Temperature of each agent's softmax, ``(B, 1)``: it rises while there is no progress."""
        stuck = torch.tensor([each.stuck for each in self.agents], device=self._seen.device)
        return (1 + (self.rules.heat * (stuck - self.rules.heat_after).clamp_min(0)).square())[:, None]

    @property
    def own(self) -> Tensor:
        """Whose actions are the policy's own, ``(B,)`` of bool; the others act at random."""
        return torch.tensor([each.mode != RANDOM for each in self.agents], device=self._seen.device)

    def step(self, action: Tensor) -> tuple[Tensor, Tensor]:
        """See :class:`aiga.goexplore.ppo.VectorWorld`."""
        stuck = torch.rand(action.shape, generator=self.chance, device=action.device) < self.sticky
        earned, ended = self.walkers.step(action, stuck)
        rewards, over, again = [], [], []
        for place, (cell, reward, end) in enumerate(
            zip(self.walkers.cell.tolist(), earned.tolist(), ended.tolist(), strict=True)
        ):
            self.steps += 1
            self.found[cell] = min(self.found[cell], self.steps)
            bonus, done, leave = self._lead(self.agents[place], self.square(cell))
            rewards.append(bonus + max(-2.0, min(2.0, reward)))
            over.append(done or end)
            again.append(leave or end)
            if again[-1]:
                self.agents[place] = self._begin()
        device = action.device
        self.walkers.place(torch.tensor(again, device=device), self._start)
        return torch.tensor(rewards, device=device), torch.tensor(over, device=device)

    def _lead(self, agent: Agent, key: Key) -> tuple[float, bool, bool]:
        """What an agent earns for where it is, whether it is done with its goal, and whether to begin anew."""
        rules = self.rules
        self.routes.acted[key] = self.routes.acted.get(key, 0) + 1
        self.acted[agent.mode] += 1
        if key != agent.trail[-1]:
            if key in agent.trail:
                del agent.trail[agent.trail.index(key) + 1 :]
            else:
                agent.trail.append(key)
            self.new[agent.mode] += self.routes.visit(agent.trail)
        agent.stuck += 1
        if agent.mode != RETURN:
            agent.explored += 1
            if agent.explored >= rules.explore:
                return 0.0, True, True
        if agent.mode == RANDOM:
            return 0.0, False, False
        ahead = agent.route[agent.place : agent.place + rules.window]
        if key in ahead:
            agent.place += ahead.index(key) + 1
            agent.stuck = 0
            if agent.place < len(agent.route):
                return rules.reward, False, False
            self.returned += agent.mode == RETURN
            self._explore(agent, key)
            return rules.last, True, False
        return 0.0, agent.stuck >= rules.patience, agent.stuck >= rules.patience

    def _begin(self) -> Agent:
        """An agent at the beginning of an episode, with somewhere to return to."""
        start = self.square(self.plan.start)
        agent = Agent(RETURN, (start,), 0, [start])
        if self.rules.returns:
            route = self.routes.routes[self.routes.draw(self.generator)]
            if len(route) > 1:
                self.tried += 1
                agent.route, agent.place = route, 1
                return agent
        self._explore(agent, start)
        return agent

    def _explore(self, agent: Agent, key: Key) -> None:
        """Let an agent explore from here on: by random actions, or by the policy with a goal of its own."""
        rules, chance = self.rules, self.generator.random(2)
        if agent.mode == RETURN:
            agent.mode = RANDOM if chance[0] < rules.random else POLICY
        around = [
            (key[0] + down, key[1] + right)
            for down, right in ((-1, 0), (1, 0), (0, -1), (0, 1))
            if 0 <= key[0] + down < self.squares[0] and 0 <= key[1] + right < self.squares[1]
        ]
        unseen = [each for each in around if each not in self.routes.routes]
        known: list[Key] = list(self.routes.routes)
        choices = known
        if chance[1] < rules.unseen and unseen:
            choices = unseen
        elif chance[1] < rules.unseen + rules.near:
            choices = around
        agent.route, agent.place, agent.stuck = (choices[int(self.generator.integers(len(choices)))],), 0, 0

    def state_dict(self) -> dict[str, Any]:
        """Everything that changes."""
        agents: list[tuple[Hashable, ...]] = [
            (each.mode, each.route, each.place, tuple(each.trail), each.stuck, each.explored) for each in self.agents
        ]
        return {
            "walkers": self.walkers.state,
            "routes": self.routes.state_dict(),
            "agents": agents,
            "found": torch.from_numpy(self.found),
            "counts": (self.steps, self.tried, self.returned, *self.new, *self.acted),
            "generator": self.generator.bit_generator.state,
            "chance": self.chance.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a saved state."""
        everybody = torch.ones_like(self.walkers.taken)
        self.walkers.place(everybody, state["walkers"].to(everybody.device))
        self.routes.load_state_dict(state["routes"])
        self.agents = [
            Agent(mode, route, place, list(trail), stuck, explored)
            for mode, route, place, trail, stuck, explored in state["agents"]
        ]
        self.found[:] = state["found"].numpy()
        self.steps, self.tried, self.returned, *others = state["counts"]
        self.new, self.acted = others[:3], others[3:]
        self.generator.bit_generator.state = state["generator"]
        self.chance.set_state(state["chance"].cpu())
