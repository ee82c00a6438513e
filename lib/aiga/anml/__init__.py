"""ANML (Beaulieu et al., ECAI 2020): learning to learn hundreds of classes one after another, without forgetting.

- ``model``: the neuromodulated network, the same without its gate, and OML's networks
- ``drawings``: characters on the training device, and what one meta-iteration shows of them
- ``inner``: the inner loop, its meta-gradient of first and second order, and the reset of a class's weights
- ``continual``: learn hundreds of characters one after another (secs. 3 and 4, figs. 3 and 4); its ``conditions``, and
  ``learning``, what happens before the test
- ``meta_test``: new classes one after another, each drawing once; with ``sequences`` (what is shown), ``heads`` (linear
  heads that learn side by side) and ``fine_tune`` (more than the head learns)
- ``analysis``: how sparse the units are, whose neighbours they are, and characters taught one after another
- ``maml``: what both stand on, MAML: five characters seen once; with ``learner``, ``tasks``, and ``peer`` (learn2learn)
- ``zapping``: what the resets alone do (Frati et al., ECAI 2024); with ``transfer`` (all layers learn, shuffled)
- ``figures`` and ``figures_*``: one function a figure; with ``looks`` (how conditions are drawn) and ``reported``
  (others' numbers)
- ``bench``: how fast all this is
"""
