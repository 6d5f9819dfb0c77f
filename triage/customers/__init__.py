"""Who calls and why: contacts, the profile made of them, and the segments that follow."""
