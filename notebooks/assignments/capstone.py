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
# # Assignment 7: capstone, an archive of problems
#
# [![Open in Colab](../../../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/assignments/student/capstone.ipynb)
#
# Two chapters meet. *POET* invents courses and agents that solve them, in a small list of niches from which the oldest are thrown out. *Go-Explore* never throws a place out: it keeps an archive of cells, returns to one, and explores from there. Why not keep an archive of *problems*? You write the parts, put them together, and then ask a question of your own and answer it.
#
# **Time.** Ten to fifteen hours over two weeks: three for the parts, the rest for your question.
#
# **Points.** 30: 15 by tests, 15 by hand. Each question shows you its public tests; a few more are hidden, and ask nothing that the text does not say.
#
# **You need** the chapters on POET and on *Go-Explore*, their assignments or the courage to do without, and NumPy. You need no GPU.
#
# **You will be able to** take two algorithms apart and join their halves; write a step of evolution strategies; turn a hunch into a hypothesis that an experiment can refute; compare at equal budget, with uncertainty, and say what you may conclude.

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
# The cell above holds your settings. `scale` says how big the trial run after question 4 is: `ci` takes some seconds on a laptop, `colab` about ten times as long; none asks for a GPU. With `keep_on_drive = True` on Colab, what you save in `folder` lies on your Google Drive and outlives the session.

# %%
# Experiment (not graded): what this machine can do.
from aiga.assignments import hardware

hardware.advise("poet.hopper_runs", scale)
folder = hardware.checkpoint_folder("capstone", drive=keep_on_drive)

# %%
import numpy as np

# %% [markdown]
# ## What everything is
#
# A **course** is a problem. It is described by a few numbers, its *vector* $(D)$, each at least 0: how rough the ground is, how wide the pits are, how high the steps. Courses with similar numbers belong to the same **cell**. An **agent** is a vector of $K$ weights, and gets a **score** on a course. The **archive** is a dictionary: for each cell's key an entry,
#
# | in an entry | what it is |
# | --- | --- |
# | `"course"` | a course of this cell, whatever courses are made of |
# | `"agent"` | the best agent known for that course, an array $(K)$ |
# | `"score"` | its score there, a number |
# | `"seen"` | how often the entry was returned to since it was last written, a whole number |
#
# One step of the algorithm is: return to a cell of the archive; change its course a little; let a copy of its agent learn on the changed course; and keep the pair, if it is worth keeping.
#
# None of your functions changes its arguments, except the archive where the text says so.

# %% [raw]
# # BEGIN QUESTION
# name: q1
# points: 3

# %% [markdown]
# ## Question 1: Which problems are alike? (3 points)
#
# Each number of a course's vector is sorted into bins of its own width, counted from 0; a number that lies on a border belongs to the upper bin. The key is the tuple of the bins, as Python's whole numbers. With widths `[0.5, 2]` the vector `[1.2, 4]` has the key `(2, 2)`.
#
# <details><summary>Hint</summary>
#
# `np.floor` gives floating-point numbers; `int` makes whole ones of them.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def course_key(vector, widths):
    """The key of the cell that a course belongs to.

    vector: (D,), each at least 0.
    widths: (D,), of the bins, each above 0.
    Returns a tuple of D whole numbers.
    """
    # BEGIN SOLUTION
    bins = np.floor(np.asarray(vector) / np.asarray(widths))
    return tuple(int(each) for each in bins)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(course_key):
    import numpy as np

    key = course_key(np.array([1.2, 4.0]), np.array([0.5, 2.0]))
    assert isinstance(key, tuple), f"expected a tuple, got a {type(key).__name__}"
    assert key == (2, 2), f"expected (2, 2), got {key}"


# %%
def test_the_flat_course_is_in_the_first_cell(course_key):
    import numpy as np

    assert course_key(np.zeros(5), np.ones(5)) == (0, 0, 0, 0, 0), (
        f"expected five zeros, got {course_key(np.zeros(5), np.ones(5))}"
    )


