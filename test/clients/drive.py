"""Runs commands of the real openstack and glance clients in one process.

Each line on standard input is a JSON request {"client", "arguments", "input"}, the
last a file that the command reads on its standard input, or null for none; each line
on standard output answers one with {"code", "out", "err"}. Starting a client
costs more than what it does here, so it is done once. The entry points are the
ones that /usr/bin/openstack and /usr/bin/glance call.
"""

import contextlib
import io
import json
import logging
import os
import sys
import traceback

from glanceclient import shell as glance
from openstackclient import shell as openstack
from openstackclient.common import clientmanager
from osc_lib import clientmanager as osc_clientmanager

# Descriptor 0 becomes /dev/null, and Python's view of it a terminal, which is how
# both clients know that no image comes from standard input.
requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)


class Terminal(io.StringIO):
    def isatty(self):
        return True


def forget_service():
    # A command's service client stays on its class, with the token it had: in a
    # process of its own nobody would notice.
    for owner in clientmanager.ClientManager.__mro__:
        for value in vars(owner).values():
            if isinstance(value, osc_clientmanager.ClientCache):
                value._handle = None
    for handler in list(logging.getLogger().handlers):
        logging.getLogger().removeHandler(handler)


def run(client, arguments):
    if client == "openstack":
        return openstack.main(arguments)
    sys.argv = ["glance", *arguments]
    return glance.main()


def answer(request):
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
                for _ in range(2))
    path = request.get("input")
    sys.stdin = Terminal() if path is None else open(path, encoding="latin-1")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = run(request["client"], request["arguments"])
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=err)
            code = 1 if isinstance(end.code, str) else end.code
        except BaseException:
            traceback.print_exc(file=err)
            code = 70
    sys.stdin.close()
    forget_service()
    texts = [stream.buffer.getvalue().decode("utf-8", "replace") for stream in (out, err)]
    return {"code": code or 0, "out": texts[0], "err": texts[1]}


for line in requests:
    answers.write(json.dumps(answer(json.loads(line))) + "\n")
    answers.flush()
