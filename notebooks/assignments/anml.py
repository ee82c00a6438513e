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
# # Assignment 3: learning not to forget
#
# [![Open in Colab](../../../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/assignments/student/anml.ipynb)
#
# You write the heart of *Learning to Continually Learn*, ANML (Beaulieu et al., ECAI 2020): a network with a gate, an inner loop that learns one character, and an outer loop that asks what is left of the others. Then you find out how long the inner loop must be.
#
# **Time.** Three to four hours, of which the computer needs about ten minutes.
#
# **Points.** 20: 15 by tests, 5 by hand. Each question shows you its public tests; a few more are hidden, and ask nothing that the text does not say.
#
# **You need** the chapter *ANML* as far as "Where it comes from", and `torch.autograd.grad`. You need no GPU.
#
# **You will be able to** write a gated network; send a gradient through twenty steps of gradient descent, or stop it at each; write a meta-loss that punishes forgetting; read a curve of continual learning.

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

hardware.advise("anml.continual", scale)
folder = hardware.checkpoint_folder("anml", drive=keep_on_drive)

# %%
import torch
import torch.nn.functional as F

# %% [markdown]
# ## What everything is
#
# The network of this assignment is as small as it can be: one hidden layer that sees, one that hears, a gate, a last layer. All its numbers are in one dictionary, `p`. All tensors are of floating-point numbers, and all that are in `p` require gradients. There are $D$ pixels, $F$ hidden units, $H$ units that hear, and $C$ classes.
#
# | in your code | shape | what it is | changed by |
# | --- | --- | --- | --- |
# | `p["see"]` | $(D, F)$ | prediction network, from pixels to hidden units | inner and outer loop |
# | `p["head"]` | $(C, F)$ | prediction network, last layer | inner and outer loop |
# | `p["bias"]` | $(C,)$ | prediction network, last layer | inner and outer loop |
# | `p["hear"]` | $(D, H)$ | neuromodulatory network, from pixels | outer loop only |
# | `p["gate"]` | $(H, F)$ | neuromodulatory network, to the gate | outer loop only |
#
# Your functions do not change their arguments: neither the dictionary nor the tensors in it. Gradients must be able to pass, except where a question says otherwise.

# %% [raw]
# # BEGIN QUESTION
# name: q1
# points: 3

# %% [markdown]
# ## Question 1: A network that is not always heard (3 points)
#
# For an image $x$ of $D$ pixels, as a row,
#
# $$ h = \mathrm{relu}(x\, S), \qquad g = \sigma\big(\mathrm{relu}(x\, A)\, G\big), \qquad z = W (g \odot h) + b , $$
#
# where $S$ is `p["see"]`, $A$ is `p["hear"]`, $G$ is `p["gate"]`, $W$ is `p["head"]`, $b$ is `p["bias"]`, $\sigma$ the logistic function and $\odot$ the product unit by unit. What is not heard ($g_j$ near 0) has no say in the answer.
#
# <details><summary>Hint 1</summary>
#
# For a batch of $n$ images, `x @ p["see"]` has the shape $(n, F)$, and so has everything up to $g \odot h$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `p["head"]` is $(C, F)$, and you need $(n, C)$: multiply by its transpose, `p["head"].T`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def gated_forward(p, x):
    """The logits of a batch of images.

    p: the network, see the table.
    x: (n, D), images.
    Returns z, (n, C).
    """
    # BEGIN SOLUTION
    hidden = (x @ p["see"]).relu()
    gate = torch.sigmoid((x @ p["hear"]).relu() @ p["gate"])
    return (gate * hidden) @ p["head"].T + p["bias"]
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_shape(gated_forward):
    import torch

    shapes = {"see": (5, 6), "hear": (5, 3), "gate": (3, 6), "head": (4, 6), "bias": (4,)}
    p = {name: torch.ones(shape) for name, shape in shapes.items()}
    z = gated_forward(p, torch.ones(7, 5))
    assert tuple(z.shape) == (7, 4), (
        f"the shape is {tuple(z.shape)}, expected (7, 4): 7 images, 4 classes"
    )


# %%
def test_a_gate_of_one_half(gated_forward):
    import torch

    p = {
        "see": torch.eye(2),
        "hear": torch.zeros(2, 1),
        "gate": torch.zeros(1, 2),
        "head": torch.eye(2),
        "bias": torch.tensor([0.0, 1.0]),
    }
    z = gated_forward(p, torch.tensor([[2.0, -2.0]]))
    right = torch.tensor([[1.0, 1.0]])
    assert torch.allclose(z, right), (
        f"nothing is heard, so the gate is one half: h = (2, 0), z = (1, 0 + 1); got {z.tolist()}"
    )


