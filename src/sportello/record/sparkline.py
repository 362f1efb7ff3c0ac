"""A vital sign's course as a chart of the height of a line: SVG in the colours of the text around it."""

from collections.abc import Sequence

from markupsafe import Markup, escape

WIDTH, HEIGHT, EDGE = 56, 14, 2
FEWEST, MOST = 3, 12


def sparkline(numbers: Sequence[float], label: str) -> Markup:
    """The numbers from left to right, the last one with a point; `label` says the same to whoever cannot see it."""
    low, high = min(numbers), max(numbers)
    step = (WIDTH - 2 * EDGE) / max(len(numbers) - 1, 1)
    reach = HEIGHT - 2 * EDGE
    points = [
        (EDGE + place * step, HEIGHT / 2 if high == low else EDGE + reach * (high - number) / (high - low))
        for place, number in enumerate(numbers)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    x, y = points[-1]
    return Markup(  # noqa: S704 - the numbers are formatted above, the label is escaped
        f'<svg class="record-spark" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(label)}"'
        f' focusable="false"><polyline points="{line}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="1.8"/></svg>'
    )
