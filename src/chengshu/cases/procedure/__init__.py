"""The penalty procedure without a database: steps, states, rules and clocks.

A case is the sequence of its steps. `case_file.CaseFile` is what a sequence adds up to, `transitions` says
which step may follow in which state, `rules` what the law asks of a step and of a file as a whole. The
services check a step with these functions before they write it; the file review (案卷评查) runs the same
functions over whole files. There is no second set of rules. One rule alone asks the database, for the statute
texts: whether an article exists that a decision's stated basis cites (``rules.basis``).
"""
