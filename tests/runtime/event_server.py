"""The web process of a test, with a topic that everybody who works with objects may hear.

``python -m tests.runtime.event_server`` serves; the environment says where, as for ``chengshu.config.web``.
"""

from __future__ import annotations

from typing import Any

TOPIC = "thing"


def load() -> Any:
    """The application of the web process, and the topic."""
    from chengshu.config import web

    gateway = web.load()
    from chengshu.kernel.events import register_topic

    register_topic(TOPIC, permission="registry.view")
    return gateway


if __name__ == "__main__":
    from chengshu.config.web import main

    main("tests.runtime.event_server:load")
