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
# (nb-anml)=
# # ANML: learning to learn without forgetting
#
# [![Open in Colab](../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/anml.ipynb)
#
# *A neuromodulated meta-learning algorithm.* Beaulieu, Frati, Miconi, Lehman, Stanley, Clune & Cheney, "Learning to Continually Learn", ECAI 2020 {cite}`beaulieu2020`.
#
# <!-- cost-card -->
#
# | scale | time | peak memory | download, once | measured on |
# | --- | --- | --- | --- | --- |
# | `ci` (this page) | under 10 min | 1.5 GB | Omniglot, 16 MB | AMD EPYC, 1 thread(s) |
# | `colab` | under 4 h (anml.continual, anml.zapping only) | 1.5 GB | Omniglot, 16 MB | AMD EPYC, 1 thread(s) |
# | `paper` | not yet recorded | – | Omniglot, 16 MB | – |
#
# <!-- /cost-card -->
#
# **You need** convolutional networks and gradient descent. **You will be able to** say why a network forgets and show it; take a gradient through an inner loop of learning, exactly and approximately, and say what the approximation leaves out; teach one network dozens of characters, one after another, each seen once; and judge from experiments, not from the paper's title, which of its ingredients the result needs.

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
import torch.nn.functional as F
from IPython.display import Markdown

from aiga import datasets, ledger, records, seeding, viz
from aiga.anml import (
    analysis,
    continual,
    figures,
    figures_inner,
    figures_maml,
    figures_units,
    figures_zapping,
    inner,
    maml,
    meta_test,
    peer,
    reported,
    tasks,
    zapping,
)
from aiga.anml.drawings import spread
from aiga.anml.learner import ConvNet
from aiga.anml.model import ANML, kaiming
from aiga.ledger import mean_of

torch.set_num_threads(1)  # small matrices: more threads only get in each other's way
seeds = range(seed, seed + 3)
claims = {claim.id: claim for claim in ledger.load("anml").claims}
protocol = continual.SCALES[scale]["anml"].protocol
longest = protocol.lengths[-1]
middle = 50 if 50 in protocol.lengths else longest

# %% [markdown]
# ## The question
#
# **Try this before you read on.** Learn ten new telephone numbers, one a minute, and never look back. After the tenth, can you still say the first? Now picture a neural network that learns them by gradient descent. Each step makes the *present* number more likely, and nothing in the step asks what that does to the others.
#
# That is *catastrophic forgetting*. Networks are usually saved from it by shuffling: every batch holds a little of everything, so that no step can ruin the rest. A learner that meets the world in the order in which it happens has no shuffled batches. Many cures have been designed by hand: rehearse old examples, freeze what mattered, grow new parts.
#
# This chapter's paper designs none. It follows the recipe of AI-generating algorithms {cite}`clune2019`: if you want a network that learns one thing after another without forgetting, then make *that* the outer loop's objective, and let gradient descent find out how. The inner loop is a life: learn one character from twenty drawings, one step each. The outer loop asks afterwards what has become of the others, and improves the weights with which the next life starts.
#
# It also adds a part to the network. Beside the *prediction network* stands a *neuromodulatory network* that sees the same image and decides which units of the prediction network are heard. Brains have chemicals that say when and where synapses may change. Here a unit that is not heard has no say in the answer (*selective activation*), and as no gradient passes through a unit that is not heard, its weights stay as they are (*selective plasticity*). Is that second network needed? Keep the question; you will have an answer before the page ends.

# %% [markdown]
# ## The idea in about 60 lines
#
# All of it, in plain PyTorch. `learn` is the inner loop: one gradient step for each drawing, on the last layer alone, with the gradient of the cross-entropy written out by hand. `meta_train` is the outer loop: learn one character, then be asked for it *and* for 64 others, and send the gradient back through all those steps.


# %%
def embed(p, images):
    """What the last layer reads: one small network sees, another decides what is heard."""
    seen = heard = images[:, None]
    for layer in range(3):
        seen = F.instance_norm(F.conv2d(seen, p[f"see {layer}"], stride=2)).relu()
        heard = F.instance_norm(F.conv2d(heard, p[f"hear {layer}"], stride=2)).relu()
    gate = torch.sigmoid(heard.flatten(1) @ p["gate"])
    return gate * seen.flatten(1)


def learn(head, embedded, label, rate):
    """One gradient step for each drawing of one character, in the order in which they come."""
    target = F.one_hot(torch.tensor(label), len(head))
    for x in embedded:
        error = torch.softmax(head @ x, 0) - target  # gradient for the logits
        head = head - rate * torch.outer(error, x)
    return head


def fresh(generator, classes, see=24, hear=8):
    """Untrained weights."""

    def draw(*shape, inputs):
        return torch.randn(shape, generator=generator) * (2 / inputs) ** 0.5

    p = {
        "gate": draw(4 * hear, 4 * see, inputs=4 * hear),
        "head": draw(classes, 4 * see, inputs=4 * see),
    }
    for name, maps in (("see", see), ("hear", hear)):
        for layer, before in enumerate((1, maps, maps)):
            p[f"{name} {layer}"] = draw(maps, before, 3, 3, inputs=9 * before)
    return {name: value.requires_grad_() for name, value in p.items()}


def meta_train(known, iterations, generator):
    """Weights from which learning one character leaves the others alone."""
    p = fresh(generator, len(known))
    optimiser = torch.optim.Adam(p.values(), lr=2e-3)
    for _ in range(iterations):
        label = int(torch.randint(len(known), (1,), generator=generator))
        with torch.no_grad():  # forget this one, so that there is something to learn
            row = torch.randn(p["head"].shape[1], generator=generator)
            p["head"][label] = row * (2 / len(row)) ** 0.5
        others = torch.randint(len(known), (64,), generator=generator)
        drawers = torch.randint(20, (64,), generator=generator)
        embedded = embed(p, torch.cat([known[label], known[others, drawers]]))
        head = learn(p["head"], embedded[:20], label, rate=0.1)  # a life
        labels = torch.cat([torch.full((20,), label), others])
        loss = F.cross_entropy(embedded @ head.T, labels)  # what is left of everything?
        optimiser.zero_grad()
        loss.backward()  # through all twenty steps
        optimiser.step()
    return p


@torch.no_grad()
def one_after_another(p, characters, rate):
    """Teach new characters, 15 drawings each; the accuracy on 5 other drawings of each."""
    head = torch.zeros(len(characters), p["head"].shape[1])
    for label, drawings in enumerate(characters):
        head = learn(head, embed(p, drawings[:15]), label, rate)
    asked = embed(p, characters[:, 15:].flatten(0, 1)) @ head.T
    return (
        (asked.argmax(-1).view(-1, 5) == torch.arange(len(characters))[:, None])
        .float()
        .mean(1)
    )


# %%
omniglot = datasets.omniglot(28)
ink = 1 - omniglot.images.float() / 255  # (characters, 20 drawings, 28, 28), ink = 1
generator = torch.Generator().manual_seed(seed)
untrained = fresh(generator, 1)
trained = meta_train(ink[~omniglot.evaluation], 600, generator)
new = ink[omniglot.evaluation]
new = new[torch.randperm(len(new), generator=generator)[:20]]
taught = {
    name: max(
        (one_after_another(p, new, rate) for rate in (0.003, 0.01, 0.03)), key=torch.mean
    )
    for name, p in (("untrained", untrained), ("meta-trained", trained))
}

