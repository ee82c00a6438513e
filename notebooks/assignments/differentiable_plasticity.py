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
# # Assignment 1: a synapse that learns
#
# [![Open in Colab](../../../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/assignments/student/differentiable_plasticity.ipynb)
#
# You write the heart of *Differentiable plasticity* (Miconi, Clune & Stanley, ICML 2018): the rule by which a connection changes while the network lives. Then you train a network with it, and find out how much it can hold.
#
# **Time.** Two to three hours, of which the computer needs less than a quarter of an hour.
#
# **Points.** 20: 15 by tests, 5 by hand. Each question shows you its public tests; a few more are hidden, and ask nothing that the text does not say.
#
# **You need** the chapter *Differentiable plasticity* as far as "Equation and code", and PyTorch: broadcasting, `einsum`, `backward`. You need no GPU.
#
# **You will be able to** write a Hebbian rule for a batch of networks; run an episode in which nothing but that rule learns, and send a gradient back through it; say what a fading memory forgets, and what it costs to let it fade slowly.

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

hardware.advise("plasticity.binary", scale)
folder = hardware.checkpoint_folder("differentiable_plasticity", drive=keep_on_drive)

# %%
import torch

# %% [markdown]
# ## What everything is
#
# A network has $N$ neurons, each connected to each. You will write functions for a *batch* of $B$ independent episodes, because that is what makes them fast. All tensors are of floating-point numbers.
#
# | symbol | in your code | shape | what it is |
# | --- | --- | --- | --- |
# | $x(t-1)$ | `before` | $(B, N)$ | activity one step ago |
# | $x(t)$ | `after` | $(B, N)$ | activity now |
# | $u(t)$ | `drive` | $(B, N)$ | external input, added inside the tanh |
# | $w$ | `w` | $(N, N)$ | fixed weights, the same for all episodes |
# | $\alpha$ | `alpha` | $(N, N)$ | how plastic each connection is, the same for all episodes |
# | $\mathrm{Hebb}(t)$ | `hebb` | $(B, N, N)$ | the trace, one for each episode |
# | $\eta$ | `eta` | a number, or a tensor without dimensions | how fast the trace follows |
#
# The first index of a connection is where it comes *from*, the second where it goes *to*: `w[i, j]` is the weight from neuron $i$ to neuron $j$.
#
# Three rules hold for all your functions. They do not change their arguments. They treat each episode of the batch on its own. And gradients must be able to pass through them: no `detach`, no `no_grad`, no `.item()`, no NumPy.

# %% [raw]
# # BEGIN QUESTION
# name: q1
# points: 4

# %% [markdown]
# ## Question 1: What fires together (4 points)
#
# Write the Hebbian rule, equation 2 of the paper:
#
# $$ \mathrm{Hebb}_{ij}(t+1) = (1-\eta)\, \mathrm{Hebb}_{ij}(t) + \eta\, x_i(t-1)\, x_j(t) $$
#
# For example, with one episode, two neurons, `before = [[1, 0]]`, `after = [[0, 1]]`, a trace of zeros and `eta = 0.5`, the new trace is `[[[0, 0.5], [0, 0]]]`: only the connection from neuron 0 to neuron 1 has grown.
#
# <details><summary>Hint 1</summary>
#
# For one episode, $x_i(t-1)\, x_j(t)$ for all $i$ and $j$ is the *outer product* of two vectors: a matrix.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `before[:, :, None]` has the shape $(B, N, 1)$. What must you multiply it with to get $(B, N, N)$, with $i$ in the middle and $j$ at the end? (`torch.einsum("bi,bj->bij", ...)` does the same.)
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def hebbian_update(hebb, before, after, eta):
    """The trace after one step.

    hebb: (B, N, N), the trace so far.
    before: (B, N), activity one step ago.
    after: (B, N), activity now.
    eta: a number, or a tensor without dimensions.
    Returns a new tensor, (B, N, N).
    """
    # BEGIN SOLUTION
    together = before[:, :, None] * after[:, None, :]
    return (1 - eta) * hebb + eta * together
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(hebbian_update):
    import torch

    before, after = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    new = hebbian_update(torch.zeros(1, 2, 2), before, after, 0.5)
    assert tuple(new.shape) == (1, 2, 2), (
        f"the shape is {tuple(new.shape)}, expected (1, 2, 2)"
    )
    expected = torch.tensor([[[0.0, 0.5], [0.0, 0.0]]])
    assert torch.allclose(new, expected), (
        f"expected {expected.tolist()}, got {new.tolist()}"
    )


