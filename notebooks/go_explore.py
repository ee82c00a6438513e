# ---
# jupyter:
#   jupytext:
#     cell_metadata_filter: tags,mystnb,-all
#     formats: ipynb,py:percent
#     notebook_metadata_filter: kernelspec,jupytext
#     text_representation:
#       extension: .py
#       format_name: percent
#       format_version: '1.3'
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# (nb-go-explore)=
# # Go-Explore: first return, then explore
#
# [![Open in Colab](../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/go_explore.ipynb)
#
# *Remember where you have been, go back there, and only then try something new.* Ecoffet, Huizinga, Lehman, Stanley & Clune, Nature 2021 {cite}`ecoffet2021`; first told in 2019 {cite}`ecoffet2019`.
#
# <!-- cost-card -->
#
# | scale | time | peak memory | download, once | measured on |
# | --- | --- | --- | --- | --- |
# | `ci` (this page) | under 5 min | 1.0 GB | none | AMD EPYC, 1 thread(s) |
# | `colab` | not timed (goexplore.atari, goexplore.games, goexplore.robustify only) | 1.0 GB | none | AMD EPYC, 1 thread(s) |
# | `paper` | not timed (goexplore.maze, goexplore.policy_based, goexplore.robustify only) | 1.0 GB | none | AMD EPYC, 1 thread(s) |
#
# <!-- /cost-card -->
#
# **You need** Python, and for the second half what a policy gradient is ([the chapter on differentiable plasticity](differentiable_plasticity) explains it at its maze). **You will be able to** say in which two ways exploration loses its way, and show both; write Go-Explore in sixty lines; run it on Montezuma's Revenge and replay what it found, action by action; and turn a trajectory that worked once into a policy that works when actions stick.

# %% tags=["setup"]
# On Colab this installs the book's library; where the library is there already it does nothing.
import importlib.util
import subprocess
import sys
from importlib.metadata import distributions

if importlib.util.find_spec("aiga") is None:
    # Named with the versions that are loaded, these packages stay as they are.
    keep = {"torch", "numpy", "ipython", "ipywidgets"}
    kept = [f"{d.name}=={d.version}" for d in distributions() if d.name.lower() in keep]
    source = "https://github.com/aiga-book/aiga-book/archive/refs/heads/main.zip"
    command = [sys.executable, "-m", "pip", "install", "-q", f"aiga-book @ {source}", *kept]
    subprocess.run(command, check=True)
    importlib.invalidate_caches()

# %% tags=["parameters"]
scale: str = "ci"
seed: int = 0
device: str = "auto"

# %%
from random import Random

import numpy as np
import torch
from IPython.display import Markdown

from aiga import benchmarks, ledger, records, seeding, viz
from aiga.envs import wings
from aiga.goexplore import (
    atari,
    demonstration,
    downscaling,
    emulator,
    figures,
    figures_games,
    figures_maze,
    maze,
    maze_world,
    policy_based,
    reported,
    robust_atari,
    robust_maze,
    robustify,
    selection,
)
from aiga.goexplore.archive import Archive, Cell
from aiga.goexplore.explore import Exploration, plans
from aiga.ledger import mean_of, span

torch.set_num_threads(1)  # small matrices: more threads only get in each other's way
seeds = range(seed, seed + 3)
searches = {
    "ram": [seed, seed + 1]
}  # of the game; one seed of the others: each search takes a good part of a minute

# %% [markdown]
# ## The question
#
# **Try this before you read on.** You are lost in a cave with a hundred passages. You have a torch, chalk and a rope, and you want to see all of it. How do you decide where to go next, each time you come to a dead end? Now take away the chalk and the rope, and at every step let somebody push you in a random direction with a probability of one in ten.
#
# The second cave is how reinforcement learning explored for thirty years. An agent acts, mostly as it thinks best, with some noise; if it is rewarded, it learns. Where rewards are rare it needs a reason to go to new places, so it is paid a bonus for what it has seldom seen. In 2018 the best of such agents had finished the first level of *Montezuma's Revenge*, an Atari game in which the first reward is a hundred careful actions away, in one try of ten; and none had ever scored a point in *Pitfall*. (So the authors say in the announcement of their first paper.)
#
# The authors name two ways in which such exploration fails. **Detachment**: a bonus is used up where it is collected. An agent that has eaten the bonus at the beginning of two passages, and then follows one of them, is left with no trail that leads back to the other. **Derailment**: to explore from a far place one must first get there, and getting there is done by the very policy that is being shaken by noise. The further the place, the less likely the arrival.
#
# Their answer fits in a title. *First return, then explore*: remember every place you have been, and how you got there; choose one; go back to it *without* exploring; then explore from there. It is what you would do with chalk and rope, and no more. On every one of 55 Atari games it found ways to play that beat people.
#
# In the story of AI-generating algorithms {cite}`clune2019` this is the step below the pillars: whatever invents environments or architectures needs stepping stones, and a stepping stone is a place to which one can return. POET keeps an archive of problems and solvers, Go-Explore one of states.
#
# ## The idea in about 60 lines
#
# A ledge, a hundred steps to the left and a hundred to the right. It is three lanes wide, and in every other column the two outer lanes are a hole: who falls starts again. Two ways to explore it with 30,000 random moves. `from_the_start` is random play, episode after episode. `go_explore` keeps an archive: for each place the shortest way known. It picks a place that has been picked seldom, *restores* the world to it, and makes twenty random moves.


# %%
LENGTH = 100  # of the ledge, to either side
MOVES = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}


def step(place, move):
    """Where a move leads, and whether one has fallen."""
    column = min(max(place[0] + MOVES[move][0], -LENGTH), LENGTH)
    lane = min(max(place[1] + MOVES[move][1], 0), 2)
    return (column, lane), column % 2 == 1 and lane != 1


def wander(random, place, moves):
    """Random moves, each often the same as the last, until one falls: what is visited, and the moves that led there."""
    path, move = (), None
    for _ in range(moves):
        if move is None or random.random() > 0.8:
            move = random.choice(list(MOVES))
        place, fallen = step(place, move)
        if fallen:
            return
        path += (move,)
        yield place, path


def from_the_start(random, budget=30_000, episode=400):
    """Exploration as usual: every episode begins at the beginning. When was each place first seen?"""
    seen, used = {(0, 1): 0}, 0
    while used < budget:
        made = 0
        for place, path in wander(random, (0, 1), episode):
            made = len(path)
            seen.setdefault(place, used + made)
        used += made + 1
    return seen


def go_explore(random, budget=30_000, burst=20):
    """Remember every place and the way to it; return to one; explore from there."""
    archive, visits = {(0, 1): ()}, {(0, 1): 0}
    seen, used = {(0, 1): 0}, 0
    while used < budget:
        places = list(archive)
        weights = [1 / (visits[place] + 1) ** 0.5 for place in places]
        start = random.choices(places, weights)[0]
        visits[start] += 1
        made, way = 0, archive[start]
        for place, path in wander(
            random, start, burst
        ):  # the return is a restore: nothing is tried on the way
            made = len(path)
            if place not in archive or len(way) + made < len(archive[place]):
                archive[place], visits[place] = way + path, 0
            seen.setdefault(place, used + made)
        used += made + 1
    return seen, archive


seeds = range(seed, seed + 3)
usual = [from_the_start(Random(number)) for number in seeds]
found, archives = zip(*(go_explore(Random(number)) for number in seeds), strict=True)

# %% mystnb={"figure": {"caption": "The ledge. Colour: after how many moves each place was first visited; blank: never; grey: holes. Above, random play from the start; below, Go-Explore. One seed.", "name": "fig-goexplore-idea"}, "image": {"alt": "Two strips of 201 columns and three rows. The upper is coloured in the middle only, from about 40 columns left of the start to as many right of it; the lower from end to end."}} tags=["hide-input"]
everywhere = [(column, lane) for column in range(-LENGTH, LENGTH + 1) for lane in range(3)]
holes = [(column, lane) for column, lane in everywhere if column % 2 == 1 and lane != 1]
figures_maze.ledge({"random play from the start": usual[0], "Go-Explore": found[0]}, holes)

