"""`python -m mock_llm` is the `mock-llm` command."""

import sys

from mock_llm.cli import main

sys.exit(main())
