"""What a ticket costs as things grow: bodies, labels, targets, terms, customers, connections, processes.

Models, tickets and customers are drawn by chance, as large as wanted, so that nothing has to be learned.
A further size is a field of `size.Size` and a row in `rows.ROWS`.
"""
