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
# # Assignment 4: a teacher that draws its own lessons
#
# [![Open in Colab](../../../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/assignments/student/gtn.ipynb)
#
# You write the heart of *Generative Teaching Networks* (Such, Rawal, Lehman, Stanley & Clune, ICML 2020): a learner that learns in a few steps, an examination after them, and a gradient that goes back through all of the learning to whoever made the lessons. Then you look at what weight normalisation does to such gradients.
#
# **Time.** Three to four hours, of which the computer needs about ten minutes.
#
# **Points.** 20: 15 by tests, 5 by hand. Each question shows you its public tests; a few more are hidden, and ask nothing that the text does not say.
#
# **You need** the chapter *Generative teaching networks* as far as "Equation and code", and PyTorch: `torch.autograd.grad`, and what `create_graph=True` does. You need no GPU.
#
# **You will be able to** write a step of gradient descent that can itself be differentiated; send a gradient through a whole course of lessons; train a network that makes training data; say what weight normalisation changes about such gradients, and what it does not.

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

hardware.advise("gtn.stability", scale)
folder = hardware.checkpoint_folder("gtn", drive=keep_on_drive)

# %%
import torch
import torch.nn.functional as F


def logits(weights, images):
    """The learner: P pixels, H hidden units, C classes. images (B, P) -> (B, C)."""
    first, second = weights  # (P, H), (H, C)
    return F.leaky_relu(images @ first, 0.1) @ second


# %% [markdown]
# ## What everything is
#
# The learner is the function `logits` above; you need not change it. Its weights are a list of two matrices. It takes $T$ steps of gradient descent with momentum, each on one batch of $B$ made images, and is then examined on real ones.
#
# | symbol | in your code | shape | what it is |
# | --- | --- | --- | --- |
# | $\theta_t$ | `weights` | a list: $(P, H)$ and $(H, C)$ | the learner's weights before step $t$ |
# | $m_t$ | `momentum` | a list, shapes as `weights` | momentum before step $t$ |
# | $x_t$ | `images` | $(B, P)$ | one batch; all of them together are `lessons`, $(T, B, P)$ |
# | $y_t$ | `labels` | $(B)$, or $(T, B)$ | their classes, whole numbers from 0 |
# | $\alpha_t, \beta_t$ | `rate`, `beta` | numbers, or tensors without dimensions | rate and momentum of one step; `rates`, `betas` hold $T$ of each |
# | $X, Y$ | `exam`, `answers` | $(M, P)$ and $(M)$ | the examination: real images and their classes |
#
# *Cross-entropy* is always the mean over the images of a batch: `F.cross_entropy(logits(weights, images), labels)`.
#
# Three rules hold for all your functions. They do not change their arguments. They work for any sizes $P, H, C, B, T, M$. And a gradient must be able to pass through them to every tensor argument of floating-point numbers: no `detach`, no `.data`, no `no_grad`, no `.item()`, no NumPy, no `torch.optim`.

# %% [raw]
# # BEGIN QUESTION
# name: q1
# points: 4

