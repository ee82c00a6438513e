"""Go-Explore (Ecoffet et al., 2019 and 2021): remember states, return first, then explore.

- ``world``: what is asked of a world
- ``archive``: what is remembered, with ``log`` (trajectories); ``selection``: which cells to return to
- ``explore``: the loop of phase 1, with ``burst`` (what one return and its actions find)
"""