# %% mystnb={"figure": {"caption": "Twenty new characters, taught one after another by the sixty lines above; then the accuracy on each. The first taught is on the left.", "name": "fig-anml-sixty"}, "image": {"alt": "Two rows of twenty bars, from the character taught first to the one taught last. In the untrained network a third of the bars are zero; in the meta-trained one most are above a half, on the left as on the right."}} tags=["hide-input"]
figures_units.by_order(taught, chance=1 / len(new), data=omniglot.data)

# %% tags=["hide-input"]
Markdown(
    f"Mean accuracy on all twenty: **{taught['untrained'].mean():.0%}** before meta-training, **{taught['meta-trained'].mean():.0%}** after; "
    f"on the first ten {taught['untrained'][:10].mean():.0%} and {taught['meta-trained'][:10].mean():.0%}. Chance is {1 / len(new):.0%}."
)

# %% [markdown]
# **What to look at.** Both networks are taught by the same `learn`, each at the rate that serves it best, and neither has met these characters before. The untrained one must learn in such small steps, not to ruin what it has, that it never learns much. The meta-trained one, with as many steps, knows nearly twice as many in the end, and knows the first ten as well as the last. Nobody told it how.

# %% [markdown]
# ## Equation ↔ code
#
# An image $x$ passes through both networks. The gate multiplies the prediction network's last hidden layer, and a linear layer reads the product:
#
# ```{math}
# :label: eq-anml-gate
# h = f_{\theta^{conv}}(x), \qquad g = \sigma\big(A\, u_{\theta^{NM}}(x) + a\big) \in (0,1)^F, \qquad z = W (g \odot h) + b
# ```
#
# With $\delta = \mathrm{softmax}(z) - e_y$, the gradients are
#
# ```{math}
# :label: eq-anml-selective
# \frac{\partial \mathcal L}{\partial W_{cj}} = \delta_c\, g_j h_j, \qquad \frac{\partial \mathcal L}{\partial h_j} = g_j \sum_c \delta_c W_{cj}.
# ```
#
# There is $g_j$ in both: what is not heard does not learn. The inner loop changes the prediction network, $\theta^P = (\theta^{conv}, W, b)$, on the $k = 20$ drawings of one character, and leaves the neuromodulatory network alone:
#
# ```{math}
# :label: eq-anml-inner
# \theta^P_i = \theta^P_{i-1} - \beta\, \nabla_{\theta^P_{i-1}} \mathcal L\big(\theta^{NM}, \theta^P_{i-1}, x_i\big), \qquad i = 1, \dots, k
# ```
#
# The outer loop then looks at the character just learned and at a random sample of all others, with the weights *after* the inner loop, and changes the weights *before* it:
#
# ```{math}
# :label: eq-anml-outer
# (\theta^{NM}, \theta^P_0) \leftarrow \mathrm{Adam}_\alpha\Big( \nabla_{\theta^{NM}, \theta^P_0}\, \mathcal L\big(\theta^{NM}, \theta^P_k, S_{traj} \cup S_{rem}\big) \Big)
# ```
#
# | symbol | in the code | what it is | changed by |
# | --- | --- | --- | --- |
# | $h$ | `network.hidden(images)` | the prediction network's last hidden layer | the weights |
# | $g$ | `network.gate(images)` | how far each unit is heard | the weights |
# | $W, b$ | `network.head_weight`, `network.head_bias` | last layer | inner and outer loop; the life after training |
# | $\theta^{conv}$ | `network.adaptable()` | the prediction network's convolutions | inner and outer loop |
# | $\theta^{NM}$ | the rest of `network.parameters()` | neuromodulatory network | outer loop only |
# | $\beta$, $\alpha$ | `config.inner_rate`, `config.learning_rate` | rates of the inner and outer loop | nobody |
#
# **First order or second.** {eq}`eq-anml-outer` differentiates through {eq}`eq-anml-inner`, which differentiates already: gradients of gradients. The paper says that it does so. The released code does not: it takes each inner gradient for a constant (the history is in the section on the original code). Then all that is left for $\theta^P_0$ is the gradient at $\theta^P_k$, as in first-order MAML. Both are here, behind one word. How alike are they?

# %%
check = ANML(
    seeding.generator(seed, "check"), channels=8, gate_channels=4, outputs=50
).double()
drawn = seeding.generator(seed, "check drawings")
shown = ink[3].double()[:, None]  # one character's twenty drawings
others = torch.randint(50, (64,), generator=drawn)
asked = torch.cat([shown, ink[others, 0].double()[:, None]])
labels = torch.cat([torch.full((20,), 3), others])


def meta_gradient(network, order, rate=0.1):
    """The gradient for everything, as one vector."""
    network.zero_grad()
    inner.meta_loss(network, shown, 3, asked, labels, rate=rate, order=order).backward()
    return torch.cat([p.grad.flatten() for p in network.parameters()])


def cosine(network, rate):
    """Of the angle between the two meta-gradients."""
    first, second = (meta_gradient(network, order, rate) for order in (1, 2))
    return float(F.cosine_similarity(first, second, dim=0))


def literal(network, order, rate=0.1):
    """The same without any shortcut: twenty steps, each of which rewrites all weights that learn."""
    start = dict(network.named_parameters())
    learns = [name for name in start if name.startswith(("encoder", "head"))]
    now = dict(start)
    for image in shown.split(1):
        z = torch.func.functional_call(network, now, (image,))
        loss = F.cross_entropy(z, torch.tensor([3]))
        steps = torch.autograd.grad(
            loss, [now[name] for name in learns], create_graph=order == 2
        )
        now |= {
            name: now[name] - rate * step for name, step in zip(learns, steps, strict=True)
        }
    loss = F.cross_entropy(torch.func.functional_call(network, now, (asked,)), labels)
    return torch.cat([g.flatten() for g in torch.autograd.grad(loss, list(start.values()))])


differences = {
    order: (
        (meta_gradient(check, order) - literal(check, order)).abs().max()
        / literal(check, order).abs().max()
    ).item()
    for order in (1, 2)
}
print(
    f"largest relative difference from the literal loop: order 1 {differences[1]:.0e}, order 2 {differences[2]:.0e}"
)
print(
    f"cosine between the two meta-gradients: {cosine(check, 0.1):.2f} at a rate of 0.1, {cosine(check, 0.001):.2f} at 0.001"
)

# %% [markdown]
# The library computes the same gradients as the loop that says everything out, in about half of the time (first order) and a ninth (second order). Three shortcuts do it, and none of them changes a number: the gates of all twenty drawings are computed at once, since nothing inside the loop changes them; instance norm treats a batch as it treats each image; and the last layer's matrix is never rewritten ({ref}`an exercise <ex-anml-gram>` asks you why that works). `make bench` measures it.
#
# At the rate that the paper uses, the two gradients point in quite different directions. They are two algorithms, not one and its approximation.

# %% [markdown]
# ## Where it comes from: MAML
#
# The idea of a gradient through an inner loop of gradient descent is MAML's {cite}`finn2017`: find initial weights from which *one* step of learning goes a long way. Its test is a single small task at a time: five characters, one drawing of each, then name other drawings of these five. OML {cite}`javed2019` made of it an objective for continual learning, a long inner loop followed by the question what is left of everything else. ANML is OML with a gate and a norm. (The reset of a character's row, the third thing that this chapter takes apart, stands in the code of both.) So first, MAML.
#
# > **Predict.** Two rivals have no meta-learning: a network that was trained on the same number of drawings in the ordinary way, as a classifier, and one that was not trained at all. Each gets a fresh last layer, and takes the same few steps on five drawings. How far behind MAML are they?

