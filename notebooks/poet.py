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
# (nb-poet)=
# # POET: inventing problems and solving them, without end
#
# [![Open in Colab](../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/poet.ipynb)
#
# *Courses and those who cross them, in pairs.* Wang, Lehman, Clune & Stanley, GECCO 2019 {cite}`wang2019poet`; enhanced in 2020 {cite}`wang2020enhanced`. With a section on PAIRED {cite}`dennis2020`.
#
# <!-- cost-card -->
#
# | scale | time | peak memory | download, once | measured on |
# | --- | --- | --- | --- | --- |
# | `ci` (this page) | under 3 min | 1.0 GB | none | AMD EPYC, 1 thread(s) |
# | `colab` | under 3 h | 1.0 GB | none | AMD EPYC, 1 thread(s) |
# | `paper` | under 4 h (poet.paired only) | 1.0 GB | none | AMD EPYC, 1 thread(s) |
#
# <!-- /cost-card -->
#
# **You need** Python and numpy; what a policy is ([the chapter on differentiable plasticity](differentiable_plasticity) has one in its maze). For the section on PAIRED, what a policy gradient is. **You will be able to** write POET in sixty lines; run it, and say what its minimal criterion, its novelty and its transfers are good for, each by taking it away; compare a curriculum with its rivals at an equal budget; read ANNECS; and pay an adversary for regret.

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
import inspect

import numpy as np
import torch
from IPython.display import HTML, Markdown

from aiga import benchmarks, ledger, records, viz
from aiga.ledger import mean_of, span
from aiga.poet import (
    algorithm,
    evolution,
    figures,
    figures_biped,
    figures_idea,
    figures_paired,
    figures_runs,
    figures_walker,
    hopper_runs,
    journeys,
    paired,
    pictures,
    stories,
    tree,
    walker,
    walker_agents,
    walker_runs,
)
from aiga.poet.biped import Biped
from aiga.poet.courses import Encoding
from aiga.poet.hopper import Hopper, heights
from aiga.poet.walker import traces, weights

torch.set_num_threads(1)  # small matrices: more threads only get in each other's way
seeds = range(seed, seed + 5)

# %% [markdown]
# ## The question
#
# **Try this before you read on.** Think of something hard that you can do: read, ride a bicycle, find a bug. Now suppose that you had been set this task on your first day, and nothing else, with a mark from 0 to 100 after each attempt. Would you have got there? And could you have written down, on that first day, the list of lessons that would lead there?
#
# Hard problems are often not reached by working at them. They are reached over other problems, and these may look as if they had nothing to do with it. Who draws up the curriculum? A teacher who knows the way; but what of problems to which nobody knows the way, or which nobody has thought of? The answer of *paired open-ended trailblazer*, POET: let problems and solutions be invented together, and let the collection itself be the curriculum. It is the third pillar of AI-generating algorithms {cite}`clune2019`, and the plainest case of it.
#
# The paper's world is an obstacle course, with pits, stumps, stairs and rough ground, and a walker with two legs, from OpenAI's Gym. One pair stands at the beginning: flat ground, and a walker that cannot walk. From then on, in turns: *mutate* courses, and keep those that are neither too easy nor too hard for some walker; let every walker *learn* on its own course; let walkers *move* to other courses, if they do better there than those who live there.
#
# The story that the paper tells of it: the walker on flat ground had found a way to get along on one knee, a way that works, and stuck to it. Its child, on a course with stumps, could not drag a knee over a stump and learned to stand. At iteration 1,175 that one went back to the flat ground and took its parent's place: from 309 points to 349. Had nobody moved, 3,000 more steps would not have cured the knee (all this second-hand, from two sets of notes on the paper's text that agree). To get better at the easy task, one had to go through a harder one. Nobody had planned it.
#
# Here is the world. Both walkers come with this book; they were taught by PPO {cite}`schulman2017`, in minutes, and not by the paper's evolution strategies.

# %% mystnb={"figure": {"caption": "Two walkers on the same piece of a course with stumps. The ground is green, stumps are grey, the hull is purple, near leg and far leg red and blue.", "name": "fig-poet-walkers"}, "image": {"alt": "Two strips of ground with low grey stumps. In the upper one a walker's poses end near 18 metres, with its hull tipped over just behind a low stump; in the lower one the poses of another go on evenly to the right-hand edge, one leg stretched forward and a knee near the ground."}} tags=["hide-input"]
stumps = walker.generate(Encoding(stump=(0.1, 0.4)), 1)
taught = np.stack([weights.walker(f"walker_{name}") for name in ("flat", "stumps")])
walked = walker.rollout(taught, [stumps], [0, 0], traced=True, threads=1)
lives = {
    f"taught on {where}, {points:.0f} points": traces.trace_of(walked, place)
    for place, (where, points) in enumerate(
        zip(("flat ground", "a course with stumps"), walked.returns, strict=True)
    )
}
shorter = min(lives.values(), key=len)
figures_biped.strides(stumps, lives, left=float(shorter.pose[-1, 0, 0]) - 9)

# %% [markdown]
# ## The idea in about 60 lines
#
# No walker, and no physics. A course is two numbers, how wide its ditches are and how high its walls. It has five of each, in turns, growing to full size. An agent is four numbers: how hard it leaps at a ditch and at a wall, a constant and a slope each. A leap must be about right: too short or too long, and the run is over. What is about right grows with the square of the size, so no four numbers serve for all courses; and who knows nothing cannot even learn at a wide ditch, since all that it tries falls short. `poet` has no more parts than the real one.


# %%
def lives_of(agents, course):
    """Obstacles passed until the first failure, less a little for the effort; agents (P, 4), course (2,)."""
    sizes = np.linspace(0.5, 1, 5)[:, None] * course  # five ditches, five walls
    leaps = agents[:, None, :2] + agents[:, None, 2:] * sizes
    passed = (np.abs(leaps - sizes**2 / 2) < 0.4).reshape(len(agents), -1)
    alive = passed.cumprod(1)
    tried = np.concatenate([np.ones((len(agents), 1)), alive[:, :-1]], 1)
    return alive.sum(1) - 0.05 * (tried * np.abs(leaps).reshape(len(agents), -1)).sum(1)


def score(agent, course):
    return lives_of(agent[None], course)[0]


def learn(random, agent, course, pairs=16, sigma=0.1, rate=0.05):
    """One step of evolution strategies: lean towards those perturbed copies that rank high."""
    noise = random.normal(size=(pairs, 4))
    scores = lives_of(
        np.concatenate([agent + sigma * noise, agent - sigma * noise]), course
    )
    ranks = scores.argsort().argsort() / (2 * pairs - 1) - 0.5
    step = (ranks[:pairs] - ranks[pairs:]) @ noise
    return agent + rate * step / np.linalg.norm(step)


def best_of(niches, course):
    return max(niches, key=lambda niche: score(niche["agent"], course))


def children(random, niches, known):
    """Courses that are neither too hard nor too easy for the best agent there is, the most novel first."""
    parents = [niche for niche in niches if score(niche["agent"], niche["course"]) > 6]
    for _ in range(16 if parents else 0):
        parent = parents[random.integers(len(parents))]
        course = np.maximum(parent["course"] + random.uniform(-1, 1, 2), 0.1)
        agent = best_of(niches, course)["agent"]
        if 2 <= score(agent, course) <= 9:  # the minimal criterion
            novelty = min(np.linalg.norm(other["course"] - course) for other in known)
            yield (
                novelty,
                {"course": course, "agent": agent, "parent": parent, "solved": None},
            )


def poet(random, iterations=1500, most=6):
    niches = [{"course": np.ones(2), "agent": np.zeros(4), "parent": None, "solved": None}]
    retired, steps = [], 0
    for now in range(1, iterations + 1):
        if now % 30 == 0 and (found := list(children(random, niches, niches + retired))):
            niches.append(max(found, key=lambda pair: pair[0])[1])  # the most novel
            if len(niches) > most:
                retired.append(niches.pop(0))  # the oldest
        for niche in niches:
            niche["agent"] = learn(random, niche["agent"], niche["course"])
            steps += 1
            if niche["solved"] is None and score(niche["agent"], niche["course"]) > 8:
                niche["solved"] = now
        if now % 10 == 0:  # transfer
            for niche in niches:
                niche["agent"] = best_of(niches, niche["course"])["agent"].copy()
    return retired + niches, steps


def direct(random, course, steps):
    """The same learning on one course from the start: the best score."""
    agent, best = np.zeros(4), -np.inf
    for _ in range(steps):
        agent = learn(random, agent, course)
        best = max(best, score(agent, course))
    return best


