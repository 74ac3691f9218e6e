"""The commands below `romashka ai`."""

from __future__ import annotations

import typer

from console.knowledge_commands import knowledge

ai = typer.Typer(help="The AI: what it knows.", no_args_is_help=True)
ai.add_typer(knowledge, name="knowledge")