# %%
# HIDDEN
def test_random_numbers_and_gradients(gated_forward):
    import torch

    draw = torch.Generator().manual_seed(1)
    shapes = {"see": (5, 6), "hear": (5, 3), "gate": (3, 6), "head": (4, 6), "bias": (4,)}
    p = {
        name: torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for name, shape in shapes.items()
    }

    def forward(q, x):
        h = torch.clamp_min(torch.einsum("nd,df->nf", x, q["see"]), 0)
        u = torch.clamp_min(torch.einsum("nd,dh->nh", x, q["hear"]), 0)
        g = 1 / (1 + torch.exp(-torch.einsum("nh,hf->nf", u, q["gate"])))
        return torch.einsum("nf,cf->nc", g * h, q["head"]) + q["bias"]

    def cost(q, x, y):
        z = forward(q, x)
        return (torch.logsumexp(z, 1) - z[torch.arange(len(y)), y]).mean()

    x = torch.randn(7, 5, generator=draw, dtype=torch.float64)
    got, right = gated_forward(p, x), forward(p, x)
    assert torch.allclose(got, right), (
        f"for random numbers the logits differ by up to {float((got - right).abs().max()):.3f}"
    )
    mine = torch.autograd.grad(got.square().sum(), list(p.values()), allow_unused=True)
    theirs = torch.autograd.grad(right.square().sum(), list(p.values()))
    for name, one, other in zip(p, mine, theirs, strict=True):
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
# points: 5

# %% [markdown]
# ## Question 2: A life (5 points)
#
# The inner loop learns *one* class. It takes its images one after the other, in the order in which they come, and does one step of gradient descent on the cross-entropy for each:
#
# $$ \theta_i = \theta_{i-1} - \beta\, \nabla_{\theta_{i-1}} \mathcal L(\theta_{i-1}, x_i), \qquad \theta = (S, W, b) $$
#
# The neuromodulatory network, `hear` and `gate`, stays as it is. Each step starts from where the last one ended.
#
# Later a gradient will go back through all these steps. There are two kinds. With `order=2` it passes through the gradients $\nabla \mathcal L$ too, since they depend on the weights. With `order=1` each $\nabla \mathcal L$ is taken for a constant: the numbers of the steps are the same, and the gradient that comes back is not.
#
# <details><summary>Hint 1</summary>
#
# Start with `now = dict(p)`, a new dictionary with the same tensors. In each step, compute the loss with `gated_forward(now, image[None])` and replace three entries of `now` by new tensors. Never write into a tensor.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.autograd.grad(loss, [now["see"], now["head"], now["bias"]], create_graph=...)` returns the three gradients. With `create_graph=True` they can be differentiated again; with `False` they are constants.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `F.cross_entropy` wants a tensor of labels, one an image: `torch.tensor([label])`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def learn(p, images, label, rate, order):
    """The network after learning one class, one step an image.

    p: the network, see the table.
    images: (k, D), in the order in which they come; all of the same class.
    label: the class, an int.
    rate: beta, a number.
    order: 1 or 2, the kind of gradient that can come back.
    Returns a new dictionary with the same five keys.
    """
    # BEGIN SOLUTION
    names = ("see", "head", "bias")
    now = dict(p)
    for image in images:
        loss = F.cross_entropy(gated_forward(now, image[None]), torch.tensor([label]))
        slow = [now[name] for name in names]
        slopes = torch.autograd.grad(loss, slow, create_graph=order == 2)
        for name, slope in zip(names, slopes, strict=True):
            now[name] = now[name] - rate * slope
    return now
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_what_changes_and_what_stays(learn):
    import torch

    draw = torch.Generator().manual_seed(2)
    shapes = {"see": (5, 6), "hear": (5, 3), "gate": (3, 6), "head": (4, 6), "bias": (4,)}
    p = {
        name: torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for name, shape in shapes.items()
    }

    kept = {name: each.detach().clone() for name, each in p.items()}
    images = torch.rand(3, 5, generator=draw, dtype=torch.float64)
    for order in (1, 2):
        now = learn(p, images, 1, 0.1, order)
        assert isinstance(now, dict) and set(now) == set(p), (
            "return a dictionary with the five keys of p"
        )
        for name in p:
            assert torch.equal(p[name], kept[name]), (
                f"your function has changed p[{name!r}], its argument"
            )
        for name in ("hear", "gate"):
            assert torch.equal(now[name], p[name]), (
                f"{name!r} belongs to the neuromodulatory network and must not learn here"
            )
        for name in ("see", "head", "bias"):
            assert not torch.equal(now[name], p[name]), f"{name!r} must learn"


