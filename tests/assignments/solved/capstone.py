"""Assignment 7, questions 1 to 4, solved by hand from the student notebook's text alone."""

import numpy as np


def course_key(vector, widths):
    return tuple(int(number // width) for number, width in zip(vector, widths, strict=True))


def evolve(theta, score, noise, sigma, rate):
    n = noise.shape[0]
    tried = np.vstack([theta[None, :] + sigma * noise, theta[None, :] - sigma * noise])
    scores = list(score(tried))
    places = sorted(range(2 * n), key=lambda i: scores[i])  # sorted keeps equals as they come
    u = [0.0] * (2 * n)
    for place, i in enumerate(places):
        u[i] = place / (2 * n - 1) - 0.5
    total = np.zeros(len(theta))
    for i in range(n):
        total += (u[i] - u[n + i]) * noise[i]
    return theta + rate * total / (2 * n * sigma)


def keep(archive, key, course, agent, score, lower):
    good_enough = score >= lower
    better = key not in archive or score > archive[key]["score"]
    if good_enough and better:
        archive[key] = {"course": course, "agent": agent.copy(), "score": score, "seen": 0}
        return True
    return False


def explore(archive, key, mutate, vector, learn, score, widths, lower, upper):
    archive[key]["seen"] += 1
    old = archive[key]
    changed = mutate(old["course"])
    if score(old["agent"], changed) > upper:
        return False
    student = learn(old["agent"], changed)
    return keep(archive, course_key(vector(changed), widths), changed, student, score(student, changed), lower)
