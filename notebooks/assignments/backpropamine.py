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
# # Assignment 2: when to learn
#
# [![Open in Colab](../../../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/assignments/student/backpropamine.ipynb)
#
# You write the heart of *Backpropamine* (Miconi, Rawal, Clune & Stanley, ICLR 2019): a network whose connections change only as far as the network itself says. Then you train one, and take its modulator away in the middle of its life.
#
# **Time.** Three hours, of which the computer needs about ten minutes.
#
# **Points.** 20: 15 by tests, 5 by hand. Each question shows you its public tests; a few more are hidden, and ask nothing that the text does not say.
#
# **You need** assignment 1, the chapter *Backpropamine* as far as "Equation and code", and PyTorch. You need no GPU.
#
# **You will be able to** write a three-factor rule, and the same with an eligibility trace; say which step of an episode ends up in the trace, and how strongly; find out by a lesion *when* in its life a network learns.

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
keep_on_drive: bool = False

# %% [markdown]
# The cell above holds your settings. `scale` says how big the experiment of question 5 is: `smoke` is a trial of seconds, `ci` fits a laptop, `colab` wants a GPU. With `keep_on_drive = True` a run on Colab leaves its checkpoints on your Google Drive: if the session is cut, run the same cells again and it goes on where it was. The next cell says what your machine can do.

# %%
# Experiment (not graded): what this machine can do.
from aiga.assignments import hardware

hardware.advise("backpropamine.cue_reward", scale)
folder = hardware.checkpoint_folder("backpropamine", drive=keep_on_drive)

# %%
import torch

# %% [markdown]
# ## What everything is
#
# As in assignment 1 you write functions for a *batch* of $B$ independent episodes of a network with $N$ neurons. All tensors are of floating-point numbers.
#
# | symbol | in your code | shape | what it is |
# | --- | --- | --- | --- |
# | $x(t-1)$ | `before` | $(B, N)$ | activity one step ago |
# | $x(t)$ | `after` | $(B, N)$ | activity now |
# | $u(t)$ | `drive` | $(B, N)$ | external input, added inside the tanh |
# | $M(t)$ | `signal` | $(B,)$ | the modulator: one number for each episode |
# | $\mathrm{Hebb}(t)$ | `hebb` | $(B, N, N)$ | the trace, one for each episode |
# | $E(t)$ | `eligibility` | $(B, N, N)$ | the eligibility trace, one for each episode |
# | $\eta$ | `eta` | a number, or a tensor without dimensions | how fast the eligibility follows |
# | $w$, $\alpha$ | `w`, `alpha` | $(N, N)$ | fixed weights, and how plastic each connection is |
# | $m$, $c$ | `m`, `c` | $(N,)$, and a tensor without dimensions | how the modulator is read off the activity |
#
# The first index of a connection is where it comes *from*, the second where it goes *to*. $\mathrm{Clip}$ cuts every number of the trace off at $-1$ and $1$.
#
# The three rules of assignment 1 hold: your functions do not change their arguments, treat each episode of the batch on its own, and let gradients pass (no `detach`, no `no_grad`, no `.item()`, no NumPy).

# %% [raw]
# # BEGIN QUESTION
# name: q1
# points: 4

# %% [markdown]
# ## Question 1: The third factor (4 points)
#
# In assignment 1 every pair of active neurons was written, always. Now a signal says how much, and it may be negative (equation 3 of the paper):
#
# $$ \mathrm{Hebb}_{ij}(t+1) = \mathrm{Clip}\big( \mathrm{Hebb}_{ij}(t) + M(t)\, x_i(t-1)\, x_j(t) \big) $$
#
# There is no decay: what is not overwritten stays. For example, with a trace of zeros, `before = [[1, 0]]`, `after = [[0, 1]]` and `signal = [-0.5]`, the new trace is `[[[0, -0.5], [0, 0]]]`.
#
# <details><summary>Hint 1</summary>
#
# The product of activities is the one of assignment 1: `before[:, :, None] * after[:, None, :]`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Each episode has its own $M$. To multiply $(B,)$ with $(B, N, N)$, give it two more dimensions of size 1, at the end.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def modulated_update(hebb, before, after, signal):
    """The trace after one step.

    hebb: (B, N, N), the trace so far.
    before: (B, N), activity one step ago.
    after: (B, N), activity now.
    signal: (B,), the modulator of each episode.
    Returns a new tensor, (B, N, N), with no number below -1 or above 1.
    """
    # BEGIN SOLUTION
    together = before[:, :, None] * after[:, None, :]
    return (hebb + signal[:, None, None] * together).clamp(-1, 1)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(modulated_update):
    import torch

    before, after = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    new = modulated_update(torch.zeros(1, 2, 2), before, after, torch.tensor([-0.5]))
    assert tuple(new.shape) == (1, 2, 2), (
        f"the shape is {tuple(new.shape)}, expected (1, 2, 2)"
    )
    expected = torch.tensor([[[0.0, -0.5], [0.0, 0.0]]])
    assert torch.allclose(new, expected), (
        f"expected {expected.tolist()}, got {new.tolist()}"
    )


