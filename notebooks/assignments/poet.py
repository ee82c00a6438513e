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
# # Assignment 5: problems that invent problems
#
# [![Open in Colab](../../../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/assignments/student/poet.ipynb)
#
# You write the heart of *POET* (Wang, Lehman, Clune & Stanley, GECCO 2019): which new problems are worth having, which of them come first, and when a solver moves to another's problem. Then you take POET apart, and see which of these it can do without.
#
# **Time.** Three to four hours, of which the computer needs about ten minutes.
#
# **Points.** 20: 15 by tests, 5 by hand. Each question shows you its public tests; a few more are hidden, and ask nothing that the text does not say.
#
# **You need** to have read the chapter on POET, or sections 1 to 3 of the paper, and NumPy: axes, `argsort`, masks. You need no GPU and no PyTorch.
#
# **You will be able to** write a minimal criterion, and say why it has two sides; order problems by novelty; write a rule of transfer that is fair to all niches; judge from an ablation what a part of an algorithm is worth.

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
# The cell above holds your settings. `scale` says how big the experiment of question 5 is: `smoke` is a trial of seconds, `ci` fits a laptop, `colab` is some twenty times as long. With `keep_on_drive = True` a run on Colab leaves its checkpoints on your Google Drive: if the session is cut, run the same cells again and it goes on where it was. The next cell says what your machine can do.

# %%
# Experiment (not graded): what this machine can do.
from aiga.assignments import hardware

hardware.advise("poet.hopper_runs", scale)
folder = hardware.checkpoint_folder("poet", drive=keep_on_drive)

# %%
import numpy as np

# %% [markdown]
# ## What everything is
#
# A **course** is a problem, given by $D$ numbers: how wide its pits are, how high its steps. An **agent** tries to cross a course and gets a **score**; the higher the better. A **niche** is a course with the agent that belongs to it. POET keeps a list of niches, and does three things again and again: from time to time it makes new courses by changing old ones a little (*children*); each agent learns on its own course; from time to time agents move to other niches.
#
# | in your code | shape | what it is |
# | --- | --- | --- |
# | `children` | $(n, D)$ | new courses that might be admitted |
# | `known` | $(m, D)$ | all courses that have ever been admitted |
# | `scores` | $(n, A)$ | the score of each of $A$ agents on each of $n$ children |
# | `lower`, `upper` | numbers | the two sides of the minimal criterion, in the unit of a score |
#
# All arrays are NumPy arrays. None of your functions changes its arguments.

# %% [raw]
# # BEGIN QUESTION
# name: q1
# points: 3

# %% [markdown]
# ## Question 1: Neither too hard nor too easy (3 points)
#
# A new course is worth having if **the best of all agents** finds it neither too hard nor too easy: the largest score that any agent gets on it is at least `lower` and at most `upper`. Both ends count as passed.
#
# With two children, three agents, `lower = 50`, `upper = 300` and the scores `[[10, 80, 20], [10, 340, 20]]`, the first child passes (the best gets 80), the second does not (340 is too easy for the second agent, although it is too hard for the others).
#
# <details><summary>Hint</summary>
#
# The best agent on each child: a maximum along one of the two axes. Then two comparisons, joined by `&`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def passes(scores, lower, upper):
    """Which children meet the minimal criterion.

    scores: (n, A), of each of A agents on each of n children.
    lower, upper: numbers.
    Returns a boolean array, (n,).
    """
    # BEGIN SOLUTION
    best = np.asarray(scores).max(axis=1)
    return (best >= lower) & (best <= upper)
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(passes):
    import numpy as np

    got = np.asarray(passes(np.array([[10.0, 80.0, 20.0], [10.0, 340.0, 20.0]]), 50, 300))
    assert got.shape == (2,), (
        f"the shape is {got.shape}, expected (2,): one answer for each child"
    )
    assert got.dtype == bool, f"expected True and False, got {got.dtype}"
    assert got.tolist() == [True, False], f"expected [True, False], got {got.tolist()}"