# %%
few = {
    name: maml.train(config, seeds=seeds, device=device)
    for name, config in maml.SCALES[scale].items()
}
_ = records.keep(maml, scale, [outcome for group in few.values() for outcome in group])
# %% mystnb={"figure": {"caption": "Five characters, one drawing of each. Left: accuracy after the inner loop, on training tasks, during meta-training. Right: on new characters, before the first step and after each. Bands are 95 % intervals over seeds.", "name": "fig-anml-maml"}, "image": {"alt": "Left: two rising curves, MAML and its first-order form. Right: all networks start near guessing, one in five; MAML rises steeply at the first step, the pretrained network less, the untrained one least."}} tags=["hide-input"]
figures_maml.learning(few, ways=maml.SCALES[scale]["maml"].ways)


# %% tags=["hide-input"]
Markdown(
    f"After {maml.SCALES[scale]['maml'].test_steps} steps on new characters: MAML **{mean_of(few['maml'], 'accuracy'):.0%}**, first order "
    f"**{mean_of(few['first_order'], 'accuracy'):.0%}**, pretrained **{mean_of(few['pretrained'], 'accuracy'):.0%}**, untrained "
    f"**{mean_of(few['untrained'], 'accuracy'):.0%}**. Before any step all of them guess: MAML's weights *know* nothing about the new characters; they are a good place to start from."
)

# %% [markdown]
# **What to look at.** The first step. It takes MAML's networks, and those of its first-order form, most of their way; from there the lines are nearly flat. The pretrained network, whose weights know far more about characters, is more than twenty points behind after that step, and by the third it has nearly caught up. So the question "how far behind?" has an answer only with a number of steps, and that is what MAML optimises: not where learning ends, but how far *one* step goes.

# %% [markdown]
# Is it really MAML? An independent library, learn2learn {cite}`arnold2020`, can tell. The same network, the same tasks, learn2learn's inner loop instead of ours:

# %%
if peer.available():
    tried = maml.SCALES[scale]["maml"]
    network = ConvNet(seeding.generator(seed, "peer"), filters=8).double()
    known, _ = tasks.split(omniglot.images, tried, seed)
    drawn = tasks.draw(known, tried, seeding.generator(seed, "peer tasks"), 4)
    drawn = replace(drawn, support=drawn.support.double(), query=drawn.query.double())
    ours, theirs = (
        losses(network, drawn, tried)[0] for losses in (maml.meta_losses, peer.meta_losses)
    )
    gradients = [
        torch.autograd.grad(each.sum(), list(network.parameters()))
        for each in (ours, theirs)
    ]
    worst = max((a - b).abs().max().item() for a, b in zip(*gradients, strict=True))
    print(f"largest difference between the two meta-gradients: {worst:.0e}")
else:
    print(
        "learn2learn is not installed here; the book's tests compare the two wherever it is"
    )

# %% [markdown]
# ## Dozens of characters, one after another (figure 3)
#
# Now the paper's own test. After training, everything but the last layer is frozen, and the last layer begins anew. It is shown fifteen drawings of a new character, one step of Adam each, then fifteen of the next, and so on. Nothing is shown twice. In the end it must name five *other* drawings of every character it has met. The paper goes on to 600 characters with a network of six million parameters; this page (scale `ci`) goes to 100 with a network an eighth as wide, trained for a few hundred iterations instead of 20,000.
#
# The rivals: *pretraining*, the same network trained on the same number of drawings as an ordinary classifier; and *scratch*, where nothing is trained beforehand and all layers learn. Each gets its own best learning rate, chosen on characters that are not reported.
#
# > **Predict.** Draw four curves of accuracy against the number of characters, from 10 to 100: ANML and pretraining, each for drawings that were learned from and drawings that were not.

# %%
compared = ("anml", "without_gate", "without_reset", "without_both", "pretrain", "scratch")
groups = {
    name: continual.train(continual.SCALES[scale][name], seeds=seeds, device=device)
    for name in compared
    if name in continual.SCALES[scale]
}
_ = records.keep(
    continual, scale, [outcome for group in groups.values() for outcome in group]
)
called = {
    "anml": "ANML",
    "without_gate": "ANML without the gate",
    "pretrain": "pretraining",
    "scratch": "scratch",
}
named = {label: groups[name] for name, label in called.items()}
# %% mystnb={"figure": {"caption": "Accuracy after learning this many characters one after another. Left, drawings that were learned from; right, drawings that were not. Lines are means over seeds, bands 95 % intervals; open markers: the same drawings shuffled. At the right end the paper's values at 600; dotted, the authors' later replication. Both are for the full-size network.", "name": "fig-anml-classes"}, "image": {"alt": "Two panels of accuracy against the number of characters, logarithmic axis from 10 to 600. On the right, ANML with and without its gate fall slowly and stay well above pretraining and scratch, which end at 0.11 to 0.13. On the left the network without the gate rises. The paper's ANML is at 0.64 for 600 characters, OML far below."}} tags=["hide-input"]
figures.forgetting(named)

# %% tags=["hide-input"]
rivals = max(
    mean_of(groups[name], f"accuracy_{middle}") for name in ("pretrain", "scratch")
)
p_value = analysis.mann_whitney(
    [o.metrics[f"accuracy_{middle}"] for o in groups["anml"]],
    [o.metrics[f"accuracy_{middle}"] for o in groups["pretrain"]],
)
Markdown(
    f"After {middle} characters ANML names **{mean_of(groups['anml'], f'accuracy_{middle}'):.0%}** of the held-out drawings, pretraining **{mean_of(groups['pretrain'], f'accuracy_{middle}'):.0%}**, "
    f"scratch **{mean_of(groups['scratch'], f'accuracy_{middle}'):.0%}**; chance is {1 / middle:.0%}. That is {mean_of(groups['anml'], f'accuracy_{middle}') / rivals:.1f} times the better rival. "
    f"After {longest}, ANML is at {mean_of(groups['anml'], f'accuracy_{longest}'):.0%}. The paper's test, Mann and Whitney's U, gives p = {p_value:.2g} for ANML against pretraining: with {len(seeds)} networks a side it cannot give less than 0.1, however far apart they are, which is a good reason to look at the intervals instead."
)

# %% [markdown]
# **What to look at.** On the right all curves fall; the question is how fast. (On the left, where the questions are the drawings that were learned from, a network without the gate even rises.) Pretraining gives features that are *good*: shuffled, they name more held-out drawings than ANML's (the open markers). They are not good for *this*: taught in sequence, each character ruins the ones before. ANML's features are worse by the usual measure and far better by the one that the outer loop was given. Ask for what you want.
#
# How much does the order cost? Compare each network with itself, taught the same drawings shuffled, its *oracle*:

# %% mystnb={"figure": {"caption": "What the order costs: one minus the accuracy in sequence over the accuracy shuffled. 0 would be a learner to whom the order makes no difference. Crosses: the paper, at 600 characters.", "name": "fig-anml-drop"}, "image": {"alt": "Relative drop against the number of characters. ANML and ANML without its gate lose little, pretraining most of its accuracy; the paper's crosses at 600 show ANML at 0.10, OML's last layer at 0.27, OML at 0.70 and pretraining at 0.99."}} tags=["hide-input"]
figures.drops(named)

