"""Assignments: written once with their solutions; student notebook, key and autograder are generated from that.

``notebooks/assignments/<name>.py`` (jupytext, ``py:percent``, otter's raw cells) is the source, and
``notebooks/assignments/<name>.mutants.yaml`` beside it lists wrong answers that its tests must find.

- ``source``: the source as questions with their points and tests
- ``structure``: what every source keeps to
- ``build``: otter assign, and what makes its output the same every time
- ``check``: what a student's check cells call; needs nothing but Python
- ``hardware``: which scale fits the machine, and where checkpoints survive
- ``sandbox``: runs a stranger's cells and tests within limits of time and memory
- ``guard``: the plugin that lets otter grade nothing which has not come back from the sandbox
- ``grade``: otter's results for notebooks that were handed in, as a table
- ``mutants``: wrong answers, and the table of the tests that find them
"""
