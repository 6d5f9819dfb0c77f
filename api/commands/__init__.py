"""The commands of the serving side; each is mounted by an entry point of the group `triage.commands`."""