# %%
def test_without_activity_the_trace_fades(hebbian_update):
    import torch

    silent = torch.zeros(3, 4)
    new = hebbian_update(torch.ones(3, 4, 4), silent, silent, 0.25)
    assert torch.allclose(new, torch.full((3, 4, 4), 0.75)), (
        "with eta = 0.25 a trace of 1 fades to 0.75 where no neuron is active"
    )


# %%
# HIDDEN
def test_random_numbers_and_a_batch(hebbian_update):
    import torch

    draw = torch.Generator().manual_seed(1)
    hebb = torch.randn(3, 4, 4, generator=draw)
    before, after = torch.randn(2, 3, 4, generator=draw)
    new = hebbian_update(hebb, before, after, 0.3)
    for b in range(3):
        for i in range(4):
            for j in range(4):
                expected = 0.7 * hebb[b, i, j] + 0.3 * before[b, i] * after[b, j]
                assert abs(new[b, i, j] - expected) < 1e-5, (
                    f"episode {b}, from neuron {i} to neuron {j}: got {float(new[b, i, j]):.4f}, expected {float(expected):.4f}"
                )


# %%
# HIDDEN
def test_arguments_stay_as_they_are(hebbian_update):
    import torch

    draw = torch.Generator().manual_seed(2)
    given = [
        torch.randn(2, 3, 3, generator=draw),
        torch.randn(2, 3, generator=draw),
        torch.randn(2, 3, generator=draw),
    ]
    kept = [each.clone() for each in given]
    hebbian_update(*given, 0.1)
    for name, each, copy in zip(("hebb", "before", "after"), given, kept, strict=True):
        assert torch.equal(each, copy), f"your function has changed its argument {name}"


