"""Django's own management commands: ``python -m chengshu.config.manage COMMAND``."""

import os
import sys

WITHOUT_DATABASE = {"help", "version", "--help", "--version", "diffsettings", "findstatic", "collectstatic"}


def main() -> None:
    """Run one management command with the project's settings and a database that answers."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chengshu.config.settings")
    from django.core.management import execute_from_command_line

    from chengshu.config import database
    from chengshu.config.env import EnvironmentProblem, load

    try:
        if len(sys.argv) > 1 and sys.argv[1] not in WITHOUT_DATABASE:
            database.ensure_running(load())
        execute_from_command_line(sys.argv)
    except EnvironmentProblem as problem:
        print(problem, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    main()
