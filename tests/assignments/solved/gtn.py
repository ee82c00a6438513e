"""Assignment 4, solved by hand from the student notebook's text alone."""

import torch
import torch.nn.functional as F


def inner_step(weights, momentum, images, labels, rate, beta):
    log_probabilities = torch.log_softmax(logits(weights, images), dim=1)  # noqa: F821 - the notebook defines it
    picked = log_probabilities[torch.arange(len(labels)), labels]
    g0, g1 = torch.autograd.grad(-picked.mean(), weights, create_graph=True)
    m0 = beta * momentum[0] + g0
    m1 = beta * momentum[1] + g1
    return [weights[0] - rate * m0, weights[1] - rate * m1], [m0, m1]


def make_lessons(codes, labels, first, second):
    which = torch.eye(10, dtype=codes.dtype)[labels]
    inside = torch.cat((codes, which), dim=2) @ first
    return 2 * (F.leaky_relu(inside, negative_slope=0.1) @ second).tanh()


def exam_loss(weights, lessons, labels, rates, betas, exam, answers):
    now = list(weights)
    speed = [0 * w for w in weights]
    for t in range(lessons.shape[0]):
        now, speed = inner_step(now, speed, lessons[t], labels[t], rates[t], betas[t])
    return F.cross_entropy(logits(now, exam), answers)  # noqa: F821 - the notebook defines it


def normalised(v, g):
    length = (v * v).sum(dim=0, keepdim=True).sqrt()
    return v / length * g[None, :]
