"""A TCP tap: between a client and a server on loopback, it writes captures and may do harm.

One thread serves all connections with a selector. A direction that cannot be delivered is not read
from, so that no more than one piece of it is in memory.
"""

import selectors
import socket
import struct
import threading
import time
from pathlib import Path

from interop.capture.faults import Fault, Harm
from interop.capture.pcap import PcapWriter
from interop.process import wait_until

__all__ = ["Fault", "Tap"]

_PIECE = 1 << 16  # bytes read at a time
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close with RST


class Tap:
    """Listens on a free loopback port and forwards to host:port, as a context manager.

    Each connection's capture is folder/session-N.pcap, with what the server got and sent: harm done
    on the way up is in it, harm done on the way down is not. `fault` is done to each connection (or
    to its first `connections`). `fired` says whether it happened at all: a test whose fault never
    fired has tested nothing. `on_fire`, if set, is called at that moment, in the tap's thread.
    """

    def __init__(self, host, port, folder, fault=None):
        self.upstream = (host, port)
        self.folder = Path(folder)
        self.fault = fault
        self.on_fire = None
        self.fired = False
        self.host = host
        self.port = None
        self.error = None  # what ended the tap's thread, if it was not stop()
        self._connections = []
        self._selector = selectors.DefaultSelector()
        self._thread = None

    def start(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        self._listener = socket.create_server((self.host, 0), family=family, backlog=128)
        self._listener.setblocking(False)
        self.port = self._listener.getsockname()[1]
        self._wake_in, self._wake_out = socket.socketpair()
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._wake_in, selectors.EVENT_READ, self._stop)
        self._running = True
        self._thread = threading.Thread(target=self._run, name=f"tap {self.port}", daemon=True)
        self._thread.start()

    def stop(self):
        """Breaks off what is left and ends the thread."""
        if self._thread is None:
            return
        self._wake_out.send(b"x")
        self._thread.join()
        self._thread = None
        for one in (self._listener, self._wake_in, self._wake_out, self._selector):
            one.close()

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    @property
    def open_connections(self):
        """How many connections have not ended yet."""
        return sum(not connection.ended for connection in list(self._connections))

    def captures(self, seconds=2):
        """The captures in the order of the connections, after waiting that long for them to end."""
        wait_until(lambda: not self.open_connections, seconds, pause=0.005)
        found = [connection.writer for connection in list(self._connections)]
        for writer in found:
            writer.flush()
        return [writer.path for writer in found]

    def _run(self):
        try:
            while self._running:
                for key, events in self._selector.select(self._timeout()):
                    key.data(events)
                now = time.monotonic()
                for connection in self._connections:
                    if not connection.ended:
                        connection.resume(now)
        except BaseException as error:  # kept for whoever asks; the clients see their connections end
            self.error = error
            raise
        finally:
            for connection in self._connections:
                connection.end(abort=True)

    def _timeout(self):
        waits = [connection.wakes() for connection in self._connections if not connection.ended]
        soonest = min((at for at in waits if at is not None), default=None)
        return None if soonest is None else max(0, soonest - time.monotonic())

    def _stop(self, _):
        self._running = False

    def _accept(self, _):
        try:
            client, _ = self._listener.accept()
        except BlockingIOError:
            return
        try:
            server = socket.create_connection(self.upstream, timeout=10)
        except OSError:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            client.close()
            return
        number = len(self._connections) + 1
        fault = self.fault
        if fault and fault.connections is not None and number > fault.connections:
            fault = None
        path = self.folder / f"session-{number}.pcap"
        self._connections.append(_Connection(self._selector, client, server, path, fault, self._fire))

    def _fire(self):
        self.fired = True
        if self.on_fire:
            self.on_fire()


class _Flow:
    """One direction of a connection. `pieces` wait to be sent, each with a send of its own."""

    def __init__(self, direction, source, target, harm):
        self.direction, self.source, self.target, self.harm = direction, source, target, harm
        self.pieces = []
        self.ended = False  # the source has no more
        self.closed = False  # and the target knows
        self.lost = False  # the target takes no more: what comes is thrown away
        self.until = None  # stalled until that time

    def reads(self):
        return not self.ended and not self.pieces and self.until is None

    def writes(self):
        return bool(self.pieces) and self.until is None


