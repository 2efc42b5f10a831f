"""Prints what the installed openstack and glance clients can do with images.

One JSON object: {"openstack image list": ["--name", ...], ...}, each command with
its options in their long form. It asks the clients themselves: the entry points
of openstackclient, and the functions that glanceclient makes its parser of.
Options of cliff's output formats, which send nothing, are left out.
"""

import argparse
import json
from importlib import metadata
from unittest import mock

from glanceclient.v2 import shell


def options_of(parser):
    formats = {action for group in parser._action_groups
               if "formatter" in (group.title or "").lower()
               for action in group._group_actions}
    return [action.option_strings[-1] for action in parser._actions
            if action.option_strings and action not in formats
            and action.help != argparse.SUPPRESS and action.dest != "help"]


def openstack():
    for entry in metadata.entry_points(group="openstack.image.v2"):
        parser = entry.load()(mock.MagicMock(), mock.MagicMock()).get_parser("image")
        yield "openstack " + entry.name.replace("_", " "), options_of(parser)


def glance():
    for name, function in vars(shell).items():
        if name.startswith("do_"):
            parser = argparse.ArgumentParser()
            for args, rest in getattr(function, "arguments", []):
                parser.add_argument(*args, **rest)
            yield "glance " + name[3:].replace("_", "-"), options_of(parser)


print(json.dumps({name: sorted(options) for name, options in [*openstack(), *glance()]}))
