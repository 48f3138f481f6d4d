"""Making the copy guard: the passages of a corpus's training works, in one file beside the generator's weights."""

from pathlib import Path
from typing import Any

from generator.copying.guard import THRESHOLD_PERCENTILE, PassageFilter
from generator.corpus import corpus_hash, read_corpus
from generator.dataset import build_dataset
from service.errors import InvalidRequest
from service.operations.job_queue import Report


def train(
    corpus: Path, out: Path, report: Report, *, grade: str | None = None, licence: str | None = None
) -> dict[str, Any]:
    """Write the filter to `out` and return what it holds; the same corpus gives the same file.

    Raises InvalidRequest (corpus_unusable).
    """
    report(0.0, "laying the corpus on the grid")
    provenance = {"corpus_sha256": corpus_hash(corpus), "grade": grade, "licence": licence}
    try:
        dataset = build_dataset(read_corpus(corpus, grade=grade, licence=licence))
        report(0.9, "learning its passages by heart")
        guard = PassageFilter.fit(dataset, provenance)
    except ValueError as error:
        raise InvalidRequest(
            f"No copy guard can be made of the corpus: {error}.", code="corpus_unusable"
        ) from error
    digest = guard.save(out)
    return {
        "sha256": digest,
        "bytes": out.stat().st_size,
        "percentile": THRESHOLD_PERCENTILE,
        "threshold_beats": {stream: dict(limits) for stream, limits in guard.thresholds.items()},
        "provenance": dict(guard.provenance),
    }