# %% [markdown]
# **What to look at.** The paper's ranking, and its main point: meta-learning has not made a better classifier but a learner that does not mind the order. (The authors' talk has a slide with other numbers, 67, 47 and 8 per cent for pretraining, OML and ANML; the paper's are drawn here. Scratch had one sequence only, and all of its layers learn.)

# %% [markdown]
# And up to the paper's own 600 characters, in recorded runs: half of the paper's width, a fraction of its training.

# %% mystnb={"figure": {"caption": "Recorded larger runs of ANML and of ANML without its gate, three seeds each, and of pretraining, one seed, taught up to 600 characters; bands are 95 % intervals, open markers: the same drawings shuffled. Crosses, plus and dotted line as above: the paper and the authors' later replication.", "name": "fig-anml-larger"}, "image": {"alt": "Two panels of accuracy against the number of characters, 10 to 600, logarithmic axis. On drawings not seen ANML falls slowly from 0.87 to 0.56, close below the authors' dotted replication and the paper's cross at 0.64; without its gate it falls from 0.68 to 0.44, nearly in parallel; wide bands around both narrow to the right, where they no longer overlap; pretraining falls from 0.40 to 0.10, and its open marker at 600 is at 0.53, not far below ANML's at 0.65."}} tags=["hide-input"]
larger = records.by_condition("anml.continual", "colab")
larger_named = {label: larger[name] for name, label in called.items() if name in larger}
figures.forgetting(larger_named) if larger_named else Markdown(
    "Larger runs: not yet recorded."
)

# %% tags=["hide-input"]
ledger.recorded(
    "anml.continual",
    "colab",
    {
        "after 10 characters": "{accuracy_10:.0%}",
        "after 100": "{accuracy_100:.0%}",
        "after 600": "{accuracy_600:.0%}",
        "the same, shuffled": "{oracle_600:.0%}",
    },
    names=called,
)

# %% [markdown]
# **What to look at.** The slope. (In the table: which share of the drawings that it has not seen a network names; *without both* has neither gate nor reset.) After six hundred characters in sequence, nine thousand drawings each seen once, the network still names most of the drawings that it has never seen, and the gap to its own oracle is small. It runs along below the authors' curve, and ends not far from the paper's cross. Then look at pretraining: shuffled, it would have named more than half of the same characters; in sequence it names a tenth. The order costs it four fifths of what it could do, and ANML about an eighth. It is one pretrained network, so take the size of that gap for what it is; that there is one needs no second seed. The third line, ANML without its gate, is the subject of a section below.

# %% mystnb={"figure": {"caption": "The outer loop's loss. For the meta-learners it is the loss after an inner loop, on the character just learned and 64 drawings of any; for pretraining that of an ordinary batch. The two cannot be compared with each other.", "name": "fig-anml-loss"}, "image": {"alt": "Loss against drawings seen, logarithmic axis. Pretraining falls lowest; the meta-learners fall more slowly, the one whose row is not reset faster than those whose row is; the one without a gate stays highest."}} tags=["hide-input"]
figures.learning(
    {
        "ANML": groups["anml"],
        "without the gate": groups["without_gate"],
        "without the reset": groups["without_reset"],
        "pretraining": groups["pretrain"],
    }
)

# %% [markdown]
# ## What the gate does (figure 5)
#
# The gate is meant to make the units sparse: many active before it, few after. Sparse codes hardly overlap, so learning one hardly touches another. Let us look at characters that the network has never seen.

# %%
new = ink[omniglot.evaluation][::7][:60]  # sixty of the evaluation set's characters
with_gate, without_gate = (
    [
        analysis.represent(outcome.network, new.to(outcome.network.head_weight.device))
        for outcome in groups[name]
    ]
    for name in ("anml", "without_gate")
)

# %% mystnb={"figure": {"caption": "Activations before and after the gate, for characters never seen in training. Right: the fraction of units above 0.01; dashed, the paper's values.", "name": "fig-anml-sparse"}, "image": {"alt": "Left: two histograms of activations on a logarithmic axis, the one after the gate shifted to smaller values. Right: two bars of the fraction of active units before and after the gate, with the paper's values 0.53 and 0.06 as dashed lines."}} tags=["hide-input"]
figures_units.active_units(with_gate, data=omniglot.data)

# %% tags=["hide-input"]
sparse = {
    "anml": mean_of(groups["anml"], "active_after_gate"),
    **{
        name: mean_of(groups[name], "active_before_gate")
        for name in ("without_gate", "pretrain")
    },
}
Markdown(
    f"Active units in what the last layer reads: ANML **{sparse['anml']:.0%}**, ANML without its gate **{sparse['without_gate']:.0%}**, pretraining **{sparse['pretrain']:.0%}**; "
    f"before the gate, ANML {mean_of(groups['anml'], 'active_before_gate'):.0%}. The paper has 53 % before the gate and 6 % after."
)

# %% mystnb={"figure": {"caption": "The mean activity of all units for six new characters, before the gate, in the gate, and after it. One pixel is one unit.", "name": "fig-anml-classes-units"}, "image": {"alt": "Six columns, one a character, four rows: a drawing, a small mosaic of unit activities before the gate, the gate, and after the gate. The mosaics after the gate are darker and differ from column to column."}} tags=["hide-input"]
figures_units.activity_by_class(
    with_gate[0], new, [0, 9, 20, 31, 42, 53], data=omniglot.data
)

# %% [markdown]
# The paper also asks what a drawing's five nearest neighbours are: are they drawings of the same character? It finds 57 % on the units before the gate, and 81 % after it.

# %% mystnb={"figure": {"caption": "Held-out drawings named by their five nearest neighbours among 15 drawings of every character of the test. Open markers: units before the gate; filled: after it.", "name": "fig-anml-knn"}, "image": {"alt": "Dot plot with intervals for ANML, ANML without its gate and pretraining; dotted and dashed lines are the paper's values 0.57 and 0.81."}} tags=["hide-input"]
figures_units.neighbours(
    {label: named[label] for label in ("ANML", "ANML without the gate", "pretraining")},
    chance=1 / continual.SCALES[scale]["anml"].test_classes,
)

# %% tags=["hide-input"]
wider = called | {"without_reset": "ANML without the reset"}  # others by their own names
units = [
    f"Recorded at `colab`, {wider.get(name, name.replace('_', ' '))} ({len(group)} seed{'s' * (len(group) > 1)}): {mean_of(group, 'active_before_gate'):.0%} of the units above 0.01 before the gate, **{mean_of(group, 'active_after_gate'):.0%}** after it; "
    f"neighbours of the right character: {mean_of(group, 'knn_ungated'):.0%} before, **{mean_of(group, 'knn_gated'):.0%}** after."
    for name, group in larger.items()
    if "knn_gated" in group[0].metrics
]
Markdown("\n\n".join(units) or "Larger runs: not yet recorded.")

# %% [markdown]
# **What to look at.** On this page the gate makes neighbours slightly *worse*, and the best neighbours of all are pretraining's, whose features are made for telling characters apart and nothing else. In the recorded runs, of a network four times as wide that was trained for twelve times as long, and with nearly five times as many characters, the gate has begun to do what the paper says: far fewer units are active after it, and neighbours gain a little. But only with the reset. The second line is the same network without it, and there the gate hardly closes: size and time alone do not do it. The paper's own size and time are larger again.
#
# ## Is the gate needed?
#
# You have seen it already: the network without a gate, trained in the same way, is drawn in most figures above. The authors say so themselves. A slide of a later talk says that others got results about as good without the neuromodulatory network; and in their own re-implementation of 2024, with second-order gradients, the two are equal at all numbers of characters. What is *not* dispensable there is a line of code that the paper mentions in passing: before each inner loop, the character's row of the last layer is reset.

