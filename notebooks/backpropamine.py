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
# (nb-backpropamine)=
# # Backpropamine: networks that decide when to learn
#
# [![Open in Colab](../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/backpropamine.ipynb)
#
# *Plasticity under the network's own control.* Miconi, Rawal, Clune & Stanley, ICLR 2019 {cite}`miconi2019`.
#
# <!-- cost-card -->
#
# | scale | time | peak memory | download, once | measured on |
# | --- | --- | --- | --- | --- |
# | `ci` (this page) | under 5 min | 1.0 GB | Penn Treebank, 6 MB | AMD EPYC, 1 thread(s) |
# | `colab` | under 45 min (backpropamine.cue_reward, backpropamine.maze only) | 1.5 GB | Penn Treebank, 6 MB | AMD EPYC, 1 thread(s) |
# | `paper` | under 45 min (backpropamine.bandits only) | 1.5 GB | Penn Treebank, 6 MB | AMD EPYC, 1 thread(s) |
#
# <!-- /cost-card -->
#
# **You need** [the chapter on differentiable plasticity](differentiable_plasticity) and, for three of the experiments, what a policy gradient is (that chapter's maze explains it). **You will be able to** write down a three-factor rule and train it by gradient descent; show on a task why a network must choose *when* to change its connections; read a trained network's modulator, and lesion it; and say what learning to reinforcement-learn means.

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
from dataclasses import replace

import torch
from IPython.display import Markdown

from aiga import ledger, records, seeding, viz
from aiga.backpropamine import (
    bandits,
    cue_reward,
    figures,
    figures_bandits,
    figures_maze,
    figures_swap,
    figures_words,
    lesions,
    maze,
    maze_bounds,
    swap,
    words,
)
from aiga.ledger import mean_of

torch.set_num_threads(1)  # small matrices: more threads only get in each other's way
seeds = range(seed, seed + 5)

# %% [markdown]
# ## The question
#
# **Try this before you read on.** You walk through a town and pass forty houses. At one of them somebody stops you: *remember this one.* Next day you can describe that house, and hardly any other. Your eyes saw them all. What was different at that moment?
#
# In the last chapter every connection followed its own rule at every step: what fires together wires together, always. So the trace fills up with everything that happens, the important and the other, and each memory disturbs the rest. Brains do better. Cells deep in the brain send out dopamine when something turns out better than expected, and acetylcholine when something is new, and synapses change much *where and when* these arrive, and little elsewhere. The rule then has three factors: the neuron before, the neuron behind, and a signal that says *now*.
#
# Who should send that signal? The authors' answer is the answer of AI-generating algorithms {cite}`clune2019`: do not design it; let the network compute it, and let gradient descent find out what it should be. So the network's output has one number more, $M(t)$, and this number is the rate at which its own connections change. It is a network that decides when to learn.
#
# ## The idea in about 60 lines
#
# The forty houses, in plain PyTorch: six patterns of twenty bits go by, and at one of them a bell rings. Then comes half of that one. The network has twenty-one neurons. A plain plastic network writes everything that goes by; a modulated one can choose.


# %%
def make_episodes(batch, bits=20, patterns=6, generator=None):
    """Inputs (steps, batch, bits + 1), the last of them the bell, and the pattern to complete (batch, bits)."""
    shown = torch.randint(2, (batch, patterns, bits), generator=generator) * 2.0 - 1
    chosen = torch.randint(patterns, (batch,), generator=generator)
    target = shown[torch.arange(batch), chosen]
    visible = torch.randint(2, (batch, bits), generator=generator)
    steps = []
    for k in range(patterns):  # two steps of a pattern, one of nothing
        bell = torch.where(chosen == k, 1.0, -1.0)[:, None]
        steps += [torch.cat([shown[:, k], bell], 1)] * 2 + [torch.zeros(batch, bits + 1)]
    steps += [torch.cat([target * visible, torch.zeros(batch, 1)], 1)] * 2
    return 20 * torch.stack(steps), target


def live(p, drives, modulated):
    """One episode: the last activity, and how fast the connections changed at each step."""
    batch, size = drives.shape[1:]
    before, hebb = torch.zeros(batch, size), torch.zeros(batch, size, size)
    rates = []
    for drive in drives:
        connections = p["w"] + p["alpha"] * hebb
        after = torch.tanh(torch.einsum("bi,bij->bj", before, connections) + drive)
        if modulated:
            rate = torch.tanh(
                after @ p["modulator"] + p["offset"]
            )  # M(t): the network's own
        else:
            rate = p["eta"].expand(batch)
        together = before[:, :, None] * after[:, None, :]
        hebb = (hebb + rate[:, None, None] * together).clamp(-1, 1)  # the third factor
        before = after
        rates.append(rate)
    return after, torch.stack(rates)


