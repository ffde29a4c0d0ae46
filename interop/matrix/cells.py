"""Cells: one scenario (with one value of its family), one client, one server."""

import fnmatch
import re
from dataclasses import dataclass
from urllib.parse import quote

UNEXPECTED = ("fail", "xpass", "error", "timeout", "crash")
STATES = ("pass", "fail", "xfail", "xpass", "unsupported", "skipped", "error", "timeout", "crash")

# The scenario that every client begins and ends with, against every server.
SANITY = "sanity/transfer"
# Servers that a user names: every scenario may be tried there.
FOREIGN = ("target", "command")
# What stands in a client's place where the scenario's kind is probe.
PROBE = "probe"


class CellError(ValueError):
    """A cell's name that names none."""


@dataclass(frozen=True)
class Cell:
    client: str
    scenario: str
    value: str | None
    server: str

    def __str__(self):
        value = "" if self.value is None else f"[{self.value}]"
        return f"{self.client}/{self.scenario}{value}@{self.server}"

    @property
    def folder(self):
        """Where its artefacts lie, below the report's folder."""
        group, _, name = self.scenario.partition("/")
        value = "" if self.value is None else "[" + quote(self.value, safe="@+=,_") + "]"
        return f"cells/{self.client}/{group}/{name}{value}@{self.server}"

    @property
    def unit(self):
        """The cells that one worker runs in order. Without `@`: pytest-xdist takes what follows the last one."""
        return f"{self.client} on {self.server}"


def parse_cell(text):
    """A Cell from `CLIENT/GROUP/NAME[VALUE]@SERVER`."""
    found = re.fullmatch(r"([^/]+)/([^/\[\]@]+/[^/\[\]@]+)(?:\[(.*)\])?@([^@\[\]]+)", text)
    if not found:
        raise CellError(f"'{text}' is no cell; write CLIENT/GROUP/NAME[VALUE]@SERVER")
    return Cell(found[1], found[2], found[3], found[4])


@dataclass(frozen=True)
class Selection:
    """Which cells are wanted; an empty field means all. Words may hold * and ?."""

    clients: tuple = ()
    servers: tuple = ()
    scenarios: tuple = ()
    cells: tuple = ()  # Cell; these alone
    set: str = ""  # only scenarios of this set, and the sanity cells

    def takes_scenario(self, scenario):
        if self.scenarios:
            return any(fnmatch.fnmatchcase(scenario.id, word) for word in self.scenarios)
        return not self.set or self.set in scenario.sets or scenario.id == SANITY

    def values_of(self, scenario):
        """The values of a family that are wanted; without a family the one None."""
        if self.set and scenario.in_sets and not (self.scenarios or self.cells):
            return scenario.in_sets
        return scenario.values or [None]

    def takes(self, cell):
        if self.cells:
            return cell in self.cells
        return _any_of(self.clients, cell.client) and _any_of(self.servers, cell.server)


def _any_of(words, name):
    return not words or any(fnmatch.fnmatchcase(name, word) for word in words)


def expand(scenarios, clients, servers, selection):
    """The selected cells, those of one client and server together, sanity first and last.

    `clients` maps names to adapter classes; a kind that drives no client (probe) PROBE in place of a client.
    """
    cells = []
    for client in [*clients, PROBE]:
        for server in servers:
            cells += _of_pair(scenarios, client, server, selection)
    return cells


def _of_pair(scenarios, client, server, selection):
    middle, first, last = [], [], []
    for scenario in scenarios.values():
        if (scenario.kind == "probe") != (client == PROBE):
            continue
        if (server not in scenario.servers and server not in FOREIGN) or (scenario.clients and client not in scenario.clients):
            continue
        if not selection.cells and not selection.takes_scenario(scenario):
            continue
        for value in selection.values_of(scenario):
            cell = Cell(client, scenario.id, value, server)
            if selection.takes(cell):
                place = {"first": first, "last": last}.get(value) if scenario.id == SANITY else middle
                (middle if place is None else place).append(cell)
    alone = selection.scenarios and SANITY not in selection.scenarios
    return first + middle + last if middle or not alone else []