# %% tags=["hide-input"]
total = len(everywhere) - len(holes)
Markdown(
    f"Of the {total} places, random play from the start has seen **{sum(map(len, usual)) / len(usual) / total:.0%}**, Go-Explore **{sum(map(len, found)) / len(found) / total:.0%}** "
    f"(means of {len(seeds)} seeds). Its shortest known way to the right-hand end has {', '.join(str(len(archive[LENGTH, 1])) if (LENGTH, 1) in archive else 'no known number of' for archive in archives)} moves (seed by seed); {LENGTH} would be the best possible."
)

# %% [markdown]
# **What to look at.** Random play gets as far as one gets by luck, and the rest of the ledge might as well not exist: with every further column the chance of arriving there shrinks, and whatever it has learned about the way there is forgotten with the episode. Go-Explore has nothing that random play has not, no gradient, no reward, no model, except a memory, and the right to be put back. That right is the catch. A simulator can be *restored*; the world cannot. The second half of this chapter is about what to do then.

# %% [markdown]
# ## Equation ↔ code
#
# There are four decisions, and everything else is bookkeeping.
#
# **1. When are two states the same place?** A *cell* is what a function $\phi$ makes of a state. Too fine, and every state is new; too coarse, and different places are one. For Atari the first paper shrinks the screen to 11 × 8 pixels of nine shades. The second searches for a width, height and number of shades at run time, such that a sample of recent frames falls into a fair number of cells, evenly:
#
# ```{math}
# :label: eq-goexplore-downscaling
# O = \frac{H_n(p)}{L(n, T)}, \qquad H_n(p) = -\sum_{i=1}^{n} \frac{p_i \log p_i}{\log n}, \qquad L(n, T) = \sqrt{\left|\tfrac{n}{T} - 1\right| + 1}
# ```
#
# with $n$ cells that hold shares $p_i$ of the sample, and a target $T$ of an eighth of it. With domain knowledge a cell is the room, the position and what is carried.
#
# **2. Which cell?** By chance, in proportion to a weight that falls as a cell is used up. $C_{\text{seen}}$ is the number of bursts that came by:
#
# ```{math}
# :label: eq-goexplore-weight
# W = \frac{1}{\sqrt{C_{\text{seen}} + 1}} \quad (2021), \qquad W = \text{LevelWeight} \cdot \Big(\sum_n \text{NeighScore}_n + \sum_{a} \Big[ w_a \Big(\frac{1}{v_a + \varepsilon_1}\Big)^{p_a} + \varepsilon_2 \Big] + 1\Big) \quad (2019)
# ```
#
# In 2019 the counters $v_a$ say how often a cell was seen and chosen, and how often chosen since it last led to anything; the level and the neighbours enter with domain knowledge only. (The names in this formula are from memory, its constants from the program.) The two papers' programs are two algorithms. Both are here, by name.
#
# **3. What happens there?** A hundred random actions, each the same as the last with probability 0.95: the hand on the joystick does not tremble.
#
# **4. When is a known cell replaced?** If it was reached with a higher score, or with the same score in fewer actions.
#
# | | in the code |
# | --- | --- |
# | the archive: for each cell the best way to it, its score, the emulator's state | `archive.Archive`, `archive.Cell` |
# | every action that led to a cell, once | `log.Log`: pairs (parent, action), only ever appended |
# | $\phi$ | `cells.Pixels`, `downscaling.Dynamic`, `cells.MontezumaRam`, `knowledge.Knowledge` |
# | $W$ | `selection.Nature`, `selection.Early`, `selection.Uniform` |
# | burst, merge, repeat | `explore.explore` |
#
# The emulator's state is copied only where a cell is new or improved, once or twice in a burst of a hundred steps, where the original copies it at each; and bursts are merged in the order in which they were drawn, so that eight processes find what one finds. Do the weights, and the measure of a good $\phi$, do what the equations say?

# %%
known = Archive("start", b"")
known.cells = [
    Cell(name, 0.0, 0, -1, b"", b"", 0, seen=count)
    for name, count in zip("abc", (0, 3, 8), strict=True)
]


def listed(numbers):
    """Numbers, legibly."""
    return "  ".join(f"{number:7.3f}" for number in numbers)


print("cells that were seen                  ", listed(cell.seen for cell in known.cells))
print("weight of 2021                        ", listed(selection.Nature().weights(known)))
print(
    "1 / sqrt(seen + 1)                    ",
    listed((cell.seen + 1) ** -0.5 for cell in known.cells),
)
print("weight of 2019                        ", listed(selection.Early().weights(known)))

for says, counts in (
    ("8 cells, as wanted", [8] * 8),
    ("too coarse", [32] * 2),
    ("too fine", [1] * 64),
    ("uneven", [57] + [1] * 7),
):
    print(f"64 screens in {says:19} O = {downscaling.objective(counts):.2f}")

# %% [markdown]
# ## Montezuma's Revenge
#
# The game's screens are 24 rooms a level. You start in the middle of the top, and the first key is down two ladders, across a rolling skull and up again. Touch the skull, fall too far, and a life is gone. The first reward comes with the key.
#
# The emulator {cite}`bellemare2013` and its games come with the package `ale-py`. Two kinds of search, of equal length: *pixels*, cells of 11 × 8 shades, which know nothing about the game; and *RAM*, cells of room, position and keys, read from the console's memory, our stand-in for the domain knowledge that the authors compute from the picture (theirs is here as well, `knowledge`). A page can afford a thousandth of the papers' frames, or less.
#
# > **Predict.** Within the same number of frames, which search finds more *cells*? Which enters more *rooms*?

# %%
searched = {
    name: atari.train(config, seeds=searches.get(name, [seed]), workers=1)
    for name, config in atari.SCALES[scale].items()
}
_ = records.keep(
    atari, scale, [outcome for group in searched.values() for outcome in group]
)
labels = {"ram": "RAM cells", "pixels": "pixel cells"}
drawn = {labels.get(name, name): group for name, group in searched.items()}

# %% mystnb={"figure": {"caption": "Rooms entered (left, logarithmic axis) and cells in the archive (right) against game frames. Star and cross: after how many frames the authors' searches of 2019 had solved the first level (second-hand). Each line is one search.", "name": "fig-goexplore-rooms"}, "image": {"alt": "Left: rooms against frames on a logarithmic axis from ten thousand to a thousand million; the lines of this page end at 600,000 frames, the pixel search with one room, the RAM searches with one and with six; a star and a cross far to the right, at 24 rooms, are the authors' searches. Right: cells in the archive, rising in steps, to about 350 for pixels and to 140 and 290 for the two RAM searches."}} tags=["hide-input"]
figures.rooms_and_cells(drawn)

# %% mystnb={"figure": {"caption": "The archive: cells, the places of the game that they cover, and the best score, against game frames. Each line is one search. (The list below also counts the last batch, which ends a little later.)", "name": "fig-goexplore-growth"}, "image": {"alt": "Three panels against frames: cells rise in steps for both kinds of search; places of the game rise to about a hundred and stop there, but for one RAM search that goes on to over two hundred; the best score jumps to 100 with the first key and, in one RAM search, to 400."}} tags=["hide-input"]
figures.growth(drawn)


# %% tags=["hide-input"]
def story(outcome):
    """What one search has come to."""
    m = outcome.metrics
    key = f"first key after {m['first_key']:,.0f} frames" if m["key"] else "no key"
    left = (
        f"first room left after {m['second_room']:,.0f}"
        if m["rooms"] > 1
        else "first room never left"
    )
    return (
        f"- {labels.get(outcome.condition, outcome.condition)}, seed {outcome.seed}: {m['cells']:,.0f} cells, **{m['rooms']:.0f} room{'s' if m['rooms'] > 1 else ''}**, "
        f"best score {m['best_score']:,.0f}; {key}, {left}, of {m['frames']:,.0f}."
    )