# %%
def test_it_learns(learn, gated_forward):
    import torch

    draw = torch.Generator().manual_seed(3)
    shapes = {"see": (5, 6), "hear": (5, 3), "gate": (3, 6), "head": (4, 6), "bias": (4,)}
    p = {
        name: torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for name, shape in shapes.items()
    }

    image = torch.rand(1, 5, generator=draw, dtype=torch.float64)
    before = gated_forward(p, image).softmax(1)[0, 2]
    after = gated_forward(learn(p, image.expand(5, 5), 2, 0.05, 1), image).softmax(1)[0, 2]
    assert after > before, (
        f"after five steps on one image its class should be more likely; it went from {float(before):.3f} to {float(after):.3f}"
    )


# %%
# HIDDEN
def test_the_numbers_of_the_steps(learn):
    import torch

    draw = torch.Generator().manual_seed(4)
    shapes = {"see": (5, 6), "hear": (5, 3), "gate": (3, 6), "head": (4, 6), "bias": (4,)}
    p = {
        name: torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for name, shape in shapes.items()
    }

    def forward(q, x):
        h = torch.clamp_min(torch.einsum("nd,df->nf", x, q["see"]), 0)
        u = torch.clamp_min(torch.einsum("nd,dh->nh", x, q["hear"]), 0)
        g = 1 / (1 + torch.exp(-torch.einsum("nh,hf->nf", u, q["gate"])))
        return torch.einsum("nf,cf->nc", g * h, q["head"]) + q["bias"]

    def cost(q, x, y):
        z = forward(q, x)
        return (torch.logsumexp(z, 1) - z[torch.arange(len(y)), y]).mean()

    def after(q, x, y, rate, order):
        q = dict(q)
        for image in x:
            names = ("see", "head", "bias")
            slopes = torch.autograd.grad(
                cost(q, image[None], torch.tensor([y])),
                [q[n] for n in names],
                create_graph=True,
            )
            if order == 1:
                slopes = [slope.detach() for slope in slopes]
            q |= {n: q[n] - rate * slope for n, slope in zip(names, slopes, strict=True)}
        return q

    images = torch.rand(4, 5, generator=draw, dtype=torch.float64)
    for order in (1, 2):
        got, right = learn(p, images, 3, 0.2, order), after(p, images, 3, 0.2, order)
        for name in p:
            assert torch.allclose(got[name], right[name]), (
                f"after four steps {name!r} is not what it should be (order {order})"
            )