# %%
# HIDDEN
def test_gradients_pass(hebbian_update):
    import torch

    draw = torch.Generator().manual_seed(3)
    hebb, before, after = (
        torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)
        for shape in ((2, 3, 3), (2, 3), (2, 3))
    )
    eta = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    new = hebbian_update(hebb, before, after, eta)
    assert new.requires_grad, "no gradient can pass through your function"
    got = torch.autograd.grad(
        new.square().sum(), [hebb, before, after, eta], allow_unused=True
    )
    again = (1 - eta) * hebb + eta * torch.einsum("bi,bj->bij", before, after)
    right = torch.autograd.grad(again.square().sum(), [hebb, before, after, eta])
    for name, one, other in zip(
        ("hebb", "before", "after", "eta"), got, right, strict=True
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
# ## Question 2: One step of a life (4 points)
#
# Now the network itself. First the neurons (equation 1), through both parts of every connection; then the trace, by your rule:
#
# $$ x_j(t) = \tanh\Big\{ \sum_i \big[ w_{ij} + \alpha_{ij}\, \mathrm{Hebb}_{ij}(t) \big]\, x_i(t-1) + u_j(t) \Big\} $$
#
# Mind the order: the neurons use the trace *as it is*, and only then does it change, with the activity before and after this very step. Use your `hebbian_update`.
#
# <details><summary>Hint 1</summary>
#
# `w + alpha * hebb` has the shape $(B, N, N)$: PyTorch repeats `w` and `alpha` for every episode.
#
# </details>
# <details><summary>Hint 2</summary>
#
# The sum runs over $i$, the index where a connection comes *from*. In the language of `einsum`: `"bi,bij->bj"`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def plastic_step(before, hebb, drive, w, alpha, eta):
    """One time step of a batch of episodes.

    before: (B, N), activity one step ago.
    hebb: (B, N, N), the trace.
    drive: (B, N), external input.
    w, alpha: (N, N).
    eta: a number, or a tensor without dimensions.
    Returns a pair: activity now, (B, N), and the new trace, (B, N, N).
    """
    # BEGIN SOLUTION
    connections = w + alpha * hebb
    received = torch.einsum("bi,bij->bj", before, connections)
    after = torch.tanh(received + drive)
    return after, hebbian_update(hebb, before, after, eta)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_shapes(plastic_step):
    import torch

    pair = plastic_step(
        torch.zeros(5, 3),
        torch.zeros(5, 3, 3),
        torch.zeros(5, 3),
        torch.zeros(3, 3),
        torch.zeros(3, 3),
        0.1,
    )
    assert isinstance(pair, tuple) and len(pair) == 2, (
        "return two things: the activity now, and the new trace"
    )
    assert tuple(pair[0].shape) == (5, 3), (
        f"the activity has the shape {tuple(pair[0].shape)}, expected (5, 3)"
    )
    assert tuple(pair[1].shape) == (5, 3, 3), (
        f"the trace has the shape {tuple(pair[1].shape)}, expected (5, 3, 3)"
    )


# %%
def test_one_connection(plastic_step):
    import math

    import torch

    w, alpha, hebb = torch.zeros(2, 2), torch.zeros(2, 2), torch.zeros(1, 2, 2)
    w[0, 1], alpha[0, 1], hebb[0, 0, 1] = 0.5, 2.0, 0.25
    after, _ = plastic_step(
        torch.tensor([[1.0, 0.0]]), hebb, torch.zeros(1, 2), w, alpha, 0.1
    )
    right = math.tanh(0.5 + 2.0 * 0.25)
    assert abs(float(after[0, 1]) - right) < 1e-5, (
        f"neuron 1 receives 0.5 + 2 * 0.25 from neuron 0, so its activity is {right:.4f}; got {float(after[0, 1]):.4f}"
    )
    assert abs(float(after[0, 0])) < 1e-6, "neuron 0 receives nothing and must stay silent"


# %%
def test_the_input_is_inside_the_tanh(plastic_step):
    import torch

    after, _ = plastic_step(
        torch.zeros(1, 2),
        torch.zeros(1, 2, 2),
        torch.tensor([[20.0, -20.0]]),
        torch.zeros(2, 2),
        torch.zeros(2, 2),
        0.1,
    )
    assert torch.allclose(after, torch.tensor([[1.0, -1.0]])), (
        "an input of 20 drives a neuron to 1, not beyond"
    )


# %%
# HIDDEN
def test_random_numbers_and_a_batch(plastic_step):
    import torch

    draw = torch.Generator().manual_seed(4)
    before, drive = torch.randn(2, 3, 4, generator=draw)
    hebb = torch.randn(3, 4, 4, generator=draw)
    w, alpha = torch.randn(2, 4, 4, generator=draw)
    after, new = plastic_step(before, hebb, drive, w, alpha, 0.3)
    for b in range(3):
        right = torch.tanh((w + alpha * hebb[b]).T @ before[b] + drive[b])
        assert torch.allclose(after[b], right, atol=1e-5), (
            f"the activity of episode {b} is not right"
        )
        trace = 0.7 * hebb[b] + 0.3 * torch.outer(before[b], right)
        assert torch.allclose(new[b], trace, atol=1e-5), (
            f"the new trace of episode {b} is not right: it belongs to the activity before and after this step"
        )


# %%
# HIDDEN
def test_gradients_pass(plastic_step):
    import torch

    draw = torch.Generator().manual_seed(5)
    shapes = {
        "before": (2, 3),
        "hebb": (2, 3, 3),
        "drive": (2, 3),
        "w": (3, 3),
        "alpha": (3, 3),
        "eta": (),
    }
    given = {
        name: torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)
        for name, shape in shapes.items()
    }
    after, new = plastic_step(*given.values())
    assert after.requires_grad and new.requires_grad, (
        "no gradient can pass through your function"
    )
    got = torch.autograd.grad(
        after.sum() + new.square().sum(), list(given.values()), allow_unused=True
    )
    b, h, d, w, a, e = given.values()
    x = torch.tanh((b[:, :, None] * (w + a * h)).sum(1) + d)
    t = (1 - e) * h + e * torch.einsum("bi,bj->bij", b, x)
    right = torch.autograd.grad(x.sum() + t.square().sum(), list(given.values()))
    for name, one, other in zip(given, got, right, strict=True):
        assert one is not None and torch.allclose(one, other), (
            f"the gradient for {name} is not right: is something detached, or left out?"
        )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3
