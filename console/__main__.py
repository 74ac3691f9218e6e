"""The entry point of the `romashka` command."""

from __future__ import annotations


def main() -> None:
    """Run the command line and end the process with its exit code."""
    from console.app import app

    app(prog_name="romashka")


if __name__ == "__main__":
    main()