Markdown("\n".join(story(outcome) for group in searched.values() for outcome in group))

# %% [markdown]
# **What to look at.** The searches begin alike: sooner or later the first key is found, and then nothing happens for a long time. With the key one must go all the way back up and out through a door, and every place that is passed on the way is a *new* cell of the RAM search, since it is passed with a key. One of the two RAM searches gets out and doubles its map within the last part of its time; its twin, which differs in nothing but chance, does not, and the search that knows nothing but pixels does not either. (It has not *fewer* cells for that: the skull moves, so that one place gives many pictures.) The number of rooms after so short a run says little: look at how far the two RAM searches are apart, and at how far away the authors' marks are. They averaged over dozens of runs, each a thousand times as long.
#
# Four million frames, which is less than a hundredth of theirs, in a recorded larger run:


# %% mystnb={"figure": {"caption": "Recorded larger runs on Montezuma's Revenge: rooms and cells against game frames, one line a search. Star and cross as above.", "name": "fig-goexplore-longer"}, "image": {"alt": "Left: rooms against frames on a logarithmic axis; the RAM search stays at one room until past a million frames and then climbs in steps to fifteen at three million, where it stays; a star and a cross at 24 rooms lie far to the right. Right: cells rise in steps to about 1,450."}} tags=["hide-input"]
longer = records.by_condition("goexplore.atari", "colab")
longer_named = {labels.get(name, name): group for name, group in longer.items()}
figures.rooms_and_cells(longer_named) if longer else Markdown(
    "Larger runs: not yet recorded."
)

# %% tags=["hide-input"]
Markdown("\n".join(story(outcome) for group in longer.values() for outcome in group))

# %% [markdown]
# **What to look at.** The staircase. For a long time the search knows one room. Then the way out is found, and with it several rooms in a row; then comes a landing, and the next flight. What looks like sudden insight is patience: on the landings the archive goes on growing, place by place (right), until one of its cells lies beside a door. Two of this page's searches end on the lowest step, one on the next. And the line of 24 rooms is still some way up, with the authors' marks ten and a hundred times as far to the right.

# %% [markdown]
# ### The map as it fills
#
# The rooms lie in a pyramid. Room and position are read from RAM beside the search, which does not use them unless its cells do. No picture of the game is needed: where a search has been *is* the map.

# %% mystnb={"figure": {"caption": "Where the search with RAM cells had been after so many frames. Numbers are the game's own for its rooms; entered ones in bold lines.", "name": "fig-goexplore-map"}, "image": {"alt": "Four maps of the same rooms after an eighth, a quarter, a half and all of the frames. In the first three only room 1 is filled, more and more of it; in the last, five rooms more have been entered."}} tags=["hide-input"]
far = max(searched["ram"], key=lambda outcome: outcome.metrics["rooms"])
frames = far.metrics["frames"]
figures.filling(far.archive, at=[frames / 8, frames / 4, frames / 2, frames])

# %% [markdown]
# ### Can it be repeated?
#
# A trajectory is a list of actions. The emulator is deterministic, so a fresh one, given the same list, must end in the same state: not nearly, but in all 128 bytes of its memory.

# %%
made = demonstration.demonstrate(far.archive, emulator.Atari())
seen = demonstration.verify(made, emulator.Atari()())
print(
    f"{len(made)} actions; score {seen.score:.0f} in a fresh emulator, {made.score:.0f} in the archive; memory the same"
)

# %% mystnb={"figure": {"caption": "The best trajectory on the map. Grey: everywhere that the search has been.", "name": "fig-goexplore-route"}, "image": {"alt": "The rooms that were entered, in grey where the search has been, and on them the best trajectory as dots: from a star at the top of room 1 round the whole room, most of it with something carried; then, with nothing carried any more, to the right into room 2, along its top, down its middle, and to a cross in room 6 below."}} tags=["hide-input"]
figures.route(
    far.archive,
    atari.route(made.actions),
    title=f"{len(made)} actions, {made.score:.0f} points",
)

# %% [markdown]
# ## Detachment and derailment
#
# Both failures, where one can see them. The maze has two wings of winding corridors, three cells wide, with lava on alternate sides. A few steps into the left wing lies a decoy worth 0.1; at the far end of the right wing the goal, worth 1. The learners are Q-learning with an ε-greedy policy, and the same with a count bonus for rare states. They are simple learners: a model-based one would do better here. But they are what the two words are about.
#
# > **Predict.** How much of the maze has each seen in the end? Does the bonus help the learner into the right wing?

# %%
mazes = {
    name: maze.train(config, seeds=seeds) for name, config in maze.SCALES[scale].items()
}
_ = records.keep(maze, scale, [outcome for group in mazes.values() for outcome in group])
shown = {
    "epsilon_greedy": "Q-learning, ε-greedy",
    "bonus": "the same with a count bonus",
    "no_return": "Go-Explore that never returns",
    "go_explore": "Go-Explore",
}
walked = {
    label: maze.search(maze.SCALES[scale][name], seed=seed) for name, label in shown.items()
}

# %% mystnb={"figure": {"caption": "When each place of the maze was first visited; blank: never. One seed. The learners have twenty times as many steps as Go-Explore.", "name": "fig-goexplore-maze"}, "image": {"alt": "Four maps of the maze. ε-greedy has coloured a small part around the start, the learner with a bonus about half of each wing; Go-Explore that never returns only what lies within twenty steps; Go-Explore both wings, and the goal."}} tags=["hide-input"]
figures_maze.explored(walked)

# %% mystnb={"figure": {"caption": "Share of the maze that has been visited against steps (logarithmic). Lines are means over seeds, bands 95 % intervals, thin lines seeds.", "name": "fig-goexplore-coverage"}, "image": {"alt": "Coverage from 0 to 1 against steps, logarithmic. Go-Explore rises to 1 within a hundred thousand steps; without returns it stays at 0.13; ε-greedy stays near 0.1 over two million steps; both bonuses rise to about 0.55."}} tags=["hide-input"]
figures_maze.coverage(
    {
        "Go-Explore": mazes["go_explore"],
        "never returns": mazes["no_return"],
        "ε-greedy": mazes["epsilon_greedy"],
        "bonus of 0.1": mazes["small_bonus"],
        "bonus of 1": mazes["bonus"],
    }
)


# %% tags=["hide-input"]
def told(name):
    """What a condition has come to."""
    group = mazes[name]
    there = [
        outcome.metrics["first_goal"] for outcome in group if outcome.metrics["solved"]
    ]
    when = f", first after {span(there)} steps" if there else ""
    return (
        f"**{mean_of(group, 'coverage'):.0%}** of the maze seen in {maze.SCALES[scale][name].steps:,} steps; "
        f"goal reached in {len(there)} of {len(group)} runs{when}"
    )


says = {
    "Go-Explore": "go_explore",
    "Go-Explore that never returns": "no_return",
    "ε-greedy": "epsilon_greedy",
    "with a bonus of 0.1": "small_bonus",
    "with a bonus of 1": "bonus",
}
Markdown("\n".join(f"- {label}: {told(name)}." for label, name in says.items()))

# %% mystnb={"figure": {"caption": "Which wing the learners spend their steps in, as time goes by; one seed.", "name": "fig-goexplore-wings"}, "image": {"alt": "Three panels of two lines each, the share of steps in the left and in the right wing, over two million steps. ε-greedy: level lines, four fifths left and a tenth right. With either bonus the lines cross several times, from nearly all steps in one wing to nearly all in the other and back."}} tags=["hide-input"]
figures_maze.attention(
    {
        "ε-greedy": mazes["epsilon_greedy"],
        "bonus of 0.1": mazes["small_bonus"],
        "bonus of 1": mazes["bonus"],
    }
)

