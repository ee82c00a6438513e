"""Generative Teaching Networks (Such et al., ICML 2020): a network that makes the data on which others learn fast.

- ``model``: learners as pure functions of their weights: small ones, and the paper's for MNIST and CIFAR-10
- ``generator``: the network that makes the images
- ``curriculum``: where batches come from: the four curricula, learned pixels, real data
- ``inner``: the inner loop and its meta-gradient, in two ways
"""
