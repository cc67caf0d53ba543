"""What a run says: percentiles of what callers saw, and the gap split by what the providers saw, on one clock."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

type Figures = dict[str, Any]

PERCENTILES = (50, 95, 99)


def spread(seconds: Iterable[float]) -> Figures:
    """Percentiles in ms, by nearest rank, with the count they rest on."""
    values = sorted(seconds)
    if not values:
        return {"n": 0}
    ranked = {f"p{p}": values[min(len(values) - 1, round(p / 100 * (len(values) - 1)))] for p in PERCENTILES}
    return {"n": len(values)} | {name: round(1000 * value, 2) for name, value in ranked.items()}


def figures(load: Mapping[str, Any], events: Mapping[str, Sequence[tuple[str, float]]]) -> Figures:
    """One run's figures, in ms unless the name says otherwise. `events` are the providers', by call."""
    turns = [turn for turn in load["turns"] if not turn["early"]]
    answered = [turn for turn in turns if turn["first_sound"] is not None]
    plain = [turn for turn in answered if not turn["interrupts"]]
    interruptions = [turn for turn in turns if turn["interrupts"]]
    cleared = [turn["cleared"] - turn["first_speech"] for turn in interruptions if turn["cleared"] is not None]
    splits = [split for turn in answered if (split := _split(turn, events.get(str(turn["call"]), ())))]
    seconds_of_sound = max(1.0, load["sound_bytes"] / 8000)
    return {
        "calls": load["calls"],
        "refused": len(load["refused"]),
        "closed_early": load["closed_early"],
        "turns": len(turns),
        "unanswered": sum(turn["unanswered"] for turn in turns),
        "spoke_early": len(load["turns"]) - len(turns),
        "answer": spread(load["answer_s"]),
        "gap": spread(turn["first_sound"] - turn["last_speech"] for turn in plain),
        "gap_early_words": spread(split["gap"] for split in splits if not split["late"]),
        "end_of_turn": spread(split["end_of_turn"] for split in splits if not split["late"]),
        "model": spread(split["model"] for split in splits),
        "text": spread(split["text"] for split in splits),
        "synthesis": spread(split["synthesis"] for split in splits),
        "plumbing": spread(split["plumbing"] for split in splits if split["late"]),
        "words_to_model": spread(split["words_to_model"] for split in splits if split["late"]),
        "text_to_synthesis": spread(split["text_to_synthesis"] for split in splits),
        "sound_to_wire": spread(split["sound_to_wire"] for split in splits),
        "barge_in": spread(cleared),
        "interruptions": len(interruptions),
        "late": spread(load["late_s"]),
        "underruns": len(load["underruns_s"]),
        "underruns_per_minute": round(60 * len(load["underruns_s"]) / seconds_of_sound, 3),
        **{name: round(value, 3) for name, value in load["cost"].items()},
    }


def _split(turn: Mapping[str, Any], log: Sequence[tuple[str, float]]) -> dict[str, float] | None:
    """One turn's gap by stage; None when the providers' log does not have all of it (a floor has none).

    The model may be asked in a pause long before the end of speech.
    """
    begin, end = turn["first_speech"], turn["first_sound"]

    def last(kind: str, before: float = end) -> float | None:
        return next((at for name, at in reversed(log) if name == kind and begin <= at <= before), None)

    def first(kind: str, after: float) -> float | None:
        return next((at for name, at in log if name == kind and after <= at <= end), None)

    asked = last("model_asked")
    if asked is None:
        return None
    began, sentence, spoke = first("model_began", asked), first("sentence", asked), first("speech_asked", asked)
    sound = None if spoke is None else first("speech_began", spoke)
    if began is None or sentence is None or spoke is None or sound is None:
        return None
    words = last("late_words", asked)
    moved = {
        "words_to_model": 0.0 if words is None else asked - words,
        "text_to_synthesis": max(0.0, spoke - sentence),
        "sound_to_wire": end - sound,
    }
    return moved | {
        "late": float(words is not None),
        "gap": end - turn["last_speech"],
        "end_of_turn": asked - turn["last_speech"],
        "model": began - asked,
        "text": sentence - began,
        "synthesis": sound - spoke,
        "plumbing": sum(moved.values()),
    }