# %%
# HIDDEN
def test_borders_and_types(course_key):
    import numpy as np

    for number, right in (
        (0.0, 0),
        (0.49, 0),
        (0.5, 1),
        (0.51, 1),
        (0.99, 1),
        (1.0, 2),
        (7.3, 14),
    ):
        key = course_key(np.array([number]), np.array([0.5]))
        assert key == (right,), f"{number} with bins of 0.5: expected ({right},), got {key}"
        assert type(key[0]) is int, (
            f"expected a whole number of Python, got a {type(key[0]).__name__}"
        )


# %%
# HIDDEN
def test_every_number_has_its_own_width(course_key):
    import numpy as np

    vector, widths = np.array([3.0, 3.0, 3.0, 0.2]), np.array([1.0, 2.0, 4.0, 0.1])
    kept = vector.copy()
    assert course_key(vector, widths) == (3, 1, 0, 2), (
        f"expected (3, 1, 0, 2), got {course_key(vector, widths)}"
    )
    assert np.array_equal(vector, kept), "your function has changed its argument"


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q2
# points: 4

# %% [markdown]
# ## Question 2: A step of evolution strategies (4 points)
#
# Agents learn as in POET's paper, without a gradient. For $n$ random directions $\varepsilon_i$ the agent is tried a little to either side, $\theta \pm \sigma \varepsilon_i$. The $2n$ scores are replaced by *centred ranks*: the worst gets $-0.5$, the best $0.5$, the others evenly between; of equals the one that comes first in the list (all plus sides in their order, then all minus sides) gets the smaller rank. With $u_i^+$ and $u_i^-$ for the ranks of the two sides,
#
# $$ \theta' = \theta + \rho \cdot \frac{1}{2 n \sigma} \sum_{i=1}^{n} (u_i^+ - u_i^-)\, \varepsilon_i $$
#
# The directions are given to you. `score` scores many agents at once.
#
# For example $n = 1$, $\theta = [1]$, $\varepsilon = [[2]]$, $\sigma = 0.5$, $\rho = 0.1$ and a score that is the weight itself: the sides are 2 and 0, their ranks 0.5 and −0.5, the step $0.1 \cdot \frac{1}{2 \cdot 1 \cdot 0.5} \cdot 1 \cdot 2 = 0.2$, so $\theta' = [1.2]$.
#
# <details><summary>Hint 1</summary>
#
# All agents in one array: `np.concatenate([theta + sigma * noise, theta - sigma * noise])`, $(2n, K)$.
#
# </details>
# <details><summary>Hint 2</summary>
#
# A rank is the place in the sorted list. If `order = np.argsort(scores, kind="stable")`, then `ranks[order] = np.arange(2 * n)`. Divide by $2n - 1$ and subtract 0.5.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def evolve(theta, score, noise, sigma, rate):
    """An agent after one step of evolution strategies.

    theta: (K,), the agent.
    score: a function from agents, (m, K), to their scores, (m,); the higher the better.
    noise: (n, K), the directions, n at least 1.
    sigma: how far to go to either side, above 0.
    rate: rho in the equation.
    Returns a new array, (K,).
    """
    # BEGIN SOLUTION
    n = len(noise)
    scores = np.asarray(
        score(np.concatenate([theta + sigma * noise, theta - sigma * noise]))
    )
    ranks = np.empty(2 * n)
    ranks[np.argsort(scores, kind="stable")] = np.arange(2 * n)
    ranks = ranks / (2 * n - 1) - 0.5
    return theta + rate * (ranks[:n] - ranks[n:]) @ noise / (2 * n * sigma)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(evolve):
    import numpy as np

    new = evolve(np.array([1.0]), lambda agents: agents[:, 0], np.array([[2.0]]), 0.5, 0.1)
    assert np.shape(new) == (1,), f"the shape is {np.shape(new)}, expected (1,)"
    assert np.allclose(new, 1.2), f"expected [1.2], got {np.asarray(new).tolist()}"


