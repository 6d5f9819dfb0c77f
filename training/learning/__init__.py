"""From features to a fitted model: linear model, network, ensemble, calibration and confidence thresholds."""