# %%
def test_without_a_signal_nothing_changes(modulated_update):
    import torch

    hebb = torch.full((2, 3, 3), 0.25)
    new = modulated_update(hebb, torch.ones(2, 3), torch.ones(2, 3), torch.zeros(2))
    assert torch.allclose(new, hebb), (
        "with a signal of 0 the trace stays as it is, whatever the neurons do"
    )


# %%
def test_each_episode_has_its_own_signal(modulated_update):
    import torch

    new = modulated_update(
        torch.zeros(3, 2, 2),
        torch.ones(3, 2),
        torch.ones(3, 2),
        torch.tensor([0.1, 0.2, 0.3]),
    )
    for episode, right in enumerate((0.1, 0.2, 0.3)):
        got = float(new[episode, 0, 0])
        assert abs(got - right) < 1e-6, (
            f"episode {episode} has the signal {right}, and its trace is {got:.3f}"
        )


# %%
# HIDDEN
def test_random_numbers_and_the_clip(modulated_update):
    import torch

    draw = torch.Generator().manual_seed(1)
    hebb = 2 * torch.rand(3, 4, 4, generator=draw) - 1
    before, after = torch.randn(2, 3, 4, generator=draw)
    signal = torch.tensor([0.9, -0.9, 0.1])
    kept = [each.clone() for each in (hebb, before, after, signal)]
    new = modulated_update(hebb, before, after, signal)
    for name, each, copy in zip(
        ("hebb", "before", "after", "signal"),
        (hebb, before, after, signal),
        kept,
        strict=True,
    ):
        assert torch.equal(each, copy), f"your function has changed its argument {name}"
    for b in range(3):
        for i in range(4):
            for j in range(4):
                right = float(hebb[b, i, j] + signal[b] * before[b, i] * after[b, j])
                right = max(-1.0, min(1.0, right))
                got = float(new[b, i, j])
                assert abs(got - right) < 1e-5, (
                    f"episode {b}, from neuron {i} to neuron {j}: got {got:.4f}, expected {right:.4f}"
                )


# %%
# HIDDEN
def test_gradients_pass(modulated_update):
    import torch

    draw = torch.Generator().manual_seed(2)
    given = [
        torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)
        for shape in ((2, 3, 3), (2, 3), (2, 3), (2,))
    ]
    new = modulated_update(*given)
    assert new.requires_grad, "no gradient can pass through your function"
    got = torch.autograd.grad(new.square().sum(), given, allow_unused=True)
    hebb, before, after, signal = given
    again = torch.clip(hebb + torch.einsum("b,bi,bj->bij", signal, before, after), -1, 1)
    right = torch.autograd.grad(again.square().sum(), given)
    for name, one, other in zip(
        ("hebb", "before", "after", "signal"), got, right, strict=True
    ):
        assert one is not None and torch.allclose(one, other), (
            f"the gradient for {name} is not right: is something detached?"
        )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2
# points: 4

