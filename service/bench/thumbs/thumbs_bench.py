"""Thumbs: what is learnt from them among people whose likes are known, and what one does to a list."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.bench.printed_tables import Table
from service.bench.thumbs.effect import EffectPlan, measure_effect
from service.bench.thumbs.ratings import read_ratings
from service.bench.thumbs.replay import measure_replay
from service.settings import Settings
from service.store.database import Database

SEEDS = 10
LEAST_TIMES_RANDOM = 1.2
EFFECT_MS, LOST_ELSEWHERE = 150.0, 0.1


@dataclass(frozen=True)
class ThumbsPlan:
    """Where the ratings are, how often they are replayed, and what is pressed."""

    data: Path
    seeds: int = SEEDS
    effect: EffectPlan = field(default_factory=EffectPlan)


def measure_thumbs(
    plan: ThumbsPlan, database: Database, settings: Settings, report: Callable[[float, str], None]
) -> dict[str, Any]:
    """Replays the ratings, then presses thumbs in an empty store that it fills.

    Raises what `read_ratings` raises.
    """
    ratings = read_ratings(plan.data)
    figures = measure_replay(ratings, plan.seeds, lambda share, words: report(0.5 * share, words))
    effect = measure_effect(
        database, settings, plan.effect, lambda share, words: report(0.5 + 0.5 * share, words)
    )
    return figures | effect


def tables_of(report: dict[str, Any]) -> dict[str, Table]:
    """Tables for people, by name."""
    ahead, lost = report["ahead_of_ucb"], report["lost_elsewhere"]
    names = (
        ("random", "random_likes_in_40"),
        ("share of likes of the track", "item_mean_likes_in_40"),
        ("item UCB", "ucb_likes_in_40"),
        ("Homespun without the listener's own thumbs", "house_only_likes_in_40"),
        ("Homespun", "likes_in_40"),
    )
    likes = [["policy", f"likes in {report['rounds']} rounds"]]
    likes += [[name, f"{report[key]:.2f}"] for name, key in names]
    bars = [
        ["bar", "wanted", "measured", "reached"],
        _bar(
            "likes beyond item UCB (95 %)",
            f"at least {-report['standard_error']:.2f}, a standard error",
            f"{ahead['value']:.2f} [{ahead['low']:.2f}, {ahead['high']:.2f}]",
            reached=ahead["value"] >= -report["standard_error"],
        ),
        _bar(
            "times the likes of random",
            f"at least {LEAST_TIMES_RANDOM}",
            f"{report['times_random']:.2f}",
            reached=report["times_random"] >= LEAST_TIMES_RANDOM,
        ),
        _bar(
            f"a thumb to the changed list, {report['library_tracks']} tracks, p95",
            f"at most {EFFECT_MS:.0f} ms",
            f"{report['effect_ms_p95']:.0f} ms ({report['effect_processor_ms_p95']:.0f} of the processor)",
            reached=report["effect_ms_p95"] <= EFFECT_MS,
        ),
        _bar(
            f"a thumbed-down track among {report['draws']} places",
            "0",
            str(report["repeats_after_down"]),
            reached=report["repeats_after_down"] == 0,
        ),
        _bar(
            f"{report['thumbs']} thumbs taken back give the same list",
            "yes",
            "yes" if report["undo_exact"] else "no",
            reached=report["undo_exact"],
        ),
        _bar(
            "items of other clusters lost",
            f"at most {LOST_ELSEWHERE:.0%}",
            f"{lost['value']:.1%}"
            + (f" [{lost['low']:.1%}, {lost['high']:.1%}]" if lost["low"] is not None else ""),
            reached=lost["value"] <= LOST_ELSEWHERE,
        ),
    ]
    about = f"{report['listeners']} listeners, {report['tracks']} tracks, {report['seeds']} seeds"
    return {"likes": (f"Likes: {about}", likes), "bars": ("Bars", bars)}


def _bar(name: str, wanted: str, measured: str, *, reached: bool) -> list[str]:
    return [name, wanted, measured, "yes" if reached else "no"]
