"""How a training is asked to learn: the parameters, and their defaults in `default.toml`."""
