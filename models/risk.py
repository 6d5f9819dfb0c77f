"""What was learned of what may go wrong, as files of its bundle: numbers, and marks in the place of values.

    risk.json              facts: [name], values: {fact: [mark]}, outcomes: {outcome: rule}, hours: rule or null,
                           refusals: {outcome: sentence}, golden: {outcome: [chance], hours: [[low, middle, high]]}
    risk_rates.npy         float64 (n_facts + n_values, n_rates)
    risk_features.npy      int32 (n_nodes,), risk_thresholds.npy float64, risk_children.npy int32 (n_nodes, 2),
    risk_values.npy        float64 (n_nodes,)
    risk_roots.npy         int32 (n_trees,)

No value stands there as it is written, so that nobody's name does (`triage.risk.mark_of`). Reading believes nothing:
names, shapes, types, ranges, finiteness and golden answers are checked.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from triage.errors import BundleMalformed, BundleNotFinite, BundleWrongAnswers
from triage.forest import Forest
from triage.risk import HOURS, NUMBERS, OUTCOMES, HoursRule, OutcomeRule, RiskModel

__all__ = ["RISK_FILE", "RISK_FILES", "read_risk", "write_risk"]

RISK_FILE = "risk.json"

_ARRAYS = {
    "risk_rates.npy": ("float64", 2),
    "risk_features.npy": ("int32", 1),
    "risk_thresholds.npy": ("float64", 1),
    "risk_children.npy": ("int32", 2),
    "risk_values.npy": ("float64", 1),
    "risk_roots.npy": ("int32", 1),
}

RISK_FILES = (RISK_FILE, *_ARRAYS)
"""All there or none; bundles of desks whose history tells nothing have none, nor have older ones."""

N_GOLDEN = 24
"""Rows of made-up values that a loaded model must answer as the one that was written."""

TOLERANCE = 1e-6
_LARGEST = 1e6


def write_risk(folder: Path, model: RiskModel) -> None:
    """Write the model's files into a folder; the same model, the same bytes."""
    forest = model.forest
    nodes = (forest.features, forest.thresholds, forest.children, forest.values)
    arrays: tuple[NDArray[Any], ...] = (model.rates, *nodes, forest.roots)
    for name, array in zip(_ARRAYS, arrays, strict=True):
        np.save(folder / name, array, allow_pickle=False)
    content = {
        "facts": list(model.facts),
        "values": {fact: list(known) for fact, known in zip(model.facts, model.values, strict=True)},
        "outcomes": {name: asdict(rule) for name, rule in model.outcomes.items()},
        "hours": None if model.hours is None else asdict(model.hours),
        "refusals": dict(model.refusals),
        "golden": _golden(model),
    }
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False)
    (folder / RISK_FILE).write_text(f"{text}\n", encoding="utf-8")


def read_risk(folder: Path) -> RiskModel:
    """The model that these files hold.

    Raises:
        BundleMalformed: they hold none; the message says what is wrong.
        BundleNotFinite: one holds NaN or infinite values.
        BundleWrongAnswers: it does not answer what it answered when it was written.
    """
    try:
        content = json.loads((folder / RISK_FILE).read_bytes())
        arrays = {name: _array(folder, name) for name in _ARRAYS}
        _check_nodes(arrays)
        model = _model(content, arrays)
        golden = content["golden"]
        answers = {name: np.asarray(found, dtype=np.float64) for name, found in golden.items()}
    except (ValueError, TypeError, KeyError, AttributeError, IndexError, OSError, RecursionError) as error:
        raise BundleMalformed(f"{RISK_FILE} does not describe what may go wrong: {error}.") from error
    found = _golden(model)
    if found.keys() != answers.keys() or not all(
        answers[name].shape == np.shape(said) and np.allclose(answers[name], said, rtol=TOLERANCE, atol=TOLERANCE)
        for name, said in found.items()
    ):
        raise BundleWrongAnswers(f"{RISK_FILE} of the bundle at {folder} does not reproduce its golden answers.")
    return model


def _array(folder: Path, name: str) -> NDArray[Any]:
    array = np.load(folder / name, allow_pickle=False)
    dtype, n_dims = _ARRAYS[name]
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != n_dims:
        raise ValueError(f"{name} is not {dtype} of {n_dims} dimensions")
    if not np.isfinite(array).all():
        raise BundleNotFinite(f"{name} of the bundle at {folder} holds NaN or infinite values.")
    return array