# %% [markdown]
# ## Question 1: A step that can be differentiated (4 points)
#
# Write one step of gradient descent with momentum (equation 1 of the paper):
#
# $$ m_{t+1} = \beta_t\, m_t + \nabla_\theta\, \ell\big(f_{\theta_t}(x_t), y_t\big), \qquad \theta_{t+1} = \theta_t - \alpha_t\, m_{t+1} $$
#
# with $\ell$ the cross-entropy. If some weight is 5, its momentum 2 and its gradient 1, then with `beta = 0.5` and `rate = 0.1` its new momentum is $0.5 \cdot 2 + 1 = 2$ and the weight becomes $5 - 0.1 \cdot 2 = 4.8$.
#
# What comes out must still be a function of what went in: later somebody will ask how the *result* of the step would change if one pixel of `images` did. The tensors in `weights` may require a gradient already or may be results of an earlier step; both are fine for `torch.autograd.grad`. The tests only call you with weights that require a gradient.
#
# <details><summary>Hint 1</summary>
#
# `torch.autograd.grad(loss, weights)` gives a tuple, one gradient for each tensor in the list.
#
# </details>
# <details><summary>Hint 2</summary>
#
# As it stands, that gradient is a plain number for PyTorch: nobody can differentiate it again. One more argument keeps its history.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `create_graph=True`. Then build two new lists; do not write into the old ones.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def inner_step(weights, momentum, images, labels, rate, beta):
    """One step of gradient descent with momentum, which can be differentiated.

    weights: list of two tensors, (P, H) and (H, C), which require a gradient.
    momentum: list of two tensors of the same shapes.
    images: (B, P).
    labels: (B,), whole numbers.
    rate, beta: numbers, or tensors without dimensions.
    Returns two new lists: weights, momentum.
    """
    # BEGIN SOLUTION
    loss = F.cross_entropy(logits(weights, images), labels)
    slopes = torch.autograd.grad(loss, weights, create_graph=True)
    new_momentum = [beta * m + slope for m, slope in zip(momentum, slopes, strict=True)]
    new_weights = [w - rate * m for w, m in zip(weights, new_momentum, strict=True)]
    return new_weights, new_momentum
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_two_steps_are_those_of_torch(inner_step):
    import torch
    import torch.nn.functional as F

    draw = torch.Generator().manual_seed(1)
    weights = [
        torch.randn(shape, generator=draw).requires_grad_() for shape in ((6, 5), (5, 3))
    ]
    images, labels = (
        torch.randn(2, 4, 6, generator=draw),
        torch.tensor([[0, 1, 2, 1], [2, 2, 0, 1]]),
    )
    theirs = [w.detach().clone().requires_grad_() for w in weights]
    optimiser = torch.optim.SGD(theirs, lr=0.3, momentum=0.6)
    ours, momentum = weights, [torch.zeros_like(w) for w in weights]
    for step in range(2):
        result = inner_step(ours, momentum, images[step], labels[step], 0.3, 0.6)
        assert isinstance(result, tuple) and len(result) == 2, (
            "return two lists: weights, momentum"
        )
        ours, momentum = result
        optimiser.zero_grad()
        hidden = F.leaky_relu(images[step] @ theirs[0], 0.1)
        F.cross_entropy(hidden @ theirs[1], labels[step]).backward()
        optimiser.step()
        for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            assert torch.allclose(one, other, atol=1e-5), (
                f"after step {step + 1} weights[{number}] is not what torch.optim.SGD gives: the largest difference is {float((one - other).abs().max()):.4f}"
            )


# %%
def test_the_result_can_be_differentiated(inner_step):
    import torch

    draw = torch.Generator().manual_seed(2)
    weights = [
        torch.randn(shape, generator=draw).requires_grad_() for shape in ((6, 5), (5, 3))
    ]
    images = torch.randn(4, 6, generator=draw, requires_grad=True)
    new, _ = inner_step(
        weights,
        [torch.zeros_like(w) for w in weights],
        images,
        torch.tensor([0, 1, 2, 1]),
        0.1,
        0.0,
    )
    assert new[0].requires_grad, (
        "the new weights have no history: no gradient can pass through the step"
    )
    (slope,) = torch.autograd.grad(new[0].square().sum(), images, allow_unused=True)
    assert slope is not None and slope.abs().max() > 0, (
        "the new weights do not depend on the images: is the gradient a plain number?"
    )


# %%
# HIDDEN
def test_gradients_are_right(inner_step):
    import torch
    import torch.nn.functional as F

    draw = torch.Generator().manual_seed(3)

    def made(*shape):
        return torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)

    weights, momentum, images = (
        [made(4, 5), made(5, 3)],
        [made(4, 5), made(5, 3)],
        made(6, 4),
    )
    rate, beta = (
        torch.tensor(value, dtype=torch.float64, requires_grad=True) for value in (0.3, 0.7)
    )
    labels = torch.tensor([0, 1, 2, 1, 0, 2])
    asked = [*weights, *momentum, images, rate, beta]
    names = [
        "weights[0]",
        "weights[1]",
        "momentum[0]",
        "momentum[1]",
        "images",
        "rate",
        "beta",
    ]

    def sums(result):
        return sum(
            (k + 1) * (each**2).sum() for k, each in enumerate([*result[0], *result[1]])
        )

    got = torch.autograd.grad(
        sums(inner_step(weights, momentum, images, labels, rate, beta)),
        asked,
        allow_unused=True,
    )
    hidden = F.leaky_relu(images @ weights[0], 0.1)
    slopes = torch.autograd.grad(
        F.cross_entropy(hidden @ weights[1], labels), weights, create_graph=True
    )
    moved = [beta * m + s for m, s in zip(momentum, slopes, strict=True)]
    right = torch.autograd.grad(
        sums(([w - rate * m for w, m in zip(weights, moved, strict=True)], moved)), asked
    )
    for name, one, other in zip(names, got, right, strict=True):
        assert one is not None and torch.allclose(one, other), (
            f"the gradient for {name} is not right: is something detached, or turned into a number?"
        )


