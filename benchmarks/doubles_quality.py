"""How good the finding of doubles is, and how fast: precision, recall and F1, overall and by kind of noise.

Usage: python benchmarks/doubles_quality.py [--compounds FILE.csv] [--fit] [--objects N]

Two sets are measured with the weights and the threshold in use, the choice of candidates included:
a made-up list of shops and compounds (seeds that were not used to fit the weights) and a real list of
compounds against itself perturbed. ``--fit`` fits the weights anew on the training seeds and prints them.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "src"))

from chengshu.registry.matching import evaluation, score
from chengshu.registry.matching.candidates import candidate_pairs, find_matches
from chengshu.registry.matching.population import make_population

COMPOUNDS = Path(__file__).resolve().parents[2] / "shared/data/putuo/residential-compounds.csv"


def show(title: str, measured: evaluation.Measure) -> None:
    """Print one measurement as a small table."""
    print(f"\n{title}")
    print(f"  precision {measured.precision:.3f}  recall {measured.recall:.3f}  F1 {measured.f1:.3f}")
    print(
        f"  {measured.true} true pairs, {measured.found} proposed, {measured.candidates} compared; "
        f"{measured.blocking_recall:.3f} of the true pairs among those compared"
    )
    for kind, (right, total) in sorted(measured.recall_by_kind.items()):
        print(f"  recall  {kind:<20} {right / total:.3f}  ({right}/{total})")
    for kind, count in sorted(measured.false_by_kind.items(), key=lambda item: -item[1]):
        print(f"  wrongly proposed  {kind:<40} {count}")


def speed(objects: int) -> None:
    """Objects a second, from texts to proposed pairs, on one core."""
    population = make_population(7, shops=int(objects * 0.46), compounds=int(objects * 0.045))
    started = time.perf_counter()
    records = evaluation.records_of(population.samples)
    parsed = time.perf_counter()
    pairs = len(candidate_pairs(records))
    found = sum(1 for _ in find_matches(records))
    ended = time.perf_counter()
    print(f"\n{len(records)} objects: read {parsed - started:.1f} s, all {ended - started:.1f} s")
    print(f"  {pairs} pairs compared ({pairs / len(records):.1f} an object), {found} proposed")


def main() -> None:
    """Run what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--compounds", type=Path, default=COMPOUNDS)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--objects", type=int, default=16_000)
    arguments = parser.parse_args()
    if arguments.fit:
        bias, weights = evaluation.fit_weights()
        print(f"BIAS = {bias:.2f}")
        for code, weight in sorted(weights.items()):
            print(f'    "{code}": {weight:.2f},')
        for threshold, precision, recall in evaluation.thresholds():
            print(f"threshold {threshold:.1f}: precision {precision:.3f} recall {recall:.3f} (training)")
    print(f"threshold {score.THRESHOLD}")
    pooled = evaluation.Measure()
    for seed in evaluation.EVALUATION_SEEDS:
        pooled.add(evaluation.measure(make_population(seed)))
    show(f"made-up lists, seeds {evaluation.EVALUATION_SEEDS}", pooled)
    if arguments.compounds.exists():
        samples = evaluation.read_compounds(arguments.compounds)
        pooled = evaluation.Measure()
        for seed in evaluation.COMPOUND_SEEDS:
            pooled.add(evaluation.measure(evaluation.perturbed(samples, seed)))
        show(f"{len(samples)} real compounds against themselves, seeds {evaluation.COMPOUND_SEEDS}", pooled)
    speed(arguments.objects)


if __name__ == "__main__":
    main()