# %% [markdown]
# **What to look at.** ε-greedy finds the decoy and spends most of its life going there; beyond the first corridor it sees nothing in two million steps. That is derailment, helped by a reward that is near. With a bonus the learner does get further, and its time shows how: for hundreds of thousands of steps it is in one wing, then, when the bonus has been used up there, in the other; and each time it must first get back to where it left off, through places that no longer pay, with one action in ten pushing it towards the lava. That is detachment. After twenty times Go-Explore's steps it knows about half of either wing, and it is still going, slowly. So the bonus does help it into the right wing; it helps it out again as well. (Two cautions. Go-Explore that never returns is no learner, but random play in bursts of twenty: it shows what the bursts are worth alone. And Go-Explore itself left a few per cent unseen in one of its runs.)

# %% [markdown]
# ## From a lucky trajectory to a policy
#
# A list of actions is worth nothing where actions are not always heard. The papers test with *sticky actions* {cite}`machado2018`: with probability 0.25 the last action is repeated instead. Then phase 2 begins: learn a policy, by reinforcement, that does what the demonstration did and recovers when something goes wrong. The **backward algorithm** {cite}`salimans2018` makes this possible: let episodes begin near the *end* of the demonstration, where the reward is near; when the policy succeeds often enough, move the start back.
#
# First, what becomes of the trajectory above.

# %%
stuck = seeding.generator(seed, "stuck")
scores = robust_atari.play(
    made.actions,
    emulator.Atari(),
    episodes=20,
    sticky=0.25,
    no_ops=30,
    most=len(made) + 1,
    generator=stuck,
)

# %% tags=["hide-input"]
Markdown(
    f"The {len(made)} actions, {made.score:.0f} points in the archive, repeated {len(scores)} times while actions stick and after up to 30 idle steps: "
    f"**{int((scores >= made.score).sum())} of {len(scores)}** repetitions earn as much; the mean score is {scores.mean():.0f}."
)

# %% [markdown]
# Now the cure, in the maze (a smaller one, of five corridors a wing): PPO {cite}`schulman2017` with self-imitation {cite}`oh2018`, demonstrations from phase 1, actions that stick.
#
# > **Predict.** A demonstration of about a hundred actions is repeated blindly, and a quarter of the actions stick. How often does it arrive?

# %%
tried = ("several", "one", "no_imitation", "no_backward", "ppo_alone")
robust = {
    name: robustify.train(
        robustify.SCALES[scale][name],
        seeds=seeds if name in ("several", "one") else seeds[:1],
        device=device,
    )
    for name in tried
}
_ = records.keep(
    robustify, scale, [outcome for group in robust.values() for outcome in group]
)
robust_labels = {
    "several": "several demonstrations",
    "one": "one demonstration",
    "no_imitation": "no imitation",
    "no_backward": "imitation, but not backward",
    "ppo_alone": "PPO alone",
}

# %% mystnb={"figure": {"caption": "Left: how far back episodes begin; 1 is the beginning of the maze. Right: what an episode earns; the goal is worth 1, the decoy 0.1. Means and 95 % intervals over seeds; without imitation, and PPO alone, one seed.", "name": "fig-goexplore-backward"}, "image": {"alt": "Left: how far back episodes begin, against steps. With several demonstrations or with one it rises to 1; without imitation it stops below 0.3; PPO alone begins at the beginning by definition. Right: the reward per episode; with several or one it falls at first and ends a little above 1, PPO alone comes to 0.1, and without imitation next to nothing is left."}} tags=["hide-input"]
figures_maze.going_back(
    {
        robust_labels[name]: robust[name]
        for name in ("several", "one", "no_imitation", "ppo_alone")
    }
)

# %% mystnb={"figure": {"caption": "From the beginning, while actions stick: how often the demonstration succeeds when it is simply repeated, and how often the policy that was learned from it. Small marks are seeds, bars 95 % intervals; the last three rows have one seed.", "name": "fig-goexplore-robust"}, "image": {"alt": "Five rows with two marks each. The repeated demonstration is near zero in all of them. The policy is near one with several demonstrations, with one, and with imitation that does not go backward; at zero without imitation and for PPO alone."}} tags=["hide-input"]
figures_maze.success({robust_labels[name]: robust[name] for name in tried})

# %% tags=["hide-input"]
Markdown(
    f"Demonstrations of {mean_of(robust['several'], 'demonstration'):.0f} actions on average, repeated blindly, arrive in **{mean_of(robust['several'], 'replay'):.1%}** of the episodes. "
    f"The policy arrives in **{mean_of(robust['several'], 'success'):.0%}** with {robustify.SCALES[scale]['several'].demonstrations} demonstrations and in {mean_of(robust['one'], 'success'):.0%} with one. The others: "
    + "; ".join(
        f"{robust_labels[name]}: {mean_of(robust[name], 'success'):.0%}"
        for name in tried[2:]
    )
    + "."
)

# %% mystnb={"figure": {"caption": "A dozen episodes of each, actions sticking. Left the demonstration, repeated; right the policy. A cross: lava, or out of time.", "name": "fig-goexplore-journeys"}, "image": {"alt": "Two maps of the maze with a dozen ways each. Left, most ways of the repeated demonstration end in crosses on the lava; right, the policy's ways all wind through the right wing to the goal."}} tags=["hide-input"]
place = next(robust["several"][0].network.parameters()).device
settled = robustify.SCALES[scale]["several"]
grounds = maze_world.MakeMaze(settled.corridors, settled.length)().plan
acting = {
    "the demonstration, repeated": robustify.demonstrations(settled, seed)[0],
    "the policy": robust["several"][0].network,
}
figures_maze.journeys(
    grounds,
    {
        title: robust_maze.play(
            who,
            grounds,
            episodes=200,
            sticky=0.25,
            generator=seeding.generator(seed, "journeys", place),
        )
        for title, who in acting.items()
    },
)

# %% [markdown]
# **What to look at.** A repeated list of actions is lost with the first turn that comes too late. The policy arrives nearly always. So far the paper. Now the other rows of {numref}`fig-goexplore-robust` (one seed each for the last three), for they take the credit apart. *One demonstration does as well as several.* In the first paper's games it did not: with one demonstration fewer than half of the attempts succeeded (second-hand). *Going backward is not needed here either*, if there is imitation: to begin every episode at the beginning does as well. And without imitation the start has moved a part of the way back when the time is up, and from the beginning the policy succeeds never. In a maze of a hundred steps, to imitate one good way is enough. What cannot be left out is the demonstration: PPO alone has never seen the goal. It has found the decoy, which is worth 0.1, and there it stays. (The good policies take the decoy as well, and then turn round: phase 1 prefers the higher score.)

# %% [markdown]
# A hundred steps are few. The same in a maze with eleven corridors of 41 cells in each wing, with ten demonstrations and sixteen million agent steps, recorded (scale `paper`; the maze is ours):
#
# > **Predict.** The way is four times as long, and every turn can be missed. Which of the three that arrived will still arrive?

# %% mystnb={"figure": {"caption": "Recorded, in a larger maze: how far back episodes begin, and what an episode earns. Means and 95 % intervals over three seeds, which part widely without imitation. PPO alone and imitation that does not go backward begin at the beginning from the start.", "name": "fig-goexplore-backward-longer"}, "image": {"alt": "Left: how far back episodes begin, against steps. With one demonstration it reaches 1 after a million and a half steps, with several after seven million; without imitation its mean stops at 0.7, with an interval over the whole axis and thin lines that end at 0.3, 0.7 and 1. Right: the reward per episode stays near 1 with one demonstration, with several, and with imitation that does not go backward; PPO alone stays at 0.1; without imitation the mean falls to a third."}} tags=["hide-input"]
longer_way = records.by_condition("goexplore.robustify", "paper", names=robust_labels)
figures_maze.going_back(longer_way) if longer_way else Markdown("Not yet recorded.")

# %% tags=["hide-input"]
ledger.recorded(
    "goexplore.robustify",
    "paper",
    {
        "actions of a demonstration": "{demonstration:.0f}",
        "repeated, it arrives": "{replay:.1%}",
        "the start has moved back": "{back:.0%}",
        "the policy arrives": "{success:.1%}",
    },
    names=robust_labels,
)