# %% [markdown]
# ## Question 2: A network with a say (4 points)
#
# Who sends the signal? The network. First the neurons, as in assignment 1; then the modulator, from the activity that has *just* been computed; then the trace, by your rule:
#
# $$ x_j(t) = \tanh\Big\{ \sum_i \big[ w_{ij} + \alpha_{ij}\, \mathrm{Hebb}_{ij}(t) \big]\, x_i(t-1) + u_j(t) \Big\}, \qquad M(t) = \tanh\big( m \cdot x(t) + c \big) $$
#
# All trained numbers are in one dictionary, `p`, with the keys `"w"`, `"alpha"`, `"m"` and `"c"`.
#
# <details><summary>Hint 1</summary>
#
# The neurons are `torch.tanh(torch.einsum("bi,bij->bj", before, p["w"] + p["alpha"] * hebb) + drive)`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `after @ p["m"]` is the dot product of each episode's activity with $m$; its shape is $(B,)$.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def modulated_step(before, hebb, drive, p):
    """One time step of a batch of episodes.

    before: (B, N), activity one step ago.
    hebb: (B, N, N), the trace.
    drive: (B, N), external input.
    p: a dictionary with "w" and "alpha", (N, N), "m", (N,), and "c", without dimensions.
    Returns three tensors: activity now, (B, N); the new trace, (B, N, N); the modulator, (B,).
    """
    # BEGIN SOLUTION
    connections = p["w"] + p["alpha"] * hebb
    after = torch.tanh(torch.einsum("bi,bij->bj", before, connections) + drive)
    signal = torch.tanh(after @ p["m"] + p["c"])
    return after, modulated_update(hebb, before, after, signal), signal
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_shapes(modulated_step):
    import torch

    p = {
        "w": torch.zeros(3, 3),
        "alpha": torch.zeros(3, 3),
        "m": torch.zeros(3),
        "c": torch.tensor(0.0),
    }
    three = modulated_step(torch.zeros(5, 3), torch.zeros(5, 3, 3), torch.zeros(5, 3), p)
    assert isinstance(three, tuple) and len(three) == 3, (
        "return three things: activity, trace, modulator"
    )
    got = [tuple(each.shape) for each in three]
    assert got == [(5, 3), (5, 3, 3), (5,)], (
        f"the shapes are {got}, expected [(5, 3), (5, 3, 3), (5,)]"
    )


# %%
def test_the_modulator_reads_the_new_activity(modulated_step):
    import math

    import torch

    p = {
        "w": torch.zeros(2, 2),
        "alpha": torch.zeros(2, 2),
        "m": torch.tensor([0.5, 0.0]),
        "c": torch.tensor(0.25),
    }
    before, drive = torch.tensor([[0.0, 1.0]]), torch.tensor([[20.0, 0.0]])
    signal = float(modulated_step(before, torch.zeros(1, 2, 2), drive, p)[2])
    right = math.tanh(0.5 * 1.0 + 0.25)
    assert abs(signal - right) < 1e-5, (
        f"neuron 0 is active now, so M = tanh(0.5 + 0.25) = {right:.4f}; got {signal:.4f}"
    )


# %%
# HIDDEN
def test_random_numbers_and_a_batch(modulated_step):
    import torch

    draw = torch.Generator().manual_seed(3)
    before, drive = torch.randn(2, 3, 4, generator=draw)
    hebb = torch.rand(3, 4, 4, generator=draw) - 0.5
    w, alpha = torch.randn(2, 4, 4, generator=draw)
    m, c = torch.randn(4, generator=draw), torch.tensor(0.3)
    after, new, signal = modulated_step(
        before, hebb, drive, {"w": w, "alpha": alpha, "m": m, "c": c}
    )
    for b in range(3):
        x = torch.tanh((w + alpha * hebb[b]).T @ before[b] + drive[b])
        assert torch.allclose(after[b], x, atol=1e-5), (
            f"the activity of episode {b} is not right"
        )
        s = torch.tanh((m * x).sum() + c)
        assert torch.allclose(signal[b], s, atol=1e-5), (
            f"the modulator of episode {b} is not right"
        )
        trace = (hebb[b] + s * torch.outer(before[b], x)).clip(-1, 1)
        assert torch.allclose(new[b], trace, atol=1e-5), (
            f"the new trace of episode {b} is not right"
        )


