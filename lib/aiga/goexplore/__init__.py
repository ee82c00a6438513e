"""Go-Explore (Ecoffet et al., 2019 and 2021): remember states, return first, then explore.

:mod:`aiga.goexplore.archive` is what is remembered.
"""
