"""`python -m tinylab`."""

import sys

from tinylab.cli.main import main

sys.exit(main())