# %%
def test_it_climbs(evolve):
    import numpy as np

    draw, target = np.random.default_rng(1), np.array([1.0, -2.0, 0.5])
    theta = np.zeros(3)
    for _ in range(200):
        theta = evolve(
            theta,
            lambda agents: -((agents - target) ** 2).sum(1),
            draw.normal(size=(16, 3)),
            0.1,
            0.02,
        )
    assert np.linalg.norm(theta - target) < 0.3, (
        f"after 200 steps the agent is {np.linalg.norm(theta - target):.2f} from the best one, expected less than 0.3"
    )


# %%
# HIDDEN
def test_random_directions(evolve):
    import numpy as np

    draw = np.random.default_rng(2)
    for n in (1, 2, 5):
        theta, noise = draw.normal(size=4), draw.normal(size=(n, 4))
        kept = theta.copy(), noise.copy()
        marks = (
            draw.permutation(2 * n).astype(float) ** 3
        )  # far from even: only the order may count
        asked = []

        def score(agents, asked=asked, marks=marks):
            asked.append(np.array(agents))
            return marks

        new = evolve(theta, score, noise, 0.2, 0.7)
        right = np.concatenate([kept[0] + 0.2 * kept[1], kept[0] - 0.2 * kept[1]])
        assert len(asked) == 1 and asked[0].shape == (2 * n, 4), (
            f"score must be called once, with {2 * n} agents"
        )
        assert np.allclose(asked[0], right), (
            "score was asked about other agents than theta plus and minus sigma times noise"
        )
        u = np.argsort(np.argsort(marks)) / (2 * n - 1) - 0.5
        step = sum((u[i] - u[n + i]) * kept[1][i] for i in range(n)) / (2 * n * 0.2)
        assert np.allclose(new, kept[0] + 0.7 * step), (
            f"n = {n}: expected {(kept[0] + 0.7 * step).round(4).tolist()}, got {np.round(new, 4).tolist()}"
        )
        assert np.array_equal(theta, kept[0]) and np.array_equal(noise, kept[1]), (
            "your function has changed an argument"
        )


