"""Fifty bits: networks with and without plasticity on the same task (sec. 4.2, fig. 3).

Two balanced patterns, shown once for three steps each, then half of one of them: the task of
:mod:`aiga.plasticity.binary` made so small that a network without plasticity can learn something. It learns to hold the
*last* pattern in its activity.

Original code: ``simple/full.py`` with the command lines of ``simple/README.md``.
"""

from dataclasses import replace

from aiga.plasticity import binary
from aiga.plasticity.binary import Config, train
from aiga.scale import Scale

TITLE = "Fifty bits: with and without plasticity"

METRICS = binary.METRICS

_TASK = Config(
    bits=50, patterns=2, cycles=1, shown=3, gap=1, probe=3, balanced=True, bias=True, learn_eta=True, chunk=11
)
_CI = replace(_TASK, batch=32, learning_rate=1e-3, test_episodes=1000)


def _conditions(base: Config, *, plastic: int, homogeneous: int, rnn: int) -> dict[str, Config]:
    """Each condition with its number of updates."""
    return {
        "plastic": replace(base, updates=plastic),
        "homogeneous": replace(base, condition="homogeneous", alpha="homogeneous", updates=homogeneous),
        "rnn": replace(base, condition="rnn", alpha="none", updates=rnn),
    }


# The paper's run: one episode an update, a million of them; the plain network has 2,000 more neurons and a tenth of the
# learning rate (``simple/README.md``).
_PAPER = _conditions(replace(_TASK, test_episodes=1000), plastic=1_000_000, homogeneous=1_000_000, rnn=1_000_000)
_PAPER["rnn"] = replace(_PAPER["rnn"], extra_neurons=2000, learning_rate=3e-5)

SCALES: dict[Scale, dict[str, Config]] = {
    "smoke": _conditions(replace(_CI, bits=10, test_episodes=20), plastic=4, homogeneous=4, rnn=4),
    "ci": _conditions(_CI, plastic=1500, homogeneous=1500, rnn=4000),
    "colab": _conditions(_CI, plastic=10_000, homogeneous=10_000, rnn=40_000),
    "paper": _PAPER,
}

__all__ = ["METRICS", "SCALES", "TITLE", "train"]