# %% mystnb={"figure": {"caption": "With and without the gate, with and without the reset. Left: this page; small marks are seeds, bars 95 % intervals. Middle: recorded larger networks, three each where the row is reset, one where it is not. Right: the authors' replication, full-size network, second order.", "name": "fig-anml-gate"}, "image": {"alt": "Three panels with two lines each, from 'row not reset' to 'row reset'. Right, the authors': both lines rise from about 0.42 to 0.67 and lie on each other. Left, this page: the line with the gate rises from 0.32 to 0.43, the one without from 0.36 to 0.41; they cross. Middle, recorded: with the gate from 0.47 to 0.56, without it from 0.43 to 0.44; the two intervals at the right do not overlap."}} tags=["hide-input"]
cells = {
    (True, True): "anml",
    (False, True): "without_gate",
    (True, False): "without_reset",
    (False, False): "without_both",
}
panels = {
    f"this page,\n{longest} characters": {
        cell: [o.metrics[f"accuracy_{longest}"] for o in groups[name]]
        for cell, name in cells.items()
    },
    "recorded,\n600 characters": {
        cell: [o.metrics["accuracy_600"] for o in larger[name]]
        for cell, name in cells.items()
        if name in larger
    },
    "the authors' later replication,\n600 characters": {
        cell: [reported.REPLICATION[cell][600]] for cell in cells
    },
}
figures.gate_and_reset(
    {title: found for title, found in panels.items() if found},
    y_label="held-out drawings named (fraction)",
    data=groups["anml"][0].data,
)

# %% tags=["hide-input"]
four = {
    name: viz.interval([o.metrics[f"accuracy_{longest}"] for o in groups[name]])
    for name in ("anml", "without_gate", "without_reset", "without_both")
}
says = {
    "anml": "gate and reset",
    "without_gate": "reset, no gate",
    "without_reset": "gate, no reset",
    "without_both": "neither",
}


def in_record(name):
    """The same of the recorded larger network, if there is one."""
    if name not in larger:
        return ""
    return f"; recorded, after 600: **{mean_of(larger[name], 'accuracy_600'):.0%}**, drop {mean_of(larger[name], 'drop_600'):.0%}"


Markdown(
    "\n".join(
        f"- {says[name]}: **{mean:.0%}** ({low:.0%} to {high:.0%}), drop against its oracle {mean_of(groups[name], f'drop_{longest}'):.0%}{in_record(name)}"
        for name, (mean, low, high) in four.items()
    )
)

# %% [markdown]
# **What to look at.** On the left, two lines that cross: at this page's size, three seeds cannot tell the network with the gate from the one without. What they can tell is the reset: with the gate, every network with it is above every one without, by about ten points, and more than twice as much in the authors' own later runs. And look back at the active units. The network without a gate is *sparser* than the gated one is after its gate: it has found its own way to what the gate was meant for. (The paper's six per cent are not there at our size either.)
#
# In the middle, the larger networks, and there the gate is ahead in both places. Why? Not because of the order: with the reset, the network without a gate loses the smallest part to it. Divide each accuracy of the list by one minus its drop, and you have what the same network knows when the drawings are shuffled. With the gate, the reset has raised that; without it, the reset has *lowered* it. So what the network without a gate lacks is good features, and the reset, which makes sparse codes pay, seems to have cost it some. With a gate the same network can have both, a rich code before the gate and a sparse one after it, and that is close to what the paper says the gate is for. With the reset there are three networks of each kind, and those of a kind agree to about a point, so chance it is not. But all are trained with first-order gradients, at half of the paper's width; the authors' replication, full-size, with second order and more training, has no such gap. Whether that comes from the order of the gradient, the size or the time, these runs do not say.
#
# So the answer to the question of the first section is: the *outer loop's objective* is what makes a network learn without forgetting; the reset makes that objective hard enough to be worth learning; and the gate is one way to meet it, not the only one, if the better one at the size of our recorded runs. One caution in its favour: all of this is Omniglot. The authors suspect that neuromodulation helps where the new task differs more from the old ones {cite}`beaulieu2021`.

# %% [markdown]
# ## Reset it and forget it
#
# If the reset is what matters, do we need the inner loop at all? That is the question of the sequel {cite}`frati2023`, which calls the reset a *zap*. Three ways of training one network, each with zaps and without: ordinary batches (all rows of the last layer are reset from time to time); *alternating*, twenty plain SGD steps on one character and then an ordinary batch, with nothing taken back and no gradient through the steps; and the same *meta-learned*, which is ANML without its gate. Then new characters are learned, in sequence by the last layer alone, or shuffled by all layers.
#
# > **Predict.** After each zap the network starts again from guessing and has to relearn its own last layer. Can that make anything *better*?

# %%
zapped = {
    name: zapping.train(config, seeds=seeds, device=device)
    for name, config in zapping.SCALES[scale].items()
}
_ = records.keep(
    zapping, scale, [outcome for group in zapped.values() for outcome in group]
)
# %% mystnb={"figure": {"caption": "What resets during training do for learning new characters afterwards. Bars: means, whiskers 95 % intervals, dots seeds. Dotted: the authors' own values with the full-size network and 600 characters.", "name": "fig-anml-zap"}, "image": {"alt": "Two panels of paired bars, without and with resets, for three ways of training. Left, characters learned in sequence: each bar with resets is higher than its neighbour. Right, shuffled, all layers: smaller differences. Dotted lines show the authors' values."}} tags=["hide-input"]
figures_zapping.resets(zapped, classes=zapping.SCALES[scale]["iid"].test_classes)

# %% [markdown]
# **What to look at.** On the left, with and without resets in each pair. For ordinary batches (i.i.d. on the axis) and for meta-learning, every network with resets keeps more after learning in sequence than any without, on average about twice as much: relearning a last layer over and over makes features from which a last layer is quickly learned. For the alternating training our runs show nothing that three seeds could tell from chance. On the right, where all layers learn from shuffled drawings, the authors gain almost ten points by resets; at our size there is nothing to see. And another difference: without resets, our inner loop alone gains about as much as resets alone. In the authors' runs it gains nothing without resets, and eleven points with them.

# %% [markdown]
# The same six, larger and longer, recorded (scale `colab`): four times as many maps, trained on all 963 characters, and asked for 600 new ones, as the authors' are. Theirs are four times as wide again, and in the two trainings with sequences they see four and twelve times as many batches.

# %% mystnb={"figure": {"caption": "Recorded, with 600 new characters. Bars: means, whiskers 95 % intervals, dots seeds. Dotted: the authors' own values with the full-size network.", "name": "fig-anml-zap-longer"}, "image": {"alt": "Two panels of paired bars, without and with resets, for three ways of training, with 600 new characters. Left, learned in sequence: i.i.d. 0.19 and 0.28, alternating 0.34 and 0.23, meta-learned 0.34 and 0.44; the dots of three seeds lie on top of one another. Right, shuffled: all bars near 0.6, alternating 0.63 and 0.56. The authors' dotted lines are higher everywhere."}} tags=["hide-input"]
zapped_longer = records.by_condition("anml.zapping", "colab")
figures_zapping.resets(
    zapped_longer, classes=zapping.SCALES["colab"]["iid"].test_classes
) if set(zapped) <= set(zapped_longer) else Markdown("Not yet recorded.")

