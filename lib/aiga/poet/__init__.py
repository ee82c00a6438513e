"""POET (Wang et al., 2019 and 2020): inventing problems and solving them, without end.

- ``algorithm``: POET itself, ``init`` and ``step``; with ``children`` (new courses), ``novelty``, ``settings`` (the
  paper's, the code's, Enhanced POET's), ``state`` (a run between two iterations) and ``world``
- ``courses`` and ``cppn``: how courses are written down and mutated, by numbers or by networks;
  ``substrate``: what POET asks of a world
- ``evolution``: the optimiser of agents, evolution strategies
- ``hopper``: a world of microseconds; ``biped``: the paper's, on :mod:`aiga.poet.walker`
- ``hopper_runs``: POET on the hopper and without its parts; ``controls``: direct training with the same budget
- ``walker_runs``: POET on the walker, with ``walker_agents``; ``journeys``: where agents came from, and who came home
- ``paired``: an adversary that designs mazes for regret (Dennis et al. 2020); with ``mazes`` and ``players``
- ``stories``: what would have become of an agent had nobody moved in
- ``figures``, ``figures_runs``, ``figures_walker``, ``figures_idea``, ``figures_paired`` and ``figures_biped``: one
  function a figure; with ``looks`` (how conditions are drawn)
- ``tree`` and ``pictures``: a family tree to click through, and lives of hoppers, for pages without a kernel
"""
