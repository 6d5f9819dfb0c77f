"""Whether a ticket is lost or written twice: webhooks in, notes out, while processes are killed and the system fails.

A further fault of the system is a name in `peer.FAULTS` and a case in its `Peer`.
"""
