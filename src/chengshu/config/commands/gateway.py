"""``chengshu gateway``: processes that take in what devices send in protocols of their own."""

from __future__ import annotations

import asyncio
import signal

import click

from chengshu.config.cli import setup_django
from chengshu.config.problems import Problem, say

DEFAULT_PORT = 8808


@click.group()
def gateway() -> None:
    """Devices that speak other protocols than HTTP."""


@gateway.command()
@click.option("--host", default="0.0.0.0", show_default=True, help="Address to listen on.")  # noqa: S104
@click.option("--port", type=click.IntRange(1, 65535), default=DEFAULT_PORT, show_default=True)
def jt808(host: str, port: int) -> None:
    """Take in positions of vehicles, radios and body cameras by JT/T 808 (2013 and 2019).

    Terminals are known by the number entered with the equipment; their positions count for whoever has the
    thing, while on duty. Ends at SIGTERM or Ctrl-C after storing what it has confirmed.
    """
    setup_django()
    click.echo(say("Listening for JT/T 808 terminals on %(host)s:%(port)s.", host=host, port=port))
    try:
        asyncio.run(_serve(host, port))
    except OSError as error:
        raise Problem(
            "Cannot listen on %(host)s:%(port)s: %(why)s.", host=host, port=port, why=error
        ) from None


async def _serve(host: str, port: int) -> None:
    from chengshu.patrol.jt808.server import serve

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await serve(host, port, stop)