# %%
# HIDDEN
def test_gradients_pass(modulated_step):
    import torch

    draw = torch.Generator().manual_seed(4)
    shapes = {
        "before": (2, 3),
        "hebb": (2, 3, 3),
        "drive": (2, 3),
        "w": (3, 3),
        "alpha": (3, 3),
        "m": (3,),
        "c": (),
    }
    given = {
        name: 0.5 * torch.randn(shape, generator=draw, dtype=torch.float64)
        for name, shape in shapes.items()
    }
    for each in given.values():
        each.requires_grad_()
    p = {name: given[name] for name in ("w", "alpha", "m", "c")}
    after, new, signal = modulated_step(given["before"], given["hebb"], given["drive"], p)
    b, h = given["before"], given["hebb"]
    x = torch.tanh((b[:, :, None] * (p["w"] + p["alpha"] * h)).sum(1) + given["drive"])
    s = torch.tanh((x * p["m"]).sum(1) + p["c"])
    t = torch.clip(h + torch.einsum("b,bi,bj->bij", s, b, x), -1, 1)
    for mine, right, what in (
        (after, x, "the activity"),
        (new, t, "the trace"),
        (signal, s, "the modulator"),
    ):
        assert mine.requires_grad, f"no gradient can pass through {what}"
        got = torch.autograd.grad(
            mine.square().sum(), list(given.values()), allow_unused=True, retain_graph=True
        )
        expected = torch.autograd.grad(
            right.square().sum(), list(given.values()), allow_unused=True, retain_graph=True
        )
        for name, one, other in zip(given, got, expected, strict=True):
            one, other = (
                torch.zeros(()) if each is None else each for each in (one, other)
            )
            assert torch.allclose(one, other, atol=1e-8), (
                f"the gradient of {what} for {name} is not right: is something detached?"
            )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Does it choose?
#
# The forty houses of the chapter, around *your* `modulated_step`: six patterns go by, at one of them a bell rings, and then comes half of that one. Training takes a few seconds. The bars show $M(t)$ in one episode of the trained network; at the marked steps the bell rings.

# %%
# Experiment (not graded): six patterns and a bell, with your functions.
import matplotlib.pyplot as plt


def make_episodes(batch, bits=20, patterns=6, generator=None):
    """Inputs (steps, batch, bits + 1), the last of them the bell, and the pattern to complete (batch, bits)."""
    shown = torch.randint(2, (batch, patterns, bits), generator=generator) * 2.0 - 1
    chosen = torch.randint(patterns, (batch,), generator=generator)
    target = shown[torch.arange(batch), chosen]
    visible = torch.randint(2, (batch, bits), generator=generator)
    steps = []
    for number in range(patterns):
        bell = torch.where(chosen == number, 1.0, -1.0)[:, None]
        steps += [torch.cat([shown[:, number], bell], 1)] * 2 + [
            torch.zeros(batch, bits + 1)
        ]
    steps += [torch.cat([target * visible, torch.zeros(batch, 1)], 1)] * 2
    return 20 * torch.stack(steps), target


def live(drives, p):
    """A batch of whole episodes: the last activity, and the modulator at each step (steps, batch)."""
    batch, size = drives.shape[1:]
    activity, hebb, signals = torch.zeros(batch, size), torch.zeros(batch, size, size), []
    for drive in drives:
        activity, hebb, signal = modulated_step(activity, hebb, drive, p)
        signals.append(signal)
    return activity, torch.stack(signals)


generator = torch.Generator().manual_seed(seed)
p = {name: 0.01 * torch.randn(21, 21, generator=generator) for name in ("w", "alpha")}
p |= {"m": 0.01 * torch.randn(21, generator=generator), "c": torch.tensor(0.1)}
optimiser = torch.optim.Adam([each.requires_grad_() for each in p.values()], lr=3e-3)
errors = []
for _ in range(5 if scale == "smoke" else 300):
    drives, target = make_episodes(32, generator=generator)
    completed = live(drives, p)[0][:, :20]
    loss = (completed - target).square().sum(-1).mean()
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()
    errors.append((completed.sign() != target).float().mean().item())
print(
    f"wrong bits: {sum(errors[-20:]) / len(errors[-20:]):.1%}; guessing the hidden half gives 25 %"
)

drives, _ = make_episodes(1, generator=generator)
with torch.no_grad():
    signals = live(drives, p)[1][:, 0]
rings = drives[:, 0, -1] > 0
figure, axes = plt.subplots(figsize=(7, 2.2), layout="constrained")
axes.bar(
    range(len(signals)),
    signals,
    color=["tab:orange" if ring else "tab:blue" for ring in rings],
    hatch=None,
)
axes.plot(rings.nonzero(), [1.1] * int(rings.sum()), "kv")
axes.set(xlabel="step (triangles: the bell rings)", ylabel="M(t)", ylim=(-1.2, 1.3))
plt.show()

# %% [raw]
# # BEGIN QUESTION
# name: q3
# points: 4

