"""What adversaries design, and what protagonists learn from it.

Each function takes results and returns a figure; mazes are drawn from adversaries that are trained, nothing is trained.
"""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from aiga import seeding
from aiga.experiment import Outcome
from aiga.poet.looks import look
from aiga.poet.mazes import Mazes
from aiga.poet.paired import Config, Game, design
from aiga.viz import curve, interval, sheet, styled
from aiga.viz.style import BLUE, GREEN, INK


@styled
def training(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """Whether the designed mazes have a way through, how long it is, and what the protagonist gets in them.

    Alt text: three panels against the protagonist's episodes, a line with its interval for each of PAIRED, minimax and
    domain randomisation: the fraction of mazes with a way through, the length of that way, and the reward.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    figure, panels = sheet(1, 3, height=3.2)
    for label, group in outcomes.items():
        for axes, name in zip(panels, ("solvable", "length", "reward"), strict=True):
            curve(axes, group, name, label=label, as_=look(group[0].condition))
            axes.set_xlabel("episodes")
    panels[0].set_ylim(0, 1.03)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=3, fontsize=8.5)
    return figure


@styled
def designs(games: Mapping[str, tuple[Game, Config]], *, seed: int = 0, count: int = 6) -> Figure:
    """A row of mazes from each adversary, as it is after training.

    Alt text: rows of small square mazes with dark walls, a dot where the agent starts and a star for its goal; above
    each the length of the shortest way, or the words no way.

    Args:
        games: for each label one seed's game (``outcome.network``) and its configuration.
        seed: of the mazes.
        count: mazes in a row.
    """
    figure, grid = sheet(len(games), count, height=0.3 + 1.35 * len(games), squeeze=False)
    for row, (label, (game, config)) in zip(grid, games.items(), strict=True):
        adversary = None if config.pays == "nothing" else game.adversary
        mazes, _ = design(adversary, config, count, [seeding.generator(seed, "pictures")])
        for place, axes in enumerate(row):
            _maze(axes, mazes, place)
        row[0].set_ylabel(label, fontsize=8.5)
    return figure


@styled
def transfer(outcomes: Mapping[str, Sequence[Outcome]]) -> Figure:
    """How often protagonists reach the goal in mazes that they have not seen.

    Alt text: three groups of dots, for random mazes, for those of them with the longest ways, and for mazes drawn by
    hand; within a group a dot with its interval for each of PAIRED, minimax and domain randomisation, close together.

    Args:
        outcomes: for each label in the legend, the outcomes of one condition, one a seed.
    """
    kinds = {"random_solved": "random", "far_solved": "of these,\nlongest ways", "drawn_solved": "drawn by hand"}
    figure, axes = sheet(height=3.0)
    for place, (label, group) in enumerate(outcomes.items()):
        style = look(group[0].condition)
        for position, name in enumerate(kinds):
            values = [outcome.metrics[name] for outcome in group if name in outcome.metrics]
            if not values:
                continue
            x = position + 0.22 * (place - (len(outcomes) - 1) / 2)
            mean, low, high = interval(values)
            axes.plot([x] * len(values), values, marker=".", color=style.color, alpha=0.5, linestyle="")
            axes.errorbar(x, mean, yerr=[[mean - low], [high - mean]], color=style.color, capsize=3, linestyle="")
            axes.plot([x], [mean], marker=style.marker, color=style.color, linestyle="", markersize=7)
        axes.plot([], [], marker=style.marker, color=style.color, linestyle="", label=label)
    axes.set_xticks(range(len(kinds)), list(kinds.values()))
    axes.set(ylabel="episodes that reach the goal", ylim=(-0.03, 1.03))
    figure.legend(loc="outside upper left", ncols=3, fontsize=8.5)
    return figure


def _maze(axes: Axes, mazes: Mazes, place: int) -> None:
    side, way = mazes.side, int(mazes.shortest()[0, place])
    axes.imshow(mazes.walls[0, place].float().numpy(), cmap="Greys", vmin=0, vmax=1.25)
    for where, marker, color in ((mazes.start, "o", BLUE), (mazes.goal, "*", GREEN)):
        row, column = divmod(int(where[0, place]), side)
        axes.plot([column], [row], marker=marker, color=color, markersize=7, linestyle="")
    axes.set(xticks=[], yticks=[])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=INK)
    axes.set_title("no way" if way < 0 else f"way of {way}", fontsize=7.5)