# points: 4

# %% [markdown]
# ## Question 3: A whole life (4 points)
#
# An episode is a sequence of inputs. At its beginning every neuron is silent and every trace is zero: nothing is carried over from an earlier episode. Then comes one `plastic_step` for each input, in order. What counts is the activity after the *last* step.
#
# Your function takes the inputs of all steps, `drives`, with time as the *first* dimension: $(T, B, N)$. The number of steps, of episodes and of neurons are whatever the shape says.
#
# <details><summary>Hint 1</summary>
#
# `for drive in drives:` walks along the first dimension.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Each episode has a trace of its own. Make the first one with `drives.new_zeros(...)`, which also gives it the right device and type.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def live(drives, w, alpha, eta):
    """A batch of whole episodes.

    drives: (T, B, N), external inputs, one step after the other.
    w, alpha: (N, N).
    eta: a number, or a tensor without dimensions.
    Returns the activity after the last step, (B, N).
    """
    # BEGIN SOLUTION
    batch, size = drives.shape[1:]
    activity = drives.new_zeros(batch, size)
    hebb = drives.new_zeros(batch, size, size)
    for drive in drives:
        activity, hebb = plastic_step(activity, hebb, drive, w, alpha, eta)
    return activity
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_shape(live):
    import torch

    last = live(torch.zeros(7, 5, 3), torch.zeros(3, 3), torch.zeros(3, 3), 0.1)
    assert tuple(last.shape) == (5, 3), (
        f"the shape is {tuple(last.shape)}, expected (5, 3): the activity after the last step"
    )


# %%
def test_a_memory(live):
    import torch

    drives = torch.zeros(4, 1, 2)
    drives[0, 0, 0] = drives[1, 0, 1] = (
        20.0  # neuron 0 fires, then neuron 1: the connection grows
    )
    drives[3, 0, 0] = 20.0  # a cue for neuron 0 ...
    drives = torch.cat([drives, torch.zeros(1, 1, 2)])  # ... and does neuron 1 answer?
    answer = float(live(drives, torch.zeros(2, 2), torch.ones(2, 2), 0.5)[0, 1])
    assert answer > 0.1, (
        f"neuron 1 fired after neuron 0 once, so a cue for neuron 0 must wake it; its activity is {answer:.3f}"
    )


# %%
# HIDDEN
def test_random_episodes(live):
    import torch

    draw = torch.Generator().manual_seed(6)
    for steps, batch, size in ((1, 2, 3), (6, 3, 4)):
        drives = torch.randn(steps, batch, size, generator=draw)
        w, alpha = torch.randn(2, size, size, generator=draw)
        got = live(drives, w, alpha, 0.2)
        for b in range(batch):
            x, h = torch.zeros(size), torch.zeros(size, size)
            for t in range(steps):
                y = torch.tanh((w + alpha * h).T @ x + drives[t, b])
                x, h = y, 0.8 * h + 0.2 * torch.outer(x, y)
            assert torch.allclose(got[b], x, atol=1e-4), (
                f"{steps} steps, {batch} episodes, {size} neurons: episode {b} does not end as it should"
            )