# %% tags=["hide-input"]
Markdown(
    "Without imitation, seed by seed: "
    + "; ".join(
        f"the start moved back by {outcome.metrics['back']:.0%}, and the policy arrives in {outcome.metrics['success']:.0%}"
        for outcome in longer_way.get(robust_labels["no_imitation"], [])
    )
    + "."
    if longer_way
    else "Not yet recorded."
)

# %% [markdown]
# **What to look at.** All three arrive again. One demonstration is enough on the long way as well, and so is imitation that begins every episode at the beginning. If some ways are too long to be learned without going backward, four hundred and fifty actions are not. (With imitation a policy is shown what to do wherever the demonstration has been, and our maze looks the same every time. A game's screen does not.) With several demonstrations the start takes longer to move back, since each has its own.
#
# The green lines are the ones to read. Take imitation away, and going backward is all that is left of the cure; and now it carries one network of three the whole way, where {numref}`fig-goexplore-backward` had it stuck. The other two do well for a while, and then their reward falls from nearly one to nothing, the start rests, and neither ever rises again, for a policy that never succeeds learns nothing. (What made them fall we have not looked into.) That is the backward algorithm's part in this: without imitation it finds the goal sometimes, and PPO alone, in as many steps, never.

# %% [markdown]
# ### And on the game
#
# The same program on Montezuma's Revenge itself: a demonstration from phase 1, the shortest that its search has found to the first key, and the backward algorithm, while actions stick in a quarter of the *frames* and up to 30 idle steps come first. The authors' network looks at pictures of 84 × 84 pixels and learns on eight GPUs. To fit an hour of one core we have made it smaller in a way that must be said: *our policy sees the 128 bytes of the console's memory*, not the screen. It learns ten times as many steps in the same time, and has no eyes to train. (The condition that sees pictures is `first_key`, for a GPU; this one is `first_key_ram`.)
#
# > **Predict.** Eighty or ninety actions, repeated blindly: does the man ever get the key? And where, on the way back from the key to the start, will the learner be held up longest?

# %% mystnb={"figure": {"caption": "Recorded: robustification of the way to the first key. Left: how far back episodes begin. Middle: what an episode earns (the key is 1). Right: from the beginning of the game, actions sticking, after up to 30 idle steps: the demonstration's actions, the policy before training, and after. One line, and one dot, a seed.", "name": "fig-goexplore-firstkey"}, "image": {"alt": "Left: how far back episodes begin rises steeply at first, rests at about 0.85 and 0.94, and reaches 1 after two or three hundred thousand agent steps. Middle: the reward per episode falls from 0.6 to nearly nothing meanwhile, and then rises to about a half and four fifths. Right: the dots of the repeated actions and of the untrained policy lie at zero, those of the trained policies at about one tenth and one half."}} tags=["hide-input"]
keys = records.by_condition("goexplore.robustify", "colab").get("first_key_ram", [])
figures_games.robustified({"sees RAM": keys}) if keys else Markdown("Not yet recorded.")

# %% tags=["hide-input"]
Markdown(
    "\n".join(
        f"- seed {outcome.seed}: a demonstration of {outcome.metrics['demonstration']:.0f} actions, which arrives in {outcome.metrics['best_replay']:.0%} of the episodes when it is repeated; "
        f"the starting point has moved back by **{outcome.metrics['back']:.0%}**; the policy takes the key in **{outcome.metrics['success']:.0%}**, after {outcome.curves['back'].x[-1]:,.0f} agent steps ({4 * outcome.curves['back'].x[-1] / 1e6:.1f} million frames)."
        for outcome in keys
    )
)

# %% [markdown]
# **What to look at.** The middle panel. While the start moves back, every step makes the task longer, and the reward falls to almost nothing: one success in ten is all that the rule asks for before it moves on. The landings on the left are the places where that one in ten is long in coming. Only when episodes begin within the first dozen of its actions, without idle steps, does the reward rise again, further for one seed than for the other, until it levels off. Then look to the right. The list of actions is worth next to nothing here, the untrained policy nothing; the policy that was learned along it takes the key in one episode of two at best, and in few with the other seed. So it *has* learned, and it is not yet what the paper means by robust. Part of the gap between the middle and the right is the test: most of the episodes in the middle begin along the demonstration, where the skull is where it always was, but in the test the idle steps have put it somewhere else. And all of it is small: a way of some eighty or ninety actions where the paper's have thousands, RAM in place of pictures, one demonstration in place of ten, less than an hour of a shared core in place of eight GPUs.

# %% [markdown]
# ## No simulator: return by a policy
#
# The second paper also removes the catch. *Policy-based* Go-Explore never restores a state: it trains a policy that is told a goal, a cell of the archive, and walks there; then it explores, by random actions or by going on with the policy. The paper's second reason for it is that what is learned on the way home helps to explore: where random actions die, the policy does not.

# %%
walkers = {
    name: policy_based.train(config, seeds=seeds[:2], device=device)
    for name, config in policy_based.SCALES[scale].items()
}
_ = records.keep(
    policy_based, scale, [outcome for group in walkers.values() for outcome in group]
)
walker_labels = {
    "policy_based": "returns by its policy",
    "no_return": "never returns",
    "random_exploration": "explores at random only",
    "policy_exploration": "explores by its policy only",
}

# %% mystnb={"figure": {"caption": "Share of the maze that has been visited, actions sticking, nothing ever restored. Each line is one seed.", "name": "fig-goexplore-policy"}, "image": {"alt": "Coverage against steps, logarithmic, up to two hundred thousand. The two lines with returns leave the others half-way and end near 0.5 and 0.65; the two without end near 0.3."}} tags=["hide-input"]
figures_maze.coverage({walker_labels[name]: group for name, group in walkers.items()})

# %% tags=["hide-input"]
home = walkers["policy_based"]
Markdown(
    f"With returns **{mean_of(home, 'coverage'):.0%}** of the maze is seen, without them {mean_of(walkers['no_return'], 'coverage'):.0%}; towards the end {mean_of(home, 'returns'):.0%} of the returns arrive. "
    f"New squares in 1,000 steps of exploration: **{mean_of(home, 'new_policy'):.1f}** by the policy, **{mean_of(home, 'new_random'):.1f}** by random actions. The paper's policy finds more than four times as many."
)

# %% [markdown]
# **What to look at.** To return by a policy is worth a good deal even where few of the returns arrive: what is seen about doubles. It is also much dearer than to restore a state: phase 1 above has seen the whole of a larger maze in half of these steps. And a claim of the paper that we do *not* find: that exploring by the policy discovers several times as much as random actions. Here the two discover about the same, step for step. Our policy is young, and goals in a maze of corridors leave it little to choose; Montezuma's Revenge has skulls and ledges on which random actions die.

# %% [markdown]
# The larger maze of a {ref}`later section <goexplore-maze-longer>`, without any restoring, recorded:

# %% mystnb={"figure": {"caption": "Recorded, in the larger maze and for four hundred times as many steps: share of the maze that has been visited. From 12 to 23 million steps the three lines with returns are as good as level; then all of them climb. One run of each.", "name": "fig-goexplore-policy-longer"}, "image": {"alt": "Coverage from 0 to 1 against steps, logarithmic, up to 82 million. All three lines with returns come to 0.2 at about a million steps; the one that explores at random only climbs to 0.4 at ten million, the others hardly. All rest until 23 million or later, and then climb steeply: to 0.94 exploring at random only, to about 0.65 the other two. Never returning rises to 0.08 at a million and ends at 0.13."}} tags=["hide-input"]
walkers_far = records.by_condition("goexplore.policy_based", "paper", names=walker_labels)
figures_maze.coverage(walkers_far) if walkers_far else Markdown(
    "Longer runs: not yet recorded."
)

# %% tags=["hide-input"]
ledger.recorded(
    "goexplore.policy_based",
    "paper",
    {
        "of the maze seen": "{coverage:.0%}",
        "steps until the goal, or in all": "{first_goal:,.0f}",
        "returns that arrive": "{returns:.0%}",
        "new squares in 1,000 steps, by the policy": "{new_policy:.2f}",
        "by random actions": "{new_random:.2f}",
    },
    names=walker_labels,
)