# %% tags=["hide-input"]
ledger.recorded(
    "anml.zapping",
    "colab",
    {
        "one after another, last layer": "{sequential:.1%}",
        "shuffled, all layers": "{shuffled:.1%}",
    },
    names={
        "iid": "i.i.d.",
        "iid_zap": "i.i.d., with resets",
        "asb": "alternating",
        "asb_zap": "alternating, with resets",
        "meta_asb": "meta-learned",
        "meta_asb_zap": "meta-learned, with resets",
    },
)

# %% [markdown]
# What resets add, in points, seed by seed (with 95 % intervals):

# %% tags=["hide-input"]
ledger.Table(*figures_zapping.gains(zapped_longer)) if set(zapped) <= set(
    zapped_longer
) else Markdown("Not yet recorded.")

# %% [markdown]
# **What to look at.** The dots: three seeds fall almost on one another, so every difference within a pair on the left is one. With ordinary batches and with meta-learning resets help, as in the authors' runs, if not by as much. And meta-learning with resets is the best of the six, as theirs is.
#
# The alternating training is another matter: there resets *cost* us about as much as they give elsewhere, and the authors gain. We have not found out why, but here is a suspicion. A sequence begins by resetting its character's row, and 2,000 sequences meet each of 963 characters twice; so a row is thrown away when it has been used once. The authors' 9,000 come round nine times. Our sequences are also gentler, with a rate of 0.03 and not 0.1, because with few maps the original's undoes more than the batches learn. (The scale `paper` has 9,000, and would tell.)
#
# On the right, resets give nothing in our runs, and alternating loses by them; the authors gain everywhere. And without resets both trainings with sequences are far ahead of ordinary batches, which in the authors' runs they are not. That may be the other side of the same coin: ours see each drawing so seldom that any training which goes back to a character, twenty drawings in a row, has an advantage.

# %% [markdown]
# ## Take it apart
#
# What does a trained ANML need its gate *for*? We leave the trained weights alone and change the gate in the test only: open it (every unit fully heard), replace it by a single number, its mean over everything (no unit is chosen, all are turned down alike), freeze it at each unit's mean (the same units are heard whatever the image), or swap it (each drawing gets the gate of some other one).
#
# > **Predict.** If the gate chooses units for each image, which of these does most harm? If it only turns the volume down?


# %%
def tested(outcome, embed_with):
    """Accuracy after learning in sequence, when the last layer reads something else."""
    config = continual.SCALES[scale]["anml"]
    place = outcome.network.head_weight.device
    images = spread(ink[omniglot.evaluation], config.test_classes).to(place)
    seen = analysis.represent(outcome.network, images)
    shorter = replace(
        protocol, lengths=(middle,), oracle_lengths=(), trajectories=2, draws=1
    )
    found = meta_test.meta_test(embed_with(seen), shorter, seed=outcome.seed)
    return float(found.held_out.mean())


def another(gate):
    """Each drawing gets the gate of some other drawing, whatever character it shows."""
    order = torch.randperm(
        gate.shape[0] * gate.shape[1], generator=seeding.generator(seed, "lesion")
    )
    return gate.flatten(0, 1)[order.to(gate.device)].view_as(gate)


lesions = {
    "intact": lambda seen: seen.embedded,
    "gate = 1": lambda seen: seen.hidden,
    "gate = its mean over everything": lambda seen: seen.hidden * seen.gate.mean(),
    "gate = each unit's mean": lambda seen: seen.hidden * seen.gate.mean((0, 1)),
    "another drawing's gate": lambda seen: seen.hidden * another(seen.gate),
    "the gate itself, read as features": lambda seen: seen.gate,
}
rows = {
    name: [tested(outcome, embed_with) for outcome in groups["anml"]]
    for name, embed_with in lesions.items()
}
rows["trained without a gate"] = [
    outcome.metrics[f"accuracy_{middle}"] for outcome in groups["without_gate"]
]

# %% mystnb={"figure": {"caption": "Held-out drawings named after 50 characters in sequence, when the trained network's gate is altered in the test only; and a network that was trained without one.", "name": "fig-anml-lesions"}, "image": {"alt": "Dot plot of accuracy for the intact network, five alterations of its gate, and the network trained without a gate."}} tags=["hide-input"]
viz.lesions(
    rows,
    x_label="held-out drawings named (fraction)",
    chance=1 / middle,
    chance_label="guessing",
)

# %% [markdown]
# **What to look at.** Opening the gate does great harm. So the gate is needed? Look at the next row: a *single number* in its place, the same for all units and all drawings, repairs nearly all of the damage. What the trained network lost when the gate was opened was mostly its volume: the last layer's steps are made for features of that size. Each unit's own mean does about as well as the single number; a gate that belongs to some other drawing does real harm, so the gate does say something about the drawing. But the bulk of what it does for this network, a constant can do.
#
# That is what an ablation is for. "Without X it fails" is a claim about X only if nothing simpler can stand in for X.

# %% [markdown]
# Now the inner loop itself. Does it need twenty steps, or the whole prediction network, or the exact gradient? Each row is a meta-training of its own, with everything else equal; in all of them the meta-loss asks for all twenty drawings of the character and for 64 others. To train them all would double the time of this page, so they come from a recorded run, at this page's scale.
#
# > **Predict.** With a single step in the inner loop, nothing is learned *in sequence* before the meta-loss asks. Is there anything left of what the meta-test needs?

# %% mystnb={"figure": {"caption": "Held-out drawings named after 50 characters, for networks that were meta-trained with another inner loop: taught one after another (filled), and the same drawings shuffled (open). A recorded run at scale ci; dots are seeds, bars 95 % intervals.", "name": "fig-anml-inner"}, "image": {"alt": "Five rows with two markers each. Taught one after another, all five lie between 0.4 and 0.46. Shuffled, the networks with fewer steps are better, up to 0.68 for a single step against 0.58 for twenty, so that the distance between the two markers is smallest for twenty steps of the whole network and largest for one."}} tags=["hide-input"]
inner_loops = {
    "anml": "20 steps, first order",
    "second_order": "20 steps, second order",
    "head_only": "20 steps, last layer alone\n(second order)",
    "five_steps": "5 steps, first order",
    "one_step": "1 step, first order",
}
at_ci = records.load_all("anml.continual", "ci")
tried = at_ci[-1].by_condition() if at_ci else {}
if tried:
    shown_loops = figures_inner.inner_loops(
        {label: tried[name] for name, label in inner_loops.items()}, classes=50
    )
else:
    shown_loops = Markdown("Other inner loops: not yet recorded.")
shown_loops

# %% tags=["hide-input"]
lines = [
    f"- {label.replace(chr(10), ' ')}: **{mean_of(tried[name], 'accuracy_50'):.0%}** one after another, {mean_of(tried[name], 'oracle_50'):.0%} shuffled: "
    f"the order costs **{mean_of(tried[name], 'drop_50'):.0%}** of it. Nearest neighbours, gated units: {mean_of(tried[name], 'knn_gated'):.0%}."
    for name, label in inner_loops.items()
    if tried
]
Markdown("\n".join([*lines, "", at_ci[-1].caption()]) if tried else "")