# %%
# HIDDEN
def test_nothing_is_carried_over(live):
    import torch

    draw = torch.Generator().manual_seed(7)
    drives = torch.randn(5, 2, 3, generator=draw)
    w, alpha = torch.randn(2, 3, 3, generator=draw)
    first = live(drives, w, alpha, 0.3)
    assert torch.equal(first, live(drives, w, alpha, 0.3)), (
        "the same episode ends differently the second time"
    )


# %%
# HIDDEN
def test_the_gradient_reaches_the_first_step(live):
    import torch

    draw = torch.Generator().manual_seed(8)
    drives = torch.randn(5, 2, 3, generator=draw, dtype=torch.float64, requires_grad=True)
    w, alpha = (
        torch.randn(3, 3, generator=draw, dtype=torch.float64, requires_grad=True)
        for _ in range(2)
    )
    eta = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    last = live(drives, w, alpha, eta)
    assert last.requires_grad, "no gradient can pass through your function"
    got = torch.autograd.grad(
        last.square().sum(), [drives, w, alpha, eta], allow_unused=True
    )
    x, h = torch.zeros(2, 3, dtype=torch.float64), torch.zeros(2, 3, 3, dtype=torch.float64)
    for t in range(5):
        y = torch.tanh(torch.einsum("bi,bij->bj", x, w + alpha * h) + drives[t])
        x, h = y, (1 - eta) * h + eta * torch.einsum("bi,bj->bij", x, y)
    right = torch.autograd.grad(x.square().sum(), [drives, w, alpha, eta])
    for name, one, other in zip(("drives", "w", "alpha", "eta"), got, right, strict=True):
        assert one is not None and torch.allclose(one, other), (
            f"the gradient for {name} is not right: it must pass through all steps"
        )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Does it learn?
#
# Here is the training loop of the chapter's sixty lines, around *your* `live`. An episode shows three patterns of 20 bits, then half of one of them. The network must say the rest. It takes a few seconds.


# %%
# Experiment (not graded): the sixty lines, with your functions.
def make_episodes(batch, bits=20, patterns=3, generator=None):
    """Inputs (steps, batch, bits) and the pattern to complete (batch, bits)."""
    shown = torch.randint(2, (batch, patterns, bits), generator=generator) * 2.0 - 1
    chosen = torch.randint(patterns, (batch,), generator=generator)
    target = shown[torch.arange(batch), chosen]
    visible = torch.randint(2, (batch, bits), generator=generator)
    steps = []
    for pattern in range(patterns):
        steps += [shown[:, pattern]] * 3 + [torch.zeros(batch, bits)]
    steps += [target * visible] * 3
    return 20 * torch.stack(steps), target


