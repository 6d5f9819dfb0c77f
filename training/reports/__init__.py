"""Pages and figures that show people what was measured."""
