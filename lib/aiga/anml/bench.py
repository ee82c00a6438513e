"""How fast the chapter's meta-training is, against a literal transcription of the released procedure, in the same run.

The transcription does what ``model/meta_learner.py`` and ``model/learner.py`` of ``uvm-neurobotics-lab/ANML`` do: one
image at a time through both networks, gradients of every inner step also for the network that the inner loop leaves
alone, all weights copied at every step. With ``create_graph`` it differentiates through the steps, as the paper says.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from aiga.anml.inner import Order
from aiga.anml.model import ANML


def literal_logits(weights: dict[str, Tensor], image: Tensor) -> Tensor:
    """Logits ``(1, outputs)`` of one image, as ``learner.py`` lines 188-279 compute them."""

    def encoded(prefix: str) -> Tensor:
        features = image
        for block in range(3):
            kernel, bias, scale, shift = (weights[f"{prefix}.values.{4 * block + part}"] for part in range(4))
            features = F.conv2d(features, kernel, bias)
            features = F.relu(F.batch_norm(features, None, None, scale, shift, training=True))
            if block < 2:
                features = F.max_pool2d(features, 2)
        return features.flatten(1)

    features = encoded("encoder")
    if "gate_weight" in weights:
        gate = torch.sigmoid(F.linear(encoded("modulator"), weights["gate_weight"], weights["gate_bias"]))
        features = features * gate
    return F.linear(features, weights["head_weight"], weights["head_bias"])


def literal_meta_loss(
    network: ANML,
    trajectory: Tensor,
    label: int,
    meta_images: Tensor,
    meta_labels: Tensor,
    *,
    rate: float = 0.1,
    order: Order = 1,
) -> Tensor:
    """The released inner loop (``meta_learner.py`` lines 151-177), whose ``backward()`` gives the meta-gradient."""
    weights: dict[str, Tensor] = dict(network.named_parameters())
    target = torch.tensor([label])
    for image in trajectory.split(1):
        loss = F.cross_entropy(literal_logits(weights, image), target)
        gradients = torch.autograd.grad(loss, list(weights.values()), create_graph=order == 2)
        for name, gradient in zip(list(weights), gradients, strict=True):
            if name.startswith(("encoder", "head")):
                weights[name] = weights[name] - rate * gradient
    logits = torch.cat([literal_logits(weights, image) for image in meta_images.split(1)])
    return F.cross_entropy(logits, meta_labels)
