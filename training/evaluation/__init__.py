"""What an evaluation is made of, one noun a file; `training.evaluate` puts them together."""
