"""Checks that every cell gets without asking: bytes compared, values proved by two witnesses."""

from interop.capture.witness import agree
from interop.matrix import kinds
from interop.matrix.checks import Broken, NoEvidence
from interop.matrix.place import difference, tree_difference

# Which of the negotiated values a setting pins down.
PINNED = {
    "ciphers": ("cipher_in", "cipher_out"),
    "macs": ("mac_in", "mac_out"),
    "kex": ("kex",),
    "host_key_algorithms": ("host_key",),
    "compression": ("compression_in", "compression_out"),
}


LARGE = 1 << 30


def implicit_checks(world):
    """(name, function) of each check that this cell gets beside its scenario's own."""
    found = [("ended as expected", ended_as_expected)] if world.results else []
    if world.taps and any(run.fault for run in world.scenario.runs):
        found.append(("fault happened", fault_happened))
    if any(run.outcome == ("ok",) for run in world.runs):
        found.append(("bytes", bytes_compared))
        found.append(("sessions recorded", sessions_recorded))
        found.append(("login", login_recorded))
    found.append(("witnesses agree", witnesses_agree))
    done = any(run.outcome == ("ok",) for run in world.runs)
    for setting in PINNED:
        if done and world.scenario.settings.get(setting):
            found.append((f"{setting} as set", lambda world, name=setting: pinned(world, name)))
    return found + kinds.checks_of(world.scenario.kind)


def ended_as_expected(world):
    """Each start of the client ended in one of the ways that its run allows."""
    ends = []
    for run, result in world.outcomes():
        if result.state not in run.outcome:
            raise Broken(f"{result.state}, not {' or '.join(run.outcome)}: {result.reason}")
        ends.append(result.state)
    return ", ".join(ends)


def fault_happened(world):
    """A fault that never came about proves nothing."""
    for tap in world.taps:
        if tap.fault is not None and not tap.fired:
            raise Broken(f"the fault '{tap.fault.kind}' never happened: too few bytes went by")
    return "it did"


def bytes_compared(world):
    """Every file of a put or get that is still where it was put is equal on both sides."""
    count = total = 0
    for run, result in world.outcomes():
        if result.state != "ok":
            continue
        for number, step in enumerate(result.steps):
            later = {word for other in result.steps[number + 1 :] for word in other[1:]}
            if not _is_transfer(step[0]) or later & set(step[1:]) - {_local_end(step)}:
                continue
            local, remote = _ends(world, step)
            if remote.is_file() and remote.stat().st_size > LARGE:
                continue  # the scenario's own checks look at the parts that matter
            found = (tree_difference if step[0].endswith("tree") else difference)(local, remote)
            if found:
                raise Broken(f"{' '.join(step)}: local and remote {found}")
            count += 1
            total += local.stat().st_size
    return f"{count} transfers, {total} bytes" if count else "no transfer to compare"


def _is_transfer(verb):
    return verb.startswith(("put", "get", "resume_"))


def _local_end(step):
    return step[1] if "put" in step[0] else step[2]


def _ends(world, step):
    names = step[1:] if "put" in step[0] else step[:0:-1]
    return world.local.path(names[0]), world.remote.path(names[1])


def sessions_recorded(world):
    """Server and capture both saw a session: a client that only pretends is found out."""
    if not world.server.has_record:
        raise NoEvidence("somebody else's server: its record is not read")
    if not world.records:
        raise Broken("the server recorded no session")
    if not world.witnesses:
        raise Broken("the capture has no key exchange")
    return f"{len(world.records)} recorded, {len(world.witnesses)} captured"


def login_recorded(world):
    """The server saw the method of login that the scenario is about."""
    if not world.server.has_record:
        raise NoEvidence("somebody else's server: its record is not read")
    wanted = {
        "password" if "password" in run.login else "publickey"
        for run in world.scenario.runs
        if run.outcome == ("ok",)
    }
    seen = {item["method"] for record in world.records for item in record.auth if item["result"] == "success"}
    if "password" in wanted and "keyboard-interactive" in seen:  # the server asked for it that way
        seen.add("password")
    if not wanted <= seen:
        raise Broken(f"the server recorded success by {sorted(seen)}, not {sorted(wanted)}")
    return ", ".join(sorted(wanted))


def witnesses_agree(world):
    """What the server says it negotiated is what both KEXINITs of the capture lead to."""
    records = [record for record in world.records if record.negotiated]
    if not records:
        raise NoEvidence("the server recorded no negotiated values")
    left = list(world.witnesses)
    for record in records:
        differences = [agree(record.negotiated, found) for found in left]
        if not any(difference == [] for difference in differences):
            raise Broken(f"record and capture differ: {differences[0] if differences else 'no capture'}")
        del left[differences.index([])]
    return f"{len(records)} sessions"


def pinned(world, setting):
    """The setting was really in force: every session negotiated one of its names."""
    names = world.scenario.settings[setting]
    sessions = [record.negotiated for record in world.records] + world.witnesses
    if not sessions:
        raise NoEvidence("no session got as far as a key exchange")
    for session in sessions:
        for key in PINNED[setting]:
            if session.get(key, names[0]) not in names and not (setting == "macs" and not session[key]):
                raise Broken(f"{key} is {session[key]}, though only {', '.join(names)} was set")
    return f"{', '.join(names)} in {len(sessions)} records"


def not_offered(scenario, offer):
    """Why a client cannot do what is set, by its own KEXINIT; None when it could."""
    for setting in PINNED:
        names = scenario.settings.get(setting)
        if names and not set(names) & set(offer[setting]):
            return f"its KEXINIT offers no {' or '.join(names)} (seen in a capture)"
    kinds_set = scenario.settings.get("host_keys")
    if kinds_set and not set(host_key_names(kinds_set)) & set(offer["host_key_algorithms"]):
        return f"its KEXINIT takes no {' or '.join(host_key_names(kinds_set))} (seen in a capture)"
    if scenario.announces and scenario.announces not in offer["kex"]:
        return f"its KEXINIT does not announce {scenario.announces} (seen in a capture)"
    return None


def host_key_names(kinds):
    """The algorithm names of KEXINIT with which keys of these types sign; SHA-1 is not asked for."""
    names = {
        "ed25519": ("ssh-ed25519",),
        "ecdsa-256": ("ecdsa-sha2-nistp256",),
        "ecdsa-384": ("ecdsa-sha2-nistp384",),
        "ecdsa-521": ("ecdsa-sha2-nistp521",),
        "rsa": ("rsa-sha2-512", "rsa-sha2-256"),
    }
    return [name for kind in kinds for name in names[kind]]


