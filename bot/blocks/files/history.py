"""`/segments history`: how large each segment was in the files of one workspace, as a line chart and a table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.blocks.limits import ALT_TEXT, CHART_CATEGORIES, CHART_LABEL, CHART_SERIES
from bot.blocks.reply import Reply
from bot.blocks.tables import distinct_labels, table_blocks
from bot.blocks.text import Block, bullets, context, cut, escape, header, picture, section
from bot.blocks.times import day_of, time_of_day
from segmentation.movement.snapshot import About
from segmentation.palette import square_of

CHART_TITLE: Final = "Customers per segment over time"
_FEWEST_POINTS: Final = 2
_LONGEST_NAME: Final = 40
# As many files as a phone's table has room for beside the segments' names; the chart shows all of them.
_MOST_COLUMNS: Final = 3


def history_reply(files: Sequence[About], days: int, *, chart: bool = True) -> Reply:
    """Show the sizes of the segments over time.

    Parameters
    ----------
    files
        What is remembered, the oldest first.
    days
        How long a file is remembered; 0 for not at all.
    chart
        Whether to draw them as a native chart; not every Slack client knows it.
    """
    if not days:
        text = "I don't remember files: SEGBOT_REMEMBER is 0. The person who runs segbot can change that."
        return Reply(text, [section(text)])
    if not files:
        text = (
            "I have no files to compare yet. Drop one with a column of ids into a channel: from the second one on I "
            "can say who moved."
        )
        return Reply(text, [section(text)])
    names = _names(files)
    shown = list(files[-CHART_CATEGORIES:])
    title = "1 file" if len(files) == 1 else f"{len(files)} files"
    headline = _headline(shown)
    blocks: list[Block] = [header(headline)]
    native = chart and len(shown) >= _FEWEST_POINTS
    if native:
        blocks.append(_chart(shown, names))
    newest = shown[: -_MOST_COLUMNS - 1 : -1]
    head = ["Segment", *_labels(newest, year=False)]
    # Slack colours the chart's lines in its own way: beside them, squares of other colours would name the wrong ones.
    marks = {name: "" if native else f"{square_of(name, names)} " for name in names}
    rows = [[f"{marks[name]}{name}", *(_size(about, name) for about in newest)] for name in names]
    blocks += table_blocks([head, *rows], right=range(1, len(head)))
    blocks.append(_list_of(newest, head[1:]))
    earlier = f" · {len(files) - len(shown)} earlier files are not shown" if len(files) > len(shown) else ""
    blocks.append(context(f"I forget a file after {days} days, or all of them at once with /segments forget{earlier}"))
    text = f"{escape(headline)} ({title}, since {day_of(files[0].taken)})"
    return Reply(text, blocks)


def history_picture(files: Sequence[About], image: str) -> Reply:
    """Show the same as an uploaded picture, for clients that do not know the native chart."""
    text = alt_text(files)
    return Reply(escape(text), [picture(image, text)])


def drawn(files: Sequence[About]) -> tuple[list[str], dict[str, list[int | None]]]:
    """Return what a picture of the sizes shows: the days of the files, and each segment's sizes."""
    shown = files[-CHART_CATEGORIES:]
    return _labels(shown), {name: [about.sizes.get(name) for about in shown] for name in _names(files)}


def alt_text(files: Sequence[About]) -> str:
    """Say in words what the picture shows: the sizes in the first file and in the last."""
    shown = files[-CHART_CATEGORIES:]
    first, last = shown[0], shown[-1]
    said = ", ".join(
        f"{name} {_size(first, name)} to {_size(last, name)}" for name in _names(files) if name in last.sizes
    )
    return cut(f"{CHART_TITLE}, {day_of(first.taken)} to {day_of(last.taken)}: {said}", ALT_TEXT)


def forgotten_reply(files: int) -> Reply:
    """Say that all files of a workspace are forgotten."""
    what = {0: "I remembered no files.", 1: "I have forgotten the one file I remembered."}.get(
        files, f"I have forgotten all {files:,} files I remembered."
    )
    text = f"{what} The next file is compared with nothing before it."
    return Reply(text, [section(text)])


def _headline(files: Sequence[About]) -> str:
    """Say which segment's share changed most from the first file to the last; files differ in how many they hold."""
    first, last = files[0], files[-1]
    both = [name for name in last.segments if name in first.sizes and name in last.sizes]
    if len(files) < _FEWEST_POINTS or not both:
        return "Your segments in 1 file" if len(files) == 1 else f"Your segments over {len(files)} files"
    most = max(both, key=lambda name: abs(_share(last, name) - _share(first, name)))
    before, now = _share(first, most), _share(last, most)
    if f"{before:.0%}" == f"{now:.0%}":
        return f"Your segments hardly changed over {len(files)} files"
    return f"{most} {'grew' if now > before else 'shrank'} most: from {before:.0%} to {now:.0%} of customers"


def _share(about: About, name: str) -> float:
    return about.sizes[name] / (sum(about.sizes.values()) or 1)


def _names(files: Sequence[About]) -> list[str]:
    """Return the names of all segments, those of the newest file first."""
    names: list[str] = []
    for about in reversed(files):
        names += [name for name in about.segments if name not in names]
    return names


def _chart(files: Sequence[About], names: Sequence[str]) -> Block:
    days = _labels(files)
    largest = sorted(names, key=lambda name: -max(about.sizes.get(name, 0) for about in files))[:CHART_SERIES]
    drawn = [name for name in names if name in largest]
    labels = distinct_labels(drawn, CHART_LABEL)
    return {
        "type": "data_visualization",
        "title": CHART_TITLE,
        "chart": {
            "type": "line",
            "series": [
                {
                    "name": label,
                    "data": [
                        {"label": day, "value": about.sizes.get(name, 0)}
                        for day, about in zip(days, files, strict=True)
                    ],
                }
                for name, label in zip(drawn, labels, strict=True)
            ],
            "axis_config": {"categories": days, "x_label": "Files", "y_label": "Customers"},
        },
    }


def _labels(files: Sequence[About], *, year: bool = True) -> list[str]:
    """Return what tells the files apart, short: their days, or else with the times, or else what they are called.

    A phone's table is narrow, so `year` leaves the year out.
    """
    if _told_by_name(files):
        return distinct_labels([about.name for about in files], CHART_LABEL)
    days = [day_of(about.taken, year=year) for about in files]
    return distinct_labels(days if len(set(days)) == len(days) else [_moment(about) for about in files], CHART_LABEL)


def _told_by_name(files: Sequence[About]) -> bool:
    """Say whether some files are of the same minute, and all have names of their own."""
    names = {about.name for about in files if about.name}
    return len(names) == len(files) > len({_moment(about) for about in files})


def _moment(about: About) -> str:
    return f"{day_of(about.taken, year=False)} {time_of_day(about.taken, zone=False)}"


def _list_of(files: Sequence[About], labels: Sequence[str]) -> Block:
    if _told_by_name(files):
        labels = [_moment(about) for about in files]
    return bullets("Files", [_named(label, about) for label, about in zip(labels, files, strict=True)])


def _named(label: str, about: About) -> str:
    return f"{label}: {escape(cut(about.name, _LONGEST_NAME))}" if about.name else label


def _size(about: About, name: str) -> str:
    return f"{about.sizes[name]:,}" if name in about.sizes else "–"
