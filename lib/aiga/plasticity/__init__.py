"""Differentiable plasticity (Miconi, Clune & Stanley, ICML 2018): connections that learn within an episode.

- ``model``: the plastic recurrent network and the one-shot classifier, both with all seeds side by side
- ``binary``: memorise and complete patterns of 1,000 bits (sec. 4.1, fig. 2)
- ``lstm``: the rival with gates, its inputs clamped like those of the others
- ``comparison``: the same with 50 bits, against networks without plasticity (sec. 4.2, fig. 3)
- ``images``: memorise photographs and complete one from half of it (sec. 4.3, figs. 4 and 5)
- ``omniglot``: name handwritten characters seen once (sec. 4.4, table 1)
- ``figures``, ``figures_images``: one function a figure
"""
