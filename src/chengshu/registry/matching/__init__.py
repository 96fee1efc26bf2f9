"""Finding objects that are one thing recorded twice: names, addresses, score, candidates, evaluation.

Plain Python without a database: `chengshu.registry.services.doubles` feeds it objects.
"""