# %% [markdown]
# **What to look at.** The open markers go up as the inner loop gets shorter, and the filled ones go down. With a single step, what is meta-learned is mostly a good set of features: neighbours are found well, shuffled drawings are learned well, and the order costs a large part of it. Twenty steps make *worse* features, and a learner whom the order costs little. So the inner loop does what the paper says it is for, and this is the plainest place to see it: it does not teach the network to see, it teaches it to be taught. The exact gradient makes no difference that these five seeds could show; adapting the last layer alone keeps the accuracy and loses much of the indifference to order.

# %% [markdown]
# Watch it learn. Eight new characters, taught one after another to the last layer of three trained networks, each at the rate that served it best on eight others; after each, everything taught so far is asked for.


# %%
def lesson(outcome):
    """Eight characters, one after another: the accuracy on each after each."""
    network = outcome.network
    features = analysis.represent(network, new.to(network.head_weight.device)).embedded
    rehearsed, taught = features[:56:7], features[3:59:7]
    head = kaiming((8, features.shape[-1]), seeding.generator(seed, "lesson")).to(features)
    tried = {
        rate: analysis.teach(rehearsed, head, rate=rate)[-1].mean()
        for rate in protocol.rates
    }
    return analysis.teach(taught, head, rate=max(tried, key=tried.get)).cpu()


lessons = {
    name: lesson(named[name][0])
    for name in ("ANML", "ANML without the gate", "pretraining")
}

# %% mystnb={"figure": {"caption": "Row by row: after so many characters, how well is each one known? Read a column downwards to see a character being forgotten, or not.", "name": "fig-anml-taught"}, "image": {"alt": "Three triangular matrices of accuracies, eight characters each. In ANML's, with and without its gate, most entries stay high down the columns; in pretraining's they fall to nothing within a few rows; the diagonal is low in all three."}} tags=["hide-input"]
figures_units.taught(lessons, new[3:59:7, 0], data=omniglot.data)

# %% [markdown]
# **What to look at.** Read down the columns. In pretraining's they go dark; in the others most stay bright. Then look at the diagonal: the newest character is often *not* known right after its own fifteen drawings, and comes up while the next ones are taught. That is so in all three, so it explains nothing; what differs is what happens to a character afterwards.
#
# And now by hand. Choose a character, one of its drawings, and what becomes of the gate. (Everything was computed beforehand, so the sliders work on this page without a kernel.)


# %%
sample = new[::10][:6]  # six characters
looked = analysis.represent(
    groups["anml"][0].network, sample.to(groups["anml"][0].network.head_weight.device)
)


def frame(character, drawing, gate):
    """A drawing, its units before the gate, the gate, and what the last layer reads."""
    hidden = looked.hidden[character - 1, drawing - 1].cpu()
    used = {
        "its own": looked.gate[character - 1, drawing - 1].cpu(),
        "another's": looked.gate[(character + 2) % 6, drawing - 1].cpu(),
        "open": torch.ones_like(hidden),
    }[gate]
    after = hidden * used
    top = float(looked.hidden.max())

    def mosaic(units, limit, title):
        return viz.tile(figures_units.as_rectangle(units / limit) ** 0.5, title, pixel=7)

    tiles = [
        viz.tile(sample[character - 1, drawing - 1], "the drawing", pixel=4),
        mosaic(
            hidden,
            top,
            f"units before: {(hidden > analysis.ACTIVE).float().mean():.0%} active",
        ),
        mosaic(used, 1.0, f"gate: mean {used.mean():.2f}"),
        mosaic(
            after,
            top,
            f"units after: {(after > analysis.ACTIVE).float().mean():.0%} active",
        ),
    ]
    mine = looked.embedded[character - 1].cpu()
    alike = F.cosine_similarity(after[None], mine).sort().values[-4:-1].mean()
    return f"<p>likeness (cosine) to other drawings of this character: <b>{alike:.2f}</b></p><div>{''.join(tiles)}</div>"


viz.explore(
    {
        "character": [1, 2, 3, 4, 5, 6],
        "drawing": [1, 2, 3],
        "gate": ["its own", "another's", "open"],
    },
    frame,
    start=(1, 1, "its own"),
)

# %% [markdown]
# ## Paper vs ours
#
# The paper's values are for 600 characters and the full-size network, and so are, at half of its width, those of our recorded runs. This page's are for 50 characters and the small network: they say something about the *order* of the methods and nothing about the paper's number.


# %% mystnb={"figure": {"caption": "The paper and recorded runs at 600 characters, this page at 50. Accuracy (higher is better) and relative drop (lower is better).", "name": "fig-anml-paper-vs-ours"}, "image": {"alt": "Dot plot with four rows: ANML's held-out accuracy, its drop against its oracle, pretraining's drop, and ANML's oracle; the paper's values beside recorded ones and this page's."}} tags=["hide-input"]
def recorded(condition, metric):
    """A metric of the recorded larger networks that have it."""
    return [o.metrics[metric] for o in larger.get(condition, ()) if metric in o.metrics]


def row(label, condition, ours, claim):
    value = claims[claim].paper.value
    return viz.Comparison(
        label,
        [o.metrics[ours] for o in groups[condition]],
        recorded(condition, ours.replace(str(middle), "600")),
        value,
    )


viz.comparison(
    [
        row("ANML:\naccuracy", "anml", f"accuracy_{middle}", "anml.continual.accuracy"),
        row(
            "ANML, shuffled:\naccuracy", "anml", f"oracle_{middle}", "anml.continual.oracle"
        ),
        row("ANML:\ndrop", "anml", f"drop_{middle}", "anml.continual.drop"),
        row(
            "pretraining:\ndrop",
            "pretrain",
            f"drop_{middle}",
            "anml.continual.pretraining_forgets",
        ),
    ],
    x_label="fraction",
    limits=(0, 1),
)

# %% tags=["hide-input"]
Markdown(ledger.sources("anml"))

# %% [markdown]
# Every claim of this chapter, with its source and its state. A source that nobody has opened is marked.

# %% tags=["hide-input"]
outcomes = {
    "anml.continual": [outcome for group in groups.values() for outcome in group],
    "anml.maml": [outcome for group in few.values() for outcome in group],
    "anml.zapping": [outcome for group in zapped.values() for outcome in group],
}
ledger.table("anml", outcomes, scale=scale)

# %% [markdown]
# And the verdicts, which are compared whenever this notebook is executed again:

# %% tags=["nbval-check-output", "needs-omniglot"]
ledger.verdict("anml", outcomes, scale=scale)