def train_small(plastic, updates=5 if scale == "smoke" else 250, bits=20):
    """The mean share of wrong bits over the last updates."""
    generator = torch.Generator().manual_seed(seed)
    w, alpha = 0.01 * torch.randn(2, bits, bits, generator=generator)
    eta = torch.tensor(0.05)
    trained = [each.requires_grad_() for each in ([w, alpha, eta] if plastic else [w])]
    optimiser = torch.optim.Adam(trained, lr=3e-3)
    errors = []
    for _ in range(updates):
        drives, target = make_episodes(32, bits, generator=generator)
        completed = live(drives, w, alpha if plastic else torch.zeros(bits, bits), eta)
        loss = (completed - target).square().sum(-1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        errors.append((completed.sign() != target).float().mean().item())
    return sum(errors[-20:]) / len(errors[-20:])


print(
    f"wrong bits: {train_small(True):.1%} with plasticity, {train_small(False):.1%} without"
)

# %% [markdown]
# Guessing the hidden half gives 25 % of wrong bits. Your plastic network should be far below that, the other one hardly. If yours is not, look for a `detach` or a wrong axis: a rule can be almost right and still store nothing.

# %% [raw]
# # BEGIN QUESTION
# name: q4
# points: 3

# %% [markdown]
# ## Question 4: A memory that does not fade (3 points)
#
# With your rule a trace fades at every step, whether or not anything happens. Oja's rule (equation 3) is different: it weakens a connection only while the neuron that *receives* is active:
#
# $$ \mathrm{Hebb}_{ij}(t+1) = \mathrm{Hebb}_{ij}(t) + \eta\, x_j(t)\,\big( x_i(t-1) - x_j(t)\, \mathrm{Hebb}_{ij}(t) \big) $$
#
# Write it, with the same arguments as `hebbian_update`.
#
# <details><summary>Hint</summary>
#
# Which of the two activities gets the shape $(B, N, 1)$ and which $(B, 1, N)$ is as in question 1. The receiving neuron $j$ is the last index.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def oja_update(hebb, before, after, eta):
    """The trace after one step, by Oja's rule; arguments and result as for hebbian_update."""
    # BEGIN SOLUTION
    sender, receiver = before[:, :, None], after[:, None, :]
    return hebb + eta * receiver * (sender - receiver * hebb)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_without_activity_nothing_fades(oja_update):
    import torch

    silent = torch.zeros(2, 3)
    new = oja_update(torch.ones(2, 3, 3), silent, silent, 0.5)
    assert torch.allclose(new, torch.ones(2, 3, 3)), (
        "where no neuron is active, the trace stays as it is"
    )


# %%
def test_one_connection(oja_update):
    import torch

    new = oja_update(
        torch.full((1, 2, 2), 0.5),
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[0.0, 0.5]]),
        0.4,
    )
    right = torch.tensor([[[0.5, 0.65], [0.5, 0.45]]])
    assert torch.allclose(new, right), f"expected {right.tolist()}, got {new.tolist()}"


# %%
# HIDDEN
def test_random_numbers_and_a_batch(oja_update):
    import torch

    draw = torch.Generator().manual_seed(9)
    hebb = torch.randn(3, 4, 4, generator=draw)
    before, after = torch.randn(2, 3, 4, generator=draw)
    kept = hebb.clone()
    new = oja_update(hebb, before, after, 0.3)
    assert torch.equal(hebb, kept), "your function has changed its argument hebb"
    for b in range(3):
        for i in range(4):
            for j in range(4):
                expected = kept[b, i, j] + 0.3 * after[b, j] * (
                    before[b, i] - after[b, j] * kept[b, i, j]
                )
                assert abs(new[b, i, j] - expected) < 1e-4, (
                    f"episode {b}, from neuron {i} to neuron {j}: got {float(new[b, i, j]):.4f}, expected {float(expected):.4f}"
                )