# %%
# HIDDEN
def test_the_gradient_that_comes_back(learn):
    import torch

    draw = torch.Generator().manual_seed(5)
    shapes = {"see": (5, 6), "hear": (5, 3), "gate": (3, 6), "head": (4, 6), "bias": (4,)}
    p = {
        name: torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for name, shape in shapes.items()
    }

    def forward(q, x):
        h = torch.clamp_min(torch.einsum("nd,df->nf", x, q["see"]), 0)
        u = torch.clamp_min(torch.einsum("nd,dh->nh", x, q["hear"]), 0)
        g = 1 / (1 + torch.exp(-torch.einsum("nh,hf->nf", u, q["gate"])))
        return torch.einsum("nf,cf->nc", g * h, q["head"]) + q["bias"]

    def cost(q, x, y):
        z = forward(q, x)
        return (torch.logsumexp(z, 1) - z[torch.arange(len(y)), y]).mean()

    def after(q, x, y, rate, order):
        q = dict(q)
        for image in x:
            names = ("see", "head", "bias")
            slopes = torch.autograd.grad(
                cost(q, image[None], torch.tensor([y])),
                [q[n] for n in names],
                create_graph=True,
            )
            if order == 1:
                slopes = [slope.detach() for slope in slopes]
            q |= {n: q[n] - rate * slope for n, slope in zip(names, slopes, strict=True)}
        return q

    images = torch.rand(3, 5, generator=draw, dtype=torch.float64)
    for order in (1, 2):
        got, right = learn(p, images, 0, 0.2, order), after(p, images, 0, 0.2, order)
        total, expected = (
            sum(each.square().sum() for each in q.values()) for q in (got, right)
        )
        mine = torch.autograd.grad(total, list(p.values()), allow_unused=True)
        theirs = torch.autograd.grad(expected, list(p.values()), allow_unused=True)
        for name, one, other in zip(p, mine, theirs, strict=True):
            one, other = (
                torch.zeros(()) if each is None else each for each in (one, other)
            )
            what = (
                "must pass through the inner gradients"
                if order == 2
                else "must take the inner gradients for constants"
            )
            assert torch.allclose(one + 0 * other, other), (
                f"order {order}: the gradient for {name!r} is not right; it {what}"
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
# ## Question 3: What is left of everything? (4 points)
#
# The outer loop's question: after a life that was spent on one class, how well does the network do on that class *and* on others?
#
# $$ \mathcal L_{\text{meta}} = \mathcal L\big(\theta_k,\; \text{the } k \text{ images just learned} \,\cup\, \text{the } r \text{ others}\big) $$
#
# It is *one* mean of the cross-entropy, over all $k + r$ images, with the weights *after* the inner loop. Use your `learn` and `gated_forward`.
#
# <details><summary>Hint 1</summary>
#
# `torch.cat([images, others])` are all images. The labels of the first $k$ are all `label`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `torch.full((len(images),), label)` makes those labels.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def meta_loss(p, images, label, others, other_labels, rate, order):
    """What is left after learning one class.

    p: the network before, see the table.
    images: (k, D), of the class that is learned.
    label: this class, an int.
    others: (r, D), images of any classes.
    other_labels: (r,), their classes, integers.
    rate: beta.
    order: 1 or 2.
    Returns a tensor without dimensions, from which a gradient can go back to all of p.
    """
    # BEGIN SOLUTION
    now = learn(p, images, label, rate, order)
    asked = torch.cat([images, others])
    labels = torch.cat([torch.full((len(images),), label), other_labels])
    return F.cross_entropy(gated_forward(now, asked), labels)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_without_learning_it_is_the_plain_loss(meta_loss, gated_forward):
    import torch
    import torch.nn.functional as F

    draw = torch.Generator().manual_seed(6)
    shapes = {"see": (5, 6), "hear": (5, 3), "gate": (3, 6), "head": (4, 6), "bias": (4,)}
    p = {
        name: torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for name, shape in shapes.items()
    }

    images, others = (
        torch.rand(2, 5, generator=draw, dtype=torch.float64),
        torch.rand(6, 5, generator=draw, dtype=torch.float64),
    )
    labels = torch.tensor([0, 1, 2, 3, 0, 1])
    got = meta_loss(p, images, 2, others, labels, 0.0, 2)
    assert got.shape == (), (
        f"return one number, a tensor without dimensions; its shape is {tuple(got.shape)}"
    )
    right = F.cross_entropy(
        gated_forward(p, torch.cat([images, others])),
        torch.tensor([2, 2, 0, 1, 2, 3, 0, 1]),
    )
    assert torch.allclose(got, right), (
        f"with a rate of 0 nothing is learned, and the loss over all 8 images is {float(right):.4f}; got {float(got):.4f}"
    )


# %%
# HIDDEN
def test_random_numbers_and_the_gradient(meta_loss):
    import torch

    draw = torch.Generator().manual_seed(7)
    shapes = {"see": (5, 6), "hear": (5, 3), "gate": (3, 6), "head": (4, 6), "bias": (4,)}
    p = {
        name: torch.randn(shape, generator=draw, dtype=torch.float64).requires_grad_()
        for name, shape in shapes.items()
    }

    def forward(q, x):
        h = torch.clamp_min(torch.einsum("nd,df->nf", x, q["see"]), 0)
        u = torch.clamp_min(torch.einsum("nd,dh->nh", x, q["hear"]), 0)
        g = 1 / (1 + torch.exp(-torch.einsum("nh,hf->nf", u, q["gate"])))
        return torch.einsum("nf,cf->nc", g * h, q["head"]) + q["bias"]

    def cost(q, x, y):
        z = forward(q, x)
        return (torch.logsumexp(z, 1) - z[torch.arange(len(y)), y]).mean()

    def after(q, x, y, rate, order):
        q = dict(q)
        for image in x:
            names = ("see", "head", "bias")
            slopes = torch.autograd.grad(
                cost(q, image[None], torch.tensor([y])),
                [q[n] for n in names],
                create_graph=True,
            )
            if order == 1:
                slopes = [slope.detach() for slope in slopes]
            q |= {n: q[n] - rate * slope for n, slope in zip(names, slopes, strict=True)}
        return q

    images, others = (
        torch.rand(3, 5, generator=draw, dtype=torch.float64),
        torch.rand(7, 5, generator=draw, dtype=torch.float64),
    )
    labels = torch.randint(4, (7,), generator=draw)
    every = torch.cat([torch.tensor([1, 1, 1]), labels])
    for order in (1, 2):
        got = meta_loss(p, images, 1, others, labels, 0.3, order)
        right = cost(after(p, images, 1, 0.3, order), torch.cat([images, others]), every)
        assert torch.allclose(got, right), (
            f"the loss after learning is {float(right):.4f}; got {float(got):.4f}"
        )
        assert got.requires_grad, "no gradient can come back from your loss"
        mine = torch.autograd.grad(got, list(p.values()), allow_unused=True)
        theirs = torch.autograd.grad(right, list(p.values()))
        for name, one, other in zip(p, mine, theirs, strict=True):
            assert one is not None and torch.allclose(one, other), (
                f"order {order}: the meta-gradient for {name!r} is not right"
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
# ## Question 4: Something to learn (3 points)
#
# If a class is known already, its inner loop has nothing to do, and the outer loop learns nothing about learning. So before each inner loop the class's row of the last layer is drawn anew: it is forgotten. Write this reset. The other rows stay, and a gradient must be able to reach them.
#
# <details><summary>Hint</summary>
#
# Do not write into `head`. Build a new matrix: make a copy with `head.clone()` and write the row into the copy, or choose row by row with `torch.where`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def with_fresh_row(head, label, row):
    """The last layer with one class's weights replaced.

    head: (C, F).
    label: the class, an int.
    row: (F,), its new weights.
    Returns a new tensor, (C, F); head stays as it is.
    """
    # BEGIN SOLUTION
    fresh = head.clone()
    fresh[label] = row
    return fresh
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_one_row(with_fresh_row):
    import torch

    head = torch.zeros(3, 2)
    new = with_fresh_row(head, 1, torch.tensor([5.0, 6.0]))
    right = torch.tensor([[0.0, 0.0], [5.0, 6.0], [0.0, 0.0]])
    assert torch.equal(new, right), f"expected {right.tolist()}, got {new.tolist()}"
    assert torch.equal(head, torch.zeros(3, 2)), (
        "your function has changed its argument head"
    )


# %%
# HIDDEN
def test_square_matrices_and_gradients(with_fresh_row):
    import torch

    draw = torch.Generator().manual_seed(8)
    head = torch.randn(4, 4, generator=draw, dtype=torch.float64, requires_grad=True)
    row = torch.randn(4, generator=draw, dtype=torch.float64, requires_grad=True)
    new = with_fresh_row(head, 3, row)
    assert torch.equal(new[3], row), "the row of class 3 is not the fresh one"
    assert torch.equal(new[:3], head[:3]), (
        "the rows of the other classes must stay as they are"
    )
    assert new.requires_grad, "no gradient can pass through your function"
    by_head, by_row = torch.autograd.grad(
        new.square().sum(), [head, row], allow_unused=True
    )
    right = torch.cat([2 * head[:3], torch.zeros(1, 4, dtype=torch.float64)])
    assert by_head is not None and torch.allclose(by_head, right), (
        "the gradient must reach the other rows, and not the one that was replaced"
    )
    assert by_row is not None and torch.allclose(by_row, 2 * row), (
        "the gradient must reach the fresh row"
    )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Does it keep what it knows?
#
# Your four functions, together: meta-training on characters of Omniglot, shrunk to 14 by 14 pixels. The data come with a checksum; without a network the library draws characters of its own, and says so. In each iteration one character is forgotten, learned again from its twenty drawings, and the loss is taken over it and 64 other drawings. It takes some ten seconds. A network that guesses has a loss of $\ln 30 = 3.4$; yours should fall well below that.

# %%
# Experiment (not graded): meta-training with your functions.
from aiga import datasets

omniglot = datasets.omniglot(28)
ink = F.avg_pool2d(1 - omniglot.images.float() / 255, 2).flatten(2)  # (characters, 20, 196)


def meta_train(order, iterations=5 if scale == "smoke" else 200, classes=30):
    """The course of the meta-loss."""
    draw = torch.Generator().manual_seed(seed)
    known = ink[~omniglot.evaluation][:classes]
    sizes = {"see": (196, 64), "hear": (196, 16), "gate": (16, 64), "head": (classes, 64)}
    p = {
        name: torch.randn(size, generator=draw) * (2 / 196) ** 0.5
        for name, size in sizes.items()
    }
    p = {
        name: each.requires_grad_()
        for name, each in (p | {"bias": torch.zeros(classes)}).items()
    }
    optimiser = torch.optim.Adam(p.values(), lr=1e-2)
    losses = []
    for _ in range(iterations):
        label = int(torch.randint(classes, (1,), generator=draw))
        row = torch.randn(64, generator=draw) * (2 / 196) ** 0.5
        with torch.no_grad():
            p["head"].copy_(with_fresh_row(p["head"], label, row))
        labels, drawers = (
            torch.randint(classes, (64,), generator=draw),
            torch.randint(20, (64,), generator=draw),
        )
        loss = meta_loss(p, known[label], label, known[labels, drawers], labels, 0.1, order)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return losses


for order in (1, 2):
    losses = meta_train(order)
    first, last = losses[:10], losses[-10:]
    print(
        f"order {order}: meta-loss {sum(first) / len(first):.2f} at first, {sum(last) / len(last):.2f} in the end"
    )

# %% [raw]
# # BEGIN QUESTION
# name: q5
# points: 5
# manual: true

# %% [markdown]
# ## Question 5: How long must a life be? (5 points)
#
# A life of twenty steps is expensive: a gradient must come back through all of it. Would a shorter one do? The cells below meta-train the library's ANML, a convolutional network with the same parts as yours, with inner loops of 20, 5 and 1 steps, at the scale that you set at the top. For comparison there is the same network, trained in the ordinary way. Then each learns new characters one after another, as in the chapter. Run them at `ci` first, then, if you have a GPU, at `colab`.
#
# Before you look: order the four by their accuracy on the longest sequence.
#
# Then describe the figure. In 150 to 250 words, say
#
# 1. what the left and the right panel are, and what the difference between them is called;
# 2. how the four networks compare on the shortest and on the longest sequence;
# 3. whether the length of the inner loop matters here, and how sure you can be with the number of seeds that you ran;
# 4. why an inner loop of one step could be enough to learn *not to interfere*, or why it could not.

# %%
# Experiment (not graded): inner loops of 20, 5 and 1 steps.
from aiga.anml import continual, figures

conditions = ("anml", "five_steps", "one_step", "pretrain")
seeds = [seed]
found = {}
for condition in conditions:
    task = continual.SCALES[scale][condition]
    checkpoint = folder / f"{scale}-{condition}-seed-{seed}.pt"
    found[condition] = continual.train(
        task, seeds=seeds, device=device, checkpoint=checkpoint
    )

# %%
# Experiment (not graded): the figure.
labels = {
    "anml": "20 steps",
    "five_steps": "5 steps",
    "one_step": "1 step",
    "pretrain": "ordinary training",
}
figures.forgetting({labels[name]: group for name, group in found.items()}, paper=False)

# %% [raw]
# # BEGIN SOLUTION

# %% [markdown]
# **Model answer.** Left: drawings that were learned from; right: other drawings of the same characters, which is what counts. The distance between the two is the generalisation gap; the fall from left to right of each panel is forgetting, together with the growing number of classes to confuse. Ordinary training is behind on the shortest sequence already and far behind on the longest: its units are shared by many characters, so each new one disturbs the rest. The meta-trained networks fall slowly. Between 20, 5 and 1 steps the differences are smaller than between any of them and ordinary training, and with one seed nobody can say which of them are real: the chapter's seeds differ by several points. One step can be enough because the meta-loss looks at interference directly: after a step on one class, what has become of the other images? A network whose codes overlap little passes that test for one step and for twenty. It could be too little, because the errors of many steps in one direction add up, and only a long inner loop shows them to the outer one.
#
# **Rubric** (5 points).
#
# - 1: panels and gap named correctly.
# - 1: a comparison with numbers from the student's own figure, at both ends.
# - 1: a sober statement about the three lengths: what the figure shows, and that one seed cannot settle it.
# - 1: interference as the reason, tied to what the meta-loss measures.
# - 1: an argument that could be wrong, that is, one from which something follows that one could test.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Handing in
#
# Run everything from the top once more (*Runtime, Restart and run all*), see that every check cell says that all its tests pass, save, and hand in this `.ipynb` file. On Colab: *File, Download, Download .ipynb*.
