"""POET (Wang et al., 2019 and 2020): inventing problems and solving them, without end.

:mod:`aiga.poet.walker` is the world of its agents.
"""
