"""``python -m paidan_engine``."""

import sys

from paidan_engine.cli import main

sys.exit(main())
