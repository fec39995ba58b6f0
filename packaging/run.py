"""One command from a fresh checkout to the running app: python packaging/run.py.

This file must be readable by any Python, however old: it says in one sentence what is wrong
instead of a syntax error. Everything newer stands in lollma_bootstrap/, imported after the check.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever starts this may have an older one
    sys.exit(
        "LoLLMa needs Python 3.11 or newer and this is Python "
        + ".".join(str(part) for part in sys.version_info[:3])
        + ": install one (python.org/downloads) and run this same file with it."
    )

from lollma_bootstrap.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
