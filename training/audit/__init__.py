"""The audit of a history before anything is learned from it: what would flatter a model, mislead it, or spoil it."""
