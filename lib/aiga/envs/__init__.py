"""Worlds to act in, as batches of tensors on any device; a chapter decides what an agent sees and what it earns.

- ``maze``: mazes with pillars and a hidden reward (chapters 1 and 2)
- ``cues``: trials with cues, one of which is the good one (chapter 2)
- ``bandits``: slot machines with hidden odds (chapter 2)
- ``cart_pole``: a pole on a cart, to be kept upright (chapter 4)
- ``wings``: a maze of two wings with lava, a decoy and a far goal (chapter 6)
"""

from aiga.envs.maze import Mazes

__all__ = ["Mazes"]