# %% [markdown]
# **What to look at.** The landings. For ten million steps and more next to nothing is added, however it explores; then, in all three runs with returns, the policy learns to get past something, and in ten to twenty million steps the share of the maze doubles. Set this beside the search that restores states: that one had seen *everything* in half a million steps. In this maze a simulator that can be put back is worth a factor of more than a hundred. To return is worth a good deal in any case; without it, eighty million steps have seen an eighth.
#
# And how to explore, once there? Again we do not find the paper's fourfold, and if anything the reverse: the run that explores at random only has seen the most by far, and in the run that does both, random actions find more per step. Do not lean on the order, though. Each line is one run, which waits for one or two lucky passages; and the run that saw nearly everything is the one that missed the goal, which is in the rest.

# %% [markdown]
# ## What the papers report
#
# Eleven Atari games that are hard to explore. All numbers are from memory unless starred (second-hand): nobody here has opened the tables. What is certain, from the text that was read in full: phase 1 found superhuman trajectories in all 55 games (Private Eye's numbers, from memory, do not agree with this, so one of them is remembered wrongly), and Montezuma's Revenge was played to a mean of 1.7 million points with domain knowledge.

# %% tags=["hide-input"]
eleven = [group[0] for group in records.by_condition("goexplore.games", "colab").values()]
ledger.Table(*(figures_games.games_table(eleven) if eleven else reported.games_table()))

# %% tags=["hide-input"]
Markdown(
    f"Ours are one search a game, with pixel cells, of about {round(eleven[0].metrics['frames'], -5):,.0f} frames (recorded); the paper's had 2,000 million or more: "
    f"some **{round(2e9 / eleven[0].metrics['frames'], -3):,.0f} times** as many."
    if eleven
    else "Our own runs of these games: not yet recorded."
)

# %% mystnb={"figure": {"caption": "Scores after phase 1 as shares of a human's, on a logarithmic axis; for Skiing, whose score is a time, the human's time by ours. Circles and triangles: ours. Squares: the paper's, after thousands of times as many frames.", "name": "fig-goexplore-eleven"}, "image": {"alt": "Eleven rows on a logarithmic axis. Our circles lie between a tenth and a half of a human's score in seven games and at none in Montezuma's Revenge, Pitfall and Solaris; Skiing has no circle. The paper's squares lie on or to the right of the human's line in all games but one, and far to the right in Berzerk and Centipede."}} tags=["hide-input"]
figures_games.scores(eleven) if eleven else Markdown("Not yet recorded.")

# %% [markdown]
# **What to look at.** Where our circles lie, and why. In most games a fraction of a human's score is found by wandering from remembered places; it is depth that takes the frames, and there the squares are far away. Montezuma's Revenge gave nothing in this run, with half the frames of the searches above and cells that do not know the game; nor did Pitfall and Solaris. Skiing has no circle because its score is told at the end of a run, and none was finished. That is a second reason for the distance: the paper counts the score *at the end of an episode*, and a search that keeps the shortest way to every cell seldom gets there soon. A third is of our making: bursts go in batches of a hundred, as in the paper, so this search has looked into its archive eight times in all.
#
# **Pitfall** was the other game on which nothing had ever scored. A jungle of 255 rooms in a circle, a treasure in one of eight or so; nearly everything that one can do costs points, so that a learner's best idea is to stand still.

# %% mystnb={"figure": {"caption": "Pitfall, the recorded run: rooms entered (read from RAM beside the search), pixel cells, and the best score, against game frames.", "name": "fig-goexplore-pitfall"}, "image": {"alt": "Three panels against frames, up to 300,000. Rooms rise to seven within the first half; cells rise in steps to about 550; the best score is a level line at zero."}} tags=["hide-input"]
jungle = records.by_condition("goexplore.games", "colab").get("pitfall", [])
figures_games.in_rooms(jungle) if jungle else Markdown("Not yet recorded.")

# %% [markdown]
# **What to look at.** Rooms, and no treasure. The search goes from room to room and its archive fills; the score stays where it began. It does not fall either: of two ways to a cell the one with more points is kept, and so nobody falls into a pit. (The steps in the middle are the batches.) The authors' searches with pixel cells had five thousand million frames, and came to about what a human scores (from memory). We have found nothing here, and with a ten-thousandth of that it would be luck if we had.

# %% [markdown]
# **A robot's arm.** The same algorithm, in the second paper, put objects onto shelves with a simulated arm, two of the shelves behind latched doors, rewarded only if the object lies where it should. Cells there are the gripper's place, what it touches or holds, and the doors' positions. Phase 1 found a way for all four shelves within 20 million frames; afterwards 198 of 200 policies were robust (99 %). PPO alone saw no reward in a thousand million frames, and with a count bonus over the *same cells* none in two thousand million: in 18 of the 20 runs that were looked at, the object had been grasped less than a tenth as often as touched. The frontier had been seen, and not gone back to: detachment, in a robot. We give these numbers {cite}`ecoffet2021` and do not run them: the arm's model needs more than a laptop's patience.

# %% [markdown]
# ## Take it apart

# %% [markdown]
# What does phase 1 need? In the maze one can afford to leave out one thing at a time: the return; the weights (all cells alike; or the rule of 2019); the size of a cell; the length of a burst; the steady hand. Each has the same number of steps.
#
# > **Predict.** Put them in order before you look. Which hurts most, after never returning? Does any of them do *better*?

# %% mystnb={"figure": {"caption": "Go-Explore in the maze, one thing changed at a time: share of the maze seen. Dots are seeds, bars 95 % intervals.", "name": "fig-goexplore-lesions"}, "image": {"alt": "Dot plot of coverage with eight rows and a dashed line at 0.13 for never returning. As it is, weights of 2019, cells of 3 and bursts of 4 or 100 are between 0.9 and 1; uniform choice at 0.88; no repeated actions at 0.74; cells of 7 at 0.34."}} tags=["hide-input"]
apart = {
    "go_explore": "as it is",
    "early": "weights of 2019",
    "uniform": "all cells alike",
    "cells_of_3": "cells of 3 × 3",
    "cells_of_7": "cells of 7 × 7",
    "bursts_of_4": "bursts of 4 actions",
    "bursts_of_100": "bursts of 100 actions",
    "no_repetition": "no repeated actions",
}
viz.lesions(
    {
        label: [outcome.metrics["coverage"] for outcome in mazes[name]]
        for name, label in apart.items()
    },
    x_label="share of the maze that was seen",
    chance=mean_of(mazes["no_return"], "coverage"),
    chance_label="never returning",
)


# %% tags=["hide-input"]
def way(name):
    """How long the best ways to the goal are."""
    lengths = [
        outcome.metrics["demonstration"]
        for outcome in mazes[name]
        if outcome.metrics["solved"]
    ]
    return f"; best ways of {span(lengths)} actions" if lengths else ""


Markdown("\n".join(f"- {label}: {told(name)}{way(name)}." for name, label in apart.items()))

# %% [markdown]
# **What to look at.** The return first: without it nothing is seen but what lies within one burst of the start. Then $\phi$: cells of seven by seven lump neighbouring corridors together, the shorter way wins the cell, and the far corridor is forgotten; that is detachment, made by hand. The steady hand is next. The weights matter less than one might think: with all cells alike most of the maze is seen, but the goal, at its end, is reached in none of these runs. And the rule of *2019* is faster than that of 2021, by more than half: its weight for a cell that has never been seen since it was stored is so large that the newest cell is nearly always next. In a maze without dead ends this is just right; it is not a law. Last, compare the best ways: short bursts find the shortest, long ones ways more than twice as long. They are the demonstrations that phase 2 would have to learn from.

