"""The file of a case (卷宗) as one zip that proves by itself what it holds (see ``docs/case-files.md``).

`verify` needs no database; `build` makes the zip. Nothing is imported here, so that the check stays light.
"""