def _check_nodes(arrays: Mapping[str, NDArray[Any]]) -> None:
    n = arrays["risk_values.npy"].size
    if arrays["risk_children.npy"].shape != (n, 2) or {
        arrays[f"risk_{name}.npy"].size for name in ("features", "thresholds")
    } != {n}:
        raise ValueError("its nodes have not one feature, threshold, value and two children each")
    roots = arrays["risk_roots.npy"]
    if roots.size and not (roots.min() >= 0 and roots.max() < n):
        raise ValueError("a tree begins at a node that there is not")


def _model(content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> RiskModel:
    facts, values = _texts(content["facts"]), content["values"]
    if not isinstance(values, dict) or set(values) != set(facts) or len(set(facts)) != len(facts):
        raise ValueError("values are a list for each fact")
    known = tuple(_texts(values[fact]) for fact in facts)
    rates, features = arrays["risk_rates.npy"], arrays["risk_features.npy"]
    if len(rates) != sum(len(each) + 1 for each in known):
        raise ValueError("risk_rates.npy has not one row for each value, and one for each fact")
    n_columns = len(facts) * rates.shape[1] + len(NUMBERS)
    if features.size and not (features.min() >= 0 and features.max() < n_columns):
        raise ValueError("risk_features.npy names a column that there is not")
    forest = Forest(*(arrays[f"risk_{name}.npy"] for name in ("features", "thresholds", "children", "values", "roots")))
    if not set(content["outcomes"]) <= set(OUTCOMES) or not set(content["refusals"]) <= {*OUTCOMES, HOURS}:
        raise ValueError(f"outcomes are among {', '.join(OUTCOMES)}")
    n_trees = forest.roots.size
    return RiskModel(
        facts,
        known,
        rates,
        forest,
        {name: _outcome(content["outcomes"][name], n_trees) for name in OUTCOMES if name in content["outcomes"]},
        None if content["hours"] is None else _hours(content["hours"], n_trees),
        {name: str(why) for name, why in content["refusals"].items()},
    )


def _outcome(content: Mapping[str, Any], n_trees: int) -> OutcomeRule:
    numbers = {name: _number(name, content[name]) for name in ("base", "slope", "intercept", "usual")}
    if not 0 <= numbers["usual"] <= 1 or numbers["slope"] < 0:
        raise ValueError("usual is a share, and no slope below 0")
    return OutcomeRule(_trees(content["trees"], n_trees), **numbers)


def _hours(content: Mapping[str, Any], n_trees: int) -> HoursRule:
    edges = tuple(_number("an edge", edge) for edge in content["edges"])
    shifts = [tuple(_number("a shift", shift) for shift in band) for band in content["shifts"]]
    if list(edges) != sorted(edges) or len(shifts) != len(edges) + 1:
        raise ValueError("edges rise, and there is a band on either side of each")
    if not all(len(band) == len(("low", "middle", "high")) and list(band) == sorted(band) for band in shifts):
        raise ValueError("a band has three shifts that rise")
    coverage = _number("coverage", content["coverage"])
    if not 0 < coverage < 1:
        raise ValueError("coverage is a share")
    bands = tuple((band[0], band[1], band[2]) for band in shifts)
    return HoursRule(_trees(content["trees"], n_trees), _number("base", content["base"]), edges, bands, coverage)


def _trees(content: Any, n_trees: int) -> tuple[int, int]:  # noqa: ANN401 - any JSON, until it is checked
    first, end = content
    if not (type(first) is int and type(end) is int and 0 <= first <= end <= n_trees):
        raise ValueError("an outcome names trees that there are not")
    return first, end


def _texts(content: Any) -> tuple[str, ...]:  # noqa: ANN401 - as above
    if not isinstance(content, list) or not all(isinstance(each, str) for each in content):
        raise ValueError("facts and values are lists of texts")
    return tuple(content)


def _number(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value) or abs(value) > _LARGEST:
        raise ValueError(f"{name} is no number")
    return float(value)


def _golden(model: RiskModel) -> dict[str, Any]:
    """What the model answers to made-up rows: for each fact one of its values after the other, hour by hour."""
    sizes = [len(known) + 1 for known in model.values]
    starts = np.cumsum([0, *sizes])[:-1]
    at = [[int(start) + (i * 7) % size for start, size in zip(starts, sizes, strict=True)] for i in range(N_GOLDEN)]
    places = np.asarray(at, dtype=np.int64).reshape(N_GOLDEN, len(sizes))
    numbers = [(i % 24 + 0.5, i % 7, i / 3) for i in range(N_GOLDEN)]
    rows = np.hstack([model.rates[places].reshape(N_GOLDEN, -1), np.asarray(numbers)])
    found: dict[str, Any] = {name: chances.tolist() for name, chances in model.chances(rows).items()}
    if model.hours is not None:
        found[HOURS] = [[span.low, span.middle, span.high] for span in model.spans(rows) if span is not None]
    return found
