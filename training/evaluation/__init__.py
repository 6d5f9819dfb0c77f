"""How good a model is on tickets that it has not seen: measures, intervals, baselines, learning curves, comparisons."""
