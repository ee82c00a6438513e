"""Differentiable plasticity (Miconi, Clune & Stanley, ICML 2018): connections that learn within an episode.

- ``model``: the plastic recurrent network and the one-shot classifier, both with all seeds side by side
- ``binary``: memorise and complete patterns of 1,000 bits (sec. 4.1, fig. 2)
- ``comparison``: the same with 50 bits, against networks without plasticity (sec. 4.2, fig. 3)
- ``omniglot``: name handwritten characters seen once (sec. 4.4, table 1)
- ``maze``: find a hidden reward and return to it (sec. 4.5, fig. 6), with ``agent``, a plastic network that acts, and
  ``a2c``, how it learns
- ``figures``: one function a figure
"""
