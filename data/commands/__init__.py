"""The subcommands of ``python -m data``, one module each.

A module exports ``NAME`` (its file name with ``_`` as ``-``; ``import_`` for a keyword), ``HELP`` (one Chinese line),
``add_arguments(parser)`` and ``run(args, settings) -> int`` (the exit code). A new file is a new command; nothing
else has to be edited. Heavy libraries are imported inside ``run``, so that ``--help`` stays quick.
"""
