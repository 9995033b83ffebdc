"""What was measured, as tables in docs/performance.md and a picture that the README shows, too."""

import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot

from benchmarks.report import Figure

_ROOT = Path(__file__).parents[2]
_PAGE = _ROOT / "docs" / "performance.md"
_PICTURE = Path(".github/pictures/serving.png")
_SERVERS, _GOALS = "make bench: servers", "make bench: goals"
# Colors that people with any color vision tell apart, on light and dark pages.
_COLORS = ("#7f7f7f", "#0b63c4", "#e08a00", "#c0508f")

# Scenario to server to what was measured there, under the columns' names.
Table = Mapping[str, Mapping[str, Sequence[float]]]
COLUMNS = ("requests/s", "p50 ms", "p99 ms", "CPU µs/request")


def publish(table: Table, summary: Sequence[str]) -> None:
    """Write the table of servers, and the picture.

    Args:
        table: medians, in the order of ``COLUMNS``.
        summary: sentences that follow the table.
    """
    _draw(table)
    _fill(_SERVERS, [*_rows(table), "", f"![Requests per second](../{_PICTURE})", "", *summary])


def publish_goals(figures: Iterable[Figure]) -> None:
    """Write the table of goals, and what was measured."""
    rows = [f"| {each.name} | {each.measured} | {each.goal} |" for each in figures if each.goal]
    _fill(_GOALS, ["| what | measured | goal |", "|:--|--:|--:|", *rows])


def _fill(place: str, lines: Sequence[str]) -> None:
    """Replace what stands on the page between a comment that names the place, and the next end."""
    page = _PAGE.read_text(encoding="utf-8")
    head, mark, rest = page.partition(f"<!-- {place} -->\n")
    end = rest.index("<!-- end -->")
    _PAGE.write_text(head + mark + "\n".join(lines) + "\n" + rest[end:], encoding="utf-8")


def _rows(table: Table) -> list[str]:
    heads = ["load", "server", *COLUMNS]
    rows = ["| " + " | ".join(heads) + " |", "|:--|:--|" + "--:|" * len(COLUMNS)]
    for scenario, servers in table.items():
        for server, values in servers.items():
            cells = [
                scenario,
                server,
                *(f"{value:,.{1 if 0 < value < 100 else 0}f}" for value in values),
            ]
            rows.append("| " + " | ".join(cells) + " |")
    return rows


def _draw(table: Table) -> None:
    mpl.use("Agg")
    servers = list(dict.fromkeys(server for row in table.values() for server in row))
    figure, axes = pyplot.subplots(figsize=(9, 0.55 * sum(map(len, table.values())) + 1))
    ticks, place = [], 0.0
    for scenario, row in reversed(table.items()):
        begun = place
        for server, values in reversed(row.items()):
            color = _COLORS[servers.index(server) % len(_COLORS)]
            known = axes.get_legend_handles_labels()[1]
            label = None if server in known else server
            axes.barh(place, values[0], color=color, label=label)
            axes.text(values[0], place, f" {values[0]:,.0f}", va="center")
            place += 1
        ticks.append(((begun + place - 1) / 2, scenario))
        place += 0.7
    axes.set_yticks([at for at, _ in ticks], [name for _, name in ticks])
    axes.set_xlabel(
        f"requests a second (Python {platform.python_version()}, {os.cpu_count()} CPUs)"
    )
    axes.spines[["top", "right"]].set_visible(False)
    axes.margins(x=0.12)
    figure.legend(loc="upper center", ncols=2, frameon=False)
    figure.tight_layout(rect=(0, 0, 1, 0.9))
    figure.savefig(_ROOT / _PICTURE, dpi=110)
    pyplot.close(figure)
