"""The conditions of the robustification experiment: what each is, at every scale."""

from dataclasses import dataclass, replace
from typing import Literal

from aiga.goexplore.curriculum import Backward
from aiga.goexplore.ppo import Settings
from aiga.goexplore.robust_atari import Sight
from aiga.scale import Scale


@dataclass(frozen=True)
class Config:
    """One condition of the experiment; what is not in :class:`.ppo.Settings` as the paper's is ours."""

    condition: str = "several"
    """Name of this condition in figures, ledger and records."""
    world: Literal["maze", "atari"] = "maze"
    corridors: int = 5
    """Of each wing of the maze."""
    length: int = 15
    """Of a corridor of the maze, in cells."""
    game: str = "montezuma_revenge"
    target: float = 100.0
    """Score that the game's demonstrations reach, and that is a success; 100 is Montezuma's first key."""
    search: int = 60_000
    """Agent steps of phase 1; three times, then ten times as many where these find no demonstration."""
    demonstrations: int = 10
    """How many, each from a search of its own."""
    sticky: float = 0.25
    """Probability that an action is not heard; of each frame in a game."""
    no_ops: int = 30
    """Most idle steps before an episode of the test; games only."""
    idle_too: bool = False
    """Whether episodes from the plain beginning have idle steps before them in training as well."""
    sight: Sight = "pixels"
    """What a policy sees of a game: pictures, as in the paper, or RAM."""
    most: int = 4500
    """Steps that an episode may take; games only."""
    hidden: int = 64
    """Neurons of a layer."""
    channels: int = 64
    """Of the first convolution; games only."""
    learning_rate: float = 1e-3
    """Adam's."""
    environments: int = 64
    """Side by side."""
    updates: int = 100
    """Of ``environments * ppo.steps`` steps each."""
    test_episodes: int = 500
    """Fresh ones, for each of the metrics."""
    threads: int = 1
    """Emulators that run at the same time."""
    ppo: Settings = Settings()  # noqa: RUF009, it is frozen
    backward: Backward = Backward()  # noqa: RUF009, it is frozen


_CI = Config(
    demonstrations=3,
    hidden=48,
    learning_rate=2e-3,
    updates=60,
    ppo=Settings(steps=64, entropy=0.01, passes=3),
    backward=Backward(stride=4, trials=20),
)
_GAME = Config(
    world="atari",
    condition="first_key",
    demonstrations=1,
    search=300_000,
    hidden=256,
    channels=32,
    learning_rate=2.5e-4,
    environments=32,
    updates=500,
    test_episodes=100,
    threads=2,
    ppo=Settings(entropy=1e-3),
    backward=Backward(stride=8, window=16, patience=2.0, spare=50),
)

_GAME_RAM = replace(
    _GAME, condition="first_key_ram", sight="ram", search=120_000, hidden=128, learning_rate=1e-3, environments=64,
    updates=200, threads=1, most=500, idle_too=True, ppo=Settings(steps=64, entropy=1e-3),
    backward=Backward(stride=6, window=12, patience=2.0, spare=50),
)  # fmt: skip
"""For ten minutes of one core: a policy that is shown RAM learns an order of magnitude faster than one with eyes."""


def _conditions(ours: Config) -> dict[str, Config]:
    every = [
        ours,
        replace(ours, condition="one", demonstrations=1),
        replace(ours, condition="no_imitation", ppo=replace(ours.ppo, imitation=0.0)),
        replace(ours, condition="no_backward", backward=replace(ours.backward, backward=False)),
        replace(
            ours,
            condition="ppo_alone",
            ppo=replace(ours.ppo, imitation=0.0),
            backward=replace(ours.backward, backward=False),
        ),
    ]
    return {each.condition: each for each in every}


_SMOKE = replace(
    _CI, corridors=1, length=9, search=2000, demonstrations=2, hidden=8, environments=8, updates=3, test_episodes=20
)
_SMOKE_GAME = replace(
    _GAME, condition="game", game="ms_pacman", target=10.0, search=200, hidden=8, channels=2, environments=4,
    updates=2, test_episodes=2, no_ops=2, most=8, ppo=Settings(steps=8, parts=2, imitated=1),
)  # fmt: skip
_SMOKE_RAM = replace(_SMOKE_GAME, condition="game_ram", sight="ram", idle_too=True)
_PAPER_GAME = replace(
    _GAME, condition="first_keys", demonstrations=10, search=500_000, hidden=800, channels=64, environments=256,
    updates=20_000, test_episodes=1000, threads=16, ppo=Settings(), backward=Backward(stride=1, window=160, spare=200),
)  # fmt: skip

CONDITIONS: dict[Scale, dict[str, Config]] = {
    "smoke": {**_conditions(_SMOKE), "game": _SMOKE_GAME, "game_ram": _SMOKE_RAM},
    "ci": _conditions(_CI),
    "colab": {
        **_conditions(replace(_CI, corridors=7, length=21, search=200_000, updates=400)),
        "first_key": _GAME,
        "first_key_ram": _GAME_RAM,
    },
    "paper": {
        **_conditions(replace(_CI, corridors=11, length=41, search=4_000_000, demonstrations=10, updates=4000)),
        "first_keys": _PAPER_GAME,
    },
}