# %%
# HIDDEN
def test_gradients_pass(oja_update):
    import torch

    draw = torch.Generator().manual_seed(10)
    hebb, before, after = (
        torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)
        for shape in ((2, 3, 3), (2, 3), (2, 3))
    )
    eta = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    new = oja_update(hebb, before, after, eta)
    assert new.requires_grad, "no gradient can pass through your function"
    got = torch.autograd.grad(
        new.square().sum(), [hebb, before, after, eta], allow_unused=True
    )
    again = hebb + eta * (
        torch.einsum("bi,bj->bij", before, after) - after[:, None, :].square() * hebb
    )
    right = torch.autograd.grad(again.square().sum(), [hebb, before, after, eta])
    for name, one, other in zip(
        ("hebb", "before", "after", "eta"), got, right, strict=True
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
# name: q5
# points: 5
# manual: true

# %% [markdown]
# ## Question 5: How much does it hold? (5 points)
#
# The chapter's network holds five patterns. What about two, or twenty? The cells below train one network for each number of patterns, with the library's plastic network (the same equations as yours, computed faster) at the scale that you set at the top. Run them at `ci` first. Then, if you have a GPU, set `scale = "colab"` and run them again.
#
# Before you look: write down what you expect.
#
# Now describe the figure. In 150 to 250 words, say
#
# 1. what the two dotted lines are, and which of them each network has left behind;
# 2. how the error changes with the number of patterns;
# 3. what happens to the learned $\eta$ as there are more patterns, and why gradient descent would want that;
# 4. one thing that this experiment does *not* show, and what you would run to find out.

# %%
# Experiment (not graded): one network for each number of patterns.
from dataclasses import replace

from aiga.experiment import Outcome
from aiga.plasticity import binary

numbers = (2, 5) if scale == "smoke" else (2, 5, 10, 20)
seeds = range(seed, seed + 2)
found: dict[int, list[Outcome]] = {}
for number in numbers:
    task = replace(
        binary.SCALES[scale]["plastic"], condition=f"{number} patterns", patterns=number
    )
    checkpoint = folder / f"{scale}-{number}-patterns-seed-{seed}.pt"
    found[number] = binary.train(task, seeds=seeds, device=device, checkpoint=checkpoint)

# %%
# Experiment (not graded): the figure.
import matplotlib.pyplot as plt

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4), layout="constrained")
for axes, metric, label in ((left, "error", "wrong bits"), (right, "eta", "learned eta")):
    values = [[each.metrics[metric] for each in found[number]] for number in numbers]
    axes.plot(numbers, [sum(each) / len(each) for each in values], "o-")
    for number, each in zip(numbers, values, strict=True):
        axes.plot([number] * len(each), each, "k.", markersize=4)
    axes.set(
        xscale="log",
        xticks=numbers,
        xticklabels=numbers,
        xlabel="patterns in an episode",
        ylabel=label,
    )
left.axhline(0.25, linestyle=":", color="k")
left.plot(
    numbers, [0.25 * (1 - 1 / number) for number in numbers], linestyle=":", color="k"
)
left.set_ylim(0)
plt.show()

# %% [raw]
# # BEGIN SOLUTION

# %% [markdown]
# **Model answer.** The upper dotted line is 25 %: all visible bits right, all hidden ones guessed. The lower one is what a network gets that remembers only the last pattern, $\tfrac14 (1 - \tfrac1k)$. A network below both must have stored more than one pattern. With few patterns the error is far below both lines; it rises with their number, because the patterns share one trace, and what was stored for one disturbs the others. In the learned rate you see the time scale of the memory: a trace with rate $\eta$ forgets within about $1/\eta$ steps, so more patterns, and so a longer episode, press towards a slower trace; but a slow trace also writes each pattern weakly, which $\alpha$ has to make up for. At `ci` the rate falls as patterns are added, and does so no longer at twenty, where the networks are far from having learned the task: a rate that began at 0.01 for all of them says little there. What the figure does not show: whether it is the *number* of patterns or the *length* of the episode that hurts (show fewer patterns for longer), whether longer training would bring the curves down, or whether a larger network holds more (run more bits). With two seeds, small differences between neighbouring points mean nothing.
#
# **Rubric** (5 points).
#
# - 1: both lines explained, guessing and last-only, and each network placed correctly.
# - 1: the direction of the error, with numbers read off the student's own figure.
# - 1: the direction of $\eta$ as it is in the student's own figure (if the figure shows none, saying so is the right answer).
# - 1: a reason that links $\eta$ to how long the trace must last.
# - 1: a limit that is really one, with an experiment that would settle it.
#
# Take no points off for a figure that differs from the key's: seeds and scales differ.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Handing in
#
# Run everything from the top once more (*Runtime, Restart and run all*), see that every check cell says that all its tests pass, save, and hand in this `.ipynb` file. On Colab: *File, Download, Download .ipynb*.
