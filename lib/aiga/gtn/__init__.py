"""Generative Teaching Networks (Such et al., ICML 2020): a network that makes the data on which others learn fast.

- ``model``: learners as pure functions of their weights, the paper's for MNIST and CIFAR-10 and a small one; with
  ``family`` (what they have in common) and ``mlp`` (the small one, its derivatives written out)
- ``generator``: the network that makes the images
- ``curriculum``: where batches come from: the four curricula, learned pixels, real data
- ``inner``: the inner loop and its meta-gradient, in two ways
- ``teaching``: meta-training, and the examination of fresh learners
- ``mnist``: MNIST from a few steps on learned data (secs. 3.2 and 3.3)
- ``stability``: meta-gradients with and without weight normalisation (sec. 3.1)
- ``cartpole``: a policy taught in one step of SGD (appendix H); with ``policies``
- ``petri``: the Synthetic Petri Dish, which ranks instead of teaching; with ``dish`` and ``motifs``
- ``figures``: one function a figure; with ``looks`` (how conditions are drawn)
- ``bench``: how fast all this is, and what memory it takes
- ``classroom``: teachers whose learners change, lessons for any learner, ordinary training for long; with ``pictures``
  (digits and photographs) and ``candidates`` (architectures)
- ``nas``: search for an architecture by a few steps on generated data; with ``ranking``
- ``unseen``: learners that the teacher never met; ``cifar``: photographs from a few steps
- ``figures_nas``: figures of these
"""
