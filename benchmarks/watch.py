"""`bin/dev`: runs the demo and starts it anew when a source file changes."""

import subprocess
import sys
import time
from pathlib import Path

_SEEN = ("*.py", "*.html", "*.css", "*.js", "*.po", "*.yaml")


def newest() -> float:
    return max(f.stat().st_mtime for pattern in _SEEN for f in Path("src").rglob(pattern))


def main() -> None:
    while True:
        seen = newest()
        demo = subprocess.Popen([sys.executable, "-m", "sportello", "demo", *sys.argv[1:]])
        try:
            while newest() == seen and demo.poll() is None:
                time.sleep(0.5)
        except KeyboardInterrupt:
            demo.wait()
            return
        demo.terminate()
        demo.wait()
        time.sleep(1 if demo.returncode else 0)


if __name__ == "__main__":
    main()
