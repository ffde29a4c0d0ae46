"""What a run has to work with: clients, servers, scenarios, and the cells that were selected."""

import functools

from interop import clients
from interop.clients.template import load_client
from interop.matrix import scenario as scenarios
from interop.matrix.cells import Selection, expand, parse_cell
from interop.matrix.makers import makers


class Inventory:
    """Made from the options of interop/run; equal in each worker of a run."""

    def __init__(self, options):
        self.options = options
        own = [load_client(path) for path in options.client_file]
        known = {kind.name for kind in clients.ALL}
        for path, kind in zip(options.client_file, own):
            if kind.name in known:
                raise ValueError(f"{path}: there is a client {kind.name} already; give yours another name")
            known.add(kind.name)
        self.clients = {kind.name: kind for kind in (*clients.ALL, *own)}
        self.servers = makers(options)
        self.scenarios = scenarios.load()
        self.detection = functools.cache(lambda kind: kind.detect())

    @property
    def selection(self):
        options = self.options
        return Selection(
            clients=tuple(options.client),
            servers=tuple(options.server),
            scenarios=tuple(options.scenario),
            cells=tuple(parse_cell(text) for text in options.cell),
            set="" if options.all or options.scenario else options.set,
        )

    def cells(self):
        """The selected cells in the order in which they run; of absent clients the first alone."""
        found, told = [], set()
        for cell in expand(self.scenarios, self.clients, self.servers, self.selection):
            kind = self.clients.get(cell.client)
            if kind and self.detection(kind).missing:
                if (cell.client, cell.server) in told:
                    continue
                told.add((cell.client, cell.server))
            found.append(cell)
        return found

    def untold(self):
        """The names of the selected cells that cells() leaves out, since their client is absent."""
        every = expand(self.scenarios, self.clients, self.servers, self.selection)
        return {str(cell) for cell in every} - {str(cell) for cell in self.cells()}

    def described(self):
        """clients, servers and scenarios as results.json has them."""
        return {
            "clients": [
                {
                    "name": name,
                    "family": kind.family,
                    "version": self.detection(kind).version,
                    "missing": self.detection(kind).missing,
                }
                for name, kind in self.clients.items()
            ],
            "servers": [
                {
                    "name": name,
                    "version": self.detection(maker).version,
                    "missing": self.detection(maker).missing,
                }
                for name, maker in self.servers.items()
            ],
            "scenarios": [
                {
                    "id": one.id,
                    "group": one.group,
                    "title": one.title,
                    "reference": one.reference,
                    "level": one.level,
                    "kind": one.kind,
                    "core": "core" in one.sets,
                    "file": f"scenarios/{one.file}",
                }
                for one in self.scenarios.values()
            ],
        }
