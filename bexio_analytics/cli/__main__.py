"""``python -m bexio_analytics.cli``: the command line without its script."""

from bexio_analytics.cli import main

main()
