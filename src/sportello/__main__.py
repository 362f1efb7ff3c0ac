"""`python -m sportello` is the command `sportello`."""

import sys

from sportello.cli import main

sys.exit(main())
