"""The ``chengshu`` command: groups are imported only when called, so that every call starts fast."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

COMMANDS = {
    "up": "chengshu.config.commands.up:up",
    "backup": "chengshu.config.commands.backup:backup",
    "restore": "chengshu.config.commands.backup:restore",
    "demo": "chengshu.config.commands.demo:demo",
    "registry": "chengshu.config.commands.registry:registry",
    "draw": "chengshu.config.commands.draw:draw",
    "ledger": "chengshu.config.commands.ledger:ledger",
    "cases": "chengshu.config.commands.cases:cases",
    "district": "chengshu.config.commands.district:district",
    "law": "chengshu.config.commands.law:law",
    "leads": "chengshu.config.commands.leads:leads",
    "inspections": "chengshu.config.commands.inspections:inspections",
    "gateway": "chengshu.config.commands.gateway:gateway",
    "patrol": "chengshu.config.commands.patrol:patrol",
    "drone": "chengshu.config.commands.drone:drone",
    "report": "chengshu.config.commands.report:report",
}


class LazyGroup(click.Group):
    """A click group whose commands live in the domains that own them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        target = COMMANDS.get(cmd_name)
        if target is None:
            return None
        module, _, attribute = target.partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.command(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="chengshu")
def cli() -> None:
    """城枢 Chengshu: the platform for a city district's urban-management law enforcement."""


def setup_django(*, database: bool = True) -> None:
    """Make models usable inside a command, starting the embedded database when it is not running."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengshu.config.settings")
    import django

    from chengshu.config import database as databases
    from chengshu.config.env import load

    if database:
        databases.ensure_running(load())
    django.setup()


def main(argv: list[str] | None = None) -> Any:
    """Entry point: bad input ends with status 2 and one clear line on standard error."""
    from chengshu.config.env import EnvironmentProblem

    try:
        return cli.main(args=argv, standalone_mode=True)
    except EnvironmentProblem as error:
        click.echo(str(error), err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
