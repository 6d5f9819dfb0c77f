"""How unlikely so many tickets are by chance, and how many false alarms a level would give in a month.

Counts are negative binomial: Poisson with a rate that itself varies from day to day (Hilbe 2011). With the mean m and
the dispersion a, the variance is m + a m^2; a = 0 is the Poisson distribution.

A window that moves with the clock looks at more than the windows that lie side by side. Its count rises to n when a
ticket comes in and n - 1 are in the window. For a Poisson process of the rate m / w that happens

    T (m / w) P(N = n - 1) = (T / w) n P(N = n)

times in a time T: the rate of upcrossings, which bounds how often a scan reaches n (Alm 1983; Glaz, Naus and
Wallenstein 2001, chapter on the scan statistic of a Poisson process). The identity stays true where the rate is drawn
from a gamma distribution, and P(N = n) is then negative binomial. Added up over all n and above, with P(N >= n) in
place of P(N = n), it is an upper bound. So the expected false alarms in a month of one kind and one window are at most
`false_alarms`, and those of all kinds and windows together are their sum (Bonferroni): whoever may have B of them in a
month gives each kind and window B divided by their number.
"""

from datetime import timedelta
from math import exp, inf, lgamma, log, log1p

__all__ = ["MONTH", "evidence", "false_alarms", "tail"]

MONTH = timedelta(days=30)

_FEWEST_EXPECTED = 1e-9
_NEGLIGIBLE = 1e-12


def tail(n: int, expected: float, dispersion: float = 0.0) -> float:
    """The probability of `n` or more, 0 to 1.

    Args:
        n: what was counted, 0 or more.
        expected: the mean, 0 or more.
        dispersion: variance = mean + dispersion times the mean squared.
    """
    if n <= 0:
        return 1.0
    mean = max(expected, _FEWEST_EXPECTED)
    if n <= mean:  # as the sum from above converges slowly there
        below = sum(exp(_log_probability(k, mean, dispersion)) for k in range(n))
        return max(0.0, 1.0 - below)
    term = total = exp(_log_probability(n, mean, dispersion))
    k = n
    while term > _NEGLIGIBLE * total:
        term *= _next_ratio(k, mean, dispersion)
        total += term
        k += 1
    return min(1.0, total)


def _log_probability(k: int, mean: float, dispersion: float) -> float:
    if dispersion * mean < 1e-9:
        return k * log(mean) - mean - lgamma(k + 1)
    size = 1.0 / dispersion
    odds = dispersion * mean
    return lgamma(k + size) - lgamma(size) - lgamma(k + 1) - size * log1p(odds) + k * (log(odds) - log1p(odds))


def _next_ratio(k: int, mean: float, dispersion: float) -> float:
    """P(N = k + 1) / P(N = k)."""
    odds = dispersion * mean
    return (mean + k * odds) / ((k + 1) * (1.0 + odds))


def false_alarms(n: int, expected: float, dispersion: float, window: timedelta) -> float:
    """How often in a month a window that moves with the clock reaches `n` by chance, at most."""
    return (MONTH / window) * max(n, 1) * tail(n, expected, dispersion)


def evidence(n: int, expected: float) -> float:
    """How much better a higher rate explains `n` than the expected one: the log likelihood ratio (Kulldorff 1997).

    0 where no more came than expected; the start of a surge is where this is greatest.
    """
    if n <= expected:
        return 0.0
    return inf if expected <= 0.0 else n * log(n / expected) - (n - expected)