class _Connection:
    def __init__(self, selector, client, server, path, fault, fire):
        self.ended = False
        self._selector = selector
        self._sockets = (client, server)
        for one in self._sockets:
            one.setblocking(False)
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.writer = PcapWriter(path, server.getsockname()[:2], server.getpeername()[:2])
        up = _Flow("up", client, server, None)
        down = _Flow("down", server, client, None)
        self._flows = (up, down)
        for flow in self._flows:
            if fault and fault.direction == flow.direction:
                flow.harm = Harm(fault, fire)
        self._interest = {}
        for one in self._sockets:
            self._watch(one)

    def wakes(self):
        """When a stall ends; None when there is none."""
        return min((flow.until for flow in self._flows if flow.until is not None), default=None)

    def resume(self, now):
        for flow in self._flows:
            if flow.until is not None and flow.until <= now:
                flow.until = None
                self._push(flow)
                self._settle()

    def end(self, abort=False, finish=None):
        """Closes both sockets, with RST where `abort` says so. `finish` is the direction that did it."""
        if self.ended:
            return
        self.ended = True
        for one in self._sockets:
            if self._interest.pop(one, 0):
                self._selector.unregister(one)
            if abort:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            one.close()
        if abort:
            self.writer.reset(finish or "up")
        else:
            self.writer.finish("up")
            self.writer.finish("down")
        self.writer.close()

    def _watch(self, one):
        """Asks the selector for what the socket is needed for at the moment."""
        wanted = 0
        for flow in self._flows:
            if flow.source is one and flow.reads():
                wanted |= selectors.EVENT_READ
            if flow.target is one and flow.writes():
                wanted |= selectors.EVENT_WRITE
        had = self._interest.get(one, 0)
        if wanted == had:
            return
        self._interest[one] = wanted
        if not wanted:
            self._selector.unregister(one)
        elif had:
            self._selector.modify(one, wanted, lambda events: self._on(one, events))
        else:
            self._selector.register(one, wanted, lambda events: self._on(one, events))

    def _on(self, one, events):
        for flow in self._flows:
            if self.ended:
                return
            if events & selectors.EVENT_WRITE and flow.target is one and flow.writes():
                self._push(flow)
            if not self.ended and events & selectors.EVENT_READ and flow.source is one and flow.reads():
                self._pull(flow)
        self._settle()

    def _settle(self):
        if self.ended:
            return
        if all(flow.closed or flow.lost for flow in self._flows):
            self.end()
            return
        for one in self._sockets:
            self._watch(one)

    def _pull(self, flow):
        try:
            data = flow.source.recv(_PIECE)
        except BlockingIOError:
            return
        except OSError:  # the source broke the connection off
            self.end(abort=True, finish=flow.direction)
            return
        if not data:
            flow.ended = True
            self._push(flow)
            return
        if flow.direction == "down":
            self.writer.data("down", data)
        if flow.lost:
            return
        if flow.harm:
            self._harm(flow, data)
        else:
            flow.pieces.append(memoryview(data))
        if not self.ended:
            self._push(flow)

    def _harm(self, flow, data):
        done = flow.harm.take(data)
        flow.pieces += [memoryview(piece) for piece in done.pieces if piece]
        if done.cut:
            flow.until = None
            self._push(flow)
            if not self.ended:
                self.end(abort=done.cut == "rst", finish=flow.direction)
        elif done.stall:
            flow.until = time.monotonic() + done.stall
            ahead, flow.pieces = flow.pieces[: done.before], flow.pieces[done.before :]
            self._send_all(flow, ahead)

    def _send_all(self, flow, pieces):
        """Sends what came before a stall; what the target does not take at once waits with the rest."""
        later, flow.pieces = flow.pieces, pieces
        until, flow.until = flow.until, None
        self._push(flow)
        flow.pieces += later
        flow.until = until

    def _push(self, flow):
        while flow.pieces and flow.until is None:
            try:
                count = flow.target.send(flow.pieces[0])
            except BlockingIOError:
                return
            except OSError:  # the target is gone; the other direction may still have something to say
                flow.lost = True
                flow.pieces.clear()
                return
            if flow.direction == "up":
                self.writer.data("up", flow.pieces[0][:count])
            if count == len(flow.pieces[0]):
                flow.pieces.pop(0)
            else:
                flow.pieces[0] = flow.pieces[0][count:]
        if flow.ended and not flow.pieces and flow.until is None and not flow.closed:
            flow.closed = True
            self.writer.finish(flow.direction)
            try:
                flow.target.shutdown(socket.SHUT_WR)
            except OSError:
                flow.lost = True
