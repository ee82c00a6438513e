"""Generative Teaching Networks (Such et al., 2020): a network that makes the data on which others learn fast.

:mod:`aiga.gtn.model` holds the generator and the learners.
"""
