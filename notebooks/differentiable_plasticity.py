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
# (nb-differentiable-plasticity)=
# # Differentiable plasticity
#
# [![Open in Colab](../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/differentiable_plasticity.ipynb)
#
# *Connections that learn while the network lives.* Miconi, Clune & Stanley, ICML 2018 {cite}`miconi2018`.
#
# <!-- cost-card -->
#
# | scale | time | peak memory | download, once | measured on |
# | --- | --- | --- | --- | --- |
# | `ci` (this page) | under 5 min | 1.0 GB | CIFAR-10, 162 MB, Omniglot, 16 MB | AMD EPYC, 1 thread(s) |
# | `colab` | under 2 h (plasticity.comparison, plasticity.images, plasticity.maze, plasticity.omniglot only) | 1.0 GB | CIFAR-10, 162 MB, Omniglot, 16 MB | AMD EPYC, 1 thread(s) |
# | `paper` | under 1 h (plasticity.binary only) | 2.5 GB | CIFAR-10, 162 MB, Omniglot, 16 MB | AMD EPYC, 1 thread(s) |
#
# <!-- /cost-card -->
#
# **You need** gradient descent, and what a recurrent network is. **You will be able to** say what a plastic connection is and train one; explain why a network without plasticity gets stuck at one wrong bit in eight; build a classifier that learns a new character from a single drawing, without taking one gradient step; and read off a trained network where it keeps what it has learned.

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
import copy
from dataclasses import replace

import torch
from IPython.display import Markdown

from aiga import datasets, ledger, records, seeding, viz
from aiga.ledger import mean_of
from aiga.plasticity import (
    a2c,
    binary,
    comparison,
    figures,
    figures_images,
    figures_lstm,
    figures_maze,
    images,
    maze,
    omniglot,
)
from aiga.plasticity.agent import Life

torch.set_num_threads(1)  # small matrices: more threads only get in each other's way
seeds = range(seed, seed + 5)
claims = {claim.id: claim for claim in ledger.load("differentiable_plasticity").claims}

# %% [markdown]
# ## The question
#
# **Try this before you read on.** Somebody shows you five telephone numbers, a moment each. Then half of one of them. Can you say the rest? You never trained for these numbers. You *stored* them. Where?
#
# A recurrent network has one place to keep anything during an episode: its activity, which is also busy computing. What *you* keep for longer than a few seconds goes into your synapses. So let the synapses of an artificial network change while it runs, by the oldest rule there is, Hebb's: what fires together wires together. And let gradient descent decide, between episodes, how much each synapse may change.
#
# In the larger story of this book, AI-generating algorithms {cite}`clune2019`, this is the second pillar: *meta-learn the learning algorithm*. There are two camps in meta-learning. One meta-learns good initial weights for gradient descent (MAML {cite}`finn2017`). The other trains a recurrent network to be its own learning algorithm. The authors' point about the second camp is that the *material* matters: a network that can only use its activity has to invent a memory; a plastic network is born with one.

# %% mystnb={"figure": {"caption": "One plastic connection. The grey part is fixed while the network lives; the blue part starts each episode at zero and grows while the two neurons are active together. Gradient descent, between episodes, sets w and alpha.", "name": "fig-plastic-connection"}, "image": {"alt": "Two neurons, x_i and x_j, joined by two arrows: a grey one for the fixed weight w_ij and a dashed blue one for the plastic part, alpha_ij times Hebb_ij of t."}} tags=["hide-input"]
figures.connection()

# %% [markdown]
# ## The idea in about 60 lines
#
# Here is all of it, in plain PyTorch: a task, a network, a training loop. An episode shows three patterns of 20 bits and then half of one of them. The patterns are drawn anew in every episode, so no weight can know them.
#
# The learning is one line, the one that updates `hebb`. No gradient step is taken while the network lives. The gradient comes later, through the whole episode, and shapes `w`, `alpha` and `eta`.


# %%
def make_episodes(batch, bits=20, patterns=3, generator=None):
    """Inputs (steps, batch, bits) and the pattern to complete (batch, bits)."""
    shown = torch.randint(2, (batch, patterns, bits), generator=generator) * 2.0 - 1
    chosen = torch.randint(patterns, (batch,), generator=generator)
    target = shown[torch.arange(batch), chosen]
    visible = torch.randint(2, (batch, bits), generator=generator)
    steps = []
    for pattern in range(patterns):  # three steps of a pattern, one of nothing
        steps += [shown[:, pattern]] * 3 + [torch.zeros(batch, bits)]
    steps += [target * visible] * 3  # and then half of one
    return 20 * torch.stack(steps), target  # an input of 20 drives a neuron to +1 or -1


def live(w, alpha, eta, drives):
    """One episode: the network's last activity."""
    batch, bits = drives.shape[1:]
    before, hebb = torch.zeros(batch, bits), torch.zeros(batch, bits, bits)
    for drive in drives:
        connections = w + alpha * hebb  # a fixed and a plastic part
        after = torch.tanh(torch.einsum("bi,bij->bj", before, connections) + drive)
        together = before[:, :, None] * after[:, None, :]
        hebb = (1 - eta) * hebb + eta * together  # all of the learning
        before = after
    return after


