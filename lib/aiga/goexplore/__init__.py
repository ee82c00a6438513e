"""Go-Explore (Ecoffet et al., 2019 and 2021): remember states, return first, then explore.

- ``world``: what is asked of a world
- ``archive``: what is remembered, with ``log`` (trajectories); ``selection``: which cells to return to
- ``explore``: the loop of phase 1, with ``burst`` (what one return and its actions find)
- ``emulator``: Atari games as worlds; ``cells``, ``downscaling``, ``knowledge``: which states count as the same;
  ``neighbours``: which cells to return to for those who know the game
- ``atari``: phase 1 on real games, with its ``conditions``
- ``demonstration``: trajectories to keep and to repeat
- ``maze``: Go-Explore in the maze of two wings (``maze_world``), against learners that lose their way (``baselines``)
- ``robustify``: phase 2, with its ``robust_conditions``: the backward algorithm (``curriculum``, ``episodes``) on the
  maze (``robust_maze``) and on games (``robust_atari``); ``ppo`` with self-imitation, and its ``policies``
- ``policy_based``: returning by policy, towards ``goals``
- ``figures``, ``figures_maze``: one function a figure; ``reported``: others' numbers
- ``bench``: how fast all this is
"""
