"""Make the lists of locked dependencies anew: python packaging/lock.py [--upgrade]."""

import sys

from lollma_release.lock import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