def train_small(plastic, updates=250, bits=20):
    """The mean error over the last twenty updates."""
    generator = torch.Generator().manual_seed(seed)
    w = 0.01 * torch.randn(bits, bits, generator=generator)
    alpha = 0.01 * torch.randn(bits, bits, generator=generator)
    eta = torch.tensor(0.05)
    trained = [w, alpha, eta] if plastic else [w]
    optimiser = torch.optim.Adam([each.requires_grad_() for each in trained], lr=3e-3)
    errors = []
    for _ in range(updates):
        drives, target = make_episodes(32, bits, generator=generator)
        completed = live(w, alpha if plastic else torch.zeros(()), eta, drives)
        loss = (completed - target).square().sum(-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append((completed.sign() != target).float().mean().item())
    return sum(errors[-20:]) / 20


small = {"plastic": train_small(True), "not plastic": train_small(False)}

# %% tags=["hide-input"]
Markdown(
    f"Wrong bits after 250 updates, a few seconds: **{small['plastic']:.1%}** with plasticity, **{small['not plastic']:.1%}** without. "
    "Guessing the hidden half would give 25 %."
)

# %% [markdown]
# ## Equation ↔ code
#
# A plastic neuron sums its inputs through both parts of each connection (equation 1 of the paper; $u_j$ is the external input):
#
# ```{math}
# :label: eq-plastic
# x_j(t) = \tanh\Big\{ \sum_i \big[ w_{ij} + \alpha_{ij}\, \mathrm{Hebb}_{ij}(t) \big]\, x_i(t-1) + u_j(t) \Big\}
# ```
#
# The *Hebbian trace* is a fading average of the product of the neurons' activities, one step apart (equation 2). It is zero when an episode begins:
#
# ```{math}
# :label: eq-hebb
# \mathrm{Hebb}_{ij}(t+1) = (1-\eta)\, \mathrm{Hebb}_{ij}(t) + \eta\, x_i(t-1)\, x_j(t)
# ```
#
# Oja's rule {cite}`oja1982` is the alternative (equation 3): without activity nothing fades, so a memory can last.
#
# ```{math}
# :label: eq-oja
# \mathrm{Hebb}_{ij}(t+1) = \mathrm{Hebb}_{ij}(t) + \eta\, x_j(t)\,\big( x_i(t-1) - x_j(t)\, \mathrm{Hebb}_{ij}(t) \big)
# ```
#
# | symbol | in the code | what it is | changed by |
# | --- | --- | --- | --- |
# | $w_{ij}$ | `network.weight` | fixed part | gradient descent, between episodes |
# | $\alpha_{ij}$ | `network.alpha` | how plastic the connection is | gradient descent, between episodes |
# | $\eta$ | `network.eta` | how fast the trace follows | gradient descent, between episodes |
# | $\mathrm{Hebb}_{ij}$ | `state.hebb` | the trace | activity, within an episode |
# | $x_i$ | `state.activity` | activity | activity, within an episode |
#
# In the library, `PlasticRNN.step` and `PlasticRNN.learn` are these equations line by line:

# %%
import inspect

from aiga.plasticity.model import PlasticRNN

print(inspect.getsource(PlasticRNN.step))
print(inspect.getsource(PlasticRNN.learn))

# %% [markdown]
# Training does not go through `step`. The trace is a sum over the past, so what a neuron receives through it can be computed without ever building the trace, $N^2$ numbers an episode, at every step:
#
# ```{math}
# \sum_i \alpha_{ij}\, \mathrm{Hebb}_{ij}(t)\, x_i(t-1) \;=\; \sum_{s<t} \underbrace{\eta\,(1-\eta)^{t-1-s}}_{\text{how much is left}}\; x_j(s) \sum_i \alpha_{ij}\, x_i(s-1)\, x_i(t-1)
# ```
#
# `PlasticRNN.forward` does that for a few steps at a time and carries the trace over in between. Same numbers, same gradients, a fraction of the time and memory. See for yourself:

# %%
check = PlasticRNN(30, [seeding.generator(seed, "check")], init=0.3, eta=0.1).double()
inputs = torch.randn(
    25, 1, 4, 30, generator=seeding.generator(seed, "inputs"), dtype=torch.float64
)
state = check.initial_state(4)
for drive in inputs:
    state = check.step(drive, state)
difference = (check(inputs)[-1] - state.activity).abs().max().item()
print(f"largest difference after 25 steps: {difference:.0e}")

# %% [markdown]
# ```{admonition} A shared alpha is linear attention
# :class: note
#
# Look at the sum above once more, with all $\alpha_{ij} = \alpha$. It becomes $\alpha \sum_{s<t} c_s\, x_j(s)\, \langle x(s-1), x(t-1) \rangle$: the present activity is a *query*, past activities are *keys*, and what followed each of them is its *value*. No softmax, and old pairs fade. That is linear attention, or a fast-weight programmer {cite}`schlag2021`, and no matrix of size $N^2$ is needed at all. Separate alphas give every neuron an attention of its own. The next cell checks it.
# ```

# %%
shared = PlasticRNN(
    30, [seeding.generator(seed, "check")], alpha="homogeneous", init=0.3, eta=0.1
).double()
x = shared(inputs)[:, 0]  # (T, B, N)
past = [torch.zeros_like(x[0]), *x]
worst = 0.0
for t in range(1, len(x)):
    query, received = past[t], past[t] @ shared.weight[0]
    for s in range(1, t + 1):
        left = shared.eta[0] * (1 - shared.eta[0]) ** (t - s)
        score = (query * past[s - 1]).sum(-1, keepdim=True)
        received = received + shared.alpha[0, 0, 0] * left * score * past[s]
    worst = max(worst, (torch.tanh(received + inputs[t, 0]) - x[t]).abs().max().item())
print(f"largest difference between trace and attention: {worst:.0e}")

# %% [markdown]
# ## Five patterns, then half of one (figure 2)
#
# The paper's first task. An episode shows five random patterns, twice each, six steps at a time, with pauses; then half the bits of one of them. The network must say the rest. The paper's network has 1,000 neurons, one a bit. On this page (scale `ci`) there are 100; the figure also draws a recorded run with all 1,000.
#
# > **Predict.** A network that has learned to copy what it sees, and nothing else, gets the visible half right. What fraction of *all* bits does it get wrong? And a network that also remembers the *last* of the five patterns?

# %%
task = binary.SCALES[scale]["plastic"]
plastic = binary.train(task, seeds=seeds, device=device)
plain = binary.train(binary.SCALES[scale]["rnn"], seeds=seeds, device=device)
_ = records.keep(binary, scale, plastic + plain)
# %% mystnb={"figure": {"caption": "Five patterns. Thin lines are seeds, bands 95 % intervals of the mean. The plastic network leaves the upper floor within a hundred episodes; the plain network, which runs for longer, does not. Black: the recorded run at the paper's own size; grey, at the bottom: where the paper ends, a figure that we quote from memory.", "name": "fig-binary"}, "image": {"alt": "Error against episodes seen, logarithmic axis. The plastic network's error falls from a quarter to a few per cent within about a thousand episodes; the plain network stays on the line at one quarter. A black curve, the recorded run with 1,000 bits, falls faster and ends in a grey band below one per cent."}} tags=["hide-input"]
record = next(iter(reversed(records.load_all("plasticity.binary", "paper"))), None)
full_size = {} if record is None else record.by_condition()
labels = {
    "plastic": "plastic, 1,000 bits (recorded)",
    "rnn": "not plastic, 1,000 bits (recorded)",
}
figures.learning(
    {"plastic": plastic, "not plastic": plain},
    task,
    recorded={labels[condition]: group for condition, group in full_size.items()},
    paper=claims["plasticity.binary.error"].paper.value,
    paper_is="the paper ends here (quoted from memory)",
)

# %% [markdown]
# **What to look at.** The upper dotted line is your first answer: half the bits are hidden, half of those are guessed wrong, so one in four. The lower one is the second: if the probe is the last pattern (one time in five) everything is right, else one in four is wrong, $\tfrac45 \cdot \tfrac14 = 0.2$. The plain network has not even found that. The plastic one goes through both floors. With all 1,000 bits (black) it does so sooner, and ends far below one per cent: more neurons make the task easier, because what the trace stores for one pattern disturbs the others less.
#
# Now one episode, step by step, in a trained network. The bits are sorted: those that the final probe shows are above the red line, those that it hides below.

# %%
network = plastic[0].network
shown = binary.episodes(task, seeding.generator(seed, "picture", network.weight.device), 8)
with torch.no_grad():
    activity = network(shown.drives[:, None])[:, 0]

# %% mystnb={"figure": {"caption": "One episode of a trained network. Light is +1, dark is -1. Right of the dashed line the lower half of the input is blank: watch the neurons fill it in.", "name": "fig-recall"}, "image": {"alt": "Three panels. Left: the input at each step, five patterns shown twice with gaps, then a probe whose lower half is blank. Middle: the neurons' activity, which follows the input and, in the last six steps, fills in the blank half. Right: the completed pattern beside the target, nearly identical."}} tags=["hide-input"]
figures.recall(activity, shown, task)

# %% [markdown]
# Where is the memory? In the trace. Run the same episode through `step` and look at it beside the two things that gradient descent has set:

# %%
with torch.no_grad():
    state = network.initial_state(1)
    for drive in shown.drives[:, None, :1]:
        state = network.step(drive, state)

# %% mystnb={"figure": {"caption": "What training has set (left, middle) and what one episode has written (right). All three start as noise around zero or, for the trace, as zero.", "name": "fig-matrices"}, "image": {"alt": "Three square matrices. The fixed weights are near zero except for a distinct diagonal; the plasticity coefficients are nearly uniform and of one sign; the trace looks like a random checkerboard with a distinct diagonal."}} tags=["hide-input"]
figures.matrices(network.weight[0], network.alpha[0], state.hebb[0, 0])

# %% [markdown]
# **What to look at.** The fixed weights have become almost nothing but a diagonal: a neuron listens to itself, and the rest is left to the trace. The plasticity coefficients have all moved to one side: *every* connection has become plastic, by about the same amount. That is a hint. If all alphas are about equal, is one alpha enough? The next section tries.

# %% [markdown]
# ## Fifty bits: why the others stop at one in eight (figure 3)
#
# Make the task so small that a network without plasticity can learn *something*: two patterns of 50 bits, shown once, three steps each. The paper compares three networks here: plastic, plain, and an LSTM, which has gates to decide what its cells keep. This page adds a fourth of ours, `homogeneous`: plastic, with one alpha for all connections.
#
# To be fair to the LSTM, the original code *clamps* it: the first 50 cells say what their inputs say, so that the visible bits are right from the start, as they are in the other networks. The library's `ClampedLSTM` does the same, and a test holds it against `torch.nn.LSTM`.
#
# > **Predict.** The plain network's error falls from 25 %, then stops. Where, and why? (Half of the time the probe is the pattern that was shown last.) And the LSTM, which has cells made for keeping things: lower, higher, or the same?

# %%
fifty = comparison.SCALES[scale]["plastic"]
results = {
    name: comparison.train(config, seeds=seeds, device=device)
    for name, config in comparison.SCALES[scale].items()
}
_ = records.keep(
    comparison, scale, [outcome for group in results.values() for outcome in group]
)

# %% mystnb={"figure": {"caption": "Two patterns of 50 bits. Both plastic networks go to zero, not without a relapse (from one per cent back to seven, and down again). The plain network and the LSTM learn more slowly, and on this page both stop at the lower dotted line, 1/8.", "name": "fig-comparison"}, "image": {"alt": "Error against episodes seen, logarithmic axis. Both plastic networks fall to 0.01 at 1,500 episodes, rise to 0.08 and fall again, to below 0.01; the LSTM falls later and flattens on the dotted line at 0.125; the plain network falls later still, to the same line."}} tags=["hide-input"]
named_groups = {
    "plastic": results["plastic"],
    "plastic, one alpha": results["homogeneous"],
    "not plastic": results["rnn"],
    "LSTM": results["lstm"],
}
figures.learning(named_groups, fifty)

# %% [markdown]
# **Why one in eight.** Activity can hold one pattern: the last. If the probe is that one, everything is right. If it is the other, the hidden half is a coin flip. So the error is $\tfrac12 \cdot \tfrac12 \cdot \tfrac12 = \tfrac18$.
#
# That is a story about *which* bits are wrong, so look at them: the error when the probe is the pattern shown first, against the error when it is the one shown last. The right panel is a longer run that we recorded (scale `colab`), in which the rivals are larger: two hundred neurons more than before, and four cells a bit instead of two.

# %% mystnb={"figure": {"caption": "Where the errors are; each mark is a network. Left: the networks of this page. Right: the recorded run. Everything on the dotted line has the same average error, 1/8.", "name": "fig-by-probe"}, "image": {"alt": "Two square panels of error on the first pattern against error on the last. Left: plastic networks at the origin, the plain networks and LSTMs at the top left corner, where the last pattern is right and the first is guessed. Right: plastic networks again at the origin; the larger plain networks near the middle of the dotted line, the larger LSTMs a third of the way from it to the origin."}} tags=["hide-input"]
longer = records.load_all("plasticity.comparison", "colab")
panels = {"this page": named_groups}
if longer:
    conditions = dict(zip(results, named_groups, strict=True))
    panels["recorded: larger rivals"] = {
        label: [o for o in longer[-1].outcomes if o.condition == name]
        for name, label in conditions.items()
    }
figures_lstm.by_probe(panels, fifty)


# %% tags=["hide-input"]
lines = [
    f"- On this page the LSTM ends at **{mean_of(results['lstm'], 'error'):.1%}** wrong bits: {mean_of(results['lstm'], 'error_last'):.1%} when the probe is the last pattern, "
    f"{mean_of(results['lstm'], 'error_first'):.1%} when it is the first."
]
for run in longer[-1:]:
    group = panels["recorded: larger rivals"]
    seen = {
        label: max(o.curves["error"].x[-1] for o in each) for label, each in group.items()
    }
    lines += [
        f"- In the recorded run the LSTM ends at **{mean_of(group['LSTM'], 'error'):.1%}** after {seen['LSTM']:,.0f} episodes (first pattern {mean_of(group['LSTM'], 'error_first'):.1%}, "
        f"last {mean_of(group['LSTM'], 'error_last'):.1%}), the plain network at **{mean_of(group['not plastic'], 'error'):.1%}**, the plastic ones at "
        f"{mean_of(group['plastic'], 'error'):.1%} and {mean_of(group['plastic, one alpha'], 'error'):.1%} after {seen['plastic']:,.0f}.",
        f"- `{run.address}` at `{run.scale}`: {run.caption()}",
    ]
Markdown("\n".join(lines))

# %% [markdown]
# **What to look at.** On the left the story holds to the letter: the plain network and the LSTM sit in the corner where the last pattern is right and the first is guessed. Gates do not change that. On the right the floor turns out to be no law. It is where a network stops that has room for *one* pattern. The larger plain network has left the corner, and keeps parts of both patterns; but what it wins on the first it loses on the last, and its mean has hardly moved. The larger LSTM is clearly below the line, and treats both patterns alike. What neither does is reach the origin, where the plastic networks have been all along, with a fraction of the trained numbers and half of the episodes. The paper's rivals have 2,000 units and a million episodes each; we have not run those.
#
# One shared alpha does as well as one for every pair of neurons. That is no accident of this task's size but of its nature: all bits are alike.

# %% [markdown]
# ## Photographs: where separate alphas pay (figures 4 and 5)
#
# Bits are all alike; pixels are not. Now an episode shows three photographs from CIFAR-10 {cite}`krizhevsky2009`, then the upper or the lower half of one of them, and the network has to paint the other half. A pixel is a neuron; a pixel that is shown holds its neuron at exactly that grey level. The paper's network has 1,024 pixels and 2.1 million parameters. On this page (scale `ci`) the photographs are shrunk to 12 × 12 and shown once each, for three steps; a recorded run, in the table of claims at the end, has the paper's network (and shorter episodes than the paper's). All photographs that are tested on are new.
#
# Photographs are smooth, so a network can get something right without any memory, by continuing what it sees. Two simple answers to compare with: all grey, and the mean of the three photographs, which is the best that a fixed mixture can do if you know all three but not which one is meant.
#
# > **Predict.** Take one pixel in the upper half. When it has to be filled in, which pixels are visible? From which pixels, then, should its connections be plastic, and from which not? Will one alpha for all connections do?

# %%
photo_task = images.SCALES[scale]["plastic"]
photographs = {
    name: images.train(config, seeds=seeds[:3], device=device)
    for name, config in images.SCALES[scale].items()
}
_ = records.keep(
    images, scale, [outcome for group in photographs.values() for outcome in group]
)
# %% mystnb={"figure": {"caption": "Error of the hidden pixels, in grey levels from -1 to 1. The plain network ends a little below the mean of the three photographs; both plastic networks go on, and the one with separate alphas further.", "name": "fig-images-learning"}, "image": {"alt": "Error against episodes seen, logarithmic axis. Three curves fall together at first; the plain network flattens just below the line of the mean of the three photographs, the network with one alpha goes clearly lower, the one with separate alphas lowest."}} tags=["hide-input"]
figures_images.learning(
    {
        "plastic": photographs["plastic"],
        "plastic, one alpha": photographs["homogeneous"],
        "not plastic": photographs["rnn"],
    }
)

# %%
painter = photographs["plastic"][0].network
device_used = painter.weight.device
_, new_photographs, source = images.pool(photo_task, device_used)
asked = images.episodes(
    new_photographs, photo_task, seeding.generator(seed, "picture", device_used), 12
)
labels = {"plastic": "plastic", "one alpha": "homogeneous", "not plastic": "rnn"}
with torch.no_grad():
    painted = {
        label: photographs[name][0].network(asked.drives[:, None], chunk=photo_task.chunk)[
            -1, 0, :, : photo_task.pixels
        ]
        for label, name in labels.items()
    }

# %% mystnb={"figure": {"caption": "Four episodes with photographs never seen in training. Framed in red: the one that the probe shows half of. The plain network continues the visible half smoothly; the plastic ones remember.", "name": "fig-images"}, "image": {"alt": "Four rows of small grey pictures: three photographs shown, one of them framed; the probe with one half blank; the completions of three networks; the target. The plastic network's completions have the target's shapes in the hidden half, the plain network's are smooth blurs."}} tags=["hide-input"]
figures_images.reconstructions(asked, painted, photo_task, data=source.data)

# %% mystnb={"figure": {"caption": "What one pixel (red square) receives from each pixel, through the fixed part and through the plastic part, and the mean plasticity from each row to each row. Dashed: the border between the halves. Plasticity is strong across it, and weak or negative within a half.", "name": "fig-images-alpha"}, "image": {"alt": "Three square pictures. Left: fixed weights to a pixel of the upper half, positive at the pixel and its neighbours, elsewhere noise. Middle: plasticity to the same pixel, near zero or negative from the upper half, positive from all of the lower half and largest along the border. Right: mean plasticity from row to row, two positive and two weakly negative quadrants."}} tags=["hide-input"]
figures_images.connections(
    painter.weight[0],
    painter.alpha[0],
    photo_task,
    pixel=(photo_task.side // 3, photo_task.side // 2),
)

# %% tags=["hide-input"]
between = figures_images.by_row(painter.alpha[0], photo_task)
middle = photo_task.side // 2
within = (between[:middle, :middle].mean() + between[middle:, middle:].mean()) / 2
across = (between[:middle, middle:].mean() + between[middle:, :middle].mean()) / 2
Markdown(
    f"Mean plasticity **within** a half: {within:+.3f}; **across** the border: {across:+.3f}. "
    "That is what separate alphas are for: a pixel that has to be filled in has lost its own half too, "
    "so only the other half can say which photograph it was. One alpha for all connections must also listen to the half that is blank."
)

# %% [markdown]
# **What to look at.** Nobody told the network that the blank is always a whole half. Gradient descent found it, and wrote it into $\alpha$ as a map: learn from across the border, do not learn from your own side. The rows next to the border count most. Compare this with the nearly uniform alphas of {numref}`fig-matrices`. The paper's figure 5 makes the same point: learned plasticity has structure.
#
# The fixed weights do what is left: they look at the pixel itself and its close neighbours, because photographs are smooth.

# %% [markdown]
# ## A character seen once (table 1)
#
# Now a task that people recognise. Omniglot {cite}`lake2015` has 1,623 characters from 50 alphabets, each drawn by 20 people. An episode shows one drawing of each of five characters with a label, then a new drawing of one of them without. Characters of the test never occur in training, and the labels are dealt anew in every episode. So what the trained weights hold is how to look at a drawing; *which label it has* can only be in the trace.
#
# The network is four convolutions and one plastic layer with Oja's rule {eq}`eq-oja`. While a labelled drawing is shown, the output is clamped to its label. Then Oja's rule does something simple: it writes the drawing's embedding, times $\eta$, into the label's column. The query is compared with each column, weighted by $\alpha$. It is a nearest-neighbour classifier, and gradient descent has learned both what "near" means and that this is the way to do it.

# %%
one_shot = omniglot.SCALES[scale]["plastic"]
characters = datasets.omniglot(31, resampling=one_shot.resampling)
named = omniglot.train(one_shot, seeds=seeds[:3], device=device)
_ = records.keep(omniglot, scale, named)
# %%
classifier = named[0].network
place = classifier.weight.device
_, unseen = omniglot.split(characters.images.to(place), one_shot, seed)
drawn = omniglot.Characters(unseen).episodes(
    one_shot, seeding.generator(seed, "picture", place), 8
)
with torch.no_grad():
    probabilities = classifier(drawn.drawings, drawn.queries).softmax(-1)

# %% mystnb={"figure": {"caption": "One test episode: five labelled drawings, a query, and the answer. The hatched bar is the right label. All drawings of a character in an episode are turned by the same number of quarters.", "name": "fig-one-shot"}, "image": {"alt": "Five small drawings of characters with labels 0 to 4, a sixth drawing to be named, and a bar chart with the network's probability for each label; the hatched bar is the right one."}} tags=["hide-input"]
figures.one_shot(drawn, probabilities, data=characters.data)

# %% mystnb={"figure": {"caption": "Five-way one-shot accuracy during training, and on 100 new characters afterwards: on this page, and in a longer run that we recorded. The grey band is the paper's value, after more episodes still: the sentence below says how many.", "name": "fig-omniglot"}, "image": {"alt": "Accuracy against episodes seen, logarithmic axis from ten to a million: from chance, one fifth, this page's curves rise to about four fifths and end; the recorded curve follows them and goes on rising, ever more slowly, to 0.97. Marks at the ends of the curves show the accuracy on new characters; a grey band near the top is the paper's value."}} tags=["hide-input"]
claim = claims["plasticity.omniglot.accuracy"]
many = records.by_condition("plasticity.omniglot", "colab").get("plastic", [])
figures.accuracy(
    named,
    ways=one_shot.ways,
    recorded=many,
    paper=claim.paper.value,
    spread=claim.paper.spread,
)


# %% tags=["hide-input"]
def said(group):
    """Accuracy on new characters, and how many episodes it took."""
    mean, low, high = viz.interval([outcome.metrics["accuracy"] for outcome in group])
    spread = (
        f"95 % interval {low:.1%} to {high:.1%}, {len(group)} seeds"
        if len(group) > 1
        else "one network"
    )
    return (
        f"**{mean:.1%}** ({spread}) after {group[0].curves['accuracy'].x[-1]:,.0f} episodes"
    )


Markdown(
    f"On characters that it has never seen: {said(named)} on this page"
    + (f", {said(many)} in the recorded run" if many else "")
    + f". Chance is 20 %; the paper has {claim.paper.value:.1%} after {omniglot.SCALES['paper']['plastic'].updates:,} episodes."
)

# %% [markdown]
# **What to look at.** Each mark lies at the end of its curve: new characters are named about as well as those of training. That is what "learning to learn" should look like. And look at the axis, which is logarithmic: what separates this page from the grey band is the number of episodes, and the recorded run, with a fifth of the paper's, has made up nearly all of it. It is one network, and its test has a standard error of half a point, so do not read the last point off this figure.

# %% [markdown]
# ## A reward that cannot be seen (figure 6)
#
# So far the network was *told* things. In the paper's last task it has to find them out. It stands in the middle of a small maze with pillars and sees the nine cells around it, nothing more. Somewhere is a reward; it cannot be seen, and in every episode it is somewhere else. Whoever steps on it earns, and is put down on a random cell. The reward stays where it is, so it can be found again, and again, until the episode ends.
#
# Nobody says what is right here; there are only rewards. So the outer loop is reinforcement learning (A2C {cite}`mnih2016`): an *actor* says how likely each of four moves is, a *critic* says how much reward it still expects, $V_t$, and after the episode every move is made likelier by as much as things went better than expected. With $R_t = \sum_{k\ge t} \gamma^{k-t} r_k$,
#
# ```{math}
# :label: eq-a2c
# \mathcal L = \frac1T \sum_t \Big[ -\log \pi(a_t)\,(R_t - V_t) + c_V (R_t - V_t)^2 + c_\pi \sum_a \pi_t(a)^2 \Big]
# ```
#
# The inner loop has no gradients and no rewards of its own: the reward is just one more input.
#
# > **Predict.** Before training the network walks at random. After it, what should the *first* find of an episode cost, in steps, and what each later one? Which of the two can a network without any memory improve?

# %%
walk = maze.SCALES[scale]["plastic"]
mazes = {
    name: maze.train(config, seeds=seeds[:3], device=device)
    for name, config in maze.SCALES[scale].items()
}
_ = records.keep(maze, scale, [outcome for group in mazes.values() for outcome in group])
named_mazes = {
    "plastic": mazes["plastic"],
    "plastic, one alpha": mazes["homogeneous"],
    "not plastic": mazes["rnn"],
}

# %%
explorer = mazes["plastic"][0].network
place = explorer.into.device
newborn = maze.create(walk, [seed]).to(place)
with torch.no_grad():
    journeys = {
        title: maze.live(network, walk, [seeding.generator(seed, "journey", place)], 8)[1]
        for title, network in {"before training": newborn, "after": explorer}.items()
    }
after = journeys["after"].mazes
away = after.places[after.goal[0].cpu()] - walk.side // 2  # of eight episodes, show that
episode = int(away.abs().sum(-1).argmax())  # whose reward is farthest from the start

# %% mystnb={"figure": {"caption": "The same maze, the same hidden reward, before and after training. Dashed: until the first find. Solid: after it; each dot is a cell where the agent was put down.", "name": "fig-journeys"}, "image": {"alt": "Two plans of a maze with pillars. Left, before training: dashed wandering. Right, after training: a dashed path that sweeps the maze until it meets the star, then solid paths that lead to the star from several sides."}} tags=["hide-input"]
figures_maze.journeys(journeys, episode=episode)

# %% mystnb={"figure": {"caption": "Finds per episode. Thin lines are seeds, bands 95 % intervals of the mean. The axis counts episodes, not seconds: a plastic step costs several times as much as a plain one.", "name": "fig-maze"}, "image": {"alt": "Finds per episode against episodes seen. All three curves stay near one, the dotted line of untrained networks, for thousands of episodes and then rise; the plastic network's rises highest."}} tags=["hide-input"]
figures_maze.learning(named_mazes)

# %% mystnb={"figure": {"caption": "Explore, then exploit: steps for the first find of an episode (open) and for each later one (filled). All steps spent looking, divided by finds, so episodes without a find count.", "name": "fig-first-later"}, "image": {"alt": "Dot plot with one row a network. In every row the filled mark, later finds, lies well to the left of the open one, the first find; the plastic network's marks are the leftmost of their kind, and the intervals of the network with one alpha overlap."}} tags=["hide-input"]
figures_maze.first_and_later(named_mazes)


# %% tags=["hide-input"]
def in_maze(metric, name="plastic"):
    return viz.interval([outcome.metrics[metric] for outcome in mazes[name]])[0]


Markdown(
    f"In {walk.steps} steps the plastic network finds the reward **{in_maze('finds'):.1f}** times ({in_maze('finds_untrained'):.1f} before training; "
    f"{in_maze('finds', 'homogeneous'):.1f} with one alpha; {in_maze('finds', 'rnn'):.1f} without plasticity). "
    f"Its first find takes {in_maze('first_find'):.0f} steps, each later one **{in_maze('later_find'):.1f}**."
)

# %% [markdown]
# **What to look at.** Two things are learned, and the last figure tells them apart. Getting the *first* find sooner needs no memory of the reward: sweep the maze, do not bump into walls. Getting *later* finds sooner than the first does: the place must be known. (A little of that gap is luck of another kind: a random cell is a better place to start searching from than the middle. The wiped networks below show how little.) The plain network learns as well, for in a maze this small activity can hold a place; so the paper's ordering shows here as *how much in so many episodes*, not as *whether at all*. One alpha for all connections, which was enough for bits, is not enough here; that the maze needs separate ones is also what the authors report. (Its three seeds lie far apart, and as a group cannot be told from the network without plasticity.) Note what the axis counts: a plain step is several times cheaper, and nothing is claimed here for equal computing time. The paper's own maze is larger, and its networks see a million episodes.
#
# But does the plastic network keep the place in its *trace*, or in its activity too? Wipe one, or the other, or both, whenever the reward is found, and count finds.


# %%
def finds(network, forget=(), batch=300):
    """Finds per episode when part of the memory is lost at every find."""
    streams = [seeding.generator(seed, "forgetful", network.into.device)]
    world, life = maze.Exploration(walk, streams, batch), Life(network, batch)

    def forgetful(observed):
        if world.found:
            keep = (~world.found[-1]).float()[..., None]
            if "activity" in forget:
                life.activity = life.activity * keep
            if "trace" in forget:
                life.hebb = life.hebb * keep[..., None]
        return life(observed)

    with torch.no_grad():
        a2c.play(forgetful, world, a2c.noise(walk.steps, batch, 4, streams))
    return float(torch.stack(world.found).sum(0).float().mean())


explorers = [outcome.network for outcome in mazes["plastic"]]
wiped = {
    "intact": [finds(each) for each in explorers],
    "activity lost at each find": [finds(each, ["activity"]) for each in explorers],
    "trace lost at each find": [finds(each, ["trace"]) for each in explorers],
    "both lost": [finds(each, ["activity", "trace"]) for each in explorers],
    "alpha = 0 throughout": [finds(each.without_plasticity()) for each in explorers],
}

# %% mystnb={"figure": {"caption": "Where is the place remembered? Finds per episode when the activity, the trace or both are set to zero at each find, and with plasticity cut altogether. Dotted: untrained networks.", "name": "fig-maze-lesions"}, "image": {"alt": "Dot plot of finds per episode for the intact network and four lesions; losing the activity costs some finds; losing the trace costs nearly as many as losing both."}} tags=["hide-input"]
viz.lesions(
    wiped,
    x_label="finds per episode",
    chance=in_maze("finds_untrained"),
    chance_label="before training",
)

# %% [markdown]
# **What to look at.** Losing the activity costs something. Losing the trace costs nearly as much as losing both: what is left is a good searcher without a memory. So the place is mostly in the trace, but reading it out needs the activity. (The training did not ask for that; the network could have used its activity alone, as the plain one must.)

# %% [markdown]
# ## Take it apart
#
# Claims about an ingredient are claims about what happens without it. So: train as before, then set every alpha to zero, or the rate eta. (Why must these two give the very same numbers?)


# %%
def without_learning(outcome):
    """The error of a trained network whose trace never moves: eta is 0."""
    frozen = copy.deepcopy(outcome.network)
    frozen.eta.data.zero_()
    return binary.evaluate(frozen, task, seed=outcome.seed)


rows = {
    "five patterns": [outcome.metrics["error"] for outcome in plastic],
    "five patterns, alpha = 0": [o.metrics["error_without_plasticity"] for o in plastic],
    "five patterns, eta = 0": [without_learning(outcome) for outcome in plastic],
    "fifty bits": [outcome.metrics["error"] for outcome in results["plastic"]],
    "fifty bits, alpha = 0": [
        outcome.metrics["error_without_plasticity"] for outcome in results["plastic"]
    ],
}

# %% mystnb={"figure": {"caption": "Cutting plasticity in trained networks. On five patterns nothing is left but guessing. On fifty bits something remains, near 1/7, a little above the plain network's floor of 1/8.", "name": "fig-lesion"}, "image": {"alt": "Dot plot of wrong bits. Intact networks are near zero on both tasks. With alpha set to zero the five-pattern network is at one quarter, the fifty-bit network near one seventh."}} tags=["hide-input"]
viz.lesions(
    rows,
    x_label="wrong bits (fraction of all bits)",
    chance=0.25,
    chance_label="guessing the hidden half",
)

# %% [markdown]
# Why is the second lesion so much milder? Compare it with the plain network's floor. With two patterns and short pauses, the trained network *also* keeps the last pattern alive in its activity, and uses plasticity for the other one. Nobody asked it to divide the labour.
#
# The same cut, on photographs:

# %%
photo_rows = {
    "plastic": [o.metrics["error"] for o in photographs["plastic"]],
    "one alpha": [o.metrics["error"] for o in photographs["homogeneous"]],
    "not plastic": [o.metrics["error"] for o in photographs["rnn"]],
    "plastic, alpha = 0": [
        o.metrics["error_without_plasticity"] for o in photographs["plastic"]
    ],
}
simple = sum(o.metrics["error_of_mean"] for o in photographs["plastic"]) / len(
    photographs["plastic"]
)

# %% mystnb={"figure": {"caption": "Photographs: three networks, and the first again with all alphas set to 0 after training. The lesioned network is worse than one that never had plasticity: it relied on it.", "name": "fig-images-lesion"}, "image": {"alt": "Dot plot of the error of the hidden pixels. Plastic lowest, one alpha next, not plastic higher, and the plastic network with alpha set to zero highest, just beyond the dotted line of the mean of the three photographs."}} tags=["hide-input"]
viz.lesions(
    photo_rows,
    x_label="error of the hidden pixels (root mean square, grey levels)",
    chance=simple,
    chance_label="mean of the three photographs",
)

# %% [markdown]
# Now play. The network below is the 100-bit one, trained for five patterns with half of the bits hidden and its own $\eta$. How does it fare with more patterns, less to go by, or a trace that forgets faster? (Everything was computed beforehand, so the sliders work on this page without a kernel.)


# %%
def frame(patterns, hidden, speed):
    """Store, show a part, complete: one episode as pictures, and the mean error over forty."""
    config = replace(task, patterns=patterns, hidden=hidden)
    altered = copy.deepcopy(network)
    altered.eta.data *= speed
    shown = binary.episodes(
        config, seeding.generator(seed, "play", network.weight.device), 40
    )
    with torch.no_grad():
        final = altered(shown.drives[:, None])[-1, 0, :, : config.bits]
    error = float(binary.wrong(final, shown.target).mean())

    def tile(bits, title):
        side = int(config.bits**0.5)
        return viz.tile(bits[: side * side].reshape(side, side).cpu(), title, pixel=8)

    stored = [
        tile((shown.patterns[0, k] + 1) / 2, f"pattern {k + 1}") for k in range(patterns)
    ]
    recalled = [
        tile(
            (shown.target[0] * shown.visible[0] + 1) / 2,
            f"part of {int(shown.probed[0]) + 1}",
        ),
        tile((final[0].sign() + 1) / 2, "it says"),
        tile((final[0].sign() != shown.target[0]).float(), "wrong bits"),
    ]
    guess = f"guessing would give {config.guessing:.1%}"
    return f"<p><b>{error:.1%}</b> wrong bits on average; {guess}</p><div>{''.join(stored)}</div><div>{''.join(recalled)}</div>"


viz.explore(
    {
        "patterns": [1, 2, 3, 5, 7, 10],
        "hidden part": [0.25, 0.5, 0.75],
        "eta, times": [0.3, 1.0, 3.0],
    },
    frame,
    start=(5, 0.5, 1.0),
)

# %% [markdown]
# ## Paper vs ours
#
# On one axis: what the paper reports (of the five patterns from memory, nearly zero), what our recorded runs gave (five patterns: at the paper's settings; Omniglot: a fifth of its episodes), and what this page has just computed.

# %% mystnb={"figure": {"caption": "Paper, recorded run, this page. The upper row is an error (lower is better), the lower one an accuracy.", "name": "fig-paper-vs-ours"}, "image": {"alt": "Dot plot with two rows. Wrong bits on the five-pattern task: recorded run and this page, both near zero. Omniglot accuracy: the paper's value near one, the recorded run just below it, and this page near four fifths."}} tags=["hide-input"]
recorded = {
    module: records.load_all(f"plasticity.{module}", "paper")
    or records.load_all(f"plasticity.{module}", "colab")
    for module in ("binary", "omniglot")
}


def last(module, metric):
    """Values of the newest recorded run of the plastic network, if there is one."""
    return (
        [
            o.metrics[metric]
            for o in recorded[module][-1].outcomes
            if o.condition == "plastic"
        ]
        if recorded[module]
        else None
    )


viz.comparison(
    [
        viz.Comparison(
            "five patterns:\nwrong bits",
            [o.metrics["error"] for o in plastic],
            last("binary", "error"),
            claims["plasticity.binary.error"].paper.value,
        ),
        viz.Comparison(
            "Omniglot:\naccuracy",
            [o.metrics["accuracy"] for o in named],
            last("omniglot", "accuracy"),
            claim.paper.value,
            claim.paper.spread,
        ),
    ],
    x_label="fraction",
    limits=(-0.02, 1.02),
)

# %% tags=["hide-input"]
Markdown(ledger.sources("plasticity"))

# %% [markdown]
# Every claim of this chapter, with its source and its state. A source that nobody has opened is marked.

# %% tags=["hide-input"]
outcomes = {
    "plasticity.binary": plastic + plain,
    "plasticity.comparison": [outcome for group in results.values() for outcome in group],
    "plasticity.images": [outcome for group in photographs.values() for outcome in group],
    "plasticity.omniglot": named,
    "plasticity.maze": [outcome for group in mazes.values() for outcome in group],
}
ledger.table("differentiable_plasticity", outcomes, scale=scale)

# %% [markdown]
# And the verdicts, which are compared whenever this notebook is executed again:

# %% tags=["nbval-check-output"]
generated = {
    address: outcomes[address]
    for address in ("plasticity.binary", "plasticity.comparison", "plasticity.maze")
}
ledger.verdict("differentiable_plasticity", generated, scale=scale)

# %% tags=["nbval-check-output", "needs-cifar10"]
ledger.verdict(
    "differentiable_plasticity",
    {"plasticity.images": outcomes["plasticity.images"]},
    scale=scale,
)

# %% tags=["nbval-check-output", "needs-omniglot"]
ledger.verdict("differentiable_plasticity", {"plasticity.omniglot": named}, scale=scale)

# %% [markdown]
# ## What the original code does that the paper does not say
#
# The authors published their code (`uber-research/differentiable-plasticity`). Reading it settles what a paper of eight pages cannot say. File names and lines are those of its last commit.
#
# | what | where | what we do |
# | --- | --- | --- |
# | A shown bit is an input of ±20 *added inside* the tanh. The neuron saturates, so almost no gradient flows while a pattern is shown; it flows through the pauses and the probe. | `simple/simplest.py` 65, 87 | the same; `clamp="hard"` is the other way, which the image task uses |
# | Each pattern is shown twice, six steps at a time; the accompanying text says once. | `simple/simplest.py` 38-41 | `cycles`, `shown`, `gap` in `binary.Config`; the defaults are the code's |
# | Two pattern generators: independent coin flips here, balanced patterns with exactly half of the bits hidden there. | `simplest.py` 51-54, `full.py` 85-97 | `balanced` in `binary.Config`; off for five patterns, on for fifty bits |
# | The short script keeps $\eta = 0.01$; the long one trains it. | `simplest.py` 76, `full.py` 126 | `learn_eta`; off at `paper`, on at `ci` |
# | The loss is the *sum* over bits, of the last step alone. Learning rates depend on that. | `simplest.py` 92 | the same |
# | The LSTM's clamp: forget-gate bias −1000, input- and output-gate biases 10, cell-gate weights 10 for the own input and 0 for others, inputs of ±100, all rewritten before every episode, whatever Adam did. The comment beside it says that without it results are worse. | `simple/lstm.py` 149-165, 77 | the same; `clamped` in `comparison.LSTMConfig` |
# | PyTorch's LSTM has two biases; the second is set to 0 before every episode, so there is one. A clamped cell keeps nothing, so its output stays within ±tanh(1) = ±0.76 and the squared error can never reach 0. | `simple/lstm.py` 155, 163 | the same; errors go by sign |
# | The clamp holds the *cell* gate, but every input also reaches the *other* gates of a clamped cell through ordinary random weights, times 100. In an untrained network of the paper's size about a sixth of the shown bits come out below 0.1 where 0.76 would be full strength (a test measures it); the sign is always right. | `simple/lstm.py` 158-165 | the same |
# | The rivals are far larger than the plastic network: 51 neurons and 5,203 trained numbers against 4.2 million (plain) and 16.4 million (LSTM), at a tenth of its learning rate. | `simple/README.md` | the same at `paper`; 51 neurons and 100 cells at `ci`, 251 neurons and 200 cells at `colab` |
# | A photograph is the sum of its colours minus *its own* mean, over *its own* largest value up to sign: brightness and contrast are gone before the network sees anything. | `images/images.py` 87-90 | the same |
# | Images are *hard* clamped: a shown pixel *is* its neuron's activity. But "shown" means "not exactly 0", so a pixel at the mean grey counts as no input. | `images.py` 143-151 | the same, `clamp="hard"` |
# | A smaller `patternsize` would cut rows off the photograph's lower end, not shrink it. | `images.py` 88 | `side` in `images.Config` shrinks it |
# | The command line's `--homogenous` takes its default from another option, the presentation time, 20. Only the value 1 means one alpha, so the default is harmless, but result files are called `homogenous_20`. | `images.py` 262; `testpics.py` 48 | the condition `homogeneous` |
# | The script that draws the published figure loads batch 5, which was kept out of training, into a variable of its own, then calls a generator that reads batches 1-4: the photographs in the figure come from the training pool. | `images/testpics.py` 46, 82 | all errors and pictures are of photographs kept out |
# | A probe of random pixels exists and is not used; a comment says why. | `images.py` 97-105 | `degrade="pixels"`; see the exercise |
# | In Omniglot $\eta$ and all $\alpha$ start near 0.01, so the memory is felt at $10^{-4}$ of its size and the loss sits on a plateau for tens of thousands of episodes: "not training", says an issue in the repository. Binary cross-entropy of a uniform guess over five is 0.5004, and that is the plateau. | `omniglot/omniglot.py` 190, 196 | the same at `paper`; at `ci` we start with $\eta = 0.5$ and $\alpha$ up to 1 |
# | The 100 test characters are drawn with the run's seed, but the script that evaluates ten networks shuffles once, with seed 0. As published, most "test" characters of the other nine networks were training characters. Whether the paper's number came from this script is not known. | `omniglot.py` 258, 281; `test_omniglot_allseeds.py` 158, 187 | each network is tested on its own 100 characters |
# | A query may be the very drawing that was shown, one time in twenty. | `omniglot.py` 117-146 | the same |
# | In the maze the network is not told its last action: the line for it is commented out. The step number goes in raw, up to 249, beside inputs of order 1. | `maze/maze.py` 57-64, 340-345 | `previous_action`, `step_unit` in `maze.Config`; as the code has it at `paper`, action shown and step scaled below |
# | The "entropy bonus" is a penalty on $\sum_a \pi(a)^2$, Simpson's index of concentration. | `maze/maze.py` 397-402 | the same |
# | Adam's epsilon is $10^{-4}$, not $10^{-8}$: with small gradients, a lower learning rate. All recurrent $w$ and $\alpha$ start positive. | `maze/maze.py` 86-96, 253 | the same at `paper`; below it they start on both sides of zero, with weights that are felt |
# | The reward may lie on the start; a find may put the agent down on the reward, which earns nothing then. | `maze/maze.py` 304-318, 368-388 | the same; `reward_at_centre` and `land_on_reward` of `envs.Mazes` |
#
# ## Exercises
#
# ```{exercise} Floors
# :label: ex-plasticity-floors
#
# Let an episode show $k$ patterns, of which a network can hold the last $m$ in its activity, and let a fraction $h$ of the bits be hidden. What is its error? Check your formula against the two dotted lines of {numref}`fig-binary` and {numref}`fig-comparison`. How many patterns can the 50-bit network without plasticity hold?
# ```
#
# ```{solution} ex-plasticity-floors
# :class: dropdown
#
# The probe is one of the last $m$ patterns with probability $m/k$, and then nothing is wrong. Otherwise half of the hidden bits are:
#
# $$ \frac{h}{2}\Big(1 - \frac{m}{k}\Big). $$
#
# With $h = \tfrac12$: for $k = 5$, $m = 0$ gives $\tfrac14$ and $m = 1$ gives $\tfrac15$; for $k = 2$, $m = 1$ gives $\tfrac18$. The plain network ends at $\tfrac18$, so it holds exactly one.
# ```
#
# ```{exercise} One alpha is attention
# :label: ex-plasticity-attention
#
# Prove what the box says: write the trace as a sum over the past, set all $\alpha_{ij} = \alpha$, and change the order of the two sums. What would Oja's rule {eq}`eq-oja` change about the coefficients $c_s$? And how many such attentions do you need if $\alpha$ is a matrix of rank $r$?
# ```
#
# ```{solution} ex-plasticity-attention
# :class: dropdown
#
# From {eq}`eq-hebb`, $\mathrm{Hebb}_{ij} = \sum_{s<t} c_s\, x_i(s-1)\, x_j(s)$ with $c_s = \eta (1-\eta)^{t-1-s}$. Then $\sum_i \alpha\, \mathrm{Hebb}_{ij}\, x_i(t-1) = \alpha \sum_s c_s\, x_j(s) \sum_i x_i(s-1)\, x_i(t-1)$, and the inner sum is the dot product. With Oja's rule what is left of a pair depends on the receiving neuron: $c_{s,j} = \eta \prod_{s<r<t} (1 - \eta\, x_j(r)^2)$, so a neuron that is silent forgets nothing. If $\alpha_{ij} = \sum_k a_{ik} b_{kj}$, take $b_{kj}$ out of the sum over $i$: $r$ attentions, with keys weighted by $a_{ik}$.
# ```
#
# ```{exercise} How many numbers?
# :label: ex-plasticity-numbers
#
# At the paper's scale the plastic network has 51 neurons, the plain one 2,051, the LSTM 2,000 cells and 50 inputs. How many numbers does gradient descent train in each? (An LSTM has four gates, each with weights from the inputs, weights from the cells, and a bias.)
# ```
#
# ```{solution} ex-plasticity-numbers
# :class: dropdown
#
# Plastic: $w$, $\alpha$ and $\eta$, so $2 \cdot 51^2 + 1 = 5{,}203$. Plain: $2051^2 = 4{,}206{,}601$. LSTM: $4\,(50 \cdot 2000 + 2000^2 + 2000) = 16{,}408{,}000$, three thousand times as many as the plastic network. What the plastic network has more of is *memory that needs no training*: $51^2 = 2{,}601$ numbers in its trace, against 51 activities.
#
# ~~~python
# from aiga.plasticity.lstm import ClampedLSTM
#
# lstm = ClampedLSTM(50, 2000, [seeding.generator(0, "init")])
# print(sum(parameter.numel() for parameter in lstm.parameters()))
# ~~~
# ```
#
# ```{exercise} Without the clamp
# :label: ex-plasticity-clamp
#
# Train the LSTM of this page with its cells left alone. Where does its error start, and where is it after the same number of episodes? Which comparison with the plastic network is the fair one?
# ```
#
# ```{solution} ex-plasticity-clamp
# :class: dropdown
#
# ~~~python
# loose = replace(comparison.SCALES["ci"]["lstm"], clamped=False)
# outcome = comparison.train(loose, seeds=[0], device="cpu")[0]
# print(outcome.curves["error"].y[0], outcome.metrics)
# ~~~
#
# It starts at one half, since nothing tells it the visible bits, and ends close to the clamped network's eighth, a little above: at this size the clamp buys a better start rather than a better end. But look where the errors are: about as many on the first pattern as on the last, where the clamped network has a quarter on the first and next to none on the last. It keeps parts of both. At the start of training the clamped comparison is the fair one, because the plastic network is clamped too; the free one shows what the cells do when nothing ties them down.
# ```
#
# ```{exercise} The mean of three
# :label: ex-plasticity-mean
#
# Suppose that photographs are independent of each other and that a hidden pixel has mean 0 and variance $v$. You know all three photographs, but not which one is asked for. What is the mean squared error of answering 0, the photograph shown last, and the mean of the three? Show that no other multiple of their sum does better than the mean. Compare with the two dotted lines of {numref}`fig-images-learning`.
# ```
#
# ```{solution} ex-plasticity-mean
# :class: dropdown
#
# Answering 0 costs $v$. The last photograph is the right one in one case of three and costs nothing then; otherwise two independent pixels differ by $2v$, so $\tfrac23 \cdot 2v = \tfrac43 v$: confidence in the wrong memory is worse than no answer. For $c$ times the sum, the target's own share leaves $(1-c)^2 v$ and the other two add $2c^2 v$; the derivative $-2(1-c) + 4c$ vanishes at $c = \tfrac13$, which is the mean, and costs $\tfrac23 v$. As root mean squares the mean of three is $\sqrt{2/3} \approx 0.82$ times the blank, and that is the distance between the two lines.
# ```
#
# ```{exercise} An easier probe that teaches less
# :label: ex-plasticity-pixels
#
# The original code can also hide pixels anywhere instead of a whole half, but says that one shouldn't. Predict what this does to the gap between the plastic and the plain network, and to the map of {numref}`fig-images-alpha`. Then try it.
# ```
#
# ```{solution} ex-plasticity-pixels
# :class: dropdown
#
# ~~~python
# for name in ("plastic", "rnn"):
#     anywhere = replace(images.SCALES[scale][name], degrade="pixels")
#     outcome = images.train(anywhere, seeds=[seed], device=device)[0]
#     print(name, outcome.metrics["error"])
#     if name == "plastic":
#         print(figures_images.by_row(outcome.network.alpha[0], anywhere))
# ~~~
#
# Every hidden pixel now has visible neighbours, and photographs are smooth: the plain network paints almost as well as the plastic one, from the neighbours' mean and without remembering anything. The quadrants of the map disappear, because no pixel is more likely to be visible than another. A task has to *need* memory before it can show that a network has one.
# ```
#
# ```{exercise} How good is good?
# :label: ex-plasticity-bound
#
# In the maze of this page (21 free cells, 60 steps) the shortest way from a random cell to a random reward takes 3.62 steps on average, when the two differ. How often could an agent find the reward that knew the place from the start? And one that must first search for $t_1$ steps? Put your network's own $t_1$ into the formula: how far is it from perfect memory?
# ```
#
# ```{solution} ex-plasticity-bound
# :class: dropdown
#
# Knowing the place: about $60 / 3.62 \approx 17$. After a search of $t_1$ steps: about $1 + (60 - t_1)/3.62$, which is 13 for $t_1 = 16$. What your network does after its first find, `in_maze("later_find")` steps a find, lies between that and its own search time:
#
# ~~~python
# t1, later = in_maze("first_find"), in_maze("later_find")
# print(f"perfect memory {1 + (60 - t1) / 3.62:.1f}, this network {1 + (60 - t1) / later:.1f}, no memory {60 / t1:.1f}")
# ~~~
# ```
#
# ```{exercise} How far does a reward reach?
# :label: ex-plasticity-discount
#
# With $\gamma = 0.9$ and one reward of 1, $k$ steps ahead, what is $R_t$ in {eq}`eq-a2c`? From which $k$ on is it below a tenth? Compare with the steps that a first find takes in {numref}`fig-first-later`, and with the paper's maze, where a random walk of 250 steps finds the reward about once. What does that say about the flat beginning of the curves?
# ```
#
# ```{solution} ex-plasticity-discount
# :class: dropdown
#
# $R_t = 0.9^k$, below a tenth from $k = 22$ on. An untrained network needs about 60 steps for a find, so most of its moves see a return near zero: only the last twenty steps before a lucky find teach anything, and what they teach is "walk on", not "remember". Returns become dense only once finds do; hence the plateau, and then the rise.
#
# ~~~python
# rewards = torch.zeros(60, 1, 1)
# rewards[40] = 1
# print(a2c.returns(rewards, 0.9)[[40, 30, 18, 0], 0, 0])    # 1, 0.35, 0.098, 0.015
# ~~~
# ```
#
# ## Where to go next
#
# - **Run it bigger.** `aiga run plasticity.binary --scale paper --seeds 0:5` is the paper's own task; {doc}`/book/how_to_use` says how to run it on a GPU or a cluster.
# - **Networks that decide *when* to learn** {cite}`miconi2019`: let the network itself scale its plasticity from moment to moment. That is the next chapter of the story.
# - **Older and newer relatives**: Hopfield's associative memory {cite}`hopfield1982` is the same outer product without the training; linear attention {cite}`schlag2021` is what it becomes when all alphas are equal.
