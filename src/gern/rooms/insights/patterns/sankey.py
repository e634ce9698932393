"""Where the streams of a Sankey diagram lie: columns of events, and bands between them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from gern.core.patterns.paths import Variant

WIDTH, HEIGHT, NODE, GAP, LABELS = 1000, 420, 14, 12, 150


@dataclass(frozen=True)
class Node:
    """An event at a place of the paths: ``n`` paths come through."""

    name: str
    n: int
    x: float
    y: float
    height: float
    last: bool

    @property
    def label_x(self) -> float:
        """Labels stand beside, in the last column to the left of it."""
        return self.x - 6 if self.last else self.x + NODE + 6

    @property
    def middle(self) -> float:
        """Of the node, from above."""
        return self.y + self.height / 2


@dataclass(frozen=True)
class Band:
    """``n`` paths from one node to the next one; ``path``: as SVG draws it, ``width`` thick."""

    here: str
    there: str
    n: int
    path: str
    width: float


@dataclass(frozen=True)
class Sankey:
    """The whole drawing; sizes in its own units."""

    nodes: tuple[Node, ...]
    bands: tuple[Band, ...]
    width: int = WIDTH
    height: int = HEIGHT


def drawn(variants: Sequence[Variant], *, from_the_end: bool = False) -> Sankey | None:
    """Lay the paths out, the most frequent event of each column on top. ``from_the_end``: they meet
    in the last column, not in the first. None: no path has two events."""
    longest = max((len(v.steps) for v in variants), default=0)
    if longest < 2:
        return None
    through: Counter[tuple[int, str]] = Counter()
    between: Counter[tuple[int, str, str]] = Counter()
    for one in variants:
        shift = longest - len(one.steps) if from_the_end else 0
        for at, name in enumerate(one.steps, start=shift):
            through[at, name] += one.n
        for at, (here, there) in enumerate(pairwise(one.steps), start=shift):
            between[at, here, there] += one.n
    columns = [sorted(((n, name) for (at, name), n in through.items() if at == c), key=lambda f: (-f[0], f[1]))
               for c in range(longest)]  # fmt: skip
    room = min((HEIGHT - GAP * (len(column) - 1)) / sum(n for n, _ in column) for column in columns)
    stride = (WIDTH - NODE) / (longest - 1)
    nodes: dict[tuple[int, str], Node] = {}
    for c, column in enumerate(columns):
        y = 0.0
        for n, name in column:
            height = max(1.0, n * room)
            nodes[c, name] = Node(name, n, c * stride, y, height, c == longest - 1)
            y += height + GAP
    bands, left, right = [], Counter[tuple[int, str]](), Counter[tuple[int, str]]()
    for (at, here, there), n in sorted(
        between.items(), key=lambda f: (f[0][0], nodes[f[0][0], f[0][1]].y, nodes[f[0][0] + 1, f[0][2]].y)
    ):  # fmt: skip
        a, b = nodes[at, here], nodes[at + 1, there]
        ya = a.y + (left[at, here] + n / 2) * room
        yb = b.y + (right[at + 1, there] + n / 2) * room
        left[at, here] += n
        right[at + 1, there] += n
        x1, x2 = a.x + NODE, b.x
        bend = (x1 + x2) / 2
        path = f"M{x1:.1f} {ya:.1f}C{bend:.1f} {ya:.1f} {bend:.1f} {yb:.1f} {x2:.1f} {yb:.1f}"
        bands.append(Band(here, there, n, path, max(0.5, n * room)))
    return Sankey(tuple(nodes.values()), tuple(bands))