# %% [markdown]
# (goexplore-maze-longer)=
# ### And with time enough?
#
# A hundred thousand steps is little. Here are recorded runs of the same searches with four million, in a maze of three times the size, and of the learners with two hundred million.
#
# > **Predict.** Which of the rows above will catch up? And will the learners, with fifty times as many steps as Go-Explore, have seen the goal?

# %% mystnb={"figure": {"caption": "Recorded, in a larger maze and for much longer: share of the maze that has been visited against steps (logarithmic). Means, bands 95 % intervals, thin lines seeds.", "name": "fig-goexplore-maze-longer"}, "image": {"alt": "Coverage from 0 to 1 against steps, logarithmic, up to two hundred million. Go-Explore reaches 1 before half a million steps, the search with all cells alike before a million. Cells of 7 level off at 0.22, never returning stays at 0.04. Of the learners ε-greedy stays below 0.05; the one with a bonus climbs in a straight line from 0.17 at two million steps to 0.84 at two hundred million."}} tags=["hide-input"]
patient_names = {
    "go_explore": "Go-Explore",
    "uniform": "all cells alike",
    "cells_of_7": "cells of 7 × 7",
    "no_return": "never returns",
    "epsilon_greedy": "ε-greedy",
    "small_bonus": "bonus of 0.1",
}
patient = records.by_condition("goexplore.maze", "paper", names=patient_names)
figures_maze.coverage(patient) if patient else Markdown("Longer runs: not yet recorded.")

# %% tags=["hide-input"]
ledger.recorded(
    "goexplore.maze",
    "paper",
    {
        "of the maze seen": "{coverage:.1%}",
        "runs that reached the goal": "{solved:.0%}",
        "steps until then, or in all": "{first_goal:,.0f}",
        "actions of the best way": "{demonstration:.0f}",
    },
    names=apart
    | {
        "no_return": "never returns",
        "epsilon_greedy": "ε-greedy",
        "small_bonus": "bonus of 0.1",
        "bonus": "bonus of 1",
    },
)

# %% [markdown]
# How short can a way be? In a world without chance one can count. A search in all directions at once, step by step, that knows the whole maze:


# %%
def shortest(plan):
    """Fewest actions from the start to the goal, past the decoy and otherwise."""
    ahead, kinds = plan.tables
    found, reached, now = {}, set(), {(plan.start, False)}
    for actions in range(plan.steps):
        reached |= now
        found |= {
            taken: actions
            for cell, taken in now
            if cell == plan.goal and taken not in found
        }
        beyond = {
            (nearby, taken or kinds[nearby] == wings.DECOY)
            for cell, taken in now
            for nearby in ahead[cell]
            if cell != plan.goal and kinds[nearby] != wings.LAVA
        }
        now = beyond - reached
    return found


large = maze.SCALES["paper"]["go_explore"]
ways_out = shortest(wings.plan(large.corridors, large.length))
print(f"{ways_out[True]} actions by way of the decoy, {ways_out[False]} without it")

# %% [markdown]
# **What to look at.** Nearly everything above was a matter of time. Every search that returns, to cells of at most three by three, has seen the whole maze in the end; all but one have found a way of 454 actions, and there is no shorter one that takes the decoy, too. What the choice of cells is worth can be read from the steps until the goal: two and a half times as many with all cells alike, half as many with the weights of 2019, four times as many without a steady hand (and that search alone still has ways half as long again). Two rows do not catch up, however long they run, for they *cannot*: without a return the frontier is one burst from the start for ever, and cells of seven by seven have forgotten the corridors that they would have to pass.
#
# Then the learner with a bonus. Its line is straight on a logarithmic axis: every tenfold of steps brings another third of the maze. It has seen five sixths of either wing in the end, with some six hundred times the steps that took Go-Explore to the goal, and the goal is in what is left. Detachment does not mean that a place is never found. It means that each costs a multiple of the last.

# %% [markdown]
# And now by hand. Choose a cell of Go-Explore's archive, from the nearest to the farthest, and see the way to it, in dark grey, and then, in black, what bursts from there would do. Walls are in middle grey, lava in light grey, the goal is the spot at the lower right. (Everything was computed beforehand, so the sliders work on this page without a kernel.)


# %%
walk = walked["Go-Explore"]
remembered = sorted(walk.archive.cells, key=lambda cell: cell.length)
ten = [remembered[place] for place in np.linspace(1, len(remembered) - 1, 10).astype(int)]
settings = maze.SCALES[scale]["go_explore"]
rules = Exploration(settings.steps, settings.burst, repeat=settings.repeat)
world = maze_world.MakeMaze(settings.corridors, settings.length)()
chance = seeding.generator(seed, "widget")


def passed(actions):
    """Where actions lead, from the world's present state."""
    for action in actions:
        over = world.step(action).done
        yield world.observe()[:2]
        if over:
            return


ways, bursts = [], []
for cell in ten:
    world.reset()
    ways.append([world.observe()[:2], *passed(walk.archive.trajectory(cell))])
    bursts.append([])
    for plan in plans([cell] * 4, rules, world.actions, chance):
        world.restore(cell.state)
        bursts[-1].append(list(passed(plan.actions)))

kinds = world.plan.kinds  # 0 wall, 1 free, 2 lava, 3 decoy, 4 goal
ground = np.choose(kinds, (0.45, 0.0, 0.25, 0.1, 0.1))


def frame(number, bursts_shown):
    """The maze with the way to a cell, and with bursts from there."""
    picture = ground.copy()
    for place in ways[number - 1]:
        picture[place] = 0.7
    for burst in bursts[number - 1][:bursts_shown]:
        for place in burst:
            picture[place] = 1.0
    cell = ten[number - 1]
    alt = f"the maze with a way of {cell.length} steps to a cell, and {bursts_shown} bursts from there"
    return (
        f"<p>cell {number}: {cell.length} actions from the start, found after {cell.found:,} steps, "
        f"seen by {cell.seen} bursts, weight {(cell.seen + 1) ** -0.5:.2f}</p>{viz.pixels(picture, alt=alt, pixel=9)}"
    )


viz.explore(
    {"cell": list(range(1, 11)), "bursts from there": [0, 1, 2, 3, 4]}, frame, start=(7, 1)
)

# %% [markdown]
# ## Paper vs ours
#
# There is no axis on which this page and the papers could honestly stand side by side: the game was played for a thousandth of their frames, and the maze is ours. What can be compared are statements: knowing the game makes a search leave the first room sooner; without a return nothing is found; a repeated trajectory fails where a policy succeeds. Larger runs, where there are any:

# %% tags=["hide-input"]
Markdown(ledger.sources("goexplore"))

# %% [markdown]
# **Speed.** How much of the time goes into the game itself? The same search as the authors' program does it (a state and a picture at every step, everything pickled back, merged step by step), ours, and the emulator alone, measured in the same run on one thread. (The runs are short, and the first few thousand steps of a search are its slowest: many cells are new then, and many bursts end early.)

# %% tags=["hide-input"]
measured = [each for each in benchmarks.latest() if each.chapter == "goexplore"]
benchmarks.table(measured) if measured else Markdown("Not yet measured.")

# %% tags=["hide-input"]
Markdown(
    "; ".join(each.caption() for each in measured)
    + "".join(
        f". {growth.task}: "
        + ", ".join(
            f"{seconds:.1f} s with {size:g}"
            for size, seconds in zip(growth.sizes, growth.seconds, strict=True)
        )
        + f" {growth.over}"
        + (
            f", **{growth.seconds[0] / growth.seconds[1]:.2f}** times as fast with two"
            if growth.over == "processes"
            else ""
        )
        for each in measured
        for growth in each.growths
    )
    + "."
    if measured
    else ""
)

# %% [markdown]
# Every claim of this chapter, with its source and its state. A source that nobody has opened is marked.

# %% tags=["hide-input"]
outcomes = {
    "goexplore.atari": [outcome for group in searched.values() for outcome in group],
    "goexplore.maze": [outcome for group in mazes.values() for outcome in group],
    "goexplore.robustify": [outcome for group in robust.values() for outcome in group],
    "goexplore.policy_based": [outcome for group in walkers.values() for outcome in group],
}
ledger.table("go_explore", outcomes, scale=scale)