# %%
# HIDDEN
def test_the_arguments_stay_as_they_are(inner_step):
    import torch

    draw = torch.Generator().manual_seed(4)
    weights = [
        torch.randn(shape, generator=draw).requires_grad_() for shape in ((4, 5), (5, 3))
    ]
    momentum = [torch.randn(shape, generator=draw) for shape in ((4, 5), (5, 3))]
    kept = [each.detach().clone() for each in (*weights, *momentum)]
    given = (*weights, *momentum)
    inner_step(
        weights,
        momentum,
        torch.randn(6, 4, generator=draw),
        torch.tensor([0, 1, 2, 1, 0, 2]),
        0.3,
        0.7,
    )
    assert len(weights) == len(momentum) == 2, (
        "the lists that were passed in have been changed"
    )
    for each, one, before in zip((*weights, *momentum), given, kept, strict=True):
        assert each is one and torch.equal(each.detach(), before), (
            "an argument has been changed: make new tensors and new lists"
        )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2
# points: 3

# %% [markdown]
# ## Question 2: Who draws the lessons (3 points)
#
# The teacher is a small network, $G_\omega$. For every image it is told a *code*, $Z$ numbers that are learned with it, and the image's class; it answers with $P$ pixels:
#
# $$ h = \mathrm{lrelu}\big(\,[\,z\,;\,\mathrm{onehot}(y)\,]\; \Omega_1\big), \qquad x = 2 \tanh\big( h\, \Omega_2 \big) $$
#
# The square brackets put the code first and then ten numbers, nine of them 0 and the one at the class's place 1. `lrelu` is the leaky rectifier with slope 0.1, `F.leaky_relu(..., 0.1)`. There are always ten classes here. The 2 lets a pixel be between −2 and 2, which is about the range of the real ones.
#
# <details><summary>Hint 1</summary>
#
# `F.one_hot(labels, 10)` has one dimension more than `labels`, and holds whole numbers; `torch.cat` along the last dimension wants both parts of the same type.
#
# </details>
# <details><summary>Hint 2</summary>
#
# All $T \cdot B$ images can be made at once: `@` multiplies along the last dimension, whatever comes before it.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def make_lessons(codes, labels, first, second):
    """The teacher's images.

    codes: (T, B, Z).
    labels: (T, B), whole numbers from 0 to 9.
    first: (Z + 10, H), the teacher's first layer.
    second: (H, P), its second.
    Returns (T, B, P), each number between -2 and 2.
    """
    # BEGIN SOLUTION
    told = torch.cat([codes, F.one_hot(labels, 10).to(codes.dtype)], -1)
    hidden = F.leaky_relu(told @ first, 0.1)
    return 2 * torch.tanh(hidden @ second)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_shape_and_range(make_lessons):
    import torch

    draw = torch.Generator().manual_seed(5)
    codes, labels = (
        torch.randn(3, 4, 2, generator=draw),
        torch.randint(10, (3, 4), generator=draw),
    )
    first, second = (
        torch.randn(12, 6, generator=draw),
        5 * torch.randn(6, 8, generator=draw),
    )
    images = make_lessons(codes, labels, first, second)
    assert tuple(images.shape) == (3, 4, 8), (
        f"the shape is {tuple(images.shape)}, expected (3, 4, 8)"
    )
    assert images.abs().max() <= 2, (
        f"a pixel is {float(images.abs().max()):.2f}, expected at most 2"
    )
    assert images.abs().max() > 1.5, (
        "no pixel comes near 2 although the teacher's weights are large"
    )


