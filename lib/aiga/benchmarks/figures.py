"""How costs grow, drawn."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from aiga import viz
from aiga.benchmarks.benchmark import Benchmark

MARKERS = "os^Dv"


@viz.styled
def growth(found: Sequence[Benchmark]) -> Figure:
    """One panel a chapter: time against size, both as multiples of the smallest, on logarithmic axes.

    Args:
        found: the chapters' benchmarks, at least one with growths.
    """
    shown = [each for each in found if each.growths]
    columns = min(len(shown), 2)
    lines = -(-len(shown) // columns)
    figure, grid = viz.sheet(lines, columns, height=2.9 * lines, squeeze=False)
    for axes, each in zip(grid.flat, shown, strict=False):
        longest = 1.0
        for place, line in enumerate(each.growths):
            x = [size / line.sizes[0] for size in line.sizes]
            y = [seconds / line.seconds[0] for seconds in line.seconds]
            longest = max(longest, *x)
            label = f"{line.over}: {line.slope:.2f}".replace("-", "−")
            axes.plot(x, y, marker=MARKERS[place % len(MARKERS)], markersize=4, label=label)
        axes.plot([1, longest], [1, longest], color=viz.style.MUTED, linestyle=(0, (1, 3)), linewidth=1.2)
        axes.set_title(each.chapter)
        axes.set_xscale("log", base=2)
        axes.set_yscale("log", base=2)
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.legend(title="slope over", alignment="left", fontsize=7.5, title_fontsize=7.5)
    for axes in list(grid.flat)[len(shown) :]:
        axes.set_axis_off()
    figure.supxlabel("size, as a multiple of the smallest", fontsize=10)
    figure.supylabel("time, as a multiple", fontsize=10)
    return figure
