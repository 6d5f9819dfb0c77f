"""A generator of a believable service desk, for demos, tests and benchmarks."""