# %% [markdown]
# ## Question 3: A reward that comes too late (4 points)
#
# When a reward comes, what deserves to be written has already happened. So let a synapse carry a fading *mark* of what fired together, the eligibility trace $E$, and let the signal write the mark (equations 4 and 5):
#
# $$ \mathrm{Hebb}_{ij}(t+1) = \mathrm{Clip}\big( \mathrm{Hebb}_{ij}(t) + M(t)\, E_{ij}(t) \big), \qquad E_{ij}(t+1) = (1-\eta)\, E_{ij}(t) + \eta\, x_i(t-1)\, x_j(t) $$
#
# Mind the times: what is written now is the mark *as it was* before this step's activity goes into it. The eligibility trace itself is not clipped.
#
# <details><summary>Hint 1</summary>
#
# Both new tensors are computed from the *old* `hebb` and `eligibility`. Compute the trace first, or use two names.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The second equation is question 1 of assignment 1.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def retroactive_update(hebb, eligibility, before, after, signal, eta):
    """Trace and eligibility trace after one step.

    hebb: (B, N, N), the trace so far.
    eligibility: (B, N, N), the eligibility trace so far.
    before: (B, N), activity one step ago.
    after: (B, N), activity now.
    signal: (B,), the modulator of each episode.
    eta: a number, or a tensor without dimensions.
    Returns a pair: the new trace, and the new eligibility trace, (B, N, N) each.
    """
    # BEGIN SOLUTION
    written = (hebb + signal[:, None, None] * eligibility).clamp(-1, 1)
    together = before[:, :, None] * after[:, None, :]
    marked = (1 - eta) * eligibility + eta * together
    return written, marked
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_now_it_is_marked_and_next_it_is_written(retroactive_update):
    import torch

    before, after = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    nothing, one = torch.zeros(1, 2, 2), torch.ones(1)
    hebb, eligibility = retroactive_update(nothing, nothing, before, after, one, 0.5)
    assert torch.allclose(hebb, nothing), (
        "at the step at which two neurons fire together, nothing of it is written yet"
    )
    assert abs(float(eligibility[0, 0, 1]) - 0.5) < 1e-6, (
        f"the mark is eta times the product, 0.5; got {float(eligibility[0, 0, 1]):.3f}"
    )
    silent = torch.zeros(1, 2)
    hebb, eligibility = retroactive_update(hebb, eligibility, silent, silent, one, 0.5)
    assert abs(float(hebb[0, 0, 1]) - 0.5) < 1e-6, (
        f"one step later the mark of 0.5 is written; got {float(hebb[0, 0, 1]):.3f}"
    )
    assert abs(float(eligibility[0, 0, 1]) - 0.25) < 1e-6, (
        f"and the mark itself has faded to 0.25; got {float(eligibility[0, 0, 1]):.3f}"
    )


# %%
# HIDDEN
def test_random_numbers_and_a_batch(retroactive_update):
    import torch

    draw = torch.Generator().manual_seed(5)
    hebb = 2 * torch.rand(3, 4, 4, generator=draw) - 1
    eligibility = 3 * torch.randn(3, 4, 4, generator=draw)
    before, after = torch.randn(2, 3, 4, generator=draw)
    signal = torch.tensor([0.9, -0.8, 0.1])
    given = (hebb, eligibility, before, after, signal)
    kept = [each.clone() for each in given]
    new, marked = retroactive_update(*given, 0.3)
    for name, each, copy in zip(
        ("hebb", "eligibility", "before", "after", "signal"), given, kept, strict=True
    ):
        assert torch.equal(each, copy), f"your function has changed its argument {name}"
    for b in range(3):
        right = (hebb[b] + signal[b] * eligibility[b]).clip(-1, 1)
        assert torch.allclose(new[b], right, atol=1e-5), (
            f"the new trace of episode {b} is not right"
        )
        right = 0.7 * eligibility[b] + 0.3 * torch.outer(before[b], after[b])
        assert torch.allclose(marked[b], right, atol=1e-5), (
            f"the new eligibility trace of episode {b} is not right"
        )


