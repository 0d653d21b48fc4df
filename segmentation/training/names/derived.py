"""Names and meanings for clusters that no rule and no earlier version names: by what sets them apart.

A name says two things, or three, that are true together of most of the cluster's customers: "Newer, bigger baskets".
Clusters of which the same is true are told apart by the feature on which they differ most.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import numpy as np

from segmentation.answers.shares import share_text
from segmentation.schema import Feature, Indicator, Level
from segmentation.training.names.clusters import Claim, Clusters
from segmentation.training.names.words import words_of

LONGEST_NAME: Final = 30
# Two figures, which are the last way to tell clusters apart, may take as much as people's own names.
LONGEST_OF_FIGURES: Final = 40
AVERAGE: Final = "Average customers"
MIXED: Final = "Mixed customers"
_MOST_CLAIMS: Final = 2
# A meaning that went through twenty features would be a table, and one stands below it already.
_MOST_MEANT: Final = 4
# In standard deviations from the mean of all customers: a centre nearer than this sets nobody apart.
TELLING: Final = 0.35
_FAR: Final = 1.0
# How far a centre may move from the figure in its name, as a share of either.
_FIGURE_HOLDS: Final = 0.1
_NUMBERED: Final = re.compile(r" #\d+$")
_FIGURE_OF: Final = re.compile(r"(.+?) (-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?: [^\d,-][^,]*)?")
_FIGURE: Final = re.compile(r" \((?:around )?(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?: [^()]*)?\)$")


class Describer:
    """Puts the clusters of one training into words."""

    def __init__(self, clusters: Clusters, features: Sequence[Feature]) -> None:
        self._clusters, self._features = clusters, features
        self._words = words_of(features)
        self._known = self._phrases()

    def names(self, wanted: Iterable[int], taken: Collection[str]) -> dict[int, str]:
        """Name some clusters, each differently, and none by a name that is taken.

        The same clusters in another order get the same names.
        """
        left = set(wanted)
        used = {name.casefold() for name in taken}
        plain = {i: self._plain(i) for i in left}
        apart = {i: self._telling_apart([j for j in plain if plain[j] == plain[i]], i) for i in left}
        named: dict[int, str] = {}
        proposed = plain
        for sharper in (None, self._sharper, self._with_figure, self._with_figures):
            if sharper is not None:
                proposed = {i: sharper(i, apart[i]) for i in left}
            unique = _unique(proposed, used)
            named |= unique
            left -= unique.keys()
            used |= {name.casefold() for name in unique.values()}
        # By their centres, not by the clusters' numbers, which mean nothing.
        for i in sorted(left, key=lambda i: tuple(self._clusters.centres[i])):
            # Two figures that tell nothing apart only make the name longer.
            numbered = self._with_figure(i, apart[i])
            name, number = numbered, 2
            while name.casefold() in used:
                name, number = f"{numbered} #{number}", number + 1
            used.add(name.casefold())
            named[i] = name
        return named

    def meaning(self, cluster: int) -> str:
        """Say where a cluster's centre is, and on which side of the average, by the features that set it apart most."""
        clusters = self._clusters
        order = np.argsort(-np.abs(clusters.levels[cluster]), kind="stable").tolist()
        farthest = [i for i in order if not self._is_lacked(cluster, i)][:_MOST_MEANT]
        parts = [self._meant(cluster, i) for i in sorted(farthest)]
        return f"{_sentence('; '.join(parts))}."

    def _meant(self, cluster: int, i: int) -> str:
        """Say where a cluster's centre is on one feature."""
        feature, centre, average = self._features[i], self._clusters.centres[cluster, i], self._clusters.average[i]
        if isinstance(feature, Indicator):
            return f"{feature.label_in_text} for {share_text(max(centre, 0.0))} ({share_text(average)} of all)"
        return (
            f"{feature.label_in_text} around {feature.show_typical(centre)}, "
            f"{_beside(self._clusters.levels[cluster, i])} the average of {feature.show_typical(average)}"
        )

    def still_true(self, cluster: int, name: str) -> bool:
        """Tell whether a name from an earlier version is true of this cluster.

        Words that this module did not choose are taken to be true: it does not know what they claim.
        """
        text = _NUMBERED.sub("", name)
        figure = _FIGURE.search(text)
        if (nears := self._near_figures(cluster, text)) is not None:
            return nears
        claims: list[Claim] = []
        for part in text[: figure.start() if figure else None].split(", "):
            if (said := self._known.get(part.casefold())) is None:
                return True
            claims += said
        return self._clusters.hold(cluster, claims) and (figure is None or self._is_near(cluster, float(figure[1])))

    def _phrases(self) -> dict[str, list[Claim]]:
        """Return everything this module says in names, in small letters, and what each claims."""
        columns = range(len(self._features))
        known: dict[str, list[Claim]] = {
            AVERAGE.casefold(): [Claim(column, Level.MID) for column in columns],
            MIXED.casefold(): [],
        }
        for column, (feature, words) in enumerate(zip(self._features, self._words, strict=True)):
            for level in Level:
                # Version 0.1.0 wrote levels before labels: "high annual income".
                known[f"{level} {feature.label_in_text}".casefold()] = [Claim(column, level)]
            known[words.noun.casefold()] = []
            for level in Level:
                for extreme in (True, False):
                    claim = Claim(column, level, extreme and level is not Level.MID)
                    known[words.say(level, extreme=extreme).casefold()] = [claim]
        return known

    def _plain(self, cluster: int) -> str:
        levels = np.abs(self._clusters.levels[cluster])
        columns = [column for column in np.argsort(-levels, kind="stable").tolist() if levels[column] >= TELLING]
        if claims := self._claims(cluster, columns, []):
            return self._say(claims)
        middle = [Claim(column, Level.MID) for column in range(len(self._features))]
        return AVERAGE if self._clusters.hold(cluster, middle) else MIXED

    def _sharper(self, cluster: int, column: int) -> str:
        """Begin with the feature that tells the cluster from those of the same name."""
        first = self._claim(cluster, column)
        levels = np.abs(self._clusters.levels[cluster])
        others = [i for i in np.argsort(-levels, kind="stable").tolist() if levels[i] >= TELLING and i != column]
        claims = self._claims(cluster, others, [] if first is None else [first])
        return self._say(claims) if claims else self._plain(cluster)

    def _with_figure(self, cluster: int, column: int) -> str:
        claim = self._claim(cluster, column) or Claim(column, Level.MID)
        true = self._clusters.hold(cluster, [claim])
        figure = self._features[column].show_typical(self._clusters.centres[cluster, column])
        noun = f"{_sentence(self._words[column].noun)} ({figure})"
        text = f"{self._say([claim])} ({figure})"
        return text if true and len(text) <= LONGEST_NAME else noun

    def _with_figures(self, cluster: int, column: int) -> str:
        """Say where a cluster's centre is on two features: "Price rating 4.5, service rating 2"."""
        spread = np.ptp(self._clusters.levels, axis=0)
        others = [i for i in np.argsort(-spread, kind="stable").tolist() if i != column]
        pair = sorted([column, *others[:1]])
        if len(pair) == 1 or any(isinstance(self._features[i], Indicator) for i in pair):
            return self._with_figure(cluster, column)
        centre = self._clusters.centres[cluster]
        parts = [f"{self._words[i].noun} {self._features[i].show_typical(centre[i])}" for i in pair]
        text = _sentence(", ".join(parts))
        return text if len(text) <= LONGEST_OF_FIGURES else self._with_figure(cluster, column)

    def _near_figures(self, cluster: int, text: str) -> bool | None:
        """Tell whether a cluster's centre is still near the figures of such a name; None if it is none."""
        parts = [_FIGURE_OF.fullmatch(part) for part in text.split(", ")]
        nouns = [words.noun.casefold() for words in self._words]
        said = [(part[1].casefold(), float(part[2])) for part in parts if part is not None]
        if len(said) != len(parts) or any(noun not in nouns for noun, _ in said):
            return None
        return all(_nears(self._clusters.centres[cluster, nouns.index(noun)], figure) for noun, figure in said)

    def _claim(self, cluster: int, column: int) -> Claim | None:
        """Return the strongest thing that is true of a cluster on one feature; none if there is nothing to say."""
        level = Level.LOW if self._clusters.levels[cluster, column] < 0 else Level.HIGH
        choices = (Claim(column, level, extreme=True), Claim(column, level))
        return next((claim for claim in choices if self._clusters.hold(cluster, [claim])), None)

    def _claims(self, cluster: int, columns: Iterable[int], claims: list[Claim]) -> list[Claim]:
        """Add to some claims those on further features that are true as well and that a name has space for."""
        most = len(claims) + _MOST_CLAIMS
        for column in columns:
            if self._says_little(cluster, column, claims):
                continue
            level = Level.LOW if self._clusters.levels[cluster, column] < 0 else Level.HIGH
            more = [*claims, Claim(column, level)]
            if len(more) <= most and len(self._say(more)) <= LONGEST_NAME and self._clusters.hold(cluster, more):
                claims = more
        return claims

    def _says_little(self, cluster: int, column: int, claims: Sequence[Claim]) -> bool:
        """Tell whether a column says which category customers do not have, or again which one they have."""
        feature = self._features[column]
        if not isinstance(feature, Indicator):
            return False
        if self._is_lacked(cluster, column):
            return True
        owners = [other.owner for c in claims if isinstance(other := self._features[c.column], Indicator)]
        return feature.owner in owners

    def _is_lacked(self, cluster: int, column: int) -> bool:
        """Tell whether a column stands for a category that a cluster's customers have less often than others."""
        return isinstance(self._features[column], Indicator) and bool(self._clusters.levels[cluster, column] < 0)

    def _say(self, claims: Iterable[Claim]) -> str:
        # In the schema's order, so that all segments name their features in the same.
        ordered = sorted(claims, key=lambda claim: claim.column)
        return _sentence(", ".join(self._words[c.column].say(c.level, extreme=c.extreme) for c in ordered))

    def _telling_apart(self, twins: Sequence[int], cluster: int) -> int:
        """Return the feature on which clusters of one name differ most; of a single one, the one that marks it most."""
        levels = self._clusters.levels
        column = int((np.ptp(levels[twins], axis=0) if len(twins) > 1 else np.abs(levels[cluster])).argmax())
        feature = self._features[column]
        if not isinstance(feature, Indicator):
            return column
        # Which category most of its customers have says more than one that they do not have.
        same = [i for i, one in enumerate(self._features) if isinstance(one, Indicator) and one.owner == feature.owner]
        return max(same, key=lambda i: (float(levels[cluster, i]), -i))

    def _is_near(self, cluster: int, figure: float) -> bool:
        return any(_nears(float(centre), figure) for centre in self._clusters.centres[cluster])


def _unique(proposed: dict[int, str], used: Collection[str]) -> dict[int, str]:
    texts = [name.casefold() for name in proposed.values()]
    return {
        i: name for i, name in proposed.items() if texts.count(name.casefold()) == 1 and name.casefold() not in used
    }


def _nears(centre: float, figure: float) -> bool:
    return abs(centre - figure) <= _FIGURE_HOLDS * max(abs(centre), abs(figure))


def _beside(level: float) -> str:
    if abs(level) < TELLING:
        return "near"
    side = "below" if level < 0 else "above"
    return f"far {side}" if abs(level) >= _FAR else side


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]
