"""Runs a command and prints, as JSON, how long it took and what it cost: CPU seconds of it and its children, and peak RSS."""

import json
import resource
import subprocess
import sys
import time

began = time.monotonic()
done = subprocess.run(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=sys.stderr, check=False)
seconds = time.monotonic() - began
if done.returncode:
    sys.exit(f"{sys.argv[1]}: exit {done.returncode}")
used = resource.getrusage(resource.RUSAGE_CHILDREN)
json.dump(
    {"seconds": seconds, "cpuSeconds": used.ru_utime + used.ru_stime, "peakMiB": used.ru_maxrss / 1024}, sys.stdout)