# %%
def test_an_image_by_hand(make_lessons):
    import math

    import torch

    first = torch.zeros(11, 2)  # a code of one number, ten classes
    first[0] = torch.tensor([1.0, 0.0])  # the code reaches hidden unit 0
    first[1 + 3] = torch.tensor([0.0, -1.0])  # class 3 reaches hidden unit 1, negatively
    second = torch.eye(2)
    image = make_lessons(torch.tensor([[[0.5]]]), torch.tensor([[3]]), first, second)
    right = [2 * math.tanh(0.5), 2 * math.tanh(-0.1)]
    got = image.flatten().tolist()
    assert all(abs(a - b) < 1e-5 for a, b in zip(got, right, strict=True)), (
        f"expected {right}, got {got}"
    )


# %%
# HIDDEN
def test_random_numbers_one_image_at_a_time(make_lessons):
    import torch

    draw = torch.Generator().manual_seed(6)
    codes, labels = (
        torch.randn(2, 3, 4, generator=draw),
        torch.tensor([[0, 9, 4], [7, 2, 2]]),
    )
    first, second = torch.randn(14, 5, generator=draw), torch.randn(5, 6, generator=draw)
    images = make_lessons(codes, labels, first, second)
    for t in range(2):
        for b in range(3):
            inside = codes[t, b] @ first[:4] + first[4 + labels[t, b]]
            hidden = torch.where(inside > 0, inside, 0.1 * inside)
            right = 2 * torch.tanh(hidden @ second)
            assert torch.allclose(images[t, b], right, atol=1e-5), (
                f"the image of lesson {t}, place {b} (class {int(labels[t, b])}) is not right"
            )


# %%
# HIDDEN
def test_gradients_reach_codes_and_teacher(make_lessons):
    import torch

    draw = torch.Generator().manual_seed(7)
    codes, first, second = (
        torch.randn(shape, generator=draw, dtype=torch.float64, requires_grad=True)
        for shape in ((2, 3, 4), (14, 5), (5, 6))
    )
    labels = torch.tensor([[0, 9, 4], [7, 2, 2]])
    images = make_lessons(codes, labels, first, second)
    got = torch.autograd.grad(
        images.pow(2).sum(), (codes, first, second), allow_unused=True
    )
    again = torch.cat([codes, torch.eye(10, dtype=torch.float64)[labels]], -1) @ first
    again = 2 * torch.tanh(torch.nn.functional.leaky_relu(again, 0.1) @ second)
    right = torch.autograd.grad(again.pow(2).sum(), (codes, first, second))
    for name, one, other in zip(("codes", "first", "second"), got, right, strict=True):
        assert one is not None and torch.allclose(one, other), (
            f"the gradient for {name} is not right: is something detached?"
        )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3
# points: 5