# %%
# HIDDEN
def test_gradients_pass(retroactive_update):
    import torch

    draw = torch.Generator().manual_seed(6)
    shapes = {
        "hebb": (2, 3, 3),
        "eligibility": (2, 3, 3),
        "before": (2, 3),
        "after": (2, 3),
        "signal": (2,),
        "eta": (),
    }
    given = {
        name: 0.5 * torch.randn(shape, generator=draw, dtype=torch.float64)
        for name, shape in shapes.items()
    }
    for each in given.values():
        each.requires_grad_()
    new, marked = retroactive_update(*given.values())
    h, e, b, a, s, n = given.values()
    trace = torch.clip(h + torch.einsum("b,bij->bij", s, e), -1, 1)
    mark = e - n * e + n * torch.einsum("bi,bj->bij", b, a)
    for mine, right, what in (
        (new, trace, "the trace"),
        (marked, mark, "the eligibility trace"),
    ):
        assert mine.requires_grad, f"no gradient can pass through {what}"
        got = torch.autograd.grad(
            mine.square().sum(), list(given.values()), allow_unused=True, retain_graph=True
        )
        expected = torch.autograd.grad(
            right.square().sum(), list(given.values()), allow_unused=True, retain_graph=True
        )
        for name, one, other in zip(given, got, expected, strict=True):
            one, other = (
                torch.zeros(()) if each is None else each for each in (one, other)
            )
            assert torch.allclose(one, other, atol=1e-8), (
                f"the gradient of {what} for {name} is not right: is something detached?"
            )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4
# points: 3

# %% [markdown]
# ## Question 4: What is left in the end (3 points)
#
# Follow one event. At step $s$ two neurons fire together, and their product, times $\eta$, goes into the mark. At every later step the modulator writes some of what is left of the mark. Leave the clip aside. After the last step, $T-1$, the event stands in the trace with the weight
#
# $$ c(s) = \eta \sum_{t = s+1}^{T-1} (1-\eta)^{\,t-1-s}\, M(t) . $$
#
# Write a function that computes $c(s)$ for all $s$ at once, from all $M(t)$. An event at the last step is never written, so $c(T-1) = 0$.
#
# For example, with $\eta = 0.5$ and $M = (0, 1, 1)$, $c = (0.5 \cdot 1 + 0.25 \cdot 1,\; 0.5 \cdot 1,\; 0) = (0.75, 0.5, 0)$.
#
# <details><summary>Hint 1</summary>
#
# Two loops do it. One loop is enough if it goes backwards.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Split the first term off the sum: what is $c(s)$, in terms of $M(s+1)$ and $c(s+1)$? You know this from the return of a policy gradient, $R_t = r_t + \gamma R_{t+1}$.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def weights_of_events(signals, eta):
    """How strongly each step's event stands in the trace after the last step.

    signals: (T, B), the modulator at each step, for each episode.
    eta: a number, or a tensor without dimensions.
    Returns c, (T, B).
    """
    # BEGIN SOLUTION
    weight = torch.zeros_like(signals[0])
    weights = [weight]
    for signal in signals[1:].flip(0):
        weight = eta * signal + (1 - eta) * weight
        weights.append(weight)
    return torch.stack(weights[::-1])
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(weights_of_events):
    import torch

    got = weights_of_events(torch.tensor([[0.0], [1.0], [1.0]]), 0.5)
    assert tuple(got.shape) == (3, 1), f"the shape is {tuple(got.shape)}, expected (3, 1)"
    right = torch.tensor([[0.75], [0.5], [0.0]])
    assert torch.allclose(got, right), (
        f"expected {right.flatten().tolist()}, got {got.flatten().tolist()}"
    )


# %%
# HIDDEN
def test_it_is_what_the_rule_does(weights_of_events):
    import torch

    draw = torch.Generator().manual_seed(7)
    signals = torch.rand(6, 2, generator=draw, dtype=torch.float64) - 0.5
    kept = signals.clone()
    got = weights_of_events(signals, 0.3)
    assert torch.equal(signals, kept), "your function has changed its argument signals"
    for event in range(6):
        mark, trace = (
            torch.zeros(2, dtype=torch.float64),
            torch.zeros(2, dtype=torch.float64),
        )
        for step in range(6):
            trace = trace + signals[step] * mark
            mark = 0.7 * mark + 0.3 * float(step == event)
        assert torch.allclose(got[event], trace), (
            f"an event at step {event} of 6 stands in the trace with {trace.tolist()}, not with {got[event].tolist()}"
        )


