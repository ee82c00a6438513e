"""Backpropamine (Miconi, Rawal, Clune & Stanley, ICLR 2019): networks that decide when to learn.

- ``model``: the agent that controls its own plasticity, and its three rivals; ``hebbian``: their traces
- ``cue_reward``: which of four cues is the good one (sec. 4.1, fig. 1), trained by ``plasticity.a2c``;
  ``association``: its trials as a network sees them
- ``lesions``: other hands on the modulator; ``microscope``: what an agent writes into its traces, and when
- ``figures``: one function a figure; ``bench``: how fast all this is
"""
