"""Assignment 6, solved from the student notebook's text alone, by somebody who had not seen its key."""

import numpy as np


def cell_key(place, side):
    return (place.row // side, place.column // side, place.taken)


def probabilities(seen):
    weights = 1 / np.sqrt(np.asarray(seen, dtype=float) + 1)
    return weights / weights.sum()


def remember(archive, key, score, way, state):
    old = archive.get(key)
    if old is not None:
        worse = score < old["score"]
        no_shorter = score == old["score"] and len(way) >= len(old["way"])
        if worse or no_shorter:
            return False
    archive[key] = {"score": score, "way": way, "state": state, "seen": 0}
    return True


def burst(world, archive, start, actions, side):
    world.restore(archive[start]["state"])
    score, way = archive[start]["score"], archive[start]["way"]
    visited = {start}
    steps = 0
    for action in actions:
        result = world.step(action)
        steps += 1
        score = score + result.reward
        way = (*way, action)
        if result.done:
            break
        key = cell_key(world.observe(), side)
        visited.add(key)
        remember(archive, key, score, way, world.clone())
    for key in visited:
        archive[key]["seen"] += 1
    return steps
