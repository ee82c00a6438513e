"""Differentiable plasticity (Miconi, Clune & Stanley, ICML 2018): connections that learn within an episode.

- ``model``: the plastic recurrent network and the one-shot classifier; ``lstm``, ``agent``: the rival and the explorer
- ``binary``: memorise and complete patterns of 1,000 bits (sec. 4.1, fig. 2)
- ``comparison``: the same with 50 bits, against networks without plasticity (sec. 4.2, fig. 3)
- ``images``: photographs, completed from their upper or lower half (sec. 4.3, figs. 4 and 5)
- ``omniglot``: name handwritten characters seen once (sec. 4.4, table 1)
- ``maze``: find an invisible reward, and find it again (sec. 4.5, fig. 6), trained by ``a2c``
- ``figures``, ``figures_*``: one function a figure; ``bench``: how fast all this is
"""