# %% [markdown]
# ## Question 3: The examination after the lessons (5 points)
#
# Now the outer loss. A learner begins with `weights` and a momentum of zeros, takes one inner step on each of the $T$ lessons in their order, each with its own rate and momentum, and is then examined:
#
# $$ \mathcal L = \ell\big(f_{\theta_T}(X),\, Y\big) $$
#
# Only the weights *after the last step* sit the examination. Use your `inner_step`; if it is not right yet, this question cannot be either. The result is a tensor without dimensions, and the gradient of $\mathcal L$ for the lessons, the rates, the momenta and the first weights must be exact: that is, it must go back through all $T$ steps.
#
# This gradient is all that the teacher ever learns from. A hidden test compares it with what really happens to $\mathcal L$ when one pixel of an early lesson is nudged.
#
# <details><summary>Hint 1</summary>
#
# A loop over lessons, labels, rates and momenta at once (`zip`). What must be carried from one turn to the next?
#
# </details>
# <details><summary>Hint 2</summary>
#
# Weights *and* momentum. Before the first step: `[torch.zeros_like(w) for w in weights]`.
#
# </details>
# <details><summary>Hint 3</summary>
#
# If the result is right and its gradient is not, then somewhere between two steps the history was cut.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def exam_loss(weights, lessons, labels, rates, betas, exam, answers):
    """What a learner makes of the examination after all lessons.

    weights: list of two tensors, (P, H) and (H, C), which require a gradient: the learner at its birth.
    lessons: (T, B, P).
    labels: (T, B), whole numbers.
    rates, betas: (T,), one of each for every step.
    exam: (M, P).
    answers: (M,), whole numbers.
    Returns the cross-entropy, a tensor without dimensions.
    """
    # BEGIN SOLUTION
    momentum = [torch.zeros_like(w) for w in weights]
    for images, names, rate, beta in zip(lessons, labels, rates, betas, strict=True):
        weights, momentum = inner_step(weights, momentum, images, names, rate, beta)
    return F.cross_entropy(logits(weights, exam), answers)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_without_a_rate_nothing_is_learned(exam_loss):
    import torch
    import torch.nn.functional as F

    draw = torch.Generator().manual_seed(8)
    weights = [
        torch.randn(shape, generator=draw).requires_grad_() for shape in ((6, 5), (5, 3))
    ]
    lessons, labels = (
        torch.randn(4, 2, 6, generator=draw),
        torch.randint(3, (4, 2), generator=draw),
    )
    exam, answers = (
        torch.randn(7, 6, generator=draw),
        torch.randint(3, (7,), generator=draw),
    )
    loss = exam_loss(
        weights, lessons, labels, torch.zeros(4), torch.full((4,), 0.5), exam, answers
    )
    assert tuple(loss.shape) == (), (
        f"the loss must be a tensor without dimensions, got shape {tuple(loss.shape)}"
    )
    right = F.cross_entropy(F.leaky_relu(exam @ weights[0], 0.1) @ weights[1], answers)
    assert torch.allclose(loss, right), (
        f"with all rates 0 the learner stays as it was born: expected {float(right):.4f}, got {float(loss):.4f}"
    )


# %%
def test_three_lessons_as_torch_would_learn_them(exam_loss):
    import torch
    import torch.nn.functional as F

    draw = torch.Generator().manual_seed(9)
    weights = [
        torch.randn(shape, generator=draw).requires_grad_() for shape in ((6, 5), (5, 3))
    ]
    lessons, labels = (
        torch.randn(3, 4, 6, generator=draw),
        torch.randint(3, (3, 4), generator=draw),
    )
    exam, answers = (
        torch.randn(7, 6, generator=draw),
        torch.randint(3, (7,), generator=draw),
    )
    loss = exam_loss(
        weights,
        lessons,
        labels,
        torch.full((3,), 0.2),
        torch.full((3,), 0.5),
        exam,
        answers,
    )
    theirs = [w.detach().clone().requires_grad_() for w in weights]
    optimiser = torch.optim.SGD(theirs, lr=0.2, momentum=0.5)
    for images, names in zip(lessons, labels, strict=True):
        optimiser.zero_grad()
        F.cross_entropy(F.leaky_relu(images @ theirs[0], 0.1) @ theirs[1], names).backward()
        optimiser.step()
    right = F.cross_entropy(F.leaky_relu(exam @ theirs[0], 0.1) @ theirs[1], answers)
    assert torch.allclose(loss, right, atol=1e-5), (
        f"expected {float(right):.5f}, got {float(loss):.5f}"
    )


# %%
# HIDDEN
def test_every_step_has_its_own_rate_and_momentum(exam_loss):
    import torch
    import torch.nn.functional as F

    draw = torch.Generator().manual_seed(10)
    weights = [
        torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for shape in ((6, 5), (5, 3))
    ]
    lessons, labels = (
        torch.randn(4, 4, 6, generator=draw, dtype=torch.float64),
        torch.randint(3, (4, 4), generator=draw),
    )
    exam, answers = (
        torch.randn(7, 6, generator=draw, dtype=torch.float64),
        torch.randint(3, (7,), generator=draw),
    )
    rates, betas = (
        torch.tensor([0.4, 0.05, 0.3, 0.2]).double(),
        torch.tensor([0.9, 0.1, 0.6, 0.3]).double(),
    )
    loss = exam_loss(weights, lessons, labels, rates, betas, exam, answers)
    now = [w.detach().clone() for w in weights]
    speed = [torch.zeros_like(w) for w in now]
    for step in range(4):
        now = [w.requires_grad_() for w in now]
        found = F.cross_entropy(
            F.leaky_relu(lessons[step] @ now[0], 0.1) @ now[1], labels[step]
        )
        slopes = torch.autograd.grad(found, now)
        speed = [betas[step] * m + s for m, s in zip(speed, slopes, strict=True)]
        now = [(w - rates[step] * m).detach() for w, m in zip(now, speed, strict=True)]
    right = F.cross_entropy(F.leaky_relu(exam @ now[0], 0.1) @ now[1], answers)
    assert torch.allclose(loss, right), (
        f"expected {float(right):.6f}, got {float(loss):.6f}: order of the lessons? rates and momenta of their own steps?"
    )


