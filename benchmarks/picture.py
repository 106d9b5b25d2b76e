"""Draw how time and memory grow, as one small SVG that reads well on a light and on a dark page."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GREY = "#808080"
"""For axes and grid; it can be seen on white and on black."""
STYLE = """<style>
text { fill: #1f2328 !important }
@media (prefers-color-scheme: dark) { text { fill: #e6edf3 !important } }
</style>"""
LOOK: dict[Any, Any] = {
    "svg.fonttype": "none",  # text stays text, in the reader's own letters
    "svg.hashsalt": "growth",
    "font.sans-serif": ["DejaVu Sans"],
    "axes.edgecolor": GREY,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "grid.color": GREY,
    "grid.alpha": 0.3,
}
Points = Sequence[tuple[float, float, int]]
"""Size, CPU seconds, bytes of memory."""


def draw(groups: Mapping[str, Mapping[str, Points]]) -> str:
    """A column for each group, time above and memory below, on logarithmic axes; dashes are linear growth."""
    with mpl.rc_context(LOOK):
        figure = Figure(figsize=(5 * len(groups), 9), layout="constrained")
        columns = figure.subplots(2, len(groups), sharex="col", squeeze=False).T
        for (title, series), (time, memory) in zip(groups.items(), columns, strict=True):
            guide(time, [point for points in series.values() for point in points])
            for name, points in series.items():
                sizes, seconds, peaks = zip(*points, strict=True)
                time.plot(sizes, seconds, marker=".", label=name)
                memory.plot(sizes, [peak / 10**6 for peak in peaks], marker=".", label=name)
            for plot, label in ((time, "CPU seconds"), (memory, "peak memory, MB")):
                plot.set(xscale="log", yscale="log", ylabel=label)
                plot.minorticks_off()
                plot.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
                plot.yaxis.set_major_formatter("{x:g}")
                plot.xaxis.set_major_formatter("{x:,.0f}")
                plot.grid(True)
                plot.spines[["top", "right"]].set_visible(False)
            memory.set_xlabel(title)
            memory.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), frameon=False)
        written = io.StringIO()
        figure.savefig(written, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return styled(written.getvalue())


def guide(plot: Axes, points: Points) -> None:
    """A dashed line of linear growth up to the point that took longest."""
    size, seconds, _ = max(points, key=lambda point: point[1])
    lowest = min(point[1] for point in points)
    plot.plot([size * lowest / seconds, size], [lowest, seconds], linestyle="--", color=GREY)


def styled(svg: str) -> str:
    """Text that changes colour with the page, and no more digits than can be seen."""
    head, tag, rest = re.sub(r"(\.\d)\d+(?=[^<>]*>)", r"\1", svg).partition("<defs>")
    return re.sub(r"\s*\n\s*", "\n", f"{head}{STYLE}\n{tag}{rest}")
