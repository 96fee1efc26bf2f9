"""Lists into the registry: columns → values → outcomes per row → written in one transaction.

`columns` matches column names to fields, `coordinates` says which coordinate system a list seems to use,
`parse` reads the cells, `match` finds the objects that rows speak of, `check` decides what would happen to
each row, `apply` does it. Pages and the command line call `registry.services.imports`.
"""
