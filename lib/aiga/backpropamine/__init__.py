"""Backpropamine (Miconi, Rawal, Clune & Stanley, ICLR 2019): networks that decide when to learn.

- ``model``: the agent that controls its own plasticity, and its three rivals; ``hebbian``: their traces;
  ``rehearsal``: an episode and its gradient by hand, by tensor operations (``sweep``) or loops (``compiled``)
- ``cue_reward``: which of four cues is the good one (sec. 4.1, fig. 1), trained by ``plasticity.a2c``;
  ``association``: its trials as a network sees them
- ``lesions``: other hands on the modulator; ``microscope``: what an agent writes into its traces, and when
- ``bandits``: an LSTM that learns to explore and to exploit (``gated``), beside designed players (``gamblers``)
- ``maze``: find a hidden reward and return to it (sec. 4.2, fig. 2), in chapter 1's mazes (``exploration``);
  ``maze_bounds``: what can be earned there, exactly; ``significance``: the paper's stars
- ``words``: guess the next word (sec. 4.3, table 1) with a ``word_model`` of layers of ``plastic_lstm``;
  ``word_text``: its text, and what counting words achieves
- ``figures``, ``figures_*``: one function a figure; ``bench``, ``bench_words``: how fast all this is
"""
