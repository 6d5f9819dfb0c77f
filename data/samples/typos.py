"""Slips of the keyboard; a new kind of slip is a branch of `slip_once`."""

from random import Random

__all__ = ["mistype", "slip_once"]


def slip_once(rng: Random, text: str) -> str:
    """The text with one slip inside a word: two letters swapped, one dropped, or one typed twice.

    Digits and punctuation stay, and so does a text where no place for a slip is found in a few tries.
    """
    for _ in range(4):
        at = int(rng.random() * (len(text) - 1))
        pair = text[at : at + 2]
        if len(pair) == 2 and pair.isalpha():
            kind = rng.random()
            if kind < 0.4:
                return text[:at] + pair[1] + pair[0] + text[at + 2 :]
            if kind < 0.75:
                return text[: at + 1] + text[at + 2 :]
            return text[: at + 1] + text[at:]
    return text


def mistype(rng: Random, text: str, typo_ratio: float) -> str:
    """The text as typed by somebody who mistypes this share of their words."""
    expected = typo_ratio * (text.count(" ") + 1)
    n_slips = int(expected) + (rng.random() < expected % 1.0)
    for _ in range(n_slips):
        text = slip_once(rng, text)
    return text
