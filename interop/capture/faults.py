"""What a tap may do to one direction of a connection, as pure functions of the bytes."""

from dataclasses import dataclass, field

from interop.capture import kexinit

KINDS = ("flip", "cut", "segments", "insert", "drop", "stall")
_LONGEST_CLEAR = 1 << 20  # NEWKEYS comes well before


@dataclass(frozen=True)
class Fault:
    """One fault. `at` counts the bytes of its direction: from the first one, or with after_newkeys
    from the first one behind that side's NEWKEYS.

    flip: inverts the lowest bit of the byte at `at`.
    cut: closes both sides when `at` bytes have been delivered, with FIN, or RST if `reset` is set.
    segments: delivers `size` bytes from `at` on one at a time.
    insert: puts `bytes` (text is taken as UTF-8) before the byte at `at`.
    drop: leaves out `size` bytes from `at` on.
    stall: delivers nothing of the byte at `at` and what follows for `seconds`.
    """

    kind: str
    direction: str = "up"  # "up": client to server; "down": server to client
    at: int = 0
    after_newkeys: bool = False
    size: int = 1
    bytes: object = b""
    seconds: float = 1.0
    reset: bool = False
    connections: int | None = None  # only the first so many; None: all

    def __post_init__(self):
        if self.kind not in KINDS:
            raise ValueError(f"fault {self.kind!r}, expected one of {', '.join(KINDS)}")
        if self.direction not in ("up", "down"):
            raise ValueError(f"direction {self.direction!r}, expected up or down")
        if self.at < 0 or self.size < 1 or self.seconds < 0:
            raise ValueError("a fault's at, size and seconds are not negative, its size is from 1")
        if self.kind == "insert" and not self.bytes:
            raise ValueError("a fault that inserts nothing")
        if isinstance(self.bytes, str):
            object.__setattr__(self, "bytes", self.bytes.encode())


@dataclass
class Done:
    """What becomes of the bytes that came: `pieces` to deliver, each in a segment of its own."""

    pieces: list = field(default_factory=list)
    cut: str | None = None  # "fin" or "rst", after the pieces
    stall: float = 0  # seconds, after the first `before` pieces
    before: int = 0


class NewKeysFinder:
    """Finds the offset behind NEWKEYS in a stream that comes in pieces."""

    def __init__(self):
        self._head = bytearray()
        self._at = None  # of the next packet; None before the identification's end
        self.end = None

    def feed(self, data):
        if self.end is not None or len(self._head) > _LONGEST_CLEAR:
            return
        self._head += data
        try:
            self._search()
        except kexinit.KexError:
            self._head = bytearray(_LONGEST_CLEAR + 1)  # no SSH: it will never be found

    def _search(self):
        if self._at is None:
            head = kexinit.identification(self._head)
            if head is None:
                return
            self._at = head.end
        while (found := kexinit.next_packet(self._head, self._at)) is not None:
            payload, self._at = found
            if payload[:1] == bytes([kexinit.NEWKEYS]):
                self.end = self._at
                self._head.clear()
                return


class Harm:
    """A fault at work on one direction of one connection. fire() is called when it happens."""

    def __init__(self, fault, fire):
        self._fault = fault
        self._fire = fire
        self._fired = False
        self._position = 0  # of the next byte in the stream
        self._finder = NewKeysFinder() if fault.after_newkeys else None
        self._start = None if self._finder else fault.at

    def take(self, data):
        """The next bytes of the stream; returns what is Done with them."""
        if self._finder and self._start is None:
            self._finder.feed(data)
            if self._finder.end is not None:
                self._start = self._finder.end + self._fault.at
        begin, self._position = self._position, self._position + len(data)
        length = self._fault.size if self._fault.kind in ("drop", "segments") else 1
        if self._start is None or not (self._start < self._position and begin < self._start + length):
            return self._untouched(data, begin)
        if self._fired and self._fault.kind not in ("drop", "segments"):
            return Done([data])
        self._happen()
        at = max(0, self._start - begin)
        return getattr(self, f"_{self._fault.kind}")(data, at, self._start + length - begin)

    def _untouched(self, data, begin):
        """A cut may be due just behind the last byte that came."""
        if self._fault.kind == "cut" and self._start == begin + len(data) and self._start > 0:
            self._happen()
            return self._cut(data, len(data), 0)
        return Done([data])

    def _happen(self):
        if not self._fired:
            self._fired = True
            self._fire()

    def _flip(self, data, at, _):
        changed = bytearray(data)
        changed[at] ^= 1
        return Done([bytes(changed)])

    def _cut(self, data, at, _):
        return Done([data[:at]], cut="rst" if self._fault.reset else "fin")

    def _segments(self, data, at, end):
        ones = [data[n : n + 1] for n in range(at, min(end, len(data)))]
        return Done([data[:at], *ones, data[max(end, 0) :]])

    def _insert(self, data, at, _):
        return Done([data[:at] + self._fault.bytes + data[at:]])

    def _drop(self, data, at, end):
        return Done([data[:at] + data[max(end, 0) :]])

    def _stall(self, data, at, _):
        pieces = [piece for piece in (data[:at], data[at:]) if piece]
        return Done(pieces, stall=self._fault.seconds, before=len(pieces) - 1)
