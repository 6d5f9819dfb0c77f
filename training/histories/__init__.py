"""A desk's history as something to learn from: usable tickets, train and test split, folds, near-duplicates."""
