"""What the learner sees of a ticket: terms, word vectors, subwords, sentence embeddings, label descriptions."""