# %% [markdown]
# And the verdicts, which are compared whenever this notebook is executed again:

# %% tags=["nbval-check-output"]
ledger.verdict("go_explore", outcomes, scale=scale)


# %% [markdown]
# ## What the original code does that the papers do not say
#
# The authors published their code (`uber-research/go-explore`: the tag `v1.0` goes with the paper of 2019, the newest version with that of 2021). File names are those of the newest version unless the tag is named. The text of the second paper has been read in full; of the first, its abstract and second-hand summaries.
#
# | what | where | what we do |
# | --- | --- | --- |
# | The two versions choose cells by different formulas; neither paper's reader would guess the other's. | `randselectors.py` 153–157; tag `v1.0` 68, 114, 144 | both, by name |
# | The scripts' settings are not always the paper's: a weight of 3.0 for cells seen seldom, where the paper's table has 0.3 (from memory). | `v1.0` scripts | the scripts' |
# | All counts of a cell return to zero when it is replaced, if a flag is set; all newer scripts set it. | `goexplore.py` 1003–1008 | a switch, `reset_counts` |
# | Two counts of frames: those that were executed, and those plus the length of every restored trajectory. Budgets use the first. | `goexplore.py` 785–787 | executed frames |
# | A copy of the emulator and a PNG picture are made at *every* step, used or not. With resets, pictures and bookkeeping, about half of the time went into other things than emulation when it was measured for this book. | `goexplore.py` 716–765; `import_ai.py` 131–149 | copied where a cell is new or better |
# | Whether a lost life ends the burst differs: in 2019 always, and the last step before a death is thrown away; in 2021 only with domain knowledge. | `generic_atari_env.py` 68, 115; `montezuma_env.py` 297–308 | switches, `life_loss_ends` and `survive` |
# | Positions "from pixels": the mean of the pixels of the face; keys by the size of connected areas. Not RAM. | `montezuma_env.py` 150–178 | `knowledge` does the same; `ram` reads RAM, and says so |
# | With dynamic downscaling all frames are one cell until the first fit, and the means of the random search are one above the best so far. | `goexplore.py` 464–692, 525 | the same |
# | In rare cases the virtual cell "done" is drawn and then dropped, so that a batch is smaller than it should be. | `randselectors.py` 361–363 | it is not among the cells |
# | Demonstrations for phase 2 are the shortest among the best *finished* episodes. | `gen_demo/new_gen_demo.py` 343–354 | `archive.end` |
# | Actions stick for each raw frame, within the wrapper that skips frames, and there are up to 30 no-ops. | `wrappers.py` 616–628, 923–929 | the same on games; on the maze each action |
#
# ## Exercises
#
# ```{exercise} If you had to walk
# :label: ex-goexplore-walk
#
# On the ledge, the return is free: the place is set. Suppose that it costs as many moves as the way is long. Change `go_explore` so that these moves count (there is no noise on them). How much of the ledge does it see in 30,000 moves? What would happen if the return were done by a policy that falls with probability 1 % at each step?
# ```
#
# ```{solution} ex-goexplore-walk
# :class: dropdown
#
# Add `used += len(archive[start])` before the burst. A way of some fifty moves on average, for a burst of at most twenty, makes the search three or four times as expensive once the archive is large; it no longer sees everything, but still far more than random play. With falls, a place at distance $d$ is reached with probability $0.99^d$: at 100 moves, 37 %. That is derailment come back. A return need not be perfect, but it must be much better than exploration is.
# ```
#
# ```{exercise} Two ways to choose a bad cell
# :label: ex-goexplore-cells
#
# What does Go-Explore become if $\phi$ maps every state to one cell? And if it is the identity, in a game in which a clock is drawn on the screen?
# ```
#
# ```{solution} ex-goexplore-cells
# :class: dropdown
#
# With one cell there is one thing to return to: the best-scoring (then shortest) way to anywhere, and as nothing has scored yet, the start. It is random play from the start, with bursts for episodes. With the identity and a clock every frame is a new cell: the archive grows by one a step, every cell has been seen once, and the choice is uniform over everything that ever happened, most of it near the start, where most of time was spent. Both are cured by coarseness that keeps what matters, which is why $\phi$ is the only place where one can help the algorithm by knowing something.
# ```
#
# ```{exercise} How steep is the weight?
# :label: ex-goexplore-weight
#
# An archive has 1,000 cells that have been seen 100 times each, and 10 at the frontier that have been seen once. What share of bursts begins at the frontier with $W = 1/\sqrt{C_{\text{seen}}+1}$, with uniform choice, and with $W = 1/(C_{\text{seen}}+1)$? Why might the steepest not be the best?
# ```
#
# ```{solution} ex-goexplore-weight
# :class: dropdown
#
# $10/\sqrt 2 = 7.1$ against $1000/\sqrt{101} = 99.5$: 6.6 %. Uniform: 1 %. The steepest: $5$ against $9.9$: 34 %. A frontier cell may be a dead end, or one moment before a death; the steeper the weight, the longer the search is stuck with the newest disappointment, and an old cell may hide a ladder that nobody has climbed yet. The square root goes back to old cells often enough to find it.
# ```
#
# ```{exercise} A steady hand
# :label: ex-goexplore-repeat
#
# With probability $p$ an action is the same as the last, else it is drawn from $n$ actions. How long is a run of one action on average? On the ledge, set the probability to 0 and count again. In Montezuma's Revenge an action of four frames moves the man by about four pixels; how far does a burst of 100 get him with $p = 0$, and with $p = 0.95$?
# ```
#
# ```{solution} ex-goexplore-repeat
# :class: dropdown
#
# A drawn action may be the same by chance, so runs have mean length $1 / \big((1-p)(1 - 1/n)\big)$, which is about $1/(1-p)$: 20 for $p = 0.95$. A walk of $k$ independent steps of size $s$ gets about $s\sqrt k$ away; with runs of length $r$ it is $s\, r\sqrt{k/r} = s\sqrt{k r}$. So 100 actions lead some 40 pixels away without repetition and, at $r = 20$, about 180, which is more than the width of the screen (runs of random length go a little further still). Ladders and gaps need a held direction. On the ledge, with the probability set to 0, three Go-Explores see 72 to 88 % of it in place of all, and random play 7 or 8 %.
# ```
#
# ```{exercise} Blind repetition
# :label: ex-goexplore-sticky
#
# A demonstration has $L$ actions, in runs of mean length $r$. An action that sticks does no harm within a run. With a sticking probability of 0.25, roughly how likely is it that a blind repetition suffers no change at all? Compare with what the page reports for the maze; why might the truth be better?
# ```
#
# ```{solution} ex-goexplore-sticky
# :class: dropdown
#
# If there are $c$ changes of action, each comes late with probability 0.25: none does with probability $0.75^c$, and $c \approx L / r$. Count the changes in this page's own demonstrations:
#
# ~~~python
# for actions in robustify.demonstrations(robustify.SCALES[scale]["several"], seed):
#     changes = sum(a != b for a, b in zip(actions, actions[1:]))
#     print(len(actions), "actions,", changes, "changes:", 0.75**changes)
# ~~~
#
# Phase 1 keeps the *shortest* way, and short ways turn often. That some repetitions arrive all the same is the corridors' doing: they are three cells wide, and a wall stops you where you should be.
# ```
#
# ## Where to go next
#
# - **Run it bigger.** `aiga run goexplore.atari --scale colab --seeds 0:3` on all cores of a machine, `--scale paper` for the papers' budgets; {doc}`/book/how_to_use` says how. Any game that `ale-py` knows can be searched with pixel cells.
# - **Return and invent.** An archive of stepping stones is also what open-endedness stands on: [POET](poet) keeps environments, Go-Explore keeps states. In both, what helps is seldom what one was looking for.
# - **What became of it.** Later work keeps the archive and replaces its parts: goals that a language model finds interesting in place of cells, and learned representations in place of small pictures.