# %%
# HIDDEN
def test_a_nudge_does_what_the_gradient_says(exam_loss):
    import torch

    draw = torch.Generator().manual_seed(11)
    weights = [
        torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for shape in ((6, 5), (5, 3))
    ]
    lessons = torch.randn(4, 3, 6, generator=draw, dtype=torch.float64, requires_grad=True)
    labels, exam = (
        torch.randint(3, (4, 3), generator=draw),
        torch.randn(7, 6, generator=draw, dtype=torch.float64),
    )
    answers = torch.randint(3, (7,), generator=draw)
    rates = torch.full((4,), 0.3, dtype=torch.float64, requires_grad=True)
    betas = torch.full((4,), 0.6, dtype=torch.float64, requires_grad=True)

    def loss(lessons, rates, betas, first):
        return exam_loss([first, weights[1]], lessons, labels, rates, betas, exam, answers)

    asked = (lessons, rates, betas, weights[0])
    found = loss(*asked)
    assert found.requires_grad, (
        "the loss has no history: no gradient can pass through the lessons"
    )
    got = torch.autograd.grad(found, asked, allow_unused=True)
    for place, (name, where) in enumerate(
        {"lessons": (0, 1, 2), "rates": (1,), "betas": (2,), "weights[0]": (3, 4)}.items()
    ):
        assert got[place] is not None, f"the loss does not depend on {name}"
        nudge = torch.zeros_like(asked[place])
        nudge[where] = 1e-5
        ends = []
        for sign in (1, -1):
            moved = [each.detach() for each in asked]
            moved[place] = moved[place] + sign * nudge
            ends.append(float(loss(*moved[:3], moved[3].requires_grad_()).detach()))
        quotient = (ends[0] - ends[1]) / 2e-5
        assert abs(float(got[place][where]) - quotient) < 1e-6 + 1e-4 * abs(quotient), (
            f"{name}{list(where)}: your gradient is {float(got[place][where]):.6f}, a nudge gives {quotient:.6f}"
        )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Does your teacher teach?
#
# The next cell uses your three functions on the eight-by-eight digits that come with scikit-learn: eight lessons of ten images, a new learner in every outer iteration. It takes about half a minute.

# %%
# Experiment (not graded): a teacher from your functions, against real images.
from sklearn.datasets import load_digits

digits = load_digits()
pictures = torch.tensor(digits.data, dtype=torch.float32)
pictures = (pictures - pictures.mean()) / pictures.std()  # (1797, 64)
names = torch.tensor(digits.target)


def newborn(draw):
    """A learner that knows nothing."""
    shapes = ((64, 32), (32, 10))
    return [
        (torch.randn(shape, generator=draw) / shape[0] ** 0.5).requires_grad_()
        for shape in shapes
    ]