# %%
def test_too_hard_for_everybody(passes):
    import numpy as np

    assert not np.asarray(passes(np.array([[-20.0, 49.0]]), 50, 300))[0], (
        "the best agent gets 49, less than 50: too hard"
    )


# %%
# HIDDEN
def test_both_ends_count_as_passed(passes):
    import numpy as np

    best = np.array([[49.99], [50.0], [50.01], [299.99], [300.0], [300.01]])
    got = np.asarray(passes(best, 50, 300)).tolist()
    assert got == [False, True, True, True, True, False], (
        f"best scores {best[:, 0].tolist()}: expected only the first and the last to fail, got {got}"
    )


# %%
# HIDDEN
def test_many_children_and_agents(passes):
    import numpy as np

    draw = np.random.default_rng(1)
    scores = draw.uniform(-100, 320, (40, 3))
    kept = scores.copy()
    right = [-20 <= max(row) <= 250 for row in scores.tolist()]
    got = np.asarray(passes(scores, -20, 250)).tolist()
    assert got == right, (
        f"{sum(a != b for a, b in zip(got, right, strict=True))} of 40 children are judged wrongly"
    )
    assert np.array_equal(scores, kept), "your function has changed its argument"
    assert len(np.asarray(passes(scores[:3], -20, 250))) == 3, (
        "three children want three answers"
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
# ## Question 2: The new ones first (4 points)
#
# Several children may pass, and only a few are admitted. POET tries the most *novel* first. A child's novelty is the mean of its Euclidean distances to the $k$ nearest of all known courses; if there are fewer than $k$, to all of them:
#
# $$ \mathrm{novelty}(c) = \frac{1}{\min(k, m)} \sum_{i \,\in\, \text{nearest}} \lVert c - \mathrm{known}_i \rVert $$
#
# Return the novelties, and the order in which children are tried: their indices, the most novel first; of equals the one with the smaller index first.
#
# With `known = [[0, 0], [3, 4]]`, `children = [[0, 0], [0, 1], [6, 8]]` and `k = 1`, the novelties are `[0, 1, 5]` and the order `[2, 1, 0]`.
#
# <details><summary>Hint 1</summary>
#
# `children[:, None, :] - known[None, :, :]` has the shape $(n, m, D)$; the norm along its last axis is all distances at once.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.sort` along the right axis, and then the first $k$ columns. A slice that is too long does no harm.
#
# </details>
# <details><summary>Hint 3</summary>
#
# `np.argsort(..., kind="stable")` keeps equals in their order; it sorts upwards, so sort the negative. Turning the result of an upward sort around would turn equals around, too.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def by_novelty(children, known, k):
    """How novel children are, and in which order to try them.

    children: (n, D).
    known: (m, D), m at least 1.
    k: how many nearest courses count, at least 1.
    Returns two arrays: novelties, (n,), and indices of children, (n,), whole numbers, the most novel first.
    """
    # BEGIN SOLUTION
    distances = np.linalg.norm(children[:, None, :] - known[None, :, :], axis=-1)
    novelty = np.sort(distances, axis=1)[:, :k].mean(axis=1)
    return novelty, np.argsort(-novelty, kind="stable")
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(by_novelty):
    import numpy as np

    children = np.array([[0.0, 0.0], [0.0, 1.0], [6.0, 8.0]])
    result = by_novelty(children, np.array([[0.0, 0.0], [3.0, 4.0]]), 1)
    assert isinstance(result, tuple) and len(result) == 2, (
        "return two arrays: novelties and order"
    )
    novelty, order = (np.asarray(each) for each in result)
    assert novelty.shape == (3,), f"the novelties have shape {novelty.shape}, expected (3,)"
    assert np.allclose(novelty, [0, 1, 5]), (
        f"expected novelties [0, 1, 5], got {novelty.round(3).tolist()}"
    )
    assert order.tolist() == [2, 1, 0], (
        f"expected the order [2, 1, 0], got {order.tolist()}"
    )


# %%
def test_fewer_known_courses_than_neighbours(by_novelty):
    import numpy as np

    novelty, _ = by_novelty(np.array([[0.0]]), np.array([[1.0], [3.0]]), 5)
    assert np.allclose(novelty, 2.0), (
        f"distances 1 and 3, k = 5: expected their mean, 2, got {float(np.asarray(novelty)[0]):.3f}"
    )


# %%
# HIDDEN
def test_random_courses_one_by_one(by_novelty):
    import numpy as np

    draw = np.random.default_rng(2)
    children, known = draw.normal(size=(7, 4)), draw.normal(size=(9, 4))
    kept = children.copy(), known.copy()
    for k in (1, 3, 9):
        novelty, order = by_novelty(children, known, k)
        for number, child in enumerate(kept[0]):
            distances = sorted(
                sum((a - b) ** 2 for a, b in zip(child, each, strict=True)) ** 0.5
                for each in kept[1]
            )
            right = sum(distances[:k]) / k
            assert abs(novelty[number] - right) < 1e-9, (
                f"child {number}, k = {k}: expected {right:.5f}, got {novelty[number]:.5f}"
            )
        assert sorted(order) == list(range(7)), (
            f"the order must name every child once, got {list(order)}"
        )
        assert all(
            novelty[a] >= novelty[b] for a, b in zip(order[:-1], order[1:], strict=True)
        ), "the order is not from the most to the least novel"
    assert np.array_equal(children, kept[0]) and np.array_equal(known, kept[1]), (
        "your function has changed an argument"
    )


# %%
# HIDDEN
def test_equals_stay_in_their_order(by_novelty):
    import numpy as np

    children = np.array([[1.0], [-1.0], [2.0], [1.0], [-2.0]])
    _, order = by_novelty(children, np.array([[0.0]]), 1)
    assert list(order) == [2, 4, 0, 1, 3], (
        f"novelties 1, 1, 2, 1, 2: expected the order [2, 4, 0, 1, 3], got {list(order)}"
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
# ## Question 3: Who moves where? (4 points)
#
# There are $N$ niches: course $j$, with its own agent $j$. In a round of transfer each agent tries each other course, twice: as it is (*direct*), and after one step of learning there (*proposal*). Then, for each course,
#
# - a newcomer takes the place only if its score is **higher** than the own agent's, `own[j]`; equal is not enough;
# - of several such newcomers the best one comes, whether direct or proposal; of equally good ones the agent with the smaller number, and of one agent's two the direct one;
# - an agent is no newcomer to its own course: entries with $i = j$ are to be ignored.
#
# All courses decide at once, on these scores. So one agent may move to several courses, and an agent that has just been replaced may still move elsewhere.
#
# Return, for each course, the number of the agent that will live there (its own, $j$, if nobody moves), and whether it comes as a proposal.
#
# <details><summary>Hint 1</summary>
#
# For one course, the newcomers are $2 (N-1)$ numbers: column $j$ of both tables, without row $j$. Go through them in the order of the agents, direct before proposal, and keep the best so far; replace it only by something *higher*.
#
# </details>
# <details><summary>Hint 2</summary>
#
# If the best so far begins as `own[j]`, with agent $j$, the first rule comes for free.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def transfers(own, direct, proposals):
    """Who lives on each course after a round of transfer.

    own: (N,), score of each course's own agent there.
    direct: (N, N); direct[i, j] is the score of agent i on course j as it is.
    proposals: (N, N); the same after one step of learning on course j.
    Returns two arrays: agents, (N,), whole numbers, and whether each comes as a proposal, (N,), booleans.
    """
    # BEGIN SOLUTION
    count = len(own)
    agents, proposed = np.arange(count), np.zeros(count, dtype=bool)
    for course in range(count):
        best = own[course]
        for agent in range(count):
            for table, learned in ((direct, False), (proposals, True)):
                value = table[agent, course]
                if agent != course and value > best:
                    best, agents[course], proposed[course] = value, agent, learned
    return agents, proposed
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_two_niches(transfers):
    import numpy as np

    own = np.array([100.0, 50.0])
    direct = np.array(
        [[999.0, 60.0], [90.0, 999.0]]
    )  # agent 0 gets 60 on course 1, agent 1 gets 90 on course 0
    result = transfers(own, direct, np.full((2, 2), -1.0))
    assert isinstance(result, tuple) and len(result) == 2, (
        "return two arrays: agents, and whether each is a proposal"
    )
    agents, proposed = (np.asarray(each).tolist() for each in result)
    assert agents == [0, 0], (
        f"agent 0 stays (90 < 100) and moves to course 1 (60 > 50): expected [0, 0], got {agents}"
    )
    assert proposed == [False, False], (
        f"nobody came after learning: expected [False, False], got {proposed}"
    )


# %%
def test_a_proposal_may_be_the_best(transfers):
    import numpy as np

    own = np.array([10.0, 10.0])
    direct = np.array([[0.0, 11.0], [5.0, 0.0]])
    proposals = np.array([[0.0, 15.0], [9.0, 0.0]])
    agents, proposed = (
        np.asarray(each).tolist() for each in transfers(own, direct, proposals)
    )
    assert agents == [0, 0], f"expected agents [0, 0], got {agents}"
    assert proposed == [False, True], (
        f"on course 1 agent 0 gets 11 directly and 15 after learning: expected [False, True], got {proposed}"
    )


# %%
# HIDDEN
def test_equals_do_not_move_and_small_numbers_come_first(transfers):
    import numpy as np

    own = np.array([5.0, 5.0, 5.0])
    direct = np.array([[0.0, 5.0, 7.0], [5.0, 0.0, 7.0], [5.0, 6.0, 0.0]])
    proposals = np.array([[0.0, 5.0, 7.0], [4.0, 0.0, 6.0], [5.0, 6.0, 0.0]])
    agents, proposed = (
        np.asarray(each).tolist() for each in transfers(own, direct, proposals)
    )
    assert agents[0] == 0, (
        f"course 0: all newcomers get 5 at most, as its own agent does, so agent 0 stays; got {agents[0]}"
    )
    assert (agents[1], proposed[1]) == (2, False), (
        f"course 1: agent 2 gets 6, directly and learned; expected it directly, got {agents[1], proposed[1]}"
    )
    assert (agents[2], proposed[2]) == (0, False), (
        f"course 2: agents 0 and 1 both get 7; expected agent 0 directly, got {agents[2], proposed[2]}"
    )


# %%
# HIDDEN
def test_an_agent_is_no_newcomer_at_home(transfers):
    import numpy as np

    own = np.array([5.0, 5.0])
    table = np.array([[9.0, 0.0], [0.0, 9.0]])
    agents, proposed = (
        np.asarray(each).tolist() for each in transfers(own, table, table + 1)
    )
    assert (agents, proposed) == ([0, 1], [False, False]), (
        f"entries with i = j are to be ignored: expected agents [0, 1], none a proposal, got {agents}, {proposed}"
    )


# %%
# HIDDEN
def test_random_rounds(transfers):
    import numpy as np

    draw = np.random.default_rng(3)
    for count in (1, 4, 6):
        own, direct, proposals = (
            draw.integers(0, 6, count),
            draw.integers(0, 7, (count, count)),
            draw.integers(0, 7, (count, count)),
        )
        own, direct, proposals = (
            own.astype(float),
            direct.astype(float),
            proposals.astype(float),
        )
        kept = [each.copy() for each in (own, direct, proposals)]
        agents, proposed = transfers(own, direct, proposals)
        for j in range(count):
            those = [
                (-table[i, j], i, learned)
                for i in range(count)
                if i != j
                for learned, table in ((False, kept[1]), (True, kept[2]))
                if table[i, j] > kept[0][j]
            ]
            right = min(those)[1:] if those else (j, False)
            got = (int(agents[j]), bool(proposed[j]))
            assert got == right, (
                f"{count} niches, course {j}: expected agent and proposal {right}, got {got}"
            )
        for each, before in zip((own, direct, proposals), kept, strict=True):
            assert np.array_equal(each, before), "your function has changed an argument"


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4
# points: 4

# %% [markdown]
# ## Question 4: A round of reproduction (4 points)
#
# Now put things together. `niches` is a list, oldest first; each is a dictionary `{"course": ..., "agent": ...}`, two arrays. `score(agent, course)` gives a number; it is a function that you are passed.
#
# 1. Score the agents of **all** niches on each child.
# 2. Keep the children that pass the minimal criterion.
# 3. Order these by novelty beside `known`, with `k` neighbours. Novelty is computed once, so a child that is admitted now does not change the novelty of the next.
# 4. Admit the first `admissions` of them, or all if there are fewer: each becomes a new niche at the end of the list, with **the agent that does best on it**, whoever that is (of equals the one of the older niche), as a *copy*: what this agent learns later must not change its twin.
# 5. If there are now more than `capacity` niches, the oldest leave until there are `capacity`.
#
# Return the new list; the old list stays as it is. There may be no children that pass, and then nothing is admitted. Use `passes` and `by_novelty`.
#
# <details><summary>Hint 1</summary>
#
# `np.array([[score(niche["agent"], child) for niche in niches] for child in children])` is the table of question 1.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `np.flatnonzero(passes(...))` gives the numbers of the children that pass. The order of `by_novelty` then counts among *these*.
#
# </details>
# <details><summary>Hint 3</summary>
#
# The last `capacity` elements of a list: `niches[-capacity:]`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def reproduce(niches, children, score, known, lower, upper, k, admissions, capacity):
    """The niches after one round of reproduction.

    niches: list of {"course": (D,), "agent": any array}, oldest first; at least one.
    children: (n, D), n at least 1.
    score: a function; score(agent, course) is a number.
    known: (m, D), all courses ever admitted.
    lower, upper, k: see passes and by_novelty.
    admissions: how many children are admitted at most.
    capacity: how many niches there may be, at least 1.
    Returns a new list of niches, oldest first.
    """
    # BEGIN SOLUTION
    scores = np.array(
        [[score(niche["agent"], child) for niche in niches] for child in children]
    )
    fit = np.flatnonzero(passes(scores, lower, upper))
    new = list(niches)
    if len(fit):
        _, order = by_novelty(children[fit], known, k)
        for number in fit[order][:admissions]:
            best = niches[int(scores[number].argmax())]
            new.append({"course": children[number].copy(), "agent": best["agent"].copy()})
    return new[-capacity:]
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_most_novel_of_those_that_pass(reproduce):
    import numpy as np

    def score(agent, course):
        return 100 - 10 * abs(float(agent[0] - course[0]))

    niches = [
        {"course": np.array([0.0]), "agent": np.array([0.0])},
        {"course": np.array([4.0]), "agent": np.array([4.0])},
    ]
    known = np.array([[0.0], [4.0]])
    children = np.array([[4.2], [7.0], [6.0], [20.0]])  # too easy; fits; fits; too hard
    new = reproduce(niches, children, score, known, 50, 95, 1, 1, 9)
    assert isinstance(new, list) and len(new) == 3, (
        f"two niches and one admission: expected a list of 3, got {len(new)}"
    )
    assert new[0] is niches[0] or np.array_equal(new[0]["course"], [0.0]), (
        "the old niches come first, oldest first"
    )
    assert np.allclose(new[2]["course"], [7.0]), (
        f"of 6 and 7, which pass, 7 is further from the known 4: expected [7.], got {new[2]['course']}"
    )
    assert np.allclose(new[2]["agent"], [4.0]), (
        f"the agent of the second niche does best at 7: expected [4.], got {new[2]['agent']}"
    )


# %%
def test_the_oldest_leaves(reproduce):
    import numpy as np

    niches = [
        {"course": np.array([float(i)]), "agent": np.array([float(i)])} for i in range(3)
    ]
    new = reproduce(
        niches,
        np.array([[9.0]]),
        lambda agent, course: 70.0,
        np.array([[0.0], [1.0], [2.0]]),
        50,
        95,
        2,
        1,
        3,
    )
    courses = [float(each["course"][0]) for each in new]
    assert courses == [1.0, 2.0, 9.0], (
        f"capacity 3: expected courses [1, 2, 9], got {courses}"
    )
    assert len(niches) == 3, "the list that was passed in has been changed"


# %%
# HIDDEN
def test_nothing_passes(reproduce):
    import numpy as np

    niches = [
        {"course": np.array([float(i)]), "agent": np.array([float(i)])} for i in range(2)
    ]
    new = reproduce(
        niches,
        np.array([[9.0], [8.0]]),
        lambda agent, course: 0.0,
        np.array([[0.0], [1.0]]),
        50,
        95,
        2,
        2,
        5,
    )
    courses = [float(each["course"][0]) for each in new]
    assert courses == [0.0, 1.0], (
        f"no child passes: expected the old courses [0, 1], got {courses}"
    )


# %%
# HIDDEN
def test_the_first_agent_is_the_best_of_all_and_a_copy(reproduce):
    import numpy as np

    agents = [np.array([60.0]), np.array([90.0]), np.array([90.0]), np.array([70.0])]
    niches = [
        {"course": np.array([float(i)]), "agent": agent} for i, agent in enumerate(agents)
    ]
    marks = [{"course": each["course"], "agent": each["agent"]} for each in niches]
    agents[1][0], agents[2][0] = 90.0, 90.5 - 0.5

    def score(agent, course):
        return float(agent[0])

    new = reproduce(niches, np.array([[9.0]]), score, np.array([[0.0]]), 50, 95, 1, 1, 9)
    agent = new[-1]["agent"]
    assert float(agent[0]) == 90.0, (
        f"the best agent gets 90, expected it on the new course, got one with {float(agent[0]):g}"
    )
    assert all(agent is not each for each in agents) and not any(
        np.shares_memory(agent, each) for each in agents
    ), "the new niche's agent must be a copy"
    agent[0] = 0.0
    assert [float(each["agent"][0]) for each in niches] == [60.0, 90.0, 90.0, 70.0], (
        "changing the new agent has changed an old one"
    )
    assert len(niches) == 4 and all(
        a["agent"] is b["agent"] for a, b in zip(niches, marks, strict=True)
    ), "the old niches have been changed"


# %%
# HIDDEN
def test_of_equals_the_older(reproduce):
    import numpy as np

    niches = [
        {"course": np.array([0.0]), "agent": np.array([70.0, 1.0])},
        {"course": np.array([1.0]), "agent": np.array([70.0, 2.0])},
    ]
    new = reproduce(
        niches,
        np.array([[9.0]]),
        lambda agent, course: float(agent[0]),
        np.array([[0.0]]),
        50,
        95,
        1,
        1,
        9,
    )
    assert float(new[-1]["agent"][1]) == 1.0, (
        "both agents get 70: expected a copy of the older niche's"
    )


# %%
# HIDDEN
def test_several_admissions_in_the_order_of_novelty(reproduce):
    import numpy as np

    def score(agent, course):
        return 100 - 10 * abs(float(agent[0] - course[0]))

    niches = [
        {"course": np.array([0.0]), "agent": np.array([0.0])},
        {"course": np.array([6.0]), "agent": np.array([6.0])},
    ]
    known = np.array([[0.0], [6.0], [-4.5]])
    children = np.array(
        [[1.0], [-5.0], [0.1], [9.5], [-2.0], [3.0]]
    )  # passing: 0, 1, 3, 4, 5
    kept = children.copy()
    new = reproduce(niches, children, score, known, 50, 95, 1, 3, 4)
    courses = [float(each["course"][0]) for each in new]
    assert courses == [6.0, 9.5, 3.0, -2.0], (
        f"novelties 3.5, 3 and 2 come first, and of five niches the oldest leaves: expected [6, 9.5, 3, -2], got {courses}"
    )
    owners = [float(each["agent"][0]) for each in new]
    assert owners[1] == 6.0 and owners[3] == 0.0, (
        f"each new course has the agent that does best there, got {owners}"
    )
    assert np.array_equal(children, kept), "your function has changed children"
    few = reproduce(niches, children[:1], score, known, 50, 95, 1, 3, 9)
    assert len(few) == 3, (
        f"one child passes and three may be admitted: expected 3 niches, got {len(few)}"
    )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Does it invent?
#
# A tiny world: a course is a point in the plane, and so is an agent. The score is 100 where they meet and falls by 60 with each unit of distance; beyond that it is 0 *and flat*, so that from far away there is nothing to learn from. An agent takes small steps that improve its score. The next cell runs POET with your four functions, and then trains an agent directly for the furthest course that was solved.


# %%
# Experiment (not graded): POET from your functions, and the direct way.
def score(agent, course):
    return max(0.0, 100 - 60 * float(np.linalg.norm(agent - course)))


def learn(agent, course, draw):
    """The best of a few small random steps, or none."""
    steps = [agent, *(agent + 0.1 * draw.normal(size=(4, 2)))]
    return max(steps, key=lambda each: score(each, course))


def move(niches, draw):
    """A round of transfer."""
    learned = [[learn(i["agent"], j["course"], draw) for j in niches] for i in niches]
    direct = np.array([[score(i["agent"], j["course"]) for j in niches] for i in niches])
    proposals = np.array(
        [
            [score(each, j["course"]) for each, j in zip(row, niches, strict=True)]
            for row in learned
        ]
    )
    agents, proposed = transfers(np.diag(direct), direct, proposals)
    homes = [each["agent"] for each in niches]
    for place, (agent, late) in enumerate(zip(agents, proposed, strict=True)):
        niches[place]["agent"] = (learned[agent][place] if late else homes[agent]).copy()


def poet(iterations, seed):
    """All courses that were solved on the way."""
    draw = np.random.default_rng(seed)
    niches, known, solved = (
        [{"course": np.zeros(2), "agent": np.zeros(2)}],
        np.zeros((1, 2)),
        [],
    )
    for now in range(iterations):
        parents = [
            each["course"] for each in niches if score(each["agent"], each["course"]) > 80
        ]
        if now % 10 == 0 and parents:
            chosen = draw.integers(len(parents), size=8)
            children = np.stack([parents[i] for i in chosen]) + 0.5 * draw.normal(
                size=(8, 2)
            )
            newest = niches[-1]
            niches = reproduce(niches, children, score, known, 30, 80, 5, 1, 8)
            if niches[-1] is not newest:
                known = np.concatenate([known, niches[-1]["course"][None]])
        for each in niches:
            each["agent"] = learn(each["agent"], each["course"], draw)
        if now % 25 == 0:
            move(niches, draw)
        solved += [
            each["course"] for each in niches if score(each["agent"], each["course"]) > 90
        ]
    return solved


solved = poet(60 if scale == "smoke" else 1500, seed)
furthest = max(solved, key=np.linalg.norm)
draw, direct = np.random.default_rng(seed), np.zeros(2)
for _ in range(1500):
    direct = learn(direct, furthest, draw)
print(
    f"the furthest course that POET solved lies {np.linalg.norm(furthest):.1f} from the start; trained for it directly, an agent gets {score(direct, furthest):.0f} of 100"
)

# %% [markdown]
# At scale `ci` the furthest course should lie many units away, and the direct agent get 0: from where it starts that course looks the same in every direction. Nobody told POET to go there.

# %% [raw]
# # BEGIN QUESTION
# name: q5
# points: 5
# manual: true

# %% [markdown]
# ## Question 5: What can it do without? (5 points)
#
# Now the library's POET, on courses with pits, steps and rough ground that a hopping creature crosses. Five versions with the same budget: the whole algorithm; without transfer; without novelty (children are tried in the order in which they were made); without the minimal criterion (the most novel child is admitted, whatever agents get on it); and with a narrow one, which refuses more of what is easy. At `ci` this takes a few minutes. At `colab` the budget is some twenty times as large.
#
# *Solved* is a score above 230. *New to all* counts the courses that, when they were made, no agent there had ever been found neither too hard nor too easy, and that were solved later.
#
# Before you look: order the five by how many courses will have been solved, and again by how many challenging ones.
#
# Now interpret the figure and the table. In 150 to 250 words, say
#
# 1. how the five compare in courses solved, and in challenging courses solved, in *your* run;
# 2. why the two orders need not be the same: what kind of course can be solved in bulk?
# 3. whether transfer helped, here; if it did not, what about this world might make it useless (think of how quickly hoppers learn);
# 4. what the two seeds allow you to say, and what they do not;
# 5. one experiment that would tell whether your explanation in 2 or in 3 is right.

# %%
# Experiment (not graded): POET, whole and in parts.
from aiga.ledger import Table
from aiga.poet import figures_runs, hopper_runs

shown = {
    "POET": "poet",
    "without transfer": "without_transfer",
    "without novelty": "without_novelty",
    "without criterion": "without_criterion",
    "narrow criterion": "narrow_criterion",
}
outcomes = {
    title: hopper_runs.train(
        hopper_runs.SCALES[scale][name],
        seeds=range(seed, seed + 2),
        checkpoint=folder / f"{scale}-{name}-seed-{seed}.pt",
    )
    for title, name in shown.items()
}
figures_runs.growth(outcomes)

# %%
# Experiment (not graded): the numbers, seed by seed; `annecs` is new to all, `replaced` the share of transfers that came about.
names = ("admitted", "solved", "challenging", "annecs", "replaced")
Table(
    ("version", *names),
    tuple(
        (
            title,
            *(
                " and ".join(f"{each.metrics[name]:.2g}" for each in group)
                for name in names
            ),
        )
        for title, group in outcomes.items()
    ),
)

# %% [raw]
# # BEGIN SOLUTION

# %% [markdown]
# **Model answer.** In my run (seeds 0 and 1, scale `ci`) four versions have solved nearly all that they admitted, 24 to 33 courses, and the narrow criterion fewer, 12 and 19. The order by *challenging* courses is another: POET 13 and 16, without transfer 15 and 20, without the criterion 12 and 15, but without novelty 10 and 1, and with the narrow criterion 4 and 2. That is no contradiction: if children are tried in the order in which they were made, many of them are small changes of easy courses, and who crosses one crosses them all. Solving much is cheap when one chooses the problems. Novelty drives the search outwards; a criterion that refuses too much leaves too little to choose from; and the wide one hardly matters here, because a course that no agent can begin to learn is rare when children are only small changes. Transfer: nearly nine of ten attempts replaced an agent, and yet the version without it is not worse. In this world learning is quick: a hopper learns a course in a few dozen steps from wherever it starts, so a better start saves little, and trying everybody everywhere costs decisions; in the paper a walker needs thousands of steps. Two seeds show large differences (the narrow criterion) and do not rank POET and its versions without transfer or criterion, whose ranges overlap or nearly do; without novelty the two seeds disagree. To test my explanation of transfer I would make learning ten times slower at the same budget and compare on five seeds.
#
# **Rubric** (5 points).
#
# - 1: both orders reported from the student's own figure and table, with numbers.
# - 1: why they differ: easy courses are many, and can be solved in bulk.
# - 1: transfer judged as it came out, and a reason that fits this world; "it did not help" is a right answer where it did not.
# - 1: what two seeds allow: large effects only; overlapping seeds are not ranked.
# - 1: an experiment that could prove the student's own explanation wrong.
#
# Take no points off for figures that differ from the key's: seeds and scales differ.

# %% [raw]
# # END SOLUTION

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Handing in
#
# Run everything from the top once more (*Runtime, Restart and run all*), see that every check cell says that all its tests pass, save, and hand in this `.ipynb` file. On Colab: *File, Download, Download .ipynb*.
