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
# # Assignment 6: come back first
#
# [![Open in Colab](../../../book/_static/colab.svg)](https://colab.research.google.com/github/aiga-book/aiga-book/blob/main/notebooks/assignments/student/go_explore.ipynb)
#
# You write the heart of *Go-Explore* (Ecoffet, Huizinga, Lehman, Stanley & Clune, Nature 2021): when two states are the same place, which place to return to, what is worth remembering, and a burst of exploration that begins where it left off. Then you let it loose in a maze where other explorers lose their way.
#
# **Time.** Three hours, of which the computer needs less than ten minutes.
#
# **Points.** 20: 15 by tests, 5 by hand. Each question shows you its public tests; a few more are hidden, and ask nothing that the text does not say.
#
# **You need** the chapter *Go-Explore* as far as "Equation and code", and plain Python: dictionaries, tuples, a little NumPy. You need no GPU and no PyTorch.
#
# **You will be able to** choose a cell for a state, and say what goes wrong if it is too fine or too coarse; write an archive that only ever gets better; explore from a place without spoiling the way there; tell detachment from derailment in a figure.

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
# The cell above holds your settings. `scale` says how big the experiment of question 5 is: `smoke` is a trial of seconds, `ci` fits a laptop, `colab` is a larger search and a game. With `keep_on_drive = True` a run on Colab leaves its checkpoints on your Google Drive: if the session is cut, run the same cells again and it goes on where it was. The next cell says what your machine can do.

# %%
# Experiment (not graded): what this machine can do.
from aiga.assignments import hardware

hardware.advise("goexplore.maze", scale)
folder = hardware.checkpoint_folder("go_explore", drive=keep_on_drive)

# %%
import numpy as np

# %% [markdown]
# ## What everything is
#
# The **world** is a simulator. You will meet several; all have the same four functions.
#
# | | what it does |
# | --- | --- |
# | `world.observe()` | where the agent is: an object with `row` and `column` (whole numbers from 0) and `taken` (True or False: whether it has picked up a coin on its way) |
# | `world.step(action)` | makes one move; gives an object with `reward`, a number, and `done`, whether the episode is over |
# | `world.clone()` | the world's whole state, to be kept |
# | `world.restore(state)` | puts the world back into such a state |
#
# A **cell** is a set of states that count as the same place; its **key** is its name. The **archive** is a dictionary: for each key an **entry**, which is a dictionary itself and describes the best way to that cell that is known.
#
# | in an entry | what it is |
# | --- | --- |
# | `"score"` | the sum of all rewards on that way, a number |
# | `"way"` | the actions from the beginning of the episode, a tuple |
# | `"state"` | the world's state at its end, as `world.clone()` gave it |
# | `"seen"` | how many bursts came by this cell since its entry was last written, a whole number |

# %% [raw]
# # BEGIN QUESTION
# name: q1
# points: 3

# %% [markdown]
# ## Question 1: When are two states the same place? (3 points)
#
# Divide the map into squares of `side` by `side` positions. The key of a place is a tuple of three: the number of the square's row, the number of its column (both counted from 0 at position 0), and whether the coin has been taken. With `side = 3` the position in row 5, column 9, with the coin taken, has the key `(1, 3, True)`.
#
# The coin matters: a place that you enter *with* it is another place for what comes next.
#
# <details><summary>Hint</summary>
#
# Division that rounds down is `//`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def cell_key(place, side):
    """The key of the cell that a place belongs to.

    place: has row, column (whole numbers from 0) and taken (bool).
    side: length of a square's side, in positions; at least 1.
    Returns a tuple: (whole number, whole number, bool).
    """
    # BEGIN SOLUTION
    return place.row // side, place.column // side, place.taken
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(cell_key):
    from types import SimpleNamespace

    key = cell_key(SimpleNamespace(row=5, column=9, taken=True), 3)
    assert isinstance(key, tuple) and len(key) == 3, (
        f"expected a tuple of three, got {key!r}"
    )
    assert key == (1, 3, True), f"expected (1, 3, True), got {key}"