def meta_train(made, updates, seed):
    """Mean loss of the last examinations, with made or with real lessons; rates and momenta are learned in both."""
    draw = torch.Generator().manual_seed(seed)
    order = torch.arange(10).expand(8, 10)
    shapes = ((8, 10, 16), (26, 64), (64, 64))
    teacher = [
        (
            torch.randn(s, generator=draw) / (1 if len(s) > 2 else s[0] ** 0.5)
        ).requires_grad_()
        for s in shapes
    ]
    pace = [
        torch.full((8,), -1.0, requires_grad=True),
        torch.full((8,), -1.0, requires_grad=True),
    ]
    optimiser = torch.optim.Adam([*teacher, *pace] if made else pace, 0.003)
    losses = []
    for _ in range(updates):
        shown = torch.randint(1200, (8, 10), generator=draw)
        lessons, labels = (
            (make_lessons(teacher[0], order, *teacher[1:]), order)
            if made
            else (pictures[shown], names[shown])
        )
        exam = torch.randint(1200, (256,), generator=draw)
        loss = exam_loss(
            newborn(draw),
            lessons,
            labels,
            pace[0].exp(),
            pace[1].exp(),
            pictures[exam],
            names[exam],
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return sum(losses[-20:]) / len(losses[-20:])


updates = 20 if scale == "smoke" else 600
print(
    f"loss of the examination: {meta_train(True, updates, seed):.2f} after made lessons, {meta_train(False, updates, seed):.2f} after real ones"
)

# %% [markdown]
# A learner that guesses has a loss of $\ln 10 \approx 2.3$. At scale `ci` made lessons should end clearly below real ones. If they do not move at all, a gradient is cut somewhere.

# %% [raw]
# # BEGIN QUESTION
# name: q4
# points: 3

# %% [markdown]
# ## Question 4: Length and direction (3 points)
#
# The authors found long inner loops hard to train, and say that *weight normalisation* made them trainable. Each unit's incoming weights, a column of the matrix, are written as a direction and a length:
#
# $$ w_{\cdot j} = g_j\, \frac{v_{\cdot j}}{\lVert v_{\cdot j} \rVert} $$
#
# where $\lVert\cdot\rVert$ is the Euclidean norm. Learned are $v$ and $g$. Write the function that gives $w$. No column of $v$ is zero, so add no small number to the norm. As before, the gradient must be exact, for $v$ and for $g$.
#
# With this form the gradient for a column of $v$ is perpendicular to that column: making $v$ longer does not change $w$. A hidden test looks at this.
#
# <details><summary>Hint</summary>
#
# The norm is over the *first* dimension, the unit's inputs. `v.norm(dim=0)` has one number for each unit.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def normalised(v, g):
    """The weights of a layer from directions and lengths.

    v: (N, U), N inputs, U units.
    g: (U,), the length of each unit's weights.
    Returns (N, U).
    """
    # BEGIN SOLUTION
    return g * v / v.norm(dim=0)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_one_unit_by_hand(normalised):
    import torch

    w = normalised(torch.tensor([[3.0], [4.0]]), torch.tensor([10.0]))
    assert tuple(w.shape) == (2, 1), f"the shape is {tuple(w.shape)}, expected (2, 1)"
    assert torch.allclose(w, torch.tensor([[6.0], [8.0]])), (
        f"expected [[6], [8]], got {w.tolist()}"
    )


# %%
def test_columns_have_the_lengths_that_were_asked_for(normalised):
    import torch

    draw = torch.Generator().manual_seed(12)
    w = normalised(torch.randn(3, 3, generator=draw), torch.tensor([1.0, 2.0, 5.0]))
    assert torch.allclose(w.norm(dim=0), torch.tensor([1.0, 2.0, 5.0])), (
        f"the columns have lengths {w.norm(dim=0).tolist()}, expected [1, 2, 5]"
    )


# %%
# HIDDEN
def test_column_by_column(normalised):
    import torch

    draw = torch.Generator().manual_seed(13)
    v, g = torch.randn(4, 3, generator=draw), torch.tensor([-1.0, 0.5, 2.0])
    kept = v.clone()
    w = normalised(v, g)
    assert torch.equal(v, kept), "your function has changed its argument v"
    for j in range(3):
        right = g[j] * kept[:, j] / float((kept[:, j] ** 2).sum()) ** 0.5
        assert torch.allclose(w[:, j], right), (
            f"column {j}: expected {right.tolist()}, got {w[:, j].tolist()}"
        )


# %%
# HIDDEN
def test_the_gradient_is_perpendicular_and_exact(normalised):
    import torch

    draw = torch.Generator().manual_seed(14)
    v = torch.randn(4, 3, generator=draw, dtype=torch.float64, requires_grad=True)
    g = torch.tensor([1.0, 0.5, 2.0], dtype=torch.float64, requires_grad=True)
    target = torch.randn(4, 3, generator=draw, dtype=torch.float64)
    got = torch.autograd.grad((normalised(v, g) * target).sum(), (v, g), allow_unused=True)
    assert got[0] is not None and got[1] is not None, "v and g must both receive a gradient"
    along = (got[0] * v.detach()).sum(0).abs().max()
    assert along < 1e-9, (
        f"the gradient for v has a part along v ({float(along):.3f}), expected none: is the norm detached?"
    )
    unit = v.detach() / v.detach().pow(2).sum(0).sqrt()
    assert torch.allclose(got[1], (target * unit).sum(0)), "the gradient for g is not right"


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
# ## Question 5: What weight normalisation buys (5 points)
#
# Two looks, with the library's learner (two hidden layers, real MNIST where you have it) at the scale that you set at the top. The first needs no training: for a learner at its birth, how large is the gradient of the examination for the lessons' pixels, at different inner rates and numbers of inner steps? In the second, each seed draws inner rate, momentum and Adam's rate by chance, and trains a teacher with them, once with and once without weight normalisation. At `ci` this takes some minutes. Run it there first; then, if you have a GPU, at `colab`.
#
# Before you look: write down what you expect of both figures.
#
# Now interpret them. In 150 to 250 words, say
#
# 1. what happens to the size of the gradient as the rate grows, and as there are more steps, and where the two lines part;
# 2. why: use what you know from question 4 about the direction of the gradient for $v$, and about the length of $v$ after many steps;
# 3. whether, in *your* second figure, weight normalisation made a difference for training, draw by draw (if it did not, say so);
# 4. how the two figures go together: would the first have let you foresee the second?
# 5. one thing that neither figure shows, and what you would run to find out.

# %%
# Experiment (not graded): the size of the gradient at birth.
from aiga.gtn import figures_stability, stability

seeds = range(seed, seed + 3)
conditions = stability.SCALES[scale]
task = stability.task(conditions["weight_norm"], torch.device("cpu"))
rates = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
sizes = {
    steps: {
        name: stability.norms(config, task, seeds=seeds, rates=rates, steps=steps)
        for name, config in conditions.items()
    }
    for steps in ((2, 4) if scale == "smoke" else (8, 32))
}
figures_stability.norm_map(sizes, rates=rates, data=task.data)

# %%
# Experiment (not graded): training with settings drawn by chance.
swept = {}
for name, config in conditions.items():
    checkpoint = folder / f"{scale}-{name}-seed-{seed}.pt"
    swept[name] = stability.train(config, seeds=seeds, device=device, checkpoint=checkpoint)
figures_stability.sweep(swept)

# %% [raw]
# # BEGIN SOLUTION

# %% [markdown]
# **Model answer.** At small rates both lines lie on one another: the learner hardly moves, so it does not matter how its weights are written. As the rate grows the gradient grows, and with more steps it grows from a smaller rate on, because it is a product of as many factors as there are steps: where a factor is larger than one on average, the product explodes. The line without normalisation leaves first; the other follows at a rate several times as large. The reason is in question 4. The gradient for $v$ has no part along $v$, so a step, perpendicular to $v$, can only make $v$ longer; the longer $v$ is, the less a further step turns it, so too large a rate brakes itself. Plain weights have no such brake. In the second figure some draws are better with normalisation, some hardly differ; a draw with a large rate is where the first figure would have foreseen a difference. With three draws the interval of the means is wide, and if the bars overlap I cannot claim more than that. The first figure is of a learner at birth, with real images: training may leave that region, in either direction. Neither figure shows whether normalising the *learner* or the *generator* matters; switching one at a time would tell.
#
# **Rubric** (5 points).
#
# - 1: growth with rate and with steps, and a reason for the latter (a product over steps), read off the student's own figure.
# - 1: the mechanism: perpendicular gradient, $v$ grows, later steps turn it less.
# - 1: the second figure reported draw by draw and as it is; no claim beyond three draws.
# - 1: a sensible link between the figures (large drawn rates; birth against training).
# - 1: a limit that is really one, with an experiment that would settle it.
#
# Take no points off for a figure that differs from the key's: seeds, data and scales differ.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Handing in
#
# Run everything from the top once more (*Runtime, Restart and run all*), see that every check cell says that all its tests pass, save, and hand in this `.ipynb` file. On Colab: *File, Download, Download .ipynb*.
