"""How well an image answers, over MLPerf Tiny's protocol."""

from __future__ import annotations

import numpy as np

from tinylab.bench.prepare.protocol_image import ProtocolImage
from tinylab.results.firmware_record import MlperfAccuracy
from tinylab.zoo.samples.matching import Targets, score
from tinylab.zoo.tensor_type import FloatArray

MOST_SHOWN = 100
"""Samples that differ, in a record."""


def accuracy_of(image: ProtocolImage, results: FloatArray) -> MlperfAccuracy:
    """Of the results (n, numbers) that the image printed for its samples."""
    assert image.samples is not None
    wrong = [at + 1 for at, one in enumerate(results) if image.differs(at, one)]
    metric, board, host = "", None, None
    targets = image.samples.targets
    if targets is not None:
        metric, board = _score(image, targets, results)
        _, host = _score(image, targets, image.expected)
    return MlperfAccuracy(
        data=image.samples.file,
        sha256=image.samples.sha256,
        samples=len(results),
        metric=metric,
        board=board,
        host=host,
        different=len(wrong),
        where=tuple(wrong[:MOST_SHOWN]),
    )


def _score(image: ProtocolImage, targets: Targets, results: FloatArray) -> tuple[str, float]:
    if image.interface.anomaly:
        assert targets.labels is not None
        return "AUC", area_under_curve(results[:, 0], targets.labels == 1)
    found = score(targets, results)
    return found.metric, found.value


def area_under_curve(values: FloatArray, positive: FloatArray) -> float:
    """The share of pairs of a positive and another sample in which the positive one has the larger
    value; a pair of equal values counts half. Both are (n,), and each kind occurs.
    """
    _, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks = np.cumsum(counts) - (counts - 1) / 2
    of_positives = float(ranks[where][positive].sum())
    count = int(positive.sum())
    return (of_positives - count * (count + 1) / 2) / (count * (len(values) - count))
