"""Assignment 3, solved again from the student notebook's text, in other words than its key (by the same hand)."""

import torch
import torch.nn.functional as F


def gated_forward(p, x):
    h = torch.relu(x @ p["see"])
    g = torch.sigmoid(torch.relu(x @ p["hear"]) @ p["gate"])
    return F.linear(g * h, p["head"], p["bias"])


def learn(p, images, label, rate, order):
    see, head, bias = p["see"], p["head"], p["bias"]
    for i in range(len(images)):
        network = {**p, "see": see, "head": head, "bias": bias}
        z = gated_forward(network, images[i : i + 1])
        loss = -torch.log_softmax(z, dim=1)[0, label]
        d_see, d_head, d_bias = torch.autograd.grad(loss, (see, head, bias), create_graph=(order == 2))
        see = see - rate * d_see
        head = head - rate * d_head
        bias = bias - rate * d_bias
    return {**p, "see": see, "head": head, "bias": bias}


def meta_loss(p, images, label, others, other_labels, rate, order):
    later = learn(p, images, label, rate, order)
    x = torch.cat([images, others])
    y = torch.cat([torch.full((len(images),), label), other_labels])
    return F.cross_entropy(gated_forward(later, x), y)


def with_fresh_row(head, label, row):
    rows = list(head)
    rows[label] = row
    return torch.stack(rows)