# %%
# HIDDEN
def test_one_step_and_gradients(weights_of_events):
    import torch

    single = weights_of_events(torch.ones(1, 3), 0.5)
    assert tuple(single.shape) == (1, 3) and not single.any(), (
        "an episode of one step writes nothing: expected zeros of shape (1, 3)"
    )
    signals = torch.ones(4, 1, dtype=torch.float64, requires_grad=True)
    eta = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
    got = weights_of_events(signals, eta)
    assert got.requires_grad, "no gradient can pass through your function"
    by_signal, by_eta = torch.autograd.grad(got[0].sum(), [signals, eta], allow_unused=True)
    right = torch.tensor([[0.0], [0.5], [0.25], [0.125]], dtype=torch.float64)
    assert by_signal is not None and torch.allclose(by_signal, right), (
        "the gradient for the signals is not right"
    )
    assert by_eta is not None and abs(float(by_eta) - 0.75) < 1e-9, (
        "the gradient for eta is not right"
    )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q5
# points: 5
# manual: true

# %% [markdown]
# ## Question 5: When does it learn? (5 points)
#
# Back to the chapter's task: four cues, one of which is good, and a life in which to find out which. The cells below train the library's network with simple modulation (your question 2, computed faster) at the scale that you set at the top. Then they take its modulator away *from some step on*: $M = 0$ ever after, so nothing more is written. Run them at `ci` first, then, if you have a GPU, at `colab`.
#
# Before you look: where in an episode will this lesion stop to hurt?
#
# Some seeds never leave chance. If the dotted line of your figure is near one half, say so, set another `seed`, and run the cells again; how many seeds you needed is part of your answer.
#
# Then describe the figure. In 150 to 250 words, say
#
# 1. what the two ends of the curve mean: silenced from the first step, and never silenced;
# 2. from which step on the lesion no longer hurts, and what the network has seen by then (a trial of this compact task takes four steps: two cues, the answer, the reward);
# 3. what it would look like if the network went on writing until the end, and what if it had learned nothing while it lived;
# 4. one other explanation of what you see, and a lesion that would tell the two apart.

# %%
# Experiment (not graded): train the modulated network.
from aiga.backpropamine import cue_reward, lesions

task = cue_reward.SCALES[scale]["simple"]
checkpoint = folder / f"{scale}-simple-seed-{seed}.pt"
trained = cue_reward.train(task, seeds=[seed], device=device, checkpoint=checkpoint)[0]

# %%
# Experiment (not graded): silence its modulator from some step on.
beginnings = range(0, task.steps + 1, 4)
late = []
for beginning in beginnings:
    silenced = lesions.silenced(beginning)
    world, _ = cue_reward.evaluate(trained.network, task, seed=seed, modulate=silenced)
    late.append(float(world.late_accuracy()))

figure, axes = plt.subplots(figsize=(6, 3.2), layout="constrained")
axes.plot(beginnings, late, "o-")
axes.axhline(trained.metrics["late_accuracy"], linestyle=":", color="k")
axes.axhline(0.5, linestyle="--", color="k")
axes.set(
    xlabel="silenced from this step on",
    ylabel="right answers, last third",
    ylim=(0.4, 1.02),
)
plt.show()

# %% [raw]
# # BEGIN SOLUTION

# %% [markdown]
# **Model answer.** Silenced from the first step, the network lives with an empty trace, so it can only guess: one half (dashed). Never silenced, it is the intact network (dotted). In between, the curve rises steeply over the first trials and flattens towards the dotted line: a trial shows two of the four cues and tells little about each, so it takes several until all is known, and from then on what matters is in the connections, where a modulator of zero keeps it (there is no decay). The step at which the lesion stops to hurt is when the network has learned what there is to learn; in most runs that is around the middle of the episode or later. If the network had to go on writing in order to keep what it knows, the curve would rise at the same pace until the right end; if nothing were learned within a life, it would be flat, at the dotted line, wherever that is. Another explanation: the network could keep the good cue in its *activity* after the first trials, and the late connections would not matter. Setting the trace back to zero at that step (or alpha to 0), with the activity left alone, tells the two apart. A single network is an anecdote: networks that learned differ in when.
#
# **Rubric** (5 points).
#
# - 1: both ends explained, with the values of the student's own figure.
# - 1: the step named, translated into trials.
# - 1: both hypothetical curves described correctly.
# - 1: a real alternative explanation.
# - 1: a lesion that separates them.
#
# A seed that never left chance is no mistake; a figure of chance that is interpreted as learning costs the first point.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Handing in
#
# Run everything from the top once more (*Runtime, Restart and run all*), see that every check cell says that all its tests pass, save, and hand in this `.ipynb` file. On Colab: *File, Download, Download .ipynb*.