# %%
def test_squares_of_one_position_tell_all_positions_apart(cell_key):
    from types import SimpleNamespace

    keys = {
        cell_key(SimpleNamespace(row=r, column=c, taken=False), 1)
        for r in range(4)
        for c in range(5)
    }
    assert len(keys) == 20, f"20 positions gave {len(keys)} keys with side 1, expected 20"


# %%
# HIDDEN
def test_every_square_holds_its_positions(cell_key):
    from types import SimpleNamespace

    for side in (2, 4):
        for row in range(9):
            for column in range(9):
                for taken in (False, True):
                    key = cell_key(
                        SimpleNamespace(row=row, column=column, taken=taken), side
                    )
                    right = (
                        (row - row % side) // side,
                        (column - column % side) // side,
                        taken,
                    )
                    assert key == right, (
                        f"row {row}, column {column}, taken {taken}, side {side}: expected {right}, got {key}"
                    )


# %%
# HIDDEN
def test_keys_can_be_keys(cell_key):
    from types import SimpleNamespace

    place = SimpleNamespace(row=7, column=3, taken=False)
    assert {cell_key(place, 2): 1}[cell_key(place, 2)] == 1, (
        "a key must be hashable, and equal for equal places"
    )
    assert type(cell_key(place, 2)[0]) is int, (
        f"the first part is a {type(cell_key(place, 2)[0]).__name__}, expected a whole number"
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
# ## Question 2: Where to return to? (3 points)
#
# A cell that many bursts have come by is used up. The paper of 2021 gives each cell a weight that falls with $C_{\text{seen}}$, and returns to a cell with a probability in proportion to it:
#
# $$ W_i = \frac{1}{\sqrt{C_{\text{seen}, i} + 1}}, \qquad p_i = \frac{W_i}{\sum_k W_k} $$
#
# Write the probabilities. Two cells that were seen 0 and 3 times have the weights 1 and 1/2, so the probabilities 2/3 and 1/3.
#
# <details><summary>Hint</summary>
#
# `np.asarray(seen, dtype=float)` turns a list into an array, and then all of it is one line or two.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def probabilities(seen):
    """With which probability to return to each cell.

    seen: how many bursts came by each of n cells; a list, or an array, of whole numbers from 0.
    Returns an array of n floating-point numbers that sum to 1.
    """
    # BEGIN SOLUTION
    weights = 1 / np.sqrt(np.asarray(seen, dtype=float) + 1)
    return weights / weights.sum()
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_the_example_of_the_text(probabilities):
    import numpy as np

    got = np.asarray(probabilities([0, 3]))
    assert got.shape == (2,), f"the shape is {got.shape}, expected (2,)"
    assert np.allclose(got, [2 / 3, 1 / 3]), (
        f"expected [0.667, 0.333], got {got.round(3).tolist()}"
    )


# %%
def test_equal_counts_have_equal_chances(probabilities):
    import numpy as np

    got = np.asarray(probabilities(np.array([7, 7, 7, 7])))
    assert np.allclose(got, 0.25), f"expected 0.25 for each of four, got {got.tolist()}"


# %%
# HIDDEN
def test_many_cells(probabilities):
    import numpy as np

    seen = [0, 1, 8, 24, 99, 8]
    right = np.array([1, 1 / 2**0.5, 1 / 3, 1 / 5, 1 / 10, 1 / 3])
    got = np.asarray(probabilities(seen))
    assert np.allclose(got, right / right.sum()), (
        f"expected {(right / right.sum()).round(4).tolist()}, got {got.round(4).tolist()}"
    )
    assert seen == [0, 1, 8, 24, 99, 8], "your function has changed its argument"


# %%
# HIDDEN
def test_an_array_stays_as_it_is(probabilities):
    import numpy as np

    seen = np.array([0.0, 3.0, 8.0])
    probabilities(seen)
    assert seen.tolist() == [0, 3, 8], "your function has changed its argument"


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q3
# points: 4

# %% [markdown]
# ## Question 3: What is worth remembering? (4 points)
#
# A burst has come to a cell, on some way, with some score. If the cell is not in the archive, a new entry is made. If it is, its entry is replaced if the new way has a **higher score**, or the **same score with fewer actions**; in all other cases it stays as it is. A new or replaced entry begins with `"seen"` 0.
#
# Write the function; it changes the archive, and says whether it has.
#
# The rule looks harmless. Look once more at "same score": without it the archive would remember the first way to each cell, with all its detours, for ever.
#
# <details><summary>Hint 1</summary>
#
# `archive.get(key)` gives the entry, or `None`.
#
# </details>
# <details><summary>Hint 2</summary>
#
# Python compares pairs from left to right: `(score, -len(way))`.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def remember(archive, key, score, way, state):
    """Write an entry if it is a new cell's, or better than the cell's old one.

    archive: dictionary from keys to entries; an entry is {"score": ..., "way": ..., "state": ..., "seen": ...}.
    key: the cell's.
    score: sum of all rewards on the way, a number.
    way: all actions on it, a tuple.
    state: of the world at its end.
    Returns True if the archive has been changed, else False.
    """
    # BEGIN SOLUTION
    old = archive.get(key)
    if old is not None and (score, -len(way)) <= (old["score"], -len(old["way"])):
        return False
    archive[key] = {"score": score, "way": way, "state": state, "seen": 0}
    return True
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_a_new_cell_is_written(remember):
    archive = {}
    assert remember(archive, "a", 1.5, (0, 2), "state") is True, (
        "a new cell changes the archive: return True"
    )
    right = {"score": 1.5, "way": (0, 2), "state": "state", "seen": 0}
    assert archive == {"a": right}, f"expected the entry {right}, got {archive}"


# %%
def test_a_higher_score_replaces(remember):
    archive = {"a": {"score": 1.0, "way": (0,), "state": "old", "seen": 4}}
    assert remember(archive, "a", 2.0, (0, 1, 1), "new") is True, (
        "a higher score replaces the entry, though its way is longer"
    )
    assert archive["a"] == {"score": 2.0, "way": (0, 1, 1), "state": "new", "seen": 0}, (
        f"got {archive['a']}"
    )


# %%
# HIDDEN
def test_all_cases_of_the_rule(remember):
    cases = {
        "lower score, shorter way": (0.5, (0,), False),
        "lower score, longer way": (0.5, (0, 1, 2, 3), False),
        "same score, longer way": (1.0, (0, 1, 2, 3), False),
        "same score, way of the same length": (1.0, (3, 3, 3), False),
        "same score, shorter way": (1.0, (3, 3), True),
        "higher score, longer way": (1.1, (0, 1, 2, 3), True),
        "higher score, shorter way": (1.1, (0,), True),
    }
    for name, (score, way, better) in cases.items():
        old = {"score": 1.0, "way": (0, 1, 2), "state": "old", "seen": 6}
        archive = {"a": dict(old), "b": dict(old)}
        said = remember(archive, "a", score, way, "new")
        right = {"score": score, "way": way, "state": "new", "seen": 0} if better else old
        assert archive["a"] == right, f"{name}: expected {right}, got {archive['a']}"
        assert said is better, f"{name}: expected {better}, got {said!r}"
        assert archive["b"] == old and len(archive) == 2, (
            f"{name}: another cell's entry has been changed"
        )


# %%
# HIDDEN
def test_scores_below_zero(remember):
    archive = {}
    assert remember(archive, "a", -3.0, (0, 0), "first") is True, (
        "a new cell is written whatever its score"
    )
    assert remember(archive, "a", -2.0, (0, 0, 0), "second") is True, "-2 is higher than -3"
    assert remember(archive, "a", -5.0, (0,), "third") is False, "-5 is lower than -2"
    assert archive["a"]["state"] == "second", (
        f"expected the state of the best entry, got {archive['a']['state']!r}"
    )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [raw]
# # BEGIN QUESTION
# name: q4
# points: 5

# %% [markdown]
# ## Question 4: First return, then explore (5 points)
#
# One burst. The actions have been drawn already (at random, elsewhere), so that what your function does is exact.
#
# 1. **Return**: restore the world to the state of the cell `start`. Nothing is tried on the way, because there is no way: that is the point.
# 2. **Explore**: make the actions, one after the other. After each step the score is the score so far plus the step's reward, and the way is one action longer. If the step ended the episode (`done`), the burst is over, and this last state is *not* remembered. If not, `remember` it under its cell's key.
# 3. **Count**: at the end of the burst each cell that it came by adds 1 to its `"seen"`: `start`, and the cell of every state after a step that did not end the episode; each cell once, however often it was visited. (A cell whose entry was written in this very burst so ends with 1.)
#
# The score and the way begin with those of the entry of `start` *as it was at the beginning of the burst*: the burst may find a better way to `start` itself, which must not change what it is on.
#
# Return the number of steps made, the one that ended the episode included. Use your `cell_key` and `remember`.
#
# <details><summary>Hint 1</summary>
#
# Keep three things while you go: the score, the way, and a set of the keys that you came by.
#
# </details>
# <details><summary>Hint 2</summary>
#
# `way = way + (action,)` makes a new tuple, and leaves the one in the archive alone.
#
# </details>
# <details><summary>Hint 3</summary>
#
# Count after the loop, not in it: `remember` sets `"seen"` to 0 whenever it writes.
#
# </details>

# %% [raw]
# # BEGIN SOLUTION


# %%
def burst(world, archive, start, actions, side):
    """Return to a cell, and explore from there.

    world: a simulator, in any state.
    archive: see remember; it is changed.
    start: the key of the cell to return to; it is in the archive.
    actions: the actions to make, a list.
    side: of the cells' squares.
    Returns the number of steps made.
    """
    # BEGIN SOLUTION
    entry = archive[start]
    world.restore(entry["state"])
    score, way, visited, steps = entry["score"], entry["way"], {start}, 0
    for action in actions:
        step = world.step(action)
        steps += 1
        score, way = score + step.reward, (*way, action)
        if step.done:
            break
        key = cell_key(world.observe(), side)
        remember(archive, key, score, way, world.clone())
        visited.add(key)
    for key in visited:
        archive[key]["seen"] += 1
    return steps
    # END SOLUTION


# %% [raw]
# # END SOLUTION

# %% [raw]
# # BEGIN TESTS


# %%
def test_along_a_corridor(burst):
    from types import SimpleNamespace

    class Corridor:
        """Columns 0 to 9; action 1 goes right, action 0 left; each step to the right pays 1."""

        def __init__(self):
            self.column = 7

        def observe(self):
            return SimpleNamespace(row=0, column=self.column, taken=False)

        def step(self, action):
            self.column = min(max(self.column + (1 if action else -1), 0), 9)
            return SimpleNamespace(reward=float(action), done=False)

        def clone(self):
            return self.column

        def restore(self, state):
            self.column = state

    start = (0, 2, False)
    archive = {start: {"score": 2.0, "way": (1, 1), "state": 2, "seen": 5}}
    steps = burst(Corridor(), archive, start, [1, 1, 0], 1)
    assert steps == 3, f"three actions were made, got {steps!r}"
    assert set(archive) == {(0, 2, False), (0, 3, False), (0, 4, False)}, (
        f"expected the cells of columns 2, 3 and 4, got {sorted(archive)}"
    )
    right = {"score": 4.0, "way": (1, 1, 1, 1), "state": 4, "seen": 1}
    assert archive[(0, 4, False)] == right, (
        f"column 4: expected {right}, got {archive[(0, 4, False)]}"
    )
    # Coming back from column 4 to 3 has the same score as column 4, so more than on the way out: the entry is replaced.
    right = {"score": 4.0, "way": (1, 1, 1, 1, 0), "state": 3, "seen": 1}
    assert archive[(0, 3, False)] == right, (
        f"column 3: expected {right}, got {archive[(0, 3, False)]}"
    )
    assert archive[start]["seen"] == 6, (
        f"the cell that the burst began in has been seen once more: expected 6, got {archive[start]['seen']}"
    )


# %%
def test_the_end_of_an_episode_is_not_remembered(burst):
    from types import SimpleNamespace

    class Cliff:
        """Column 3 ends the episode."""

        def __init__(self):
            self.column = 0

        def observe(self):
            return SimpleNamespace(row=0, column=self.column, taken=False)

        def step(self, action):
            self.column += 1
            return SimpleNamespace(reward=0.0, done=self.column == 3)

        def clone(self):
            return self.column

        def restore(self, state):
            self.column = state

    start = (0, 0, False)
    archive = {start: {"score": 0.0, "way": (), "state": 0, "seen": 0}}
    steps = burst(Cliff(), archive, start, [1, 1, 1, 1, 1], 1)
    assert steps == 3, f"the third step ends the episode: expected 3 steps, got {steps!r}"
    assert set(archive) == {(0, 0, False), (0, 1, False), (0, 2, False)}, (
        f"expected the cells of columns 0, 1 and 2, got {sorted(archive)}"
    )


# %%
# HIDDEN
def test_each_cell_is_counted_once(burst):
    from types import SimpleNamespace

    class Corridor:
        def __init__(self):
            self.column = 0

        def observe(self):
            return SimpleNamespace(row=0, column=self.column, taken=False)

        def step(self, action):
            self.column = max(self.column + (1 if action else -1), 0)
            return SimpleNamespace(reward=0.0, done=False)

        def clone(self):
            return self.column

        def restore(self, state):
            self.column = state

    start = (0, 0, False)
    archive = {
        start: {"score": 0.0, "way": (), "state": 0, "seen": 2},
        (0, 1, False): {"score": 0.0, "way": (1,), "state": 1, "seen": 7},
        (0, 9, False): {"score": 0.0, "way": (1,) * 9, "state": 9, "seen": 3},
    }
    steps = burst(Corridor(), archive, start, [1, 0, 1, 0, 1, 1], 1)
    assert steps == 6, f"expected 6 steps, got {steps!r}"
    seen = {key[1]: entry["seen"] for key, entry in archive.items()}
    right = {0: 3, 1: 8, 9: 3, 2: 1}
    assert seen == right, f"seen, by column: expected {right}, got {seen}"
    assert archive[(0, 2, False)]["way"] == (1, 0, 1, 0, 1, 1), (
        f"the way holds all actions, detours too: got {archive[(0, 2, False)]['way']}"
    )
    assert archive[(0, 1, False)]["way"] == (1,), (
        "a longer way with the same score must not replace an entry"
    )


# %%
# HIDDEN
def test_a_better_way_to_the_start_does_not_shorten_the_burst(burst):
    from types import SimpleNamespace

    class Ring:
        """Four places in a circle; passing place 0 pays 1."""

        def __init__(self):
            self.column = 0

        def observe(self):
            return SimpleNamespace(row=0, column=self.column, taken=False)

        def step(self, action):
            self.column = (self.column + 1) % 4
            return SimpleNamespace(reward=float(self.column == 0), done=False)

        def clone(self):
            return self.column

        def restore(self, state):
            self.column = state

    start = (0, 3, False)
    archive = {start: {"score": 0.5, "way": (9, 9), "state": 3, "seen": 0}}
    burst(Ring(), archive, start, list("abcdef"), 1)
    right = {"score": 1.5, "way": (9, 9, "a", "b", "c", "d"), "state": 3, "seen": 1}
    assert archive[start] == right, (
        f"the start was reached again with a higher score: expected {right}, got {archive[start]}"
    )
    right = {"score": 2.5, "way": (9, 9, *"abcde"), "state": 0, "seen": 1}
    assert archive[(0, 0, False)] == right, (
        f"place 0: expected {right}, got {archive[(0, 0, False)]}"
    )


# %%
# HIDDEN
def test_coarse_cells_and_a_coin(burst):
    from types import SimpleNamespace

    class Floor:
        """Action 1 goes down, 2 right; the coin lies in row 1, column 1."""

        def __init__(self):
            self.now = (9, 9, True)

        def observe(self):
            return SimpleNamespace(row=self.now[0], column=self.now[1], taken=self.now[2])

        def step(self, action):
            row, column = self.now[0] + (action == 1), self.now[1] + (action == 2)
            got = (row, column) == (1, 1) and not self.now[2]
            self.now = (row, column, self.now[2] or got)
            return SimpleNamespace(reward=0.25 * got, done=False)

        def clone(self):
            return self.now

        def restore(self, state):
            self.now = state

    start = (0, 0, False)
    archive = {start: {"score": 0.0, "way": (), "state": (0, 0, False), "seen": 0}}
    burst(Floor(), archive, start, [1, 2, 2, 2], 2)
    ways = {
        key: (entry["score"], entry["way"], entry["state"])
        for key, entry in archive.items()
    }
    right = {
        (0, 0, False): (0.0, (), (0, 0, False)),
        (0, 0, True): (0.25, (1, 2), (1, 1, True)),
        (0, 1, True): (0.25, (1, 2, 2), (1, 2, True)),
    }
    assert ways == right, f"expected {right}, got {ways}"
    assert [archive[key]["seen"] for key in right] == [1, 1, 1], (
        f"each cell was passed by one burst, got {[archive[key]['seen'] for key in right]}"
    )


# %% [raw]
# # END TESTS

# %% [raw]
# # END QUESTION

# %% [markdown]
# ## Does it explore?
#
# Now the whole algorithm, with your four functions, in the chapter's maze of two wings. The maze is two stacks of corridors with lava on alternate sides; a decoy, worth 0.1, lies in the left wing, and the goal, worth 1, at the far end of the right one. This takes some seconds.

# %%
# Experiment (not graded): Go-Explore from your functions.
import random

from aiga.envs.wings import plan
from aiga.goexplore.maze_world import MazeWorld


def search(budget, side, seed):
    """An archive after so many steps, with bursts of twenty actions that are often repeated."""
    draw, world = random.Random(seed), MazeWorld(plan(3, 13))
    world.reset()
    archive, made = (
        {
            cell_key(world.observe(), side): {
                "score": 0.0,
                "way": (),
                "state": world.clone(),
                "seen": 0,
            }
        },
        0,
    )
    while made < budget:
        keys = list(archive)
        (start,) = draw.choices(keys, probabilities([archive[key]["seen"] for key in keys]))
        actions = [draw.randrange(4)]
        while len(actions) < 20:
            actions.append(actions[-1] if draw.random() < 0.8 else draw.randrange(4))
        made += burst(world, archive, start, actions, side)
    return archive


for side in (1, 3):
    archive = search(2_000 if scale == "smoke" else 40_000, side, seed)
    best = max(archive.values(), key=lambda entry: (entry["score"], -len(entry["way"])))
    print(
        f"squares of {side}: {len(archive)} cells; best score {best['score']:g} after {len(best['way'])} actions"
    )

# %% [markdown]
# With squares of 1 the best score should be 1.1 or 1: the goal, with the decoy or without it. If it is 0.1 or 0, your archive forgets, or does not return. With squares of 3 there are far fewer cells, and still the goal may be found; the next question goes as far as 7.

# %% [raw]
# # BEGIN QUESTION
# name: q5
# points: 5
# manual: true

# %% [markdown]
# ## Question 5: Who loses the way? (5 points)
#
# Seven corridors in each wing, with the library's Go-Explore (your functions, computed faster, with checkpoints) and four rivals: without returning (every burst begins where the episode does), with cells of 7 by 7 positions, and two learners, Q-learning with random actions and with a bonus for rare states. They have twenty times as many steps. At `ci` this takes a minute or two. At `colab` all have more steps, and the last cell searches a game, *Montezuma's Revenge*, for which you can leave it running; it goes on where it was if it is cut.
#
# Before you look: draw on paper where each of the five will have been.
#
# Now interpret the figures. In 150 to 250 words, say
#
# 1. how far each of the five came, in your figure;
# 2. which of them shows *derailment* and which *detachment*, and by what you see it;
# 3. what cells of 7 by 7 do to the search, and by which of your four functions the harm is done;
# 4. why Go-Explore may do what the learners may not, and what that costs outside a simulator;
# 5. one thing that these figures do not show, and what you would run to find out.

# %%
# Experiment (not graded): five explorers.
from aiga.goexplore import figures_maze, maze

shown = {
    "Go-Explore": "go_explore",
    "without returning": "no_return",
    "cells of 7 by 7": "cells_of_7",
    "random actions": "epsilon_greedy",
    "bonus for the new": "bonus",
}
searches = {
    title: maze.search(
        maze.SCALES[scale][name],
        seed=seed,
        checkpoint=folder / f"{scale}-{name}-seed-{seed}.pt",
    )
    for title, name in shown.items()
}
figures_maze.explored(searches)

# %%
# Experiment (not graded): how far each was after how many steps, for three seeds.
outcomes = {
    title: maze.train(
        maze.SCALES[scale][name],
        seeds=range(seed, seed + 3),
        checkpoint=folder / f"{scale}-{name}-three.pt",
    )
    for title, name in shown.items()
}
figures_maze.coverage(outcomes)

# %%
# Experiment (not graded): in which wing the learners spend their steps, as time goes by (first seed).
figures_maze.attention(
    {title: outcomes[title] for title in ("random actions", "bonus for the new")}
)

# %%
# Experiment (not graded): a game, at scale colab only; it takes long, and goes on where it was.
from aiga.goexplore import atari

if scale in ("colab", "paper"):
    (played,) = atari.train(
        atari.SCALES["colab"]["ram"], seeds=[seed], checkpoint=folder / "game.pt"
    )
    print({name: f"{value:g}" for name, value in played.metrics.items()})

# %% [raw]
# # BEGIN SOLUTION

# %% [markdown]
# **Model answer.** In my run (seed 0, scale `ci`) Go-Explore has visited all of both wings within 100,000 steps and found the goal. Without returning, the search stays near the start, at 13 %: every burst of twenty steps begins there, so it knows what twenty steps can reach and no more. Random actions come no further, 10 %, with twenty times the steps: each step further needs luck at each of the steps before it, and lava ends the episode. That is derailment: the frontier is known, but the way to it is shaken. The learner with a bonus gets through half of the maze in two million steps. That is progress, at a fraction of Go-Explore's pace, and the third figure shows why: it turns from one wing to the other and back as it uses up the bonus in each, and after each turn the frontier that it left has to be found again. That is detachment. With cells of 7 by 7 (35 %), places with lava or even a wall between them are one cell; `remember` keeps one way for all of them, the shortest, which is often one from which nothing new is within a burst's reach. The harm is done in `cell_key`: what it does not tell apart, the archive cannot hold. Go-Explore may restore a state; a robot may not, so the second half of the chapter makes found ways robust, or trains a policy that returns. The figures do not show what happens when actions stick at random: I would replay the archive's ways blindly in such a maze, and count how many still arrive.
#
# **Rubric** (5 points).
#
# - 1: each of the five described as it is in the student's own figure, with numbers.
# - 1: derailment and detachment assigned correctly and by visible evidence.
# - 1: coarse cells: what is merged, and that keeping one entry for it loses the frontier (`cell_key`, and through it `remember`).
# - 1: restoring as the privilege of a simulator, with a remedy or a cost.
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