invented, steps = poet(np.random.default_rng(seed))
solved = [niche for niche in invented if niche["solved"] is not None]
far = [niche["course"] for niche in solved if niche["course"].max() > 2]
failed = [
    course for course in far if direct(np.random.default_rng(seed), course, steps // 4) <= 8
]

# %% mystnb={"figure": {"caption": "Courses that the sixty lines invented, joined to those that they were changed from. Crosses: direct training fails, though it has a quarter of all of POET's steps for this one course. One seed.", "name": "fig-poet-idea"}, "image": {"alt": "A plane of dots, width of ditches against height of walls, joined by lines that fan out from a star at 1, 1. Full dots reach to about 4.4 in width and 4 in height, hollow ones lie around them up to 5.4. All full dots but three near the star are crossed out: direct training fails there."}} tags=["hide-input"]
figures_idea.plane(
    invented, failed, labels=("width of ditches (metres)", "height of walls (metres)")
)

# %% tags=["hide-input"]
Markdown(
    f"In {steps:,} steps of learning POET invented {len(invented)} courses and solved **{len(solved)}**. Of the {len(far)} solved ones with a size beyond 2, "
    f"direct training, with {steps // 4:,} steps for each, solves **{len(far) - len(failed)}**."
)

# %% [markdown]
# **What to look at.** The courses fan out from the first one, each a small change to one that an agent could do something with already. On every solved course further out stands a cross: there, whatever a beginner tries ends at the first ditch or wall, one try as much as the next; all that is left to learn is to save effort, and not to leap. The hollow dots at the rim are where POET was reaching when it stopped, or what had to leave before it was solved. What the picture does *not* show is that transfer helps. In this world it does not ({ref}`an exercise <ex-poet-toy>`).

# %% [markdown]
# ## Equation ↔ code
#
# Agents learn by evolution strategies {cite}`salimans2017`. No gradient of the world is needed, only scores. Perturb the weights $\theta$ by $\pm\sigma\varepsilon_i$, rank the $2n$ scores, and lean towards those that rank high:
#
# ```{math}
# :label: eq-poet-es
# g = \frac{1}{n\sigma} \sum_{i=1}^{n} \big( r(\theta + \sigma\varepsilon_i) - r(\theta - \sigma\varepsilon_i) \big)\, \varepsilon_i
# ```
#
# where $r$ is the rank of a score $E(\cdot)$ on the agent's own course, from $-\tfrac12$ to $\tfrac12$. A child $E'$ of a course is admitted if the best of all active agents, $\theta^m$ or what it is after one step on $E'$, meets the *minimal criterion*; of the children that do, the most *novel* goes first, where novelty is the mean distance to the $k$ nearest courses that there have ever been:
#
# ```{math}
# :label: eq-poet-criterion
# 50 \le \max_m E'(\theta^m) \le 300, \qquad
# \mathrm{novelty}(E') = \frac{1}{k} \sum_{E \in N_k(E')} \lVert e(E') - e(E) \rVert
# ```
#
# The first paper describes a course by its numbers, $e(E)$: roughness, and the ends of the ranges from which pits and stumps are drawn. Enhanced POET describes it by what it *does*: $e(E)$ is the order in which all agents rank on it (PATA-EC), so that it needs no numbers and works in any world. A transfer is the best of three kinds: an agent stays; another moves in as it is; another moves in after one step of learning there (a *proposal*). Enhanced POET wants a newcomer to be better both before and after that step, and better than the best of the niche's last five scores.
#
# | symbol | in the code | what it is |
# | --- | --- | --- |
# | $E$, $\theta^m$ | `state.Niche`: `.encoding`, `.course_seed`, `.theta` | a course and the agent that is paired with it |
# | $\varepsilon_i$, $\sigma$ | `evolution.noise`, `Moments.sigma` | perturbation and its size |
# | $r$, $g$ | `evolution.ranks`, `evolution.estimate` | ranks; the estimated gradient |
# | criterion | `settings.Settings.accepts` | neither too hard nor too easy |
# | $e(E)$, novelty | `novelty.of_parameters`, `novelty.pata_ec` | by numbers; by the order of agents |
# | POET | `algorithm.init`, `algorithm.step` | a run is a `state.State`, moved on by one iteration |
#
# `algorithm.step` is one iteration, the same for both papers:

# %%
print(inspect.getsource(algorithm.step))

# %% [markdown]
# Does `estimate` compute the equation? Written out for one agent on one course:

# %%
hopper, rule = Hopper(), evolution.Rule(pairs=32)
course = hopper.build(Encoding(pit=(0.0, 0.8), stump=(0.0, 0.4)), seed)
theta = 0.1 * np.random.default_rng(seed).standard_normal(hopper.parameters, np.float32)
task = evolution.Task(theta, course, rule.sigma, (0, 0, 0, 0))
[gradient], _ = evolution.estimate(hopper, [task], rule.pairs, seed, evolution.Workers())

epsilon = evolution.noise(seed, task.key, rule.pairs, hopper.parameters)
moved = np.concatenate([theta + rule.sigma * epsilon, theta - rule.sigma * epsilon])
returns = hopper.rollout(moved.astype(np.float32), [course], np.zeros(64, int)).returns
rank = np.array(
    [(returns < one).sum() + ((returns == one).sum() - 1) / 2 for one in returns]
)
rank = rank / 63 - 0.5
written_out = ((rank[:32] - rank[32:])[:, None] * epsilon).sum(0) / (32 * rule.sigma)
print(
    f"largest difference: {abs(written_out - gradient).max():.0e}, of {abs(gradient).max():.2f}"
)

# %% [markdown]
# ## Courses over time
#
# The paper's walker needs machines ({ref}`below <poet-walker>` it gets some minutes). The same algorithm needs seconds on a simpler body: a **hopper**, a point that sees the next five cells of the course whenever it lands, and chooses how hard to hop and how to push. Courses are drawn and mutated by the same rules as the paper's; a whole one is worth 300 points, and one is *solved* at 230, as in the paper. What such a body learns is when to hop, and how far; it has no legs to coordinate.
#
# A difficulty is called large if it is near what a hop can cross: stumps of 1.2 cells, pits of 2, roughness of 1.2. The paper's three classes are then *challenging*, at least one large difficulty; *very challenging*, at least two; *extremely challenging*, all three.
#
# > **Predict.** The first course is flat, and a child is changed a little in pits, stumps and roughness at once. Agents begin each with the best agent that there is. Do courses grow harder without end, or do they settle where the score is easy? Where do three-fold difficulties appear?

# %%
compared = ("poet", "without_transfer", "without_proposals")  # the others with three seeds
runs = {
    name: hopper_runs.train(config, seeds=seeds if name in compared else seeds[:3])
    for name, config in hopper_runs.SCALES[scale].items()
}
_ = records.keep(
    hopper_runs, scale, [outcome for group in runs.values() for outcome in group]
)
first = runs["poet"][0].network  # the agents of one run, the run itself, and its world

# %% mystnb={"figure": {"caption": "Courses of one run in the order of their invention, each with the path of its own agent at its best. Sizes in cells of 0.47 m.", "name": "fig-poet-courses"}, "image": {"alt": "Eight courses one above the other. The first is flat, crossed by many low hops; further down come narrow pits and low stumps, then wider and wider pits, at which the line of hops rises. All paths but one end at the right-hand edge; that one stops with two pits still ahead."}} tags=["hide-input"]
figures.courses(first.world, first.state)


# %% tags=["hide-input"]
def each(name, metric):
    """A metric, seed by seed."""
    return [outcome.metrics[metric] for outcome in runs[name]]


budget = hopper_runs.SCALES[scale]["poet"].budget
Markdown(
    f"Within {budget / 1e6:g} million decisions POET admits **{span(each('poet', 'admitted'))}** courses and solves **{span(each('poet', 'solved'))}** of them "
    f"({len(seeds)} seeds); {span(each('poet', 'challenging'))} of these are challenging, {span(each('poet', 'very'))} very, {span(each('poet', 'extremely'))} extremely so."
)

# %% [markdown]
# **What to look at.** Courses grow harder, and mostly in one way: pits widen, while stumps grow less. Novelty prefers what lies farthest from everything known, and of all the numbers that describe a course the pits' have the most room. So most of these courses are challenging, few are very, and none is extremely so, within this budget. Agents leap farther where pits are wide. Look at the ends of the lines, too: one of these agents stops with two pits still ahead of it, and has solved its course all the same, for 230 points are enough.

# %% [markdown]
# ## Could one have had it directly?
#
# The paper's sharpest question. Take a course that POET made and solved, and give it to a fresh agent: the same learning rule, and as many steps as POET had spent on that course *and all its ancestors*. And a fairer rival, the **direct path**: a curriculum drawn straight from the flat course to that one, each lesson a mutation's length further, the next one when the agent is as good as POET asks of parents. That is the curriculum that a teacher would draw who knows where to go.
#
# On walkers: direct training comes to 17.9, 39.6, 13.6, 24.0 and 19.2 points on five courses, where 230 is solved; the agent learns to stand still (second-hand). Here: of each run the last three courses that had some time to be learned, solved or not. The budget counts *decisions*, those of lives that only look at a score too.
#
# > **Predict.** On how many of the courses does direct training get 230 points? And the direct path, which at least knows the target?

# %% mystnb={"figure": {"caption": "Best scores on late courses. A dot is a course, thin lines join the same course, bars are means with 95 % intervals over seeds.", "name": "fig-poet-late"}, "image": {"alt": "Three columns of dots with lines between them. POET: all near 290. Direct training: most between 40 and 80, three above 250. Direct path: five near 290, two between 100 and 170, the others near 50. A dotted line at 230 means solved."}} tags=["hide-input"]
figures_runs.late(runs["poet"])

# %% tags=["hide-input"]
late = [one for outcome in runs["poet"] for one in outcome.network.late]
Markdown(
    f"Of {len(late)} late courses POET solves **{sum(one.niche.solved >= 0 for one in late)}**, direct training **{sum(one.direct.solved for one in late)}**, the direct path **{sum(one.path.solved for one in late)}**. "
    f"Mean best scores: {mean_of(runs['poet'], 'score_poet'):.0f}, {mean_of(runs['poet'], 'score_direct'):.0f}, {mean_of(runs['poet'], 'score_path'):.0f}."
)

# %% mystnb={"figure": {"caption": "Late courses as roses: five numbers of a course, outwards is harder: roughness, narrowest (lo) and widest (hi) pit, lowest and highest stump; the outer ring is the most that one of these courses has. Blue: POET's course; dashed: how far the direct path came with the same budget. One late course from each of four runs.", "name": "fig-poet-roses"}, "image": {"alt": "Four small roses with five axes. A blue outline, filled where it has an area, is POET's course, mostly far out in pits or in stumps; the dashed area of the direct path lies within it, close to its edge in some and far inside in others."}} tags=["hide-input"]
figures.roses([outcome.network.late[0] for outcome in runs["poet"][:4]])

# %% [markdown]
# **What to look at.** POET's dots lie together at the top. Direct training mostly ends low: it gets as far as the first obstacle that it cannot cross, and stops there, since to stand still costs nothing and to fall costs a hundred points. That is the paper's walker that learns to stand still. But not always: a few of these courses it solves, which in the paper it never did. The direct path is all or nothing. Either it arrives, with a full score, or one of its lessons holds it up for good, although none of them is further from the last than a mutation; it has only the one road, and POET has eight. The roses show how near it came: in some the dashed line is almost at the edge. So far the paper's claim holds. (In {ref}`longer runs <poet-longer>` the first half of it does not.)
#
# A reservation, for the paper and for us: the courses are POET's own. A course is admitted because an agent of *this* run could do something with it, so the contest takes place on POET's ground. Fresh courses, which nobody chose, follow below.

# %% [markdown]
# ## Does transfer help?
#
# The paper counts some 18,900 rounds in which a niche might have taken another's agent, in each of three runs, and 49 to 54 % of them in which it did. It says that transfer is essential: without it, no course of the hardest class was ever solved. Its comparison gives both the same number of *iterations*. But transfer is paid for: every agent is tried on every course, once as it is and once after a step of learning, which is a whole batch of lives for each pair of niches. Here both have the same number of decisions.
#
# > **Predict.** With 20 niches, and a round of transfer every 25 iterations: which share of all lives goes into transfers?

# %% tags=["hide-input"]
niches, pairs = 20, 256
learning = 25 * niches * (2 * pairs + 1)
moving = niches * (niches - 1) * (1 + 2 * pairs + 1)
Markdown(
    f"In 25 iterations: {learning:,} lives of learning and {moving:,} of a round of transfers, which is **{moving / (learning + moving):.0%}** of all."
)

# %% mystnb={"figure": {"caption": "Left: rounds in which a niche's agent was replaced, by an agent as it was (plain) or after a step of learning (hatched). Right: new courses whose first agent was not their parent's. Dots are seeds, bars 95 % intervals.", "name": "fig-poet-transfers"}, "image": {"alt": "Horizontal bars. Left: about 0.86 of the niches are replaced in a round with POET, in halves by agents as they were and after a step of learning; 0.37 with the enhanced rules, all after a step; 0.77 without proposals. Right: first agents from another niche, 0.68, 0.73 and 0.58."}} tags=["hide-input"]
moving_names = {
    "poet": "POET",
    "enhanced": "enhanced",
    "without_proposals": "no proposals",
}
figures_runs.transfers({label: runs[name] for name, label in moving_names.items()})

# %% mystnb={"figure": {"caption": "Courses solved, and challenging courses solved, against decisions. Lines are means over seeds, bands 95 % intervals.", "name": "fig-poet-budgets"}, "image": {"alt": "Two panels of rising curves over three million decisions. Left, courses solved: POET ends at 26, the two others above 30. Right, challenging courses: POET ends at 14, without transfer at 18, without proposals at 22; bands overlap."}} tags=["hide-input"]
figures_runs.growth(
    {
        "POET": runs["poet"],
        "without proposals": runs["without_proposals"],
        "without transfer": runs["without_transfer"],
    }
)

# %% tags=["hide-input"]
rows = [
    (
        label,
        f"{mean_of(runs[name], 'iterations'):.0f}",
        *(
            f"{mean_of(runs[name], metric):.1f} ({span(each(name, metric))})"
            for metric in ("solved", "challenging", "very")
        ),
        f"{mean_of(runs[name], 'covered'):.0%}",
    )
    for name, label in {
        "poet": "POET",
        "without_proposals": "without proposals",
        "without_transfer": "without transfer",
    }.items()
]
ledger.Table(
    (
        "equal budgets",
        "iterations",
        "courses solved",
        "challenging",
        "very challenging",
        "fresh courses that some agent solves",
    ),
    tuple(rows),
)

# %% [markdown]
# **What to look at.** Agents move often: in nearly every round most niches get a new one, by about as many agents that are taken as they are as after a step of learning, and most new courses begin with an agent that was not their parent's. And still, with the same budget, POET *without any transfer* solves more courses on average (the intervals overlap), and of fresh courses it covers more. The reason is in the second column: transfers are paid for with iterations. What costs is the proposals. With moves but without proposals there are as many iterations as without transfer, and as many courses or a few more; the intervals overlap. So on hoppers moving is about worth its price as long as it is cheap, and the paper's full rule is not. (With {ref}`sixteen times the budget <poet-longer>` cheap moves earn more than they cost; the full rule still does not.)
#
# The paper found the opposite for walkers, at equal iterations. Two things differ. The currency: iterations leave the transfers' own cost out. And the body: a hopper learns in ten steps what a walker learns in hundreds, and has few habits to be stuck in. If nobody is stuck, nobody needs to be rescued.
#
# ### Goal switching, and a test of it
#
# An average hides the stories. The paper's test of its own is the right one: go back to the moment of the move, and let the agent that was to leave go on alone. A run of ours is determined by its seed, so that moment can be had again. Of each run we take the moves into courses that had been tried for five iterations or more and were *not* solved, and give the agent that was to leave every decision that was spent on its course afterwards.

# %%
forks = [
    (outcome.seed, fork)
    for outcome in runs["poet"]
    for fork in stories.fork(
        outcome.network.world,
        outcome.network.state,
        stories.settled(outcome.network.state, patience=5, count=9),
    )
]

# %% tags=["hide-input"]
ledger.Table(
    (
        "seed, course",
        "moved in, at iteration",
        "score before → after",
        "best with the move",
        "best alone",
    ),
    tuple(
        (
            f"{place}, course {fork.move.target}",
            f"agent of course {fork.move.source}, {fork.move.iteration}",
            f"{fork.move.before:.0f} → {fork.move.after:.0f}",
            f"{fork.moved:.0f}",
            f"{fork.alone:.0f}",
        )
        for place, fork in forks
    ),
)

# %% tags=["hide-input"]
needed = [fork for _, fork in forks if fork.moved >= 230 > fork.alone]
either = [fork for _, fork in forks if fork.moved >= 230 and fork.alone >= 230]
Markdown(
    f"Of {len(forks)} such moves, {sum(fork.moved >= 230 for _, fork in forks)} ended with the course solved; **{len(needed)}** of these courses the old agent would not have solved alone, {len(either)} it would have."
)

# %% [markdown]
# **What to look at.** Most rescues were not needed: left alone, with what was spent afterwards, the old agent finds its way too. Some moves did not even lead to a solution. But there is one course in the table on which the newcomer soon had a full score, while the agent that it drove out, left alone, never got past its obstacle in all the time that was left. That is the knee of the paper's story, in a body without knees. It is real, it is rare here, and an average over courses does not see it.

# %% [markdown]
# ## Who descends from whom
#
# > **Predict.** Does the family of a late course go back through the hardest courses of its time, or through whatever was there? And do agents come from their course's parent?

# %% mystnb={"figure": {"caption": "The family tree of one run. A dot is a course at its invention; its line ends where it had to leave. Black verticals lead from parent to child, faint ones are agents that moved. Shape and colour: how many difficulties are large; hollow: never solved.", "name": "fig-poet-family"}, "image": {"alt": "A tree that grows to the right over 130 iterations, 25 courses. Two families: the upper, from the first course, has blue dots and a few green squares; the lower, from its first child, has most of the green squares, which mark challenging courses. Faint vertical lines every twenty iterations are agents that moved."}} tags=["hide-input"]
figures.family(first.state)

# %% [markdown]
# The same tree to click through (or choose with the arrow keys). It shows each course, the life of its agent at its best, and where that agent came from.

# %%
tree.tree(first.world, first.state)

# %% [markdown]
# **What to look at.** Few early courses have late descendants: go back from the right-hand edge, and after a few generations nearly all lines are one. Nobody could have said at the time which one. The lines of *agents* are another matter. Choose late courses one after the other: dashed lines lead to them across the whole tree, from aunts and cousins. A course descends from one parent; who can cross it has been to many schools.

# %% [markdown]
# ## ANNECS: does it go on?
#
# How is one to see whether such a thing goes on inventing? Enhanced POET's measure is the *accumulated number of novel environments created and solved*: courses that were neither too easy nor too hard for *every* agent that there had been, and that were solved later. In the paper the original's count flattens near 20,000 iterations, with 750 cores and twelve days, and that of Enhanced POET goes on rising to 60,000 (second-hand). In its code the count is another: at admission, against archived agents only, solved or not.
#
# > **Predict.** Our runs are short. Which has the higher ANNECS, the original or the enhanced rules? Which solves the harder courses?

# %% mystnb={"figure": {"caption": "ANNECS, and challenging courses solved: the original's rules, and those of Enhanced POET (novelty by the order of agents, the strict rule of transfer). Means, bands 95 % intervals over five and three seeds.", "name": "fig-poet-annecs"}, "image": {"alt": "Two panels over three million decisions. Left, ANNECS: two rising lines close together, enhanced a little above original. Right, challenging courses solved: original rises to 14, enhanced stays at 0 and ends at 1."}} tags=["hide-input"]
figures_runs.growth(
    {"original": runs["poet"], "enhanced": runs["enhanced"]}, left_is="annecs"
)

# %% tags=["hide-input"]
Markdown(
    "\n".join(
        f"- {label}: ANNECS as the paper words it **{mean_of(runs[name], 'annecs'):.1f}**, as the code counts it {mean_of(runs[name], 'annecs_of_code'):.1f}, of {mean_of(runs[name], 'admitted'):.1f} courses; "
        f"challenging ones solved: **{mean_of(runs[name], 'challenging'):.1f}**; agents replaced in {mean_of(runs[name], 'replaced'):.0%} of the rounds."
        for name, label in {"poet": "original", "enhanced": "enhanced"}.items()
    )
)

# %% [markdown]
# **What to look at.** Neither curve flattens: our runs have some 130 iterations, and the original's curve flattens near 20,000. The enhanced rules are a little ahead in ANNECS, move far fewer agents, and get next to no challenging course. That is not a contradiction. ANNECS counts what is *new to agents*, not what is hard. PATA-EC calls a course new if agents come out in another order on it, and good hoppers on easy courses differ by a point or two, so that every easy course reorders them; distance between numbers leads straight to large numbers, which in this world are hard ones. The paper's argument is not touched by this: for a world without a list of numbers there is no such distance. And on hoppers ANNECS has a weakness of its own: no score exceeds 300, so nothing is ever too easy, and it equals the number of courses solved.

# %% [markdown]
# (poet-longer)=
# ### Sixteen times as long
#
# All that was about a page's three million decisions. Here are fifty million, recorded, with three runs of each condition.

# %% mystnb={"figure": {"caption": "Recorded longer runs. Left: courses solved; right: challenging ones. Means, bands 95 % intervals over three seeds.", "name": "fig-poet-longer"}, "image": {"alt": "Two panels of rising curves over fifty million decisions. Left, courses solved: without proposals is highest, at 440, then without transfer, 370, without novelty, 320, POET, 280, and far below the enhanced rules, 130. Right, challenging courses: the same order, but without novelty falls below POET, to 190 with a wide band, and the enhanced rules end at 70."}} tags=["hide-input"]
longer_names = {
    "poet": "POET",
    "without_proposals": "without proposals",
    "without_transfer": "without transfer",
    "without_novelty": "without novelty",
    "enhanced": "enhanced",
}
longer = records.by_condition("poet.hopper_runs", "colab", names=longer_names)
figures_runs.growth(longer) if longer else Markdown("Longer runs: not yet recorded.")

# %% tags=["hide-input"]
ledger.recorded(
    "poet.hopper_runs",
    "colab",
    {
        "courses solved": "{solved:.0f}",
        "challenging": "{challenging:.0f}",
        "very challenging": "{very:.0f}",
        "extremely challenging": "{extremely:.0f}",
        "fresh courses that some agent solves": "{covered:.0%}",
    },
    names=longer_names
    | {
        "narrow_criterion": "easy from 285 on",
        "without_criterion": "without criterion",
    },
)

# %% [markdown]
# **What to look at.** (The last two rows are conditions that {ref}`the lesions <poet-apart>` explain.) None of the curves flattens, but that of the enhanced rules bends: their courses are few, half of them stay easy, and one in ten has more than one large difficulty. Two things are different from the short runs. *Moving pays, once its price is right.* With as many iterations, agents that may move as they are (without proposals) solve a fifth more courses than agents that stay at home, and nearly twice as many with all three difficulties; the intervals part at about forty million decisions. In the short runs the two could not be told apart. With proposals, as in the paper, POET is still behind both: they eat more than they bring, at least where a learner needs ten steps and not hundreds. And *novelty* is what makes courses hard: without it more of them are solved than with it, and next to none with three difficulties. The share of fresh courses that some agent solves is near one everywhere and tells nothing any more; another test would be needed to say which population is the better one. One result of the short runs does not survive: here direct training solves 0.7 of the late courses, the direct path half of them, POET 0.9, and the intervals overlap. With sixteen times the budget it is no longer true that hoppers could not have had these courses directly.

# %% [markdown]
# Enhanced POET also changes how courses are written down: not by five numbers, whose ends are soon reached, but by a small network that grows, which takes a place along the course and gives the ground's height. It begins as a straight line. (`Biped(encoding="cppn")` is the walker's world with such courses; the hopper has numbers only.)

# %% mystnb={"figure": {"caption": "Enhanced POET's courses: a line of descent in which every child is accepted, after 0, 10, 20, 40, 80 and 160 mutations. Heights and places in metres, to one scale.", "name": "fig-poet-networks"}, "image": {"alt": "Six strips: a level line; a ramp that rises by five metres; two gentler ramps; a shallow dip and a rise; level ground with one small step in the middle."}} tags=["hide-input"]
grown, ancestry, chance = Biped(encoding="cppn"), [], np.random.default_rng(seed)
genome = grown.first()
for mutations in range(161):
    if mutations in (0, 10, 20, 40, 80, 160):
        ancestry.append((f"{mutations} mutations", grown.build(genome, seed)))
    genome = grown.mutate(genome, chance)
figures_biped.grounds(dict(ancestry))

# %% [markdown]
# ## PAIRED: a problem's worth as regret
#
# POET asks of a new problem that it be neither too easy nor too hard for those who are there. Is there a principle behind this? PAIRED {cite}`dennis2020` has one. An **adversary** draws mazes, and is paid. *Minimax* pays it for the failure of the agent that learns in them, the **protagonist**; the best maze is then one without a way through, from which nothing can be learned. *Domain randomisation* draws at random, and pays for nothing. PAIRED lets a second agent, the **antagonist**, try the same mazes, and pays the adversary for the *regret*:
#
# ```{math}
# :label: eq-poet-regret
# \text{regret} = \max_i U(\pi^A, \tau_i) - \operatorname{mean}_i U(\pi^P, \tau_i)
# ```
#
# with the antagonist's best episode and the protagonist's mean in the same maze. A maze that nobody can solve has no regret. At equilibrium, the protagonist plays so that its greatest regret is as small as possible (their Theorem 2). The paper has PPO, agents with memory, and mazes of 15 × 15; this page plain policy gradients, none, and 7 × 7.
#
# > **Predict.** Which adversary's mazes have a way through? And who of the three protagonists does best in mazes that it has never seen?

# %%
games = {
    name: paired.train(config, seeds=seeds[:3])
    for name, config in paired.SCALES[scale].items()
}
_ = records.keep(paired, scale, [outcome for group in games.values() for outcome in group])
game_names = {
    "paired": "PAIRED",
    "minimax": "minimax",
    "domain_randomisation": "domain randomisation",
}
played = {game_names[name]: group for name, group in games.items()}

# %% mystnb={"figure": {"caption": "Designed mazes as training goes on: the fraction that has a way through, the length of that way, and the protagonist's reward. Means and 95 % intervals over seeds.", "name": "fig-poet-paired"}, "image": {"alt": "Three panels against episodes. Mazes with a way through: PAIRED 0.96, domain randomisation 0.88, minimax falls from 0.88 to below 0.4 with a wide band. Shortest way: 5 steps for the first two, minimax rises to over 7. Protagonist's reward: PAIRED rises to 0.65, domain randomisation to 0.56, minimax falls below 0.2."}} tags=["hide-input"]
figures_paired.training(played)

# %% mystnb={"figure": {"caption": "Mazes after training, one seed, a row for each kind of design. Dot: start; star: goal.", "name": "fig-poet-designs"}, "image": {"alt": "Three rows of six small mazes. PAIRED's have a way through but for one, and three have the goal beside the start. Minimax puts start and goal into opposite corners, and all but one have no way. Random ones have ways of 1 to 12, and one has none."}} tags=["hide-input"]
figures_paired.designs(
    {
        game_names[name]: (group[0].network, paired.SCALES[scale][name])
        for name, group in games.items()
    },
    seed=seed,
)

# %% mystnb={"figure": {"caption": "Mazes that no protagonist has seen: how often each reaches the goal. Dots are seeds, bars 95 % intervals.", "name": "fig-poet-mazes"}, "image": {"alt": "Three groups of three marks. Random mazes: 0.81 to 0.85; those with the longest ways 0.43 to 0.53; mazes drawn by hand 0.1 to 0.28. Within each group the intervals overlap."}} tags=["hide-input"]
figures_paired.transfer(played)

# %% tags=["hide-input"]
Markdown(
    "Mazes with a way through, in the last fifth of training: "
    + ", ".join(
        f"{label} **{mean_of(group, 'solvable'):.0%}**" for label, group in played.items()
    )
    + ". Goal reached in fresh random mazes: "
    + ", ".join(
        f"{label} {mean_of(group, 'random_solved'):.0%}" for label, group in played.items()
    )
    + ". The paper's, in its Labyrinth: PAIRED 40 %, minimax 10 %, domain randomisation 0 %."
)

# %% [markdown]
# **What to look at.** First the incentives, and they are as the theory says. Paid for failure, the adversary finds out, late in this training and in one seed sooner than in another, that the surest failure is a goal without a way to it; the protagonist's reward falls with it, and with it what can still be learned (what it had learned before, it keeps). Paid for regret, it keeps nearly all mazes solvable, more than chance does.
#
# Now what the theory does not promise. Look at PAIRED's mazes: some have the goal right beside the start. Its ways are no longer than chance's, and its protagonist earns more because its mazes are *easier*. With two agents that are about equally good, regret is small and mostly luck ({ref}`an exercise <ex-poet-regret>`), and an adversary that is paid for luck has little reason to build a labyrinth. In mazes that they have not seen the three protagonists cannot be told apart, and mazes drawn by hand all of them solve seldom. The paper's do differ, by far; it has agents with memory, PPO, larger mazes and far more training. What this page's training shows is the incentive. That it makes agents more general, it does not show; {ref}`longer runs <poet-paired-longer>` have more to say.

# %% [markdown]
# (poet-paired-longer)=
# ### Longer, and in larger mazes
#
# Recorded runs bring the page's game nearer to the paper's: the same mazes for twenty-four times as many episodes, and mazes of 15 × 15 with up to fifty walls, a larger network and many more episodes still. The agents remain plain.

# %% mystnb={"figure": {"caption": "Recorded, mazes of 7 × 7: as above, for twenty-four times as many episodes. Means and 95 % intervals over seeds.", "name": "fig-poet-paired-longer"}, "image": {"alt": "Three panels against 290,000 episodes. Mazes with a way through: PAIRED 0.98, domain randomisation 0.88, minimax falls below 0.1 at once. Shortest way: PAIRED and domain randomisation near 5 steps, minimax about the same with a wide band. Reward: PAIRED rises to 0.78, domain randomisation to 0.65, minimax falls to 0."}} tags=["hide-input"]
longer_games = records.by_condition("poet.paired", "colab", names=game_names)
figures_paired.training(longer_games) if longer_games else Markdown(
    "Longer games: not yet recorded."
)

# %% mystnb={"figure": {"caption": "Recorded, mazes of 15 × 15 (walls around them counted), one run each. PAIRED goes round in circles; minimax gives up mazes without a way, and ends with long ones that are nearly the same.", "name": "fig-poet-paired-larger"}, "image": {"alt": "Three panels against 1.9 million episodes. Domain randomisation is level: 0.94 with a way through, ways of 10 steps, reward rising slowly to 0.74. PAIRED: all mazes have a way through; the shortest way falls to 2 steps, jumps to 17, falls to 6, 2 and rises to 6; meanwhile the reward goes from 1 to 0 and back three times. Minimax: mazes with a way through fall to 0 within a hundred thousand episodes and are back at 1 soon after; then ways of 24, 13 and again 24 steps, with a reward between 0.45 and 0.88."}} tags=["hide-input"]
larger_games = records.by_condition("poet.paired", "paper", names=game_names)
figures_paired.training(larger_games) if larger_games else Markdown(
    "Larger mazes: not yet recorded."
)

# %% tags=["hide-input"]
told_games = {
    "with a way through": "{solvable:.0%}",
    "its steps": "{length:.1f}",
    "regret": "{regret:.2f}",
    "solves random mazes": "{random_solved:.0%}",
    "the longest": "{far_solved:.0%}",
}
ledger.recorded(
    "poet.paired",
    "colab",
    told_games | {"in those drawn by hand": "{drawn_solved:.0%}"},
    names=game_names,
)

# %% tags=["hide-input"]
ledger.recorded("poet.paired", "paper", told_games, names=game_names)

# %% [markdown]
# **What to look at.** In the small mazes, time makes the picture sharper. Minimax's adversary builds hardly anything else than mazes without a way, and its protagonist, who learns nothing any more, is worst in mazes that it has not seen. The other two are both good at random mazes. And in the four drawn by hand PAIRED's three protagonists (0.35 to 0.5) are ahead of domain randomisation's (0.25 to 0.28), as the paper says. Four mazes and three networks are little to say it with, but the page's own short training could not say it at all.
#
# In the larger mazes look at PAIRED's reward. For nearly four hundred thousand episodes the adversary lays the goal near the start, and the protagonist gets all there is. Then it has found a kind of maze, with a way of sixteen steps, that the antagonist can do and the protagonist cannot, and for three hundred thousand more the reward is nought. When the protagonist has learned that one, the adversary has another, with a way of six steps only, and again there is no reward for half a million episodes: what was learned before is forgotten. Each of the three does what it is paid for, and together they go round in circles: the theorem speaks of the equilibrium, and not of the way there. Random design, meanwhile, has taught the other protagonist nine of ten random mazes; PAIRED's can do one in three. The paper's agents have a memory and PPO's short steps, which may be what keeps them from this; in a single run with plain policy gradients PAIRED's promise is not kept.
#
# And minimax does what nobody would have predicted from the small mazes. It, too, begins with mazes that have no way. But there every design is worth the same to it: a protagonist that gets nothing cannot get less. Nothing holds it at that place, it drifts away, and from then on it draws nearly the same maze over and over (for long stretches the ways have the same length to the step), with a way as long as it can make it, which the protagonist learns by heart. Of mazes drawn at random that protagonist can do one in five. The mazes are as hard as anybody could wish, and all have a way; what is missing is that there should be many of them.

# %% [markdown]
# (poet-walker)=
# ## The paper's own walker
#
# Now the body of the paper: five rigid parts, four motors, ten rays of lidar, and a network of 2,804 numbers, in this book's own engine (on Linux equal to Box2D, the original's physics library, bit for bit). From nothing, evolution strategies were still standing still after 180 million steps when we tried. So this page begins later: with four courses and the four walkers that come with the book, each put where it was *not* taught. Six iterations of the algorithm as above; a gradient from sixteen lives; every third iteration agents may move, as they are.
#
# > **Predict.** Six steps of learning seem next to nothing. Which will raise the scores more, learning or moving? And without transfer?

# %%
walk_seeds = {
    "poet": seeds[: 2 if scale == "ci" else 1],
    "without_transfer": seeds[:1],
}  # a seed takes some 20 s at this scale, an hour or two at the next
walks = {
    name: walker_runs.train(walker_runs.SCALES[scale][name], seeds=some, device=device)
    for name, some in walk_seeds.items()
}
_ = records.keep(
    walker_runs, scale, [outcome for group in walks.values() for outcome in group]
)
feet, alone_feet = walks["poet"][0].network, walks["without_transfer"][0].network

# %% mystnb={"figure": {"caption": "The courses of one run, the first 50 metres, each with its agent at its best, drawn again every few metres.", "name": "fig-poet-walker-courses"}, "image": {"alt": "Five strips of ground, each with the same two-legged walker drawn eight times from left to right: level ground, gentle waves, level ground with very low stumps, pits, and pits on waves. Everywhere one leg reaches forward and the other knee stays low."}} tags=["hide-input"]
figures_walker.courses(feet)

# %% mystnb={"figure": {"caption": "Scores in each niche against the decisions spent on it, one run. Arrows: an agent from another niche moved in. Dashed: the same niche without transfer. Dotted: solved.", "name": "fig-poet-walker-curves"}, "image": {"alt": "Five panels of scores against decisions. Flat: both lines stay at 300. Rough: both jump between 100 and 290. Stumps: with transfer the score rises to 290 at once, with an arrow from flat, and ends near 230; without it rises, falls below 0 and ends at 290. Pits: both fall from 300 and jump about, without transfer it ends below 0. Course 4: two points, 263 and 200."}} tags=["hide-input"]
figures_walker.curves(feet, alone_feet)

# %% mystnb={"figure": {"caption": "Who can walk what: scores of agents (rows) on courses (columns), at the beginning and at the end of one run. Framed: an agent on its own course.", "name": "fig-poet-walker-matrix"}, "image": {"alt": "Two tables of coloured squares, agents against courses. At the beginning the diagonal reads 300, 104, minus 12 and 298; at the end 308, 291, 293, 306 and 263, bright, with many dark squares beside it."}} tags=["hide-input"]
figures_walker.matrix(feet)

# %% tags=["hide-input"]
scored = walker_agents.in_both_engines(feet.world, feet.state.niches)
ledger.Table(
    ("course", "its final agent, in this book's engine", "in Box2D"),
    tuple(
        (
            feet.name(niche.uid),
            f"{scored['ours'][place]:.1f}",
            f"{scored['box2d'][place]:.1f}" if "box2d" in scored else "not installed",
        )
        for place, niche in enumerate(feet.state.niches)
    ),
)

# %% tags=["hide-input"]
means = [walks[name][0].curves["mean"] for name in ("poet", "without_transfer")]
ledger.Table(
    (
        "mean score of all niches, one run, after iteration",
        *(f"{x:.0f}" for x in means[0].x),
    ),
    tuple(
        (label, *(f"{value:.0f}" for value in curve.y))
        for label, curve in zip(("with transfer", "without"), means, strict=True)
    ),
)

# %% tags=["hide-input"]
beside = [
    journeys.alternative(move, feet.log.of(move.target), alone_feet.log.of(move.target))
    for move in feet.state.transfers
    if move.target < len(feet.starts)
]
ledger.Table(
    (
        "moves of that run, into",
        "from, at iteration",
        "newcomer",
        "in the run without transfer, after as many decisions",
        "best in the end, with moves",
        "best in the end, without",
    ),
    tuple(
        (
            feet.name(one.move.target),
            f"{feet.name(one.move.source)}, {one.move.iteration}",
            *(
                f"{value:z.0f}"
                for value in (one.move.after, one.stayed, one.best, one.best_alone)
            ),
        )
        for one in beside
    ),
)

# %% tags=["hide-input"]
home = journeys.returns(feet.state)
Markdown(
    f"Mean score on the four courses at the beginning: {span([outcome.metrics['first'] for outcome in walks['poet']])}; best of the run: **{span([outcome.metrics['best'] for outcome in walks['poet']])}** ({len(walks['poet'])} seeds), {mean_of(walks['without_transfer'], 'best'):.0f} without transfer (one seed). "
    f"Moves: {span([outcome.metrics['moved'] for outcome in walks['poet']])} a run, each worth {mean_of(walks['poet'], 'gained_moving'):.0f} points at that moment; {len(home)} of the first run's brought an agent back to a course on which its line had lived before. "
    f"Decisions: {mean_of(walks['poet'], 'decisions'):.2f} million a run."
)

# %% [markdown]
# Here they are, moving. (The pictures were computed beforehand; the page only plays them.)

# %% tags=["hide-input"]
first_home = len(feet.starts) - 1
HTML(
    figures_walker.replay(
        feet,
        [(0, 0), (first_home, first_home), (0, first_home)],
        every=3,
        alt="A walker on its course, beside the choice of another: hull, two legs with knees, and the rays of its lidar.",
    )
)

# %% [markdown]
# **What to look at.** The first round of moves undoes in one stroke what the wrong homes had done. On the stumps a walker that had learned on flat ground fell; one that had been taught on stumps, and had been put on the flat course, moves in and crosses them. It came *home*. A step of learning may raise a score by as much (on the pits once from 12 to 306), but it lowers one as often. The matrices say what learning does besides: at the end hardly any course has a better walker than its own (the youngest has), and many agents have lost what they could do elsewhere.
#
# But look at the dashed lines before you conclude. A walker that trips once loses the rest of its course, so scores jump by hundreds of points from one step to the next, and without any transfer, too, each of these courses is walked from end to end at *some* moment of the six iterations: the best scores in the last two columns hardly differ. Transfer is quicker here, and steadier on the stumps. That it is *needed* this page does not show. The paper claims it for thousands of iterations that begin with nothing, and such a run is not recorded yet. One thing holds to the last digit: what these walkers do in this book's engine, they do in Box2D.

# (poet-walker-longer)=
# ### Twenty times as long
#
# Six iterations are few. Here are a hundred and twenty, recorded, with more lives for each gradient, proposals as in the paper, and a new course every fifteen iterations if one passes the criterion.
#
# > **Predict.** With time, will the walkers that never move catch up on all four courses?

# %% mystnb={"figure": {"caption": "Recorded longer runs of the walkers, one of each: scores on the four courses of the beginning, and the mean over all courses that are active. A line ends where its course made room for a newer one.", "name": "fig-poet-walker-longer"}, "image": {"alt": "Five panels of scores against 120 iterations, POET solid, without transfer dashed. Flat: both at 300 and above. Rough and stumps: both rise to 300 within ten iterations and stay there, with single drops and back, on stumps down to 0 and more of them with POET. Pits: both jump between minus 100 and 300 all the time. The mean over all courses: both lines wander between 120 and 310 and cross many times."}} tags=["hide-input"]
walked_names = {"poet": "POET", "without_transfer": "without transfer"}
walked = records.by_condition("poet.walker_runs", "colab", names=walked_names)
figures_runs.walkers(walked) if walked else Markdown("Longer walks: not yet recorded.")

# %% tags=["hide-input"]
ledger.recorded(
    "poet.walker_runs",
    "colab",
    {
        "courses": "{admitted:.0f}",
        "solved": "{solved:.0f}",
        "moves": "{moved:.0f}",
        "decisions (millions)": "{decisions:.0f}",
        "best on the first four": "{best:.0f}",
        "final agents, here": "{score_ours:.0f}",
        "in Box2D": "{score_box2d:.0f}",
    },
    names=walked_names,
)

# %% [markdown]
# **What to look at.** Within some ten iterations both have three of the four courses, and keep them; the pits both cross again and again, and neither keeps. Look at the table (its courses are all that were admitted, the first four among them): agents moved dozens of times, each time for the better at that moment, and POET has little to show for it: scores a little higher, for half as many decisions again. Without moves more courses were admitted, and more solved, since proposals are paid for with lives. What a newcomer brings, the one who stayed soon has as well: the dashed lines on rough ground and on stumps are as high as the solid ones. So for walkers that can walk, on courses like these, moving is no more needed than it is for hoppers with the full rule.
#
# Take it for what it is: one run of each, and agents that were taught elsewhere. The paper's claim is about walkers that begin with nothing, and about courses that none of them could have learned directly; {ref}`above <poet-longer>` you have seen that with hoppers, too, it takes long runs and cheap moves before moving pays.

# %% [markdown]
# ## What the paper's run costs
#
# 25,200 iterations, 20 niches, 512 lives a step, of up to 2,000 steps; and the transfers. The paper had 256 cores for some ten days (second-hand). How long would it be with this book's engine? Its speed was measured by the book's bench ({doc}`/book/performance`), on one thread, beside a literal transcription of the original's loop; the mean length of a life is an assumption, and so is the speed of a GPU, on which the engine has compiled but not yet run: a count of operations gives 15 to 20 million steps a second on one of H200 class with all niches in one launch.

# %%
measured = next(each for each in benchmarks.latest() if each.chapter == "poet")
crossing = next(
    row for row in measured.rows if row.task == "walker, rough, pits and stumps"
)
ours_rate, literal_rate = crossing.ours, crossing.literal

# %% tags=["hide-input"]
life, iterations, gpu_rate = 1200, 25_200, 15e6
lives_in_all = iterations / 25 * (learning + moving)
steps_in_all = lives_in_all * life


def days(rate):
    """How long all steps take."""
    return f"{steps_in_all / rate / 86_400:,.1f}"


ledger.Table(
    ("who", "steps a second", "days", "remark"),
    (
        (
            "256 cores, the original loop",
            f"{256 * literal_rate / 1e6:.1f} million",
            days(256 * literal_rate),
            "measured on one core; without any communication",
        ),
        (
            "256 cores, this book's engine",
            f"{256 * ours_rate / 1e6:.1f} million",
            days(256 * ours_rate),
            "measured on one core; without any communication",
        ),
        (
            "one GPU, this book's engine",
            f"{gpu_rate / 1e6:.0f} million",
            days(gpu_rate),
            "estimated from operations; not measured",
        ),
        ("the paper: 256 cores", "–", "about 10", "second-hand"),
    ),
)

# %% tags=["hide-input"]
Markdown(
    f"All in all {lives_in_all:.2g} lives; at {life:,} steps each (assumed) {steps_in_all:.2g} steps. One core ({measured.machine.processor}) takes {ours_rate:,.0f} steps a second with this book's engine and {literal_rate:,.0f} with the original's loop, resets, policy and lidar included."
)

# %% [markdown]
# **What to look at.** More than two fifths of the lives are transfers. On many cores the work falls apart into niches and lives that need to tell each other a score only, so `aiga run ... --backend ray` scales as long as a batch of lives takes much longer than a message. On a GPU it is the other way round: one life is slow and ten thousand cost as much as one, so all niches, and all candidates of a round of transfers, go into one launch.

# %% [markdown]
# (poet-apart)=
# ## Take it apart
#
# One part at a time is left out or tightened, at the same budget: transfers; proposals; the minimal criterion (any child may come in); its upper end (a course is already too easy if 95 % of all points can be had at once); novelty (children in the order in which they were made). The enhanced rules stand beside them for comparison.
#
# > **Predict.** Which of them matters most for how *many* courses are solved? And for how *hard* they are?

# %% mystnb={"figure": {"caption": "POET on the hopper with one part left out, at equal budgets: courses solved with at least one large difficulty. Dots are seeds, bars 95 % intervals.", "name": "fig-poet-lesions"}, "image": {"alt": "Dot plot of challenging courses solved. POET 14, without transfer 18, without proposals 22, without criterion 13; easy from 285 on 2, without novelty 4, enhanced 1."}} tags=["hide-input"]
parts = {
    "poet": "POET",
    "without_transfer": "without transfer",
    "without_proposals": "without proposals",
    "without_criterion": "without criterion",
    "narrow_criterion": "easy from 285 on",
    "without_novelty": "without novelty",
    "enhanced": "enhanced",
}
viz.lesions(
    {label: each(name, "challenging") for name, label in parts.items()},
    x_label="challenging courses solved",
    chance=mean_of(runs["poet"], "challenging"),
    chance_label="POET",
)

# %% mystnb={"figure": {"caption": "The same runs: of 200 fresh courses, from easy to hard, the fraction that some agent of the run solves.", "name": "fig-poet-covered"}, "image": {"alt": "Dot plot of the fraction of fresh courses that are solved. POET 0.65, without transfer and without proposals 0.78, without criterion 0.67, easy from 285 on 0.58, without novelty 0.56, enhanced 0.58."}} tags=["hide-input"]
viz.lesions(
    {label: each(name, "covered") for name, label in parts.items()},
    x_label="fresh courses that some agent solves (fraction)",
    chance=mean_of(runs["poet"], "covered"),
    chance_label="POET",
)

# %% tags=["hide-input"]
Markdown(
    "\n".join(
        f"- {label}: {mean_of(runs[name], 'admitted'):.1f} courses admitted, {mean_of(runs[name], 'solved'):.1f} solved, **{mean_of(runs[name], 'challenging'):.1f}** of them challenging."
        for name, label in parts.items()
    )
)

# %% [markdown]
# **What to look at.** How *hard* courses become is the work of novelty, and of a criterion that does not stop them: without novelty, or if courses count as too easy when an agent gets 95 % of all points at once, hardly any challenging course is made within this budget. (Hoppers that are good at all are soon that good nearly everywhere, and then hardly anything is admitted any more. With {ref}`sixteen times the budget <poet-longer>` that bound costs little: 233 challenging courses against POET's 273.) The lower end of the criterion, the one with the intuition behind it, is not missed here at all. Without transfer, or without its expensive half, more is solved. The second picture is the sober one: on courses that nobody chose the differences are smaller, and agents that have met hardly anything but easy courses solve more than half of them.
#
# And now by hand: set a course, choose an agent from the archive, and watch it. (Everything was computed beforehand, so the sliders work on this page without a kernel. Agents are named by the course that they come from, in order of invention.)

# %%
archive = [niche for niche in first.state.niches if niche.solved >= 0] or first.state.niches
chosen = {
    f"of course {archive[place].uid}": archive[place].best_theta
    for place in np.unique(np.linspace(0, len(archive) - 1, 4).astype(int))
}


def watch(pit, stump, name):
    """One agent on one course."""
    kind = Encoding(
        pit=(pit, pit) if pit else None, stump=(stump, stump) if stump else None
    )
    place = heights(kind, seed)
    points = first.world.substrate.rollout(
        chosen[name][None], [place], np.zeros(1, int)
    ).returns[0]
    path = first.world.substrate.trace(chosen[name], place)
    words = f"the agent {name} gets {points:.0f} of 300 points and comes {path[-1, 0]:.0f} m far"
    return f"<style>{pictures.STILL}</style><p>{words}</p>{pictures.scene(place, path, alt=words)}"


viz.explore(
    {
        "pits (cells)": [0, 1, 2, 3],
        "stumps (cells)": [0, 0.6, 1.2],
        "agent": list(chosen),
    },
    watch,
    start=(1, 0.6, list(chosen)[-1]),
)

# %% [markdown]
# ## Paper vs ours
#
# A hopper is no walker, so numbers are not to be compared, with one exception: shares. In which share of its opportunities does an agent move, and which share of late courses do the rivals solve?

# %% mystnb={"figure": {"caption": "The paper's values (bars; second-hand) beside this page's hoppers and those of the recorded longer runs.", "name": "fig-poet-paper-vs-ours"}, "image": {"alt": "Four rows from 0 to 1. Niches replaced: the paper 0.51, ours 0.86. Late courses solved by direct training: the paper 0, ours 0.2 with a wide interval. By the direct path: ours 0.33, wide interval. By POET: ours 1. In the recorded runs 0.7, 0.5 and 0.9, with intervals that overlap."}} tags=["hide-input"]
viz.comparison(
    [
        viz.Comparison(
            label,
            each("poet", metric),
            [outcome.metrics[metric] for outcome in longer.get(longer_names["poet"], ())],
            paper,
        )
        for label, metric, paper in (
            ("niches replaced\nin a round of transfer", "replaced", 0.5059),
            ("late courses solved\nby direct training", "late_direct", 0.0),
            ("late courses solved\nby the direct path", "late_path", None),
            ("late courses solved\nby POET", "late_poet", None),
        )
    ],
    x_label="fraction",
    limits=(-0.03, 1.03),
)

# %% tags=["hide-input"]
Markdown(ledger.sources("poet"))

# %% [markdown]
# Every claim of this chapter, with its source and its state. A source that nobody has opened is marked.

# %% tags=["hide-input"]
outcomes = {
    "poet.hopper_runs": [outcome for group in runs.values() for outcome in group],
    "poet.paired": [outcome for group in games.values() for outcome in group],
    "poet.walker_runs": [outcome for group in walks.values() for outcome in group],
}
ledger.table("poet", outcomes, scale=scale)

# %% [markdown]
# And the verdicts, which are compared whenever this notebook is executed again:

# %% tags=["nbval-check-output"]
ledger.verdict("poet", outcomes, scale=scale)

# %% [markdown]
# ## What the original code does that the paper does not say
#
# The authors published their code (`uber-research/poet`: the branch `original_poet` goes with the paper of 2019, `master` with Enhanced POET). File names are those of the original unless `E` stands before them. The papers' abstracts have been opened; what is said of their text is second-hand.
#
# | what | where | what we do |
# | --- | --- | --- |
# | The minimal criterion's bounds are 25 and 340 in the script, 50 and 300 in the paper. | `master.py`; `run_poet_local.sh` | `settings.PAPER`, `settings.CODE` |
# | Up to 25 active niches and 50,000 iterations; the paper says 20 and 25,200. | `run_poet_local.sh` | the paper's |
# | Weight decay of 0.01 is added to the gradient. | `es.py` 529 | the same, `Rule.weight_decay` |
# | Roughness may also fall, pits grow to 8 and not to 10, and there are no stairs in the shipped run. One mutation changes every kind at once. | `reproduce_ops.py` 43–125 | both, `courses.Rules` and `courses.PAPER_RULES` |
# | A niche's course and first push are fixed, so that the five lives of an evaluation are five times the same. | `box2d.py` 84–87 | one life |
# | A lidar ray ends at the first piece of ground that the library happens to report, not at the nearest. | `bipedal_walker_custom.py` 465–471 | the nearest; `lidar="first"` for theirs |
# | A foot counts as lifted as soon as it leaves one edge, even while it stands on the next. | 118–121 | the same |
# | The ground's height is not updated on the first cell of a stretch, so small plateaus appear. | 237, 343–350 | the same on the walker's courses, equal to theirs bit for bit |
# | A child with the name of a retired course stops the run. | `poet_algo.py` 160–161, 257–262 | numbers, not names; twins of active courses are refused, `refuse_twins` |
# | Equal scores get different ranks, as the sort happens to leave them: for evolution strategies, and for PATA-EC. | `stats.py` 9–24; `E es.py` 602 | they share their mean rank |
# | Enhanced POET's code does not run past its first reproduction: a function is called with too few arguments, and a number is compared with nothing. | `E es.py` 597–600; `E poet_algo.py` 237–241, 313–318 | corrected |
# | ANNECS is counted at admission and against archived agents only; "solved later" is not checked. | `E poet_algo.py` 313–319 | both counts, `State.annecs` and `annecs_of_code` |
# | Whoever is replaced loses the optimiser's moments, its learning rate and its $\sigma$; a proposal is made *with* the target's moments. | `es.py` 460–464, 538–540 | the same, `Settings.reset` |
# | Every worker holds a table of 250 million random numbers, one gigabyte. | `noise.py` 20–36 | numbers from a counter, named by course and step |
#
# ## Exercises
#
# ```{exercise} What transfers cost
# :label: ex-poet-cost
#
# A round of transfers tries every agent on every other course, as it is and after a step of learning with $2n$ lives. Write down the share of all lives that goes into transfers, for $N$ niches and a round every $T$ iterations. What is it for Enhanced POET's 40 niches, if every candidate is tried both ways? Its rule tries the second way only for candidates that pass the first: what is gained if one in ten does?
# ```
#
# ```{solution} ex-poet-cost
# :class: dropdown
#
# Learning: $TN(2n+1)$. Transfers: $N(N-1)(2n+2)$. The share is about $(N-1)/(N-1+T)$: it grows with the number of niches, and hardly depends on $n$.
#
# ~~~python
# def share(niches, period, passed=1.0, n=256):
#     moving = niches * (niches - 1) * (1 + passed * (2 * n + 1))
#     return moving / (moving + period * niches * (2 * n + 1))
#
#
# for niches, passed in ((20, 1.0), (40, 1.0), (40, 0.1)):
#     print(f"{niches} niches, {passed:.0%} pass: {share(niches, 25, passed):.0%}")
# ~~~
#
# 43 %, 61 %, and 14 %. The strict rule was introduced against moves that do not last; it is also what makes 40 niches affordable.
# ```
#
# ```{exercise} Leave it out
# :label: ex-poet-toy
#
# In the sixty lines, leave out the transfer (the loop at `now % 10`; agents still enter new courses). How many courses with a size beyond 2 are solved, over five seeds? Then leave out the minimal criterion instead.
# ```
#
# ```{solution} ex-poet-toy
# :class: dropdown
#
# The function can be changed in its own text:
#
# ~~~python
# text = inspect.getsource(poet) + inspect.getsource(children)
# changes = {
#     "as it is": ("", ""),
#     "no transfer": ("now % 10 == 0", "False"),
#     "no criterion": ("2 <= score(agent, course) <= 9", "True"),
# }
# for name, (old, new) in changes.items():
#     exec(text.replace(old, new) if old else text)
#     found = [poet(np.random.default_rng(number))[0] for number in range(5)]
#     far = [[n for n in each if n["solved"] is not None and max(n["course"]) > 2] for each in found]
#     print(name, [len(each) for each in far])
# exec(text)  # as it was
# ~~~
#
# As it is: between 10 and 25 courses. Without transfer: 18 to 25. Without criterion: 21 to 29. Neither is needed here, as neither is on hoppers. The scores of these agents have no bad habits in them: what was learned on one course is either right for another or as good as nothing. And a course that is too hard does no harm but to take up a place for a while.
# ```
#
# ```{exercise} Nothing to choose from
# :label: ex-poet-ranks
#
# What is the gradient estimate if all $2n$ lives get the same score? Compute it with `evolution.ranks`, and with ranks that are handed out in the order of a sort, as in the original. What would an agent do on a course on which nothing that it tries makes any difference?
# ```
#
# ```{solution} ex-poet-ranks
# :class: dropdown
#
# ~~~python
# same, noise = np.full(64, 7.0), np.random.default_rng(0).normal(size=(32, 5))
# for name, rank in (
#     ("shared", evolution.ranks(same)),
#     ("by a sort", same.argsort(kind="stable") / 63 - 0.5),
# ):
#     print(name, np.round((rank[:32] - rank[32:]) @ noise / 32, 2))
# ~~~
#
# Shared ranks give nought; ranks by a sort give a direction made of noise, always of full size, since ranks do not know that there is nothing to rank. With Adam on top, the agent walks at random where it should stand still (weight decay aside).
# ```
#
# ```{exercise} Novel to whom?
# :label: ex-poet-pata
#
# Two courses on which all agents rank alike have a PATA-EC distance of 0, however different they look. Show it with three agents and scores of your own. Then explain why, in this chapter's runs, this novelty leads to few challenging courses, while distance between the courses' numbers leads straight to them.
# ```
#
# ```{solution} ex-poet-pata
# :class: dropdown
#
# ~~~python
# from aiga.poet import novelty
#
# scores = np.array([[60.0, 90.0, 250.0], [100.0, 220.0, 290.0], [250.0, 90.0, 60.0]])
# known = novelty.pata_ec(scores, 50, 300)
# print("courses 0 and 1:", novelty.nearest(known[0], known[1:2], 1))
# print("courses 0 and 2:", round(novelty.nearest(known[0], known[2:], 1), 2))
# ~~~
#
# Courses 0 and 1 are the same to it, 0 and 2 far apart. In a run all good agents cross easy courses with nearly the same score, and tiny differences order them anew on each: a *flat, easy* course may well be the one that reorders them most. The distance between numbers, in contrast, grows with the numbers: what lies farthest from all known courses is the course with the greatest pits, stumps and roughness, which is also the hardest. It is a good novelty for this world because somebody chose the numbers well. Enhanced POET's point is to do without.
# ```
#
# ```{exercise} Paid for luck
# :label: ex-poet-regret
#
# Protagonist and antagonist are *equally good*: each reaches the goal with probability $p$ in an episode, for a reward of 1. There are two episodes each. What is the expected regret as PAIRED estimates it? Which mazes does the adversary then like best? What if there were ten episodes?
# ```
#
# ```{solution} ex-poet-regret
# :class: dropdown
#
# The best of $k$ episodes has the mean $1 - (1-p)^k$, so the regret is $1 - (1-p)^k - p$, and for $k = 2$ it is $p(1-p)$: nought where the maze is sure or hopeless, greatest at $p = \tfrac12$. So even without any real regret the adversary is paid for mazes of middling difficulty, which is a useful mistake. With more episodes the maximum moves to harder mazes:
#
# ~~~python
# p = np.linspace(0, 1, 1001)
# for k in (2, 10):
#     regret = 1 - (1 - p) ** k - p
#     print(f"{k} episodes: greatest at p = {p[regret.argmax()]:.2f}, {regret.max():.2f}")
# ~~~
# ```
#
# ```{exercise} A world of your own
# :label: ex-poet-world
#
# `algorithm` knows nothing of hoppers. Give it another world: a course is a hill at some place, an agent is two numbers, a place and a height, and its score falls with its distance to the hill's top. (What must a world offer? See `aiga.poet.substrate`.) Let POET run on it for 200 iterations.
# ```
#
# ```{solution} ex-poet-world
# :class: dropdown
#
# ~~~python
# from dataclasses import dataclass, replace
#
# from aiga.poet.settings import PAPER
# from aiga.poet.substrate import Rollouts
# from aiga.poet.world import World
#
#
# @dataclass(frozen=True)
# class Hills:
#     parameters: int = 2
#     horizon: int = 1
#
#     def first(self):
#         return Encoding()
#
#     def mutate(self, parent, generator):
#         return replace(parent, roughness=round(parent.roughness + generator.uniform(0, 1), 1))
#
#     def towards(self, start, target):
#         return target
#
#     def build(self, encoding, seed):
#         return np.array([encoding.roughness, encoding.roughness**2])
#
#     def rollout(self, thetas, courses, which):
#         away = np.linalg.norm(thetas - np.stack(courses)[which], axis=1)
#         return Rollouts(300 * np.exp(-away), np.ones(len(thetas), np.int64))
#
#
# quick = evolution.Rule(pairs=16, rate=0.03)
# rules = replace(PAPER, rule=quick, reproduce_every=5, transfer_every=10, capacity=6)
# world = World(Hills(), rules)
# state = algorithm.init(world, seed=0)
# for _ in range(200):
#     algorithm.step(state, world)
# print([niche.encoding.roughness for niche in state.niches if niche.solved >= 0])
# ~~~
#
# The hills wander away from the first one, each a step that the last agent can see from its own top. From the first agent's place the last hill's score is nought, to all digits that matter.
# ```
#
# ## Where to go next
#
# - **Run it bigger.** `aiga run poet.hopper_runs --scale colab --seeds 0:5` has many times this page's budget; {doc}`/book/how_to_use` says how to use all cores, a GPU or a cluster.
# - **Return and invent.** [Go-Explore](go_explore) keeps states where POET keeps problems; [generative teaching networks](gtn) invent data where POET invents worlds.
# - **What became of it** (from memory). Prioritised level replay keeps levels on which an agent's value was wrong; ACCEL edits such levels by small mutations, as POET does, and draws its rose plots; XLand made worlds by the billion; OMNI asks a language model which of all learnable tasks are *interesting*, the question that no minimal criterion answers.
