"""What compositions share, fitted on pieces for the clusters of a library: it ships beside the weights, and leaves the index."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from generator.taste.index_offset import fit_index_offset
from recommender.embedding import ENCODER_NAME
from service.bench.generator.index_spread import Placed, cosine_between
from service.bench.generator.sound_parts import placed_compositions, placed_recordings
from service.bench.generator.workbench import GeneratorPlan, Workbench
from service.settings import Settings

Report = Callable[[float, str], None]


def ship_index_offset(
    library: Path, work: Path, weights_dir: Path, settings: Settings, report: Report, seed: int
) -> dict[str, Any]:
    """Compose for a library's clusters as the bench does, fit the offset, write it beside the weights; return what was measured.

    Pieces and hearings are kept in `work`, which may be the `--out` of a bench. Raises what composing for a library raises:
    NotFound (no_music, no_clusters), NotPrepared (models_not_prepared, weights_missing), CorruptArtifact.
    """
    plan = GeneratorPlan(
        corpus=work, library=library, requests=None, split="test", heard=None, only=frozenset(), seed=seed, quick=False
    )  # fmt: skip
    bench = Workbench(plan, settings, weights_dir, work)
    bench.report = report
    compositions, recordings = placed_compositions(bench), placed_recordings(bench)
    offset = fit_index_offset(
        compositions.vectors, compositions.clusters, recordings.vectors, recordings.clusters
    )
    told = {
        "library": sorted(cluster.name for cluster in bench.clusters),
        "pieces": len(compositions),
        "recordings": len(recordings),
        "seed": seed,
        **measure_left_out(compositions, recordings),
    }
    return {"name": offset.name, "sha256": offset.save(weights_dir, ENCODER_NAME, told), **told}


def measure_left_out(compositions: Placed, recordings: Placed) -> dict[str, float]:
    """How much more alike compositions for different clusters are than the clusters' recordings (difference of mean cosines).

    `gap` is as they were heard; for `gap_left_out` each cluster's pieces are moved by an offset fitted on the other clusters.
    Raises ValueError where there are fewer than three clusters.
    """
    moved = compositions.vectors.copy()
    for number in np.unique(compositions.clusters):
        mine, others = compositions.clusters == number, recordings.clusters != number
        offset = fit_index_offset(
            compositions.vectors[~mine],
            compositions.clusters[~mine],
            recordings.vectors[others],
            recordings.clusters[others],
        )
        moved[mine] = offset.removed(compositions.vectors[mine])
    real = cosine_between(recordings.vectors, recordings.clusters)
    return {
        "gap": round(cosine_between(compositions.vectors, compositions.clusters) - real, 4),
        "gap_left_out": round(cosine_between(moved, compositions.clusters) - real, 4),
    }
