"""ANML (Beaulieu et al., ECAI 2020): learning to learn hundreds of classes one after another, without forgetting.

- ``model``: the neuromodulated network, the same without its gate, and OML's networks
- ``drawings``: characters on the training device, and what one meta-iteration shows of them
- ``inner``: the inner loop, its meta-gradient of first and second order, and the reset of a class's weights
- ``maml``: what both stand on, MAML: five characters seen once; with ``learner``, ``tasks``, and ``peer`` (learn2learn)
- ``bench``: how fast all this is
"""