# %%
# HIDDEN
def test_equals_are_ranked_as_they_come(evolve):
    import numpy as np

    noise = np.array([[1.0, 0.0], [0.0, 1.0]])
    new = evolve(
        np.zeros(2), lambda agents: np.array([3.0, 1.0, 3.0, 1.0]), noise, 1.0, 1.0
    )
    # ranks: 2, 0, 3, 1 of 3
    right = [(2 - 3) / 3 / 4, (0 - 1) / 3 / 4]
    assert np.allclose(new, right), (
        f"scores 3, 1, 3, 1 have the ranks 2, 0, 3, 1: expected {np.round(right, 4).tolist()}, got {np.round(new, 4).tolist()}"
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
# ## Question 3: What is worth keeping? (4 points)
#
# From POET comes a *minimal criterion*: a pair whose score is below `lower` is never kept; a score of exactly `lower` is. From Go-Explore comes the rest: a pair of a new cell is kept; a pair of a known cell replaces the entry only if its score is **higher**. A written entry begins with `"seen"` 0, and holds a *copy* of the agent.
#
# The function changes the archive, and says whether it has.
#
# <details><summary>Hint</summary>
#
# Three reasons not to keep it, or to keep it: go through them one after the other, with `return`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def keep(archive, key, course, agent, score, lower):
    """Write an entry if the pair is good enough, and new or better.

    archive: dictionary from keys to entries, {"course": ..., "agent": ..., "score": ..., "seen": ...}.
    key: the course's cell.
    course: the course.
    agent: (K,), an agent for it.
    score: the agent's on the course.
    lower: the minimal criterion.
    Returns True if the archive has been changed, else False.
    """
    # BEGIN SOLUTION
    if score < lower:
        return False
    if key in archive and score <= archive[key]["score"]:
        return False
    archive[key] = {"course": course, "agent": np.array(agent), "score": score, "seen": 0}
    return True
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_a_new_cell(keep):
    import numpy as np

    archive, agent = {}, np.array([1.0, 2.0])
    assert keep(archive, (0, 1), "course", agent, 70.0, 50) is True, (
        "a new cell with a score above the criterion changes the archive: return True"
    )
    entry = archive[(0, 1)]
    assert (entry["course"], entry["score"], entry["seen"]) == ("course", 70.0, 0), (
        f"got {entry}"
    )
    assert np.array_equal(entry["agent"], [1.0, 2.0]), (
        f"expected the agent [1, 2], got {entry['agent']}"
    )


# %%
def test_too_hard(keep):
    import numpy as np

    archive = {}
    assert keep(archive, (3,), "course", np.zeros(2), 49.9, 50) is False, (
        "a score below the criterion: return False"
    )
    assert archive == {}, "a pair below the criterion was kept"


# %%
# HIDDEN
def test_all_cases(keep):
    import numpy as np

    cases = {
        "lower": (60.0, False),
        "the same": (70.0, False),
        "higher": (70.1, True),
        "much lower": (10.0, False),
    }
    for name, (score, better) in cases.items():
        archive = {
            key: {"course": "old", "agent": np.zeros(2), "score": 70.0, "seen": 5}
            for key in ("a", "b")
        }
        said = keep(archive, "a", "new", np.ones(2), score, 50)
        assert said is better, (
            f"a score that is {name} than the entry's: expected {better}, got {said!r}"
        )
        entry = archive["a"]
        right = ("new", score, 0, 1.0) if better else ("old", 70.0, 5, 0.0)
        got = (entry["course"], entry["score"], entry["seen"], float(entry["agent"][0]))
        assert got == right, (
            f"a score that is {name} than the entry's: expected course, score, seen, agent {right}, got {got}"
        )
        assert archive["b"]["course"] == "old" and archive["b"]["seen"] == 5, (
            "another cell's entry has been changed"
        )
    archive = {}
    assert keep(archive, "a", "new", np.ones(2), 50.0, 50) is True, (
        "a score of exactly the criterion is kept"
    )
    archive = {"a": {"course": "old", "agent": np.zeros(2), "score": 20.0, "seen": 5}}
    assert keep(archive, "a", "new", np.ones(2), 40.0, 50) is False, (
        "better than the entry, but below the criterion: expected False"
    )


# %%
# HIDDEN
def test_the_agent_is_a_copy(keep):
    import numpy as np

    archive, agent = {}, np.ones(3)
    keep(archive, "a", "course", agent, 60.0, 50)
    agent[0] = 9.0
    assert archive["a"]["agent"][0] == 1.0, (
        "the agent went on learning, and the archive's changed with it: keep a copy"
    )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4
# points: 4

# %% [markdown]
# ## Question 4: Return, change, learn (4 points)
#
# One step of the algorithm, from the cell `key`. You are passed four functions, so that your step is exact:
#
# - `mutate(course)` gives a changed course;
# - `vector(course)` gives its numbers, $(D)$;
# - `learn(agent, course)` gives an agent after some learning; it does not change the one that it is given;
# - `score(agent, course)` gives a number.
#
# In this order: the entry of `key` has been *seen* once more. Its course is changed. If even the entry's agent, *as it is*, scores above `upper` on the changed course, it is too easy, and the step ends: nothing is learned or kept. Otherwise the agent learns on the changed course, is scored there, and the pair is kept, if it is worth it, under the key of the *changed* course.
#
# Return True if the archive got a new or better entry, else False. Use `course_key` and `keep`. (If the changed course falls into the cell `key` itself and is kept, the new entry begins with 0, as any other: `keep` sees to that.)
#
# <details><summary>Hint</summary>
#
# Seven lines or so, in the order of the text. Do not keep the old agent's score: the pair has the *new* agent's.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def explore(archive, key, mutate, vector, learn, score, widths, lower, upper):
    """Return to a cell, change its course, learn, and keep what is worth it.

    archive: see keep; it is changed.
    key: the cell to return to; it is in the archive.
    mutate, vector, learn, score: functions, see the text.
    widths: (D,), see course_key.
    lower, upper: the two sides of the minimal criterion.
    Returns True if an entry was written, else False.
    """
    # BEGIN SOLUTION
    entry = archive[key]
    entry["seen"] += 1
    course = mutate(entry["course"])
    if score(entry["agent"], course) > upper:
        return False
    agent = learn(entry["agent"], course)
    reached = score(agent, course)
    home = course_key(vector(course), widths)
    return keep(archive, home, course, agent, reached, lower)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_one_step(explore):
    import numpy as np

    def fresh():
        return {(1,): {"course": 1.0, "agent": np.array([1.0]), "score": 100.0, "seen": 2}}

    def score(agent, course):
        return 100 - 10 * abs(float(agent[0]) - course)

    archive = fresh()
    said = explore(
        archive,
        (1,),
        lambda c: c + 2,
        lambda c: np.array([c]),
        lambda a, c: a + 1.5,
        score,
        np.array([1.0]),
        50,
        90,
    )
    assert said is True, (
        f"the changed course is a new cell, and 95 is enough: expected True, got {said!r}"
    )
    assert set(archive) == {(1,), (3,)}, (
        f"expected the cells (1,) and (3,), got {sorted(archive)}"
    )
    got = {name: archive[(3,)][name] for name in ("course", "score", "seen")}
    assert got == {"course": 3.0, "score": 95.0, "seen": 0}, f"got {got}"
    assert float(archive[(3,)]["agent"][0]) == 2.5, (
        f"expected the agent that has learned, 2.5, got {archive[(3,)]['agent']}"
    )
    assert archive[(1,)]["seen"] == 3, (
        f"the cell was returned to once more: expected seen 3, got {archive[(1,)]['seen']}"
    )


# %%
def test_too_easy(explore):
    import numpy as np

    archive = {(1,): {"course": 1.0, "agent": np.array([1.0]), "score": 100.0, "seen": 0}}
    learned = []

    def learn(agent, course):
        learned.append(course)
        return agent

    said = explore(
        archive,
        (1,),
        lambda c: c + 1,
        lambda c: np.array([c]),
        learn,
        lambda a, c: 99.0,
        np.array([1.0]),
        50,
        90,
    )
    assert said is False and set(archive) == {(1,)}, (
        "the agent gets 99 as it is, more than 90: nothing is kept, return False"
    )
    assert learned == [], "nothing is learned on a course that is too easy"
    assert archive[(1,)]["seen"] == 1, (
        "the cell has been returned to all the same: expected seen 1"
    )


# %%
# HIDDEN
def test_too_hard_and_exactly_at_the_ends(explore):
    import numpy as np

    def step(before, after):
        archive = {
            (1,): {"course": 1.0, "agent": np.array([before]), "score": 100.0, "seen": 0}
        }
        said = explore(
            archive,
            (1,),
            lambda c: c + 1,
            lambda c: np.array([c]),
            lambda a, c: np.array([after]),
            lambda a, c: float(a[0]),
            np.array([1.0]),
            50,
            90,
        )
        return said, (2,) in archive, archive[(1,)]["seen"]

    cases = {
        (20.0, 49.0): False,
        (20.0, 50.0): True,
        (90.0, 80.0): True,
        (90.1, 80.0): False,
        (60.0, 95.0): True,
        (60.0, 40.0): False,
    }
    for (before, after), right in cases.items():
        got = step(before, after)
        assert got == (right, right, 1), (
            f"score {before:g} before learning and {after:g} after: expected kept {right}, got answer {got[0]}, kept {got[1]}, seen {got[2]}"
        )


# %%
# HIDDEN
def test_the_agent_of_the_entry_stays_and_the_own_cell_may_be_written(explore):
    import numpy as np

    agent = np.array([1.0])
    archive = {
        (1,): {"course": 1.2, "agent": agent, "score": 60.0, "seen": 4},
        (7,): {"course": 7.0, "agent": agent, "score": 60.0, "seen": 1},
    }
    said = explore(
        archive,
        (1,),
        lambda c: 1.7,
        lambda c: np.array([c]),
        lambda a, c: a * 2 + (c - 1.7),
        lambda a, c: 40 + 20 * float(a[0]),
        np.array([1.0]),
        50,
        90,
    )
    assert said is True, (
        "60 before and 80 after learning is better than the entry's 60: expected True"
    )
    entry = archive[(1,)]
    assert (entry["course"], entry["score"], entry["seen"], float(entry["agent"][0])) == (
        1.7,
        80.0,
        0,
        2.0,
    ), f"the cell's own entry is replaced and begins with seen 0: got {entry}"
    assert float(agent[0]) == 1.0 and archive[(7,)]["seen"] == 1, (
        "another entry, or the agent that was returned to, has been changed"
    )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## It runs
#
# Your four functions, with the library's hopper: a creature that crosses pits, steps and rough ground hop by hop. A cell's weight is $1 / \sqrt{\text{seen} + 1}$, as in Go-Explore. The cell below defines `run`, which you may copy and change for your question, and makes a trial. It counts *decisions*, the unit in which the library's POET counts its budget; so the two can be compared.

# %%
# Experiment (not graded): the archive of problems, on the hopper.
from aiga.poet.hopper import HARD, Hopper

WIDTHS = np.array(
    [0.6, 1.0, 1.0, 0.6, 0.6]
)  # roughness, narrowest and widest pit, lowest and highest step


def run(budget, seed, widths=WIDTHS, steps=10, pairs=16, power=0.5, lower=50, upper=285):
    """The archive after so many decisions, and how it grew."""
    draw, world, used = np.random.default_rng(seed), Hopper(), [0]

    def scores(agents, course):
        lives = world.rollout(
            np.asarray(agents, np.float32), [course[1]], np.zeros(len(agents), np.int64)
        )
        used[0] += int(lives.steps.sum())
        return lives.returns

    def score(agent, course):
        return float(scores(agent[None], course)[0])

    def mutate(course):
        encoding = world.mutate(course[0], draw)
        return encoding, world.build(encoding, int(draw.integers(2**31)))

    def learn(agent, course):
        for _ in range(steps):
            noise = draw.normal(size=(pairs, len(agent)))
            agent = evolve(agent, lambda agents: scores(agents, course), noise, 0.1, 0.1)
        return agent

    def vector(course):
        return course[0].vector()

    first = (world.first(), world.build(world.first(), seed))
    agent = 0.1 * draw.normal(size=world.parameters)
    for _ in range(10):
        agent = learn(agent, first)
    archive, growth = {}, []
    keep(
        archive,
        course_key(vector(first), widths),
        first,
        agent,
        score(agent, first),
        -np.inf,
    )
    while used[0] < budget:
        keys = list(archive)
        weights = np.array([(archive[key]["seen"] + 1) ** -power for key in keys])
        key = keys[draw.choice(len(keys), p=weights / weights.sum())]
        explore(archive, key, mutate, vector, learn, score, widths, lower, upper)
        solved = [entry["course"][0] for entry in archive.values() if entry["score"] > 230]
        growth.append(
            (
                used[0],
                len(archive),
                len(solved),
                sum(HARD.level(each) > 0 for each in solved),
            )
        )
    return archive, growth


budget = {"smoke": 120_000, "ci": 3_000_000}.get(scale, 30_000_000)
archive, growth = run(budget, seed)
print("decisions {}, cells {}, solved {}, challenging ones solved {}".format(*growth[-1]))

# %% [raw]
# # BEGIN QUESTION
# name: q5
# points: 15
# manual: true

# %% [markdown]
# ## Question 5: Your question (15 points)
#
# Ask something about this algorithm, or about another pair of chapters, to which you do not know the answer, and find out. Some that would do:
#
# - Does *returning* matter here? Begin every step from the first cell, and compare.
# - Does the choice of the cell matter? `power` 0 chooses evenly; 2 hunts what was seldom seen.
# - How coarse may cells be? What breaks at either end?
# - Archive against niches: the library's POET (`aiga.poet.hopper_runs`) at the same budget of decisions. Which solves more *challenging* courses? Is the comparison fair, and if not, how would you make it so?
# - Bring back transfer: let the agents of neighbouring cells try an entry's course, too. Is it worth its decisions?
# - Another pair: a curriculum of mazes for a plastic network (chapters 1 and 5), a teacher whose lessons are kept in an archive (chapters 4 and 6), neuromodulation instead of evolution strategies as the learner. Harder, and welcome; agree on the scope with your instructor first.
#
# Hand in, in this notebook, below:
#
# 1. **The question and a hypothesis**, written *before* the experiment, with the result that would refute it (100 words).
# 2. **The experiment**: at least two conditions that differ in one thing, the same budget, at least three seeds each. Code that runs from top to bottom; if it takes more than ten minutes, keep the results in `folder` and load them.
# 3. **One figure** that shows every seed, with axes that say what they are, and a caption.
# 4. **What came out** (300 to 500 words): the answer, how sure you are and why; what surprised you; the strongest objection to your conclusion, and the experiment that would meet it.
#
# A clear answer "it makes no difference" is worth as much as any other. A result on one seed is worth little, and a claim beyond what was measured costs points.
#
# Begin each code cell of yours with the line `# Experiment (not graded)`, so that the grader need not wait for it.

# %% [raw]
# # BEGIN SOLUTION

# %% [markdown]
# **Model answer (outline).** *Question*: does returning matter? *Hypothesis*: with every step begun from the flat course, no challenging course will be solved within three million decisions, since one mutation of a flat course is never challenging; refuted if the two conditions' challenging counts overlap. *Experiment*: `run` as it is, against a copy in which `key` is always the first key; budget three million, seeds 0 to 4. *Figure*: challenging courses solved against decisions, one thin line a seed, medians thick. *What came out*: without returning the archive stays at the few cells that one mutation can reach, and not one challenging course is solved; the hypothesis stands, and it is a weak one, because it follows from the size of a mutation. A better control returns not to the first cell but to one of the *last five* written, which is close to POET's list of niches; that control differs in the number of cells but much less in challenging courses, which says that what matters is to be able to return to a frontier, not to everything. Objection: cells are my choice, and their widths decide what counts as new; repeat with half and double the widths.
#
# **Rubric** (15 points).
#
# - Question and hypothesis (3): 1 a question whose answer is not plain beforehand; 1 a hypothesis that says what would be seen; 1 a result named that would refute it.
# - Experiment (4): 1 conditions differ in one thing; 1 equal budgets, counted in the same unit; 1 three seeds or more, not chosen afterwards; 1 runs from top to bottom or loads what it kept.
# - Figure (3): 1 every seed or an interval that is named; 1 axes, units, caption; 1 it shows what the text claims.
# - What came out (5): 1 an answer; 1 its certainty argued from seeds and sizes, not from hope; 1 a surprise or a failed attempt reported honestly; 1 the strongest objection, which really is one; 1 an experiment that would meet it.
#
# A negative result loses no points. Two points off, wherever they fall, for a claim beyond what was measured.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Handing in
#
# Run everything from the top once more (*Runtime, Restart and run all*), see that every check cell says that all its tests pass, save, and hand in this `.ipynb` file. On Colab: *File, Download, Download .ipynb*.
