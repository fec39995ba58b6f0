"""What PyInstaller makes the program of, see ``lollma.spec``."""

import sys

from lollma_gui.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
