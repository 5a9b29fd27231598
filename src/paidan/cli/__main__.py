"""``python -m paidan.cli``, as the supervisor starts its parts."""

import sys

from paidan.cli import main

if __name__ == "__main__":
    sys.exit(main())