def train_small(modulated, updates=300, bits=20):
    """The trained parameters, and the mean error over the last twenty updates."""
    generator = torch.Generator().manual_seed(seed)
    size = bits + 1
    p = {
        name: 0.01 * torch.randn(size, size, generator=generator) for name in ("w", "alpha")
    }
    if modulated:
        p |= {
            "modulator": 0.01 * torch.randn(size, generator=generator),
            "offset": torch.tensor(0.1),
        }
    else:
        p["eta"] = torch.tensor(0.1)
    optimiser = torch.optim.Adam([each.requires_grad_() for each in p.values()], lr=3e-3)
    errors = []
    for _ in range(updates):
        drives, target = make_episodes(32, bits, generator=generator)
        completed = live(p, drives, modulated)[0][:, :bits]
        loss = (completed - target).square().sum(-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append((completed.sign() != target).float().mean().item())
    return p, sum(errors[-20:]) / 20


modulated, error = train_small(True)
_, error_without = train_small(False)
drives, _ = make_episodes(1, generator=torch.Generator().manual_seed(seed + 1))
with torch.no_grad():
    rates = live(modulated, drives, True)[1][:, 0]

# %% mystnb={"figure": {"caption": "One episode of the sixty lines: how fast the network lets its connections change at each step. The bell rings at the shaded steps.", "name": "fig-bell"}, "image": {"alt": "Bars of the modulator at each step of an episode: near zero while patterns go by, a quarter in the pauses between them, above a half at the step where the bell rings and in the pause after it."}} tags=["hide-input"]
figures.bell(rates, drives[:, 0, -1] > 0)

# %% tags=["hide-input"]
Markdown(
    f"Wrong bits: **{error:.1%}** with its own modulator, **{error_without:.1%}** with a learned but constant rate. "
    "Guessing the hidden half would give 25 %."
)

# %% [markdown]
# **What to look at.** Nobody told the network what the bell means. It found out that a pattern is worth writing when the bell rings, and that nothing else is; everything else goes by without a trace, in the literal sense. (In the pauses $M(t)$ is not zero either, and in the one after the bell it is as high as at the bell. There hardly anything is active that could be written.)

# %% [markdown]
# ## Equation ↔ code
#
# A neuron sums its inputs as in the last chapter (equation 1 of the paper):
#
# ```{math}
# :label: eq-bp-activity
# x_j(t) = \tanh\Big\{ \sum_i \big( w_{ij} + \alpha_{ij}\, \mathrm{Hebb}_{ij}(t) \big)\, x_i(t-1) + u_j(t) \Big\}
# ```
#
# What is new is how the trace changes. *Without* modulation, at a constant rate and within bounds (equation 2); with *simple* modulation, at the rate that the network has just computed (equation 3):
#
# ```{math}
# :label: eq-bp-simple
# \mathrm{Hebb}_{ij}(t+1) = \mathrm{Clip}\big( \mathrm{Hebb}_{ij}(t) + \eta\, x_i(t-1)\, x_j(t) \big), \qquad
# \mathrm{Hebb}_{ij}(t+1) = \mathrm{Clip}\big( \mathrm{Hebb}_{ij}(t) + M(t)\, x_i(t-1)\, x_j(t) \big)
# ```
#
# There is no decay: nothing is lost but by writing over it. The signal $M(t) = \tanh(m \cdot x(t) + c)$ is one number for the whole network, and it may be negative: then what fires together is taken *apart*.
#
# A reward often comes too late: what deserves to be written is not what happens now, but what happened a moment ago. Dopamine has the same problem, and synapses a solution: they carry a fading mark of recent activity, an *eligibility trace*, and the signal writes what is marked. With *retroactive* modulation the product of activities goes into the mark (equation 5), and $M(t)$ turns the mark into memory (equation 4):
#
# ```{math}
# :label: eq-bp-retro
# E_{ij}(t+1) = (1-\eta)\, E_{ij}(t) + \eta\, x_i(t-1)\, x_j(t), \qquad
# \mathrm{Hebb}_{ij}(t+1) = \mathrm{Clip}\big( \mathrm{Hebb}_{ij}(t) + M(t)\, E_{ij}(t) \big)
# ```
#
# Unrolled, an event at time $s$ is written with the weight $\eta \sum_{t > s} (1-\eta)^{t-1-s} M(t)$: a discounted sum of *future* modulation. Compare that with the return of a policy gradient.
#
# | symbol | in the code | what it is | changed by |
# | --- | --- | --- | --- |
# | $w_{ij}$, $\alpha_{ij}$ | `recurrent.weight`, `.alpha` | fixed part, plasticity | gradient descent, between episodes |
# | $M(t)$ | `modulation` | neuromodulation | the network, every step |
# | $m$, $c$ | a column of `heads`, `offsets` | how $M$ is read off the activity | gradient descent, between episodes |
# | $\mathrm{Hebb}_{ij}$, $E_{ij}$ | `hebb`, `eligibility` | trace, eligibility trace | every step |
# | $\eta$ | `recurrent.eta` | rate of (2) and of the eligibility | gradient descent, between episodes |
#
# `ModulatedAgent.step` says it line by line:

# %%
import inspect

from aiga.backpropamine.model import Life, ModulatedAgent

print(inspect.getsource(ModulatedAgent.step))

# %% [markdown]
# Training uses a faster form, with the gradient of a whole episode written by hand. Same numbers? And another check: with $\eta = 1$ the eligibility trace holds exactly the last pair of activities, so the retroactive rule is then the simple rule, one step late. If $M$ is constant, the two traces must be the same, shifted by one.

# %%
inputs = torch.randn(
    12, 1, 3, 5, generator=seeding.generator(seed, "inputs"), dtype=torch.float64
)
for rule in ("plastic", "simple", "retroactive"):
    agent = ModulatedAgent(
        5, 9, 2, [seeding.generator(seed, "check")], rule=rule, spread=0.8, eta=0.3
    ).double()
    state, life = agent.initial_state(3), Life(agent, 3)
    for observed in inputs:
        logits, _, state = agent.step(observed, state)
        quick, _ = life(observed)
    print(
        f"{rule:12} largest difference after 12 steps: {(quick - logits).abs().max().item():.0e}"
    )

hebb = torch.zeros(2, 9, 9, dtype=torch.float64)  # one trace by each rule
eligibility = torch.zeros(9, 9, dtype=torch.float64)
x = torch.tanh(
    torch.randn(13, 9, generator=seeding.generator(seed, "activity"), dtype=torch.float64)
)
late = []
for before, after in zip(x[:-1], x[1:], strict=True):
    together = before[:, None] * after
    late.append(
        (hebb[0].clone() - (hebb[1] + 0.1 * eligibility).clamp(-1, 1)).abs().max().item()
    )
    hebb[1] = (hebb[1] + 0.1 * eligibility).clamp(-1, 1)  # eq. 4, with M = 0.1
    eligibility = together  # eq. 5, with eta = 1
    hebb[0] = (hebb[0] + 0.1 * together).clamp(-1, 1)  # eq. 3
print(f"simple rule against retroactive rule one step later: {max(late):.0e}")

# %% [markdown]
# ## Which cue is the good one? (figure 1)
#
# Four cues, each a new pattern of twenty bits; one of them is the target. A trial shows two of the four, then a signal says *go*: was the target among the two? The answer is rewarded or punished one step later. Nothing else is ever said. So an episode must be spent finding out: remember which cues were shown, wait for the reward, and conclude. After a few trials everything is known, if anything was kept.
#
# It is a hard task for a network, because what must be stored is arbitrary (new patterns in every episode) *and* must be tied to what it was worth (known only afterwards). This page uses a compact form of it, without the paper's random empty steps, with a smaller network and initial weights that are felt from the start; with the original settings nothing happens in the time that a page has.
#
# > **Predict.** Four networks: plain, plastic with a learned constant rate, simple modulation, retroactive modulation. Chance is one half. Who learns? And if the four cues were always the *same* four one-hot vectors, known to the weights from birth, would your answer change?

# %%
answers = {
    name: cue_reward.train(config, seeds=seeds, device=device)
    for name, config in cue_reward.SCALES[scale].items()
}
_ = records.keep(
    cue_reward, scale, [outcome for group in answers.values() for outcome in group]
)
LABELS = {
    "simple": "simple modulation",
    "retroactive": "retroactive modulation",
    "plastic": "plastic",
    "plain": "not plastic",
    "plastic_one_hot": "plastic, one-hot cues",
}
labelled = {LABELS[name]: group for name, group in answers.items()}
# %% mystnb={"figure": {"caption": "Right answers in the last third of an episode, as training goes on. Medians over seeds, shaded between the quartiles; thin lines are seeds.", "name": "fig-cues"}, "image": {"alt": "Late accuracy against episodes seen. Simple modulation rises from one half to 0.87 after a plateau of 40,000 to 75,000 episodes, seed by seed; the plastic and the plain network stay at one half."}} tags=["hide-input"]
figures.learning(labelled)


# %% tags=["hide-input"]
Markdown(
    "Right answers late in the episode, mean over seeds: "
    + ", ".join(
        f"{label} **{mean_of(group, 'late_accuracy'):.0%}**"
        for label, group in labelled.items()
    )
    + "."
)

# %% [markdown]
# **What to look at.** A long plateau at one half, and then, rather suddenly, learning, in the network that modulates its own plasticity; the plastic network and the plain one stay where they are. That is the paper's figure 1, as far as this page can afford it. What it cannot afford is in a larger run, below: the retroactive rule, and the control in which plain plasticity gets the same four one-hot cues in all episodes.
#
# A larger run, with more neurons, longer episodes and three times the training, has all of the paper's conditions:

# %% mystnb={"figure": {"caption": "The recorded larger run: late accuracy of all conditions, medians over three seeds, shaded between the quartiles; thin lines are seeds.", "name": "fig-cues-larger"}, "image": {"alt": "Late accuracy against episodes seen. Simple modulation rises to one within the first third, retroactive modulation later, both in all seeds; the plastic and the plain network, and the one-hot control, stay at one half."}} tags=["hide-input"]
recorded = records.by_condition("backpropamine.cue_reward", "colab", names=LABELS)
figures.learning(recorded) if recorded else Markdown("The larger run: not yet recorded.")

# %% tags=["hide-input"]
Markdown(
    "Late accuracy of each seed in the recorded run: "
    + "; ".join(
        f"{label} "
        + ", ".join(
            f"**{outcome.metrics['late_accuracy']:.0%}**"
            + (
                f" (mean |M| {outcome.metrics['modulation']:.2f})"
                if "modulation" in outcome.metrics
                else ""
            )
            for outcome in group
        )
        for label, group in recorded.items()
    )
    + "."
)

# %% [markdown]
# **What to look at.** Both modulated rules solve the task, in every seed: that is the paper's figure 1. Plain plasticity stays at one half, as in the paper. And it stays there with one-hot cues too, which is *not* as in the paper: its appendix says that this control learns, more slowly. With our compact trials, our initial values and this many episodes we do not find it.
#
# One thing that this figure does not show cost us more time than all else. With batches half as large, about one seed in three never leaves chance, with the simple rule as with the retroactive one; and all of those have something in common: their $|M(t)|$ is close to 1 at nearly every step, where $\tanh$ has hardly any gradient. A modulator that is always on cannot learn when to be off. Starting it ten times smaller did not help, nor did a penalty for large values; a gradient with less noise did.
#
# Back to this page's networks, *within* an episode: right answers in the first trial, in the second, and so on. No weight changes by gradient here; this is the learning that was learned.

# %% mystnb={"figure": {"caption": "Right answers by trial of the episode, after training. Medians over seeds, shaded between the quartiles.", "name": "fig-by-trial"}, "image": {"alt": "Accuracy against the trial's number: all start near one half at the first trial; the modulated network rises over the next trials, the others stay at one half."}} tags=["hide-input"]
figures.by_trial(labelled)

# %% [markdown]
# What did the network decide to remember, and when? One episode under the microscope: what is shown, what is answered, the network's own $M(t)$, and how much is written into its connections.

# %%
task = cue_reward.SCALES[scale]["simple"]
best = max(answers["simple"], key=lambda outcome: outcome.metrics["late_accuracy"])
world, watched = cue_reward.watch(best.network, task, seed=seed)

# %% mystnb={"figure": {"caption": "One episode of a trained network with simple modulation. Top: cues shown and answers; middle: M(t); bottom: how much was written.", "name": "fig-microscope"}, "image": {"alt": "Three aligned panels over the steps of one episode: squares for the cues shown in each of ten trials, and dots for the answers, all right; bars of M(t), half a unit high at most, positive at eight of the ten shaded reward steps and negative at the two whose trial did not show the target; bars of the amount written, at most steps."}} tags=["hide-input"]
figures.episode(world, watched, title="simple modulation")

# %% [markdown]
# **What to look at.** A modulator that is on at some steps, off at others, and changes sign. Nobody told it to. But it does not simply wait for the reward: it is on when an answer is due as well, and something is written at most steps. Now the shaded ones, where the reward is seen. All answers of this episode are right, and still $M(t)$ there has two signs: one after the eight trials that showed the target, the other after the two that did not. So here the sign does not say "right" or "wrong"; together with the answer that was right it says whether the target had been there. (Which sign belongs to which is a matter of chance; an {ref}`exercise <ex-bp-sign>` says why.) That the reward's step is the one that counts you can try below with {ref}`your own hand on the modulator <bp-hand>`: silenced at that step, the network learns nothing; silenced at all others, it still learns a good deal.

# %% [markdown]
# ## A maze (figure 2)
#
# The second experiment is the last chapter's maze with another network: find an invisible reward, be put down elsewhere, find it again. Here it is again smaller than the paper's (five by five cells within the walls, with forty steps), and there are five networks: simple and retroactive modulation, plasticity without modulation, and no plasticity, once with the same neurons and once with as many trained numbers as the modulated one. The paper compares by a rank-sum test at each point of the curve, and marks significance by stars.
#
# > **Predict.** How many places must be remembered in this maze? Which of the five networks has room for that?

# %%
mazes = {
    name: maze.train(config, seeds=range(seed, seed + 3), device=device)
    for name, config in maze.SCALES[scale].items()
}
_ = records.keep(maze, scale, [outcome for group in mazes.values() for outcome in group])
walk = maze.SCALES[scale]["simple"]
MAZES = {
    "simple": "simple modulation",
    "retroactive": "retroactive modulation",
    "plastic": "plastic",
    "plain": "not plastic",
    "plain_large": "not plastic, as many parameters",
}
in_maze = {label: mazes[name] for name, label in MAZES.items()}
# %% mystnb={"figure": {"caption": "Finds of the reward in an episode. Medians over seeds, shaded between the quartiles. Stars: a rank-sum test tells simple modulation from plain plasticity at p < .05, with three seeds a side; hollow where modulation is below.", "name": "fig-bp-maze"}, "image": {"alt": "Finds per episode against episodes seen. All curves rise from the line of wandering about to between three and five finds; the plastic network is highest at the end, the modulated ones close to the plain ones."}} tags=["hide-input"]
figures_maze.learning(
    in_maze, side=walk.side, steps=walk.steps, test=("simple modulation", "plastic")
)

# %% tags=["hide-input"]
Markdown(
    "Finds per episode, mean over seeds: "
    + ", ".join(
        f"{label} **{mean_of(group, 'finds'):.1f}**" for label, group in in_maze.items()
    )
    + f". Wandering about finds {maze_bounds.wandering(walk.side, walk.steps):.2f}, and an agent that knew the place from the start would find {maze_bounds.knowing(walk.side, walk.steps):.1f}; "
    f"with simple modulation a later find takes {mean_of(mazes['simple'], 'later_find'):.1f} steps, the first one {mean_of(mazes['simple'], 'first_find'):.1f}."
)

# %% [markdown]
# **What to look at.** Every network learns to find the reward far more often than wandering about does, and finds it again sooner than it found it first: it remembers. The paper's ranking is *not* here. In a maze as small as this page's, with twenty-one free cells, plain plasticity is ahead of both modulated networks, and even a network without plasticity comes close: it can hold one place out of twenty-one in its activity. The paper's mazes have 65 and 97, and its curves go on for a hundred times as many episodes.
#
# So a larger maze, recorded: forty-one free cells, a hundred steps, twice the neurons and more than eight times as many episodes.

# %% mystnb={"figure": {"caption": "Recorded: finds of the reward in an episode of the larger maze. Medians over seeds, shaded between the quartiles. Stars: a rank-sum test tells simple modulation from plain plasticity at p < .05; hollow where modulation is below.", "name": "fig-bp-maze-larger"}, "image": {"alt": "Finds per episode against episodes seen, to nearly two hundred thousand. Simple modulation and plain plasticity rise together to about thirteen, simple modulation a little above, with full stars at five points after seventy thousand; retroactive modulation rises later and ends beside them. Three hollow stars lie at the left, before anything is learned. The two networks without plasticity stay between two and five, and wandering about is below one."}} tags=["hide-input"]
in_larger = records.by_condition("backpropamine.maze", "colab", names=MAZES)
large = maze.SCALES["colab"]["simple"]
figures_maze.learning(
    in_larger,
    side=large.side,
    steps=large.steps,
    test=("simple modulation", "plastic"),
) if in_larger else Markdown("The larger maze: not yet recorded.")

# %% tags=["hide-input"]
Markdown(
    "Finds per episode at the end, a number a seed: "
    + "; ".join(
        f"{label} " + ", ".join(f"**{each.metrics['finds']:.1f}**" for each in group)
        for label, group in in_larger.items()
    )
    + f". Wandering about would find {maze_bounds.wandering(large.side, large.steps):.2f}, knowing the place {maze_bounds.knowing(large.side, large.steps):.1f}. "
    + "With the weights trained, but its modulator's output changed: "
    + "; ".join(
        f"seed {each.seed} as it is {each.metrics['finds']:.1f}, held at its mean {each.metrics['finds_frozen']:.1f}, shuffled in time {each.metrics['finds_shuffled']:.1f}, with its sign turned {each.metrics['finds_flipped']:.1f}"
        for each in in_larger.get(MAZES["simple"], [])[:3]
    )
    + "."
)

# %% [markdown]
# **What to look at.** First the gap in the middle. Forty possible places are too many to hold one of them in the neurons' activity: without plasticity, with the same neurons or with as many trained numbers, the reward is found one to five times; with it, thirteen times. Then the three curves above. Simple modulation is ahead of plain plasticity for most of the time from seventy thousand episodes on, with full stars at five points, as in the paper's figure. How much is that worth? With three networks a side the test gives a star exactly where all three are above all three others, and it is asked at every point without a correction for asking often (the hollow stars at the left, where nobody has learned anything, are such false alarms; and computed exactly, three against three can never give less than p = 0.1); at the end the two overlap (13.3 to 13.8 and 12.7 to 13.8). So: the paper's order, by half a find, which this many seeds cannot settle. The retroactive rule learns later and ends beside them.
#
# The numbers under the figure say something else that is easily confused with it. A network with a modulator *depends* on it: held at its mean, or shuffled in time, it costs more than half of the finds, and with its sign turned the reward is found hardly more often than by wandering about. A network that has learned with dopamine cannot do without. A network that never had it does nearly as well.
#
# What does the modulator do when the reward is found?

# %%
lives = {
    f"seed {outcome.seed}": maze.watch(outcome.network, walk, seed=outcome.seed)
    for outcome in mazes["simple"]
}
shown = max(mazes["simple"], key=lambda outcome: outcome.metrics["finds"])
found = torch.stack(lives[f"seed {shown.seed}"][0].found)[:, 0].cpu()  # (T, episodes)
searched = found.float().argmax(0) > walk.steps // 8  # the first find took a while
told = int((found.sum(0) * searched).argmax())

# %% mystnb={"figure": {"caption": "M(t) around the step at which the first reward is seen, a panel a seed: means over episodes, shaded between the quartiles.", "name": "fig-around-find"}, "image": {"alt": "Three panels of M(t) from six steps before to ten steps after the first reward is seen. In the first M(t) stays at 0.4; in the second it dips from minus 0.45 to minus 0.67 at that step, in the third from 0 to minus 0.3, with a wide band."}} tags=["hide-input"]
figures_maze.around_the_find(lives)

# %% mystnb={"figure": {"caption": "One journey: M(t) in the colour of each place visited, and over time. Star: the hidden reward.", "name": "fig-bp-journey"}, "image": {"alt": "Left, the plan of a small maze with dots coloured by M(t) along the agent's way and a star at the reward. Right, M(t) over the steps of the episode, with dashed lines where a reward is seen."}} tags=["hide-input"]
figures_maze.modulation(
    *lives[f"seed {shown.seed}"], episode=told, title="simple modulation"
)

# %% [markdown]
# **What to look at.** At the moment when the reward is seen, $M(t)$ dips in two of the three networks, by 0.2 and 0.3, and is back a step or two later; in the first it hardly moves. The level from which it dips is positive in one network, negative in another and about zero in the third, which is as it should be: an {ref}`exercise <ex-bp-sign>` shows that the sign of $M$ by itself means nothing. It is a weaker story than the cue task's: one network has no use for the moment at all, and as the curves have shown, here a constant rate would do. (The journey is one episode of one network; where its dots change colour, the modulator has changed its mind.)
#
# ```{admonition} Whose critic?
# :class: note
#
# The original programs subtract from every return the value of the *first* episode of the batch, whatever maze the others are in. That must be a slip of the pen: `vs[t][0]`. We train one condition with either. On this page the critic that sees its own maze explains about three times as much of the variance of returns (the table below has the figures). That need not show in the finds, because a baseline changes the gradient's noise and not its mean; and in the recorded larger maze neither critic explains any variance, and the finds with theirs are no worse.
# ```


# %% [markdown]
# ## Words (table 1)
#
# Is this only for toys? The paper's third experiment puts modulated plasticity into an LSTM of 4.8 million parameters that predicts the next word of newspaper text. Only the path by which the cell's new value hears its own output is plastic; a modulator per layer sets the rate. Every network of the table has the same number of parameters: what goes into $\alpha$ and the modulators is taken from the number of cells. The paper's perplexities: 104.26, then 103.80 with plasticity, 102.65 with simple and 102.48 with retroactive modulation; small differences, each with sixteen runs behind it, and the last one not significant.
#
# This page cannot train that network. It trains four small ones on the beginning of the same text with a vocabulary of a thousand words.
#
# > **Predict.** Three seeds each, one small layer, a minute of training. Will you see the paper's order?

# %%
reading = {
    name: words.train(config, seeds=range(seed, seed + 3), device=device)
    for name, config in words.SCALES[scale].items()
}
_ = records.keep(words, scale, [outcome for group in reading.values() for outcome in group])
# %% mystnb={"figure": {"caption": "Perplexity on text not trained on. Left: the paper's, with 95 % intervals. Right: this page's small networks; grey dots are seeds.", "name": "fig-words"}, "image": {"alt": "Two panels. Left: the paper's perplexities fall from 104.3 for the LSTM to 102.5 for retroactive modulation. Right: ours, near 72 for all four, with overlapping intervals."}} tags=["hide-input"]
figures_words.perplexities({"this page": reading})

# %% tags=["hide-input"]
rise = [
    outcome.metrics["rise_without_plasticity"]
    for name in ("plastic", "simple", "retroactive")
    for outcome in reading[name]
]
Markdown(
    "Perplexity, mean over seeds: "
    + ", ".join(
        f"{figures_words.LABELS[name]} {mean_of(group, 'perplexity'):.1f}"
        for name, group in reading.items()
    )
    + f". Counting pairs of words gives {mean_of(reading['plain'], 'perplexity') / mean_of(reading['plain'], 'over_bigram'):.1f}. "
    f"With alpha set to 0 after training, perplexity changes by {min(rise):+.1%} to {max(rise):+.1%}."
)

# %% [markdown]
# **What to look at.** The four do not separate here, and the plain LSTM is as good as any. Nor do the trained networks lean on their traces: cutting plasticity changes next to nothing, in either direction. So this page says nothing about the paper's table, neither for nor against. The paper's effect is one to two per cent with millions of parameters and sixteen runs; ours is a network sixty times smaller. `aiga run backpropamine.words --scale paper` is the real thing, and not yet recorded.

# %% [markdown]
# ## Learning to reinforcement learn
#
# Backpropamine has a famous relative that needs no plasticity at all. Take an ordinary LSTM. At each step tell it what it did last and what that paid. Train it by reinforcement learning, not on one problem but on thousands, each new. Then freeze its weights. What it does to a problem it has never met, it does with its activity alone, and what it does *is a learning algorithm*: it explores, it notices, it settles. Two groups found this at about the same time {cite}`wang2016,duan2016`; in the story of this book it is the second camp of meta-learning, whose *materials* backpropamine improves.
#
# The smallest such problem has two arms. Each pays with a probability that is drawn anew for every episode. Pulling only the arm that paid first is greedy; never settling is waste. For this problem the best possible player is known exactly, so we can say how good the network's own algorithm is.
#
# > **Predict.** When does a trained network stop exploring? And what happens to its play if its activity is erased half-way through an episode, all weights being left alone?

# %%
players = {
    name: bandits.train(config, seeds=range(seed, seed + 3), device=device)
    for name, config in bandits.SCALES[scale].items()
}
_ = records.keep(
    bandits, scale, [outcome for group in players.values() for outcome in group]
)
# %% mystnb={"figure": {"caption": "Regret of each trial: what the better arm pays on average, less what the pulled arm pays. The network's weights are frozen. Grey: designed players, exact; greedy pulls the arm that looks better, UCB the one that might be best, Thompson sampling each as often as it may be the better one.", "name": "fig-regret"}, "image": {"alt": "Regret per trial against the trial. The random player and the network that is not told its reward stay at 0.167; the trained network falls to 0.042, beside Thompson sampling, 0.044, and above the greedy, 0.031, and the optimal player, 0.025; UCB zigzags."}} tags=["hide-input"]
figures_bandits.regret(
    {"trained network": players["lstm"], "not told its reward": players["not_told"]}
)

# %% mystnb={"figure": {"caption": "Left: how often the trained network changes arms. Right: its regret, left alone, and with its activity wiped at half-time.", "name": "fig-habits"}, "image": {"alt": "Two panels against the trial of the episode. Left, changes of arm fall from one half to a tenth. Right, regret falls; after the wipe it jumps from 0.05 to 0.13 and has nearly come back to the other curve by the last trial."}} tags=["hide-input"]
figures_bandits.habits(players["lstm"])

# %% [markdown]
# **What to look at.** The network that is not told its reward cannot do better than the random player. The one that is told goes nine tenths of the way from the random to the best possible player, without a single change of its weights; the simple greedy player is still ahead of it. It changes arms early and seldom later. (With so few trials there is not much exploring to be done, which is why greed does so well.) And when its activity is wiped half-way through, it has to start again: what it knew of *this* bandit was there and nowhere else.

# %% [markdown]
# Fifteen trials leave little to explore. Recorded runs at full size have a hundred, a network of twice the cells, and ten times as many episodes to learn from.

# %% mystnb={"figure": {"caption": "The recorded larger runs: regret in episodes of a hundred trials against designed players; means over three networks with 95 % intervals, one network that is not told.", "name": "fig-regret-larger"}, "image": {"alt": "Regret per trial against a hundred trials. The random player stays at 0.167, UCB jumps between 0.15 and 0.04. The trained network falls as fast as any, to 0.02 after thirty trials and 0.011 at the end: below the greedy player, which levels off at 0.02, beside Thompson sampling, and a little above the optimal one at 0.007. The network that is not told its reward stays beside the random player."}} tags=["hide-input"]
full_names = {"lstm": "trained network", "not_told": "not told its reward"}
full = records.by_condition("backpropamine.bandits", "paper", names=full_names)
figures_bandits.regret(full) if full else Markdown("Larger runs: not yet recorded.")

# %% tags=["hide-input"]
ledger.recorded(
    "backpropamine.bandits",
    "paper",
    {
        "regret of an episode": "{regret:.2f}",
        "from random (0) to optimal (1)": "{share_of_optimal:.2f}",
        "changes of arm, first and last third": "{early_switches:.0%}, {late_switches:.0%}",
        "better arm before and after the wipe": "{best_before_wipe:.0%}, {best_after_wipe:.0%}",
    },
    names={"lstm": "trained network", "not_told": "not told its reward"},
)

# %% [markdown]
# **What to look at.** With more trials it pays to explore, and the network has found that out. The greedy player levels off: now and then it has given up the better arm for good. The network goes on improving, passes it, and stays close to Thompson sampling, which was made by people who knew the problem; the three networks have come 97 to 99 % of the way from the random to the best possible player. They still change arms now and then in the first third, hardly ever in the last. Only the exact solution is better throughout.

# %% [markdown]
# ## Take it apart
#
# $M(t)$ can be taken from a trained network without touching anything else. Held at its mean: plasticity as in the last chapter. In random order: the right amounts at the wrong times. With its sign flipped: what would be written is erased. And with $\alpha = 0$ nothing is read.

# %% mystnb={"figure": {"caption": "Right answers late in the episode, intact and with other hands on the modulator. Small marks are seeds, large ones medians with quartiles.", "name": "fig-bp-lesions"}, "image": {"alt": "Dot plot of late accuracy for the modulated network: intact high; with M held at its mean, in random order, or with plasticity cut, at one half; with M flipped, below one half."}} tags=["hide-input"]
figures.damage(
    {LABELS[name]: answers[name] for name in ("simple", "retroactive") if name in answers}
)

# %% [markdown]
# **What to look at.** Held at its mean or shuffled in time, the modulator is worth nothing: late answers are at chance, just as without plasticity. With its sign flipped the network is *worse* than chance: it has learned the opposite. So what was learned by gradient descent is not "be plastic", nor how much, but *when*, and in which direction.
#
# One more operation. Each network's modulator is a single row of weights that reads the hidden units. Exchange these rows between trained networks of the same kind: every patient keeps its body, its answers and its plastic connections, and gets somebody else's modulator.
#
# > **Predict.** All of them solve the same task by the same rule. Will they understand one another? And if a network's modulator falls silent half-way through an episode: is what it knew by then lost, kept, or is it only that nothing new can be learned?

# %%
operated = answers["simple"]
told_apart = swap.swapped(
    [outcome.network for outcome in operated], cue_reward.SCALES[scale]["simple"], seed=seed
)

# %% mystnb={"figure": {"caption": "Right answers late in the episode, for each network (rows) with each network's modulator (columns). On the diagonal, in bold, the intact networks.", "name": "fig-bp-swaps"}, "image": {"alt": "A square table of networks by modulators, coloured by late accuracy: high on the diagonal, between 0.37 and 0.58 everywhere else."}} tags=["hide-input"]
figures_swap.swaps(told_apart, [f"seed {outcome.seed}" for outcome in operated])

# %% tags=["hide-input"]
with torch.no_grad():
    quiet = [
        float(
            cue_reward.evaluate(
                outcome.network,
                task,
                seed=seed,
                modulate=lesions.silenced(int(silent_from * task.steps)),
            )[0].late_accuracy()
        )
        for silent_from in (0.0, 0.5)
        for outcome in operated
    ]
own = told_apart.diagonal()
foreign = told_apart[~torch.eye(len(operated), dtype=torch.bool)]
Markdown(
    f"Late accuracy with the network's own modulator {own.mean():.0%}, with another's {foreign.mean():.0%} "
    f"(from {foreign.min():.0%} to {foreign.max():.0%}). With M(t) silent from the start "
    f"{sum(quiet[: len(operated)]) / len(operated):.0%}; silent only from half-way on {sum(quiet[len(operated) :]) / len(operated):.0%}."
)

# %% [markdown]
# **What to look at.** Off the diagonal they are at chance, on average (37 to 58 % each). All of them solve the same task, but each has its own hidden code, and a modulator reads only the code that it has grown up with. A neuromodulator is no common language here; it is one half of a pair that was trained together. Silence is another matter. A modulator that never speaks leaves a network that learns nothing; one that falls silent half-way leaves most of what was written by then. $M(t)$ is needed to write, not to read.
#
# (bp-hand)=
# Now put your own hand on it. Below is a trained network of the cue task. Its $M(t)$ is multiplied by a number of yours: during the steps at which a *reward* is seen, and at all *other* steps. Where is the memory formed? (Everything was computed beforehand, so the sliders work on this page without a kernel.)


# %%
with torch.no_grad():
    usual_world, usual_life = cue_reward.evaluate(
        best.network, replace(task, test_episodes=200), seed=seed
    )
paid = torch.stack(usual_world.rewards)[:, 0].abs().sum(1) > 0  # steps with a reward
sees = torch.cat([torch.zeros(1, dtype=torch.bool), paid[:-1].cpu()])  # seen one step later


def frame(at_rewards, elsewhere):
    """Right answers by trial when M(t) is multiplied by hand."""

    def hand(step, own):
        return own * (at_rewards if sees[step] else elsewhere)

    with torch.no_grad():
        world, _ = cue_reward.evaluate(
            best.network, replace(task, test_episodes=200), seed=seed, modulate=hand
        )
    accuracy = world.accuracy_by_trial()[:, 0]
    bars = "".join(
        f'<div style="display:inline-block;width:22px;margin:1px;background:#e8e4da;height:100px;position:relative" title="trial {k + 1}: {float(a):.0%}">'
        f'<div style="position:absolute;bottom:0;width:22px;height:{100 * float(a):.0f}px;background:#2a6f97"></div></div>'
        for k, a in enumerate(accuracy)
    )
    late = float(world.late_accuracy())
    return f"<p>right answers late in the episode: <b>{late:.0%}</b>; chance is 50 %</p><div role='img' aria-label='right answers by trial'>{bars}</div><p>one bar a trial of the episode, from the first to the last</p>"


viz.explore(
    {
        "M at rewards, times": [-1.0, 0.0, 0.5, 1.0, 2.0],
        "M elsewhere, times": [-1.0, 0.0, 0.5, 1.0, 2.0],
    },
    frame,
    start=(1.0, 1.0),
)

# %% [markdown]
# ## Paper vs ours
#
# The paper's figures have no numbers that could be compared on one axis with a smaller task; its table has. What can be compared is the order.

# %% tags=["hide-input"]
Markdown(ledger.sources("backpropamine"))

# %% [markdown]
# Every claim of this chapter, with its source and its state. A source that nobody has opened is marked.

# %% tags=["hide-input"]
outcomes = {
    "backpropamine.cue_reward": [
        outcome for group in answers.values() for outcome in group
    ],
    "backpropamine.maze": [outcome for group in mazes.values() for outcome in group],
    "backpropamine.words": [outcome for group in reading.values() for outcome in group],
    "backpropamine.bandits": [outcome for group in players.values() for outcome in group],
}
ledger.table("backpropamine", outcomes, scale=scale)

# %% [markdown]
# And the verdicts, which are compared whenever this notebook is executed again:

# %% tags=["nbval-check-output"]
generated = {
    address: outcomes[address]
    for address in (
        "backpropamine.cue_reward",
        "backpropamine.maze",
        "backpropamine.bandits",
    )
}
ledger.verdict("backpropamine", generated, scale=scale)

# %% tags=["nbval-check-output", "needs-ptb"]
ledger.verdict(
    "backpropamine", {"backpropamine.words": outcomes["backpropamine.words"]}, scale=scale
)

# %% [markdown]
# ## What the original code does that the paper does not say
#
# The authors published their code (`uber-research/backpropamine`, last commit `180c910`, for non-commercial use; nothing of it is copied here). Numbers of the *paper* come from a detailed digest of its text and, for the language model, from the authors' talk; nobody here has opened the PDF.
#
# | what | where | what we do |
# | --- | --- | --- |
# | The value that is subtracted from every return is that of the *first* episode of the batch: `vs[t][0]`. So the critic of one episode serves thirty, and learns at most a mean for each step of the episode. The published curves come from this. | `maze/batch.py` 479, `sr/srbatch.py` 387 | each episode its own; `baseline="first_of_batch"` is theirs, and the table of claims shows the difference |
# | The first 101 iterations do not update anything. | `maze/batch.py` 541, `srbatch.py` 462 | they do |
# | An episode of the cue task has 120 steps in the command line and 200 in the paper; gradients are clipped at 2.0 and at 7.0; "about 15 trials" fits neither length. | `sr/README.md`, `request_batch.json` | `steps` and `clip` in `cue_reward.Config`; the code's values at `paper` |
# | The maze is 9×9 in the paper's text; the script that draws its figure reads runs of 11×11. | `maze/makefigure.py` 14 | `side` in `maze.Config`: all three sizes |
# | A bias and the number of the step are inputs too, though the paper lists neither. | `srbatch.py` 265-279, `maze/batch.py` 396-402 | the same |
# | The "entropy bonus" is a penalty on $\sum_a \pi(a)^2$. | all programs | the same |
# | With the retroactive rule the connections change by the *old* eligibility trace, which is updated afterwards, as equations 4 and 5 say: an event is written one step later at the earliest. | `batch.py` 227-250, `modul.py` 260-275 | the same |
# | $M(t)$ is read from the *new* activity of the same step, so a reward that is perceived at $t$ modulates the pair $(t-1, t)$. | `batch.py`, `modul.py` | the same |
# | In the large LSTM $M$ is read from $h_t$; the appendix says $h_{t-1}$. | `mylstm.py` 225-247 | $h_t$, as the code |
# | Four ways to keep the trace bounded are in the code under one flag: hard clip, soft clip, none, decay. The flag is ignored by the cue-reward program, although the file names of its runs contain it. | `maze/batch.py` 123-241 | `clip` in the model, all four |
# | A modulator "fan-out" gives each neuron a rate of its own, with an offset, so plasticity is not off when $M = 0$. The maze program of the figure does not have it, a second one does. | `simplemaze/maze.py` 78-116 | `fan_out` |
# | The small language model of the table has no code in the repository. | — | written from the paper's description |
# | Traces of the language model are carried from window to window and set to zero once an epoch: they live for thousands of words. | `mylstm.py` | the same |
# | The reward of the maze is 10 and enters the inputs and the value loss as it is. | `maze/batch.py` | 10 at `paper`, 1 below |
#
# ## Exercises
#
# ```{exercise} Two thirds, and why
# :label: ex-bp-chance
#
# Four cues, one target, two shown in a trial. (1) How often does the right answer to a trial say "yes"? (2) Suppose you remember nothing but the *last* trial: its two cues and its reward. How often are you right now? (Two trials' pairs can share two, one or no cues.)
# ```
#
# ```{solution} ex-bp-chance
# :class: dropdown
#
# (1) In half of all trials: the target is among two of four. (2) After the last trial you know that the target is in a certain pair (the shown one, or the other two). The new pair is one of six: with probability 1/6 the same pair and 1/6 its complement, where you know the answer; with 4/6 it takes one cue from each, and you must guess. So you are right in $\tfrac13 + \tfrac23 \cdot \tfrac12 = \tfrac23$ of the trials. More than two thirds needs a memory of more than one trial.
# ```
#
# ```{exercise} A rate that cannot wait
# :label: ex-bp-delay
#
# In the simple rule, {eq}`eq-bp-simple`, what can be written when the reward is *seen*? What must the activity still hold at that moment if the cues of the trial are to be tied to it? And with the retroactive rule, {eq}`eq-bp-retro`: if $\eta = 0.1$, how much of a pairing is left in the eligibility trace ten steps later?
# ```
#
# ```{solution} ex-bp-delay
# :class: dropdown
#
# Only the product of the last two activities. So the cue must still be in the *activity* when the reward comes, kept there by the recurrent weights, or the pair is lost. The eligibility trace keeps $0.1 \cdot 0.9^{10} \approx 0.035$ of the product: faint, but of the past itself, and $M(t)$ or $\alpha$ may be large.
# ```
#
# ```{exercise} Signs
# :label: ex-bp-sign
#
# In some trained networks $M(t)$ is positive after a reward and negative after a punishment, in others the other way round. Show that a network with $M$ replaced by $-M$ at all times and $\alpha$ by $-\alpha$ behaves identically, with either rule. What does that say about reading "dopamine" into the sign of $M$?
# ```
#
# ```{solution} ex-bp-sign
# :class: dropdown
#
# With $M \to -M$ the trace changes its sign (the clip is symmetric), $\mathrm{Hebb} \to -\mathrm{Hebb}$; with $\alpha \to -\alpha$ the product $\alpha \odot \mathrm{Hebb}$ is what it was, and so is everything else. The sign of $M$ alone means nothing; what can be compared is *when* $|M|$ is large, and whether the sign differs between two kinds of event. You can try it:
#
# ~~~python
# import copy
#
# mirrored = copy.deepcopy(best.network)
# mirrored.recurrent.alpha.data.neg_()
# before, _ = cue_reward.evaluate(best.network, task, seed=seed)
# after, _ = cue_reward.evaluate(mirrored, task, seed=seed, modulate=lambda step, own: -own)
# print(float(before.late_accuracy()), float(after.late_accuracy()))
# ~~~
# ```
#
# ```{exercise} Somebody else's critic
# :label: ex-bp-baseline
#
# The original programs subtract the first episode's value from everybody's return. Is the policy gradient still unbiased? What is lost?
# ```
#
# ```{solution} ex-bp-baseline
# :class: dropdown
#
# For episodes other than the first the subtracted number does not depend on their actions, so for them the gradient stays unbiased. But a baseline is there to lower the *variance*, and for that it must know the state: the value of another agent in another maze knows the number of the step and little else. The critic's own loss is worse off: one state's value is pulled towards the returns of all episodes, so it learns their mean. The switch is `baseline="first_of_batch"` in `maze.Config`.
# ```
#
# ```{exercise} Clips
# :label: ex-bp-clips
#
# Compare the four ways to keep a trace in bounds: hard, soft, additive (none) and decay. Which of them forget? Which depend on the order of two opposite changes? Train the cue task with each for a few hundred updates and look at the mean of $|\mathrm{Hebb}|$ at the end of an episode.
# ```
#
# ```{solution} ex-bp-clips
# :class: dropdown
#
# Only decay forgets without new input, and as later writing has decayed less, it depends on the order. The additive rule is a plain sum, so order does not matter; the hard clip loses what exceeds the bound, so $+1$ then $-1$ from a full trace is not $-1$ then $+1$; the soft clip scales each change by the room that is left, so order always matters a little.
#
# ~~~python
# for clip in ("hard", "soft", "additive", "decay"):
#     config = replace(task, clip=clip, updates=300)
#     outcome = cue_reward.train(config, seeds=[seed], device=device)[0]
#     _, life = cue_reward.evaluate(outcome.network, config, seed=seed)
#     print(clip, outcome.metrics["late_accuracy"], life.hebb.abs().mean().item())
# ~~~
# ```
#
# ```{exercise} An optimal gambler
# :label: ex-bp-gambler
#
# Two arms, each paying with its own unknown probability, uniform between 0 and 1. You have pulled the first arm once and it paid. What is the expected payment of each arm now? With *one* pull left, which do you choose? With a hundred left, why may the answer for a losing first pull be different from "try the other one until it loses"?
# ```
#
# ```{solution} ex-bp-gambler
# :class: dropdown
#
# After one success the first arm's probability has the density $2p$, mean $\tfrac23$; the second's mean is $\tfrac12$. With one pull left, take the first. With many left, information has a price that can be paid: trying the arm that you know less about costs a little now and may pay for the rest of the episode. How much exactly depends on how many pulls remain, and dynamic programming over the four counts (wins and losses of each arm) gives the best possible player, the one that the figure compares with.
# ```
#
# ## Where to go next
#
# - **Run it bigger.** `aiga run backpropamine.cue_reward --scale colab --seeds 0:5`; {doc}`/book/how_to_use` says how to run on a GPU.
# - **Gates instead of rates.** A modulator can also decide what is *heard*, and with it what is learned: [ANML](anml) does that for hundreds of characters in sequence.
# - **The other materials.** RL² {cite}`duan2016` and learning to reinforcement learn {cite}`wang2016` do it with activity alone. What could not be kept in activity?
