"""The `romashka` command."""