# %% [markdown]
# ## What the original code does that the paper does not say
#
# The authors published their code (`uvm-neurobotics-lab/ANML`, commit `cabaaf7`; some years later also a re-implementation, `higherANML`). File names and lines are those of the former. What the *paper* says we have from two independent, detailed summaries of its second version, which agree; nobody here has opened the PDF.
#
# | what | where | what we do |
# | --- | --- | --- |
# | The inner gradients are taken without `create_graph=True`: the meta-gradient is first order. The paper differentiates through the steps. An issue that reports this has no answer; which version made the published numbers is not known. The authors' later re-implementation is second order. | `model/meta_learner.py` 164; issue 3 | both: `order` in `continual.Config` |
# | The "batch norm" gets one image at a time, in training and in evaluation: it is instance norm. An independent replication failed until it did the same. | `model/learner.py` 188-279 | `F.instance_norm`, all images at once, the same numbers |
# | The whole prediction network adapts in the inner loop; after training only the last layer learns. | `--rln 7`; `evaluate_classification.py` 114-137 | the same; `inner="head"` for the last layer alone |
# | Before each inner loop the character's row of the last layer is drawn anew, in the meta-weights themselves, twenty times over (the last draw counts); its bias and Adam's moments stay. | `meta_learner.py` 40-43, 94-100 | the same, once; `reset` switches it off |
# | The paper speaks of SGD after training; the code uses Adam. | `evaluate_classification.py` 155, 325 | Adam |
# | One mean over the 84 images of the outer loss, 20 of the character and 64 others, not a sum of two means. | `meta_learner.py` 151, 177 | the same |
# | Images are copied to three channels and "normalised" with numbers meant for another scale, so that ink is about −0.04 and paper about 0. | `datasets/omniglot.py` 104-110 | one channel, ink 1, paper 0; instance norm takes out the scale |
# | The learning rate of the test is chosen on the very accuracy that is reported. | `evaluate_classification.py` 169-196 | by default on characters that are not reported; `choose="as_original"` |
# | The 15 drawings to learn from and the 5 to be tested on are the first and last files of a directory listing. Characters are taught in the order of their names, so neighbours are from one alphabet; the paper says random order. | `datasets/omniglot.py` 64-76; `utils.py` 144 | both drawn at random; `in_order=True` teaches by name |
# | `--rln` means "this many layer pairs are frozen": 7 while meta-training, 13 in the test. The README's command for the test says 0, which lets everything learn. | README; `utils.py` 20-38 | named, not numbered |
# | `--scratch` cannot run: it asks for a model that does not exist. There are no scripts for the oracle, for OML's last layer alone, for nearest neighbours or for sparsity. | `evaluate_classification.py` 244 | written from the paper's description |
# | OML as run for the comparison has no norm, two linear layers that learn, and is not the network that OML was published with. | `modelfactory.py` 98-121 | `OML(layout=...)` has both |
#
# ## Exercises
#
# ```{exercise} What a step does to the others
# :label: ex-anml-interference
#
# One step on image $x$ of class $y$ changes the logits of another image $x'$. By how much, if only the last layer learns? What must be true of the two embeddings if the step is to leave $x'$ alone? Give two ways in which a meta-learner can bring that about, one of which a gate makes easy.
# ```
#
# ```{solution} ex-anml-interference
# :class: dropdown
#
# The step is $W \leftarrow W - \beta\, \delta\, \tilde h^\top$ with $\tilde h = g \odot h$, so $z' \leftarrow z' - \beta\, \delta\, (\tilde h^\top \tilde h')$, and with the bias $\tilde h^\top \tilde h' + 1$. Nothing happens if the embeddings are orthogonal. As they are not negative (ReLU, sigmoid), orthogonal means that no unit is active for both: sparse codes that hardly overlap, which is what a gate can do directly. The other way is a small $\delta$: if an image is named correctly with confidence before the step, the step is short.
# ```
#
# ```{exercise} The head that is never rewritten
# :label: ex-anml-gram
#
# The last layer has $C \times F$ numbers and is changed twenty times in the inner loop. Show that the logits after $i$ steps can be computed from the *first* $W$ and the inner products of the embeddings seen so far. What does that cost, in place of $C F$ a step? And why does it make second order cheap when only the last layer learns?
# ```
#
# ```{solution} ex-anml-gram
# :class: dropdown
#
# $W_i = W_0 - \beta \sum_{j \le i} \delta_j \tilde h_j^\top$ and $b_i = b_0 - \beta \sum_{j \le i} \delta_j$, so for any embedding $\tilde h$
#
# $$ z = W_0 \tilde h + b_0 - \beta \sum_{j \le i} \big( \tilde h_j^\top \tilde h + 1 \big)\, \delta_j. $$
#
# All $W_0 \tilde h_j$ together are one matrix product; the rest of a step is $i$ inner products, which are one $20 \times 20$ matrix for the whole loop, and sums over $C$ numbers. If the embeddings do not depend on what is learned inside, the graph through the loop holds vectors of $C$ numbers only; `aiga.anml.inner.Head` is this formula.
# ```
#
# ```{exercise} How far is first order from second?
# :label: ex-anml-order
#
# Take the untrained network of this page and compute both meta-gradients for one character. What is the cosine of the angle between them for $\beta = 0.1$, $0.01$ and $0.001$? Explain the limit.
# ```
#
# ```{solution} ex-anml-order
# :class: dropdown
#
# ~~~python
# for rate in (0.1, 0.01, 0.001):
#     print(rate, cosine(check, rate))     # `cosine` is defined under "Equation ↔ code"
# ~~~
#
# The second-order gradient is $\prod_i (I - \beta H_i)$ times the first-order one (plus the terms of the gate, which act through the trajectory); with $\beta \to 0$ the product becomes the identity, and the cosine for $\theta^P$ goes to 1. At $\beta = 0.1$ and twenty steps it is far from that: the two are different algorithms.
# ```
#
# ```{exercise} Chance, and the last thing taught
# :label: ex-anml-chance
#
# A network that knows only the last $m$ of $N$ characters taught, and guesses among those, has which accuracy? Where is that for $N = 50$ and $m = 1, 3$? Find the curve of pretraining in {numref}`fig-anml-classes`: how many characters does it seem to know? Check with the accuracies by order.
# ```
#
# ```{solution} ex-anml-chance
# :class: dropdown
#
# $m/N$, if it knows those perfectly: 2 % and 6 % at $N = 50$. Pretraining's curve is at 0.12 there, as if it knew six characters. The accuracies by order of teaching show that it is not quite so sharp: knowledge fades over several characters.
#
# ~~~python
# network = groups["pretrain"][0].network
# features = analysis.represent(network, new[:50]).embedded
# head = kaiming((50, features.shape[-1]), seeding.generator(seed, "order")).to(features)
# known = analysis.teach(features, head, rate=1e-3)[-1]
# figures_units.by_order({"pretraining": known}, chance=1 / 50, data=omniglot.data)
# ~~~
# ```
#
# ```{exercise} Zap by hand
# :label: ex-anml-zap
#
# Pretraining with resets costs nothing but a line. Train the `iid_zap` condition with a reset of all rows every 10, 15, 30 and 75 updates, and look at the accuracy after teaching in sequence. Why is there an optimum?
# ```
#
# ```{solution} ex-anml-zap
# :class: dropdown
#
# ~~~python
# for every in (10, 15, 30, 75):
#     config = replace(zapping.SCALES[scale]["iid_zap"], epoch=every)
#     found = zapping.train(config, seeds=seeds, device=device)
#     print(every, [round(outcome.metrics["sequential"], 2) for outcome in found])
# ~~~
#
# Reset too often, and the last layer never says anything from which the layers below could learn; their gradient is noise. Reset never, and the two settle into a pact: the last layer undoes whatever the layers below do, and nothing presses them to be readable by a *new* last layer. In between, the layers below are judged again and again by beginners.
# ```
#
# ## Where to go next
#
# - **Run it bigger.** `aiga run anml.continual --scale colab --seeds 0:3` on a GPU, `--scale paper` for the paper's own settings; {doc}`/book/how_to_use` says how.
# - **What became of it.** "Reset it and forget it" {cite}`frati2023` found that the reset does much of the work; "sparse synaptic bursting" {cite}`beaulieu2021` lets a second network regulate every weight, and finds sparse bursts of change under domain transfer.
# - **From a learned life to a learned teacher.** ANML learns how to learn from data as they come. [Generative teaching networks](gtn) learn the data.
