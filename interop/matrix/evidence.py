"""Checks that every cell gets without asking: bytes compared, values proved by two witnesses."""

from interop.capture.witness import agree
from interop.keys import SIGNATURES
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
# Outcomes for which the client must have got in: an error of the server's files is no error of the login,
# and a client that fails for a reason of its own says nothing of the server.
LOGGED_IN = (("ok",), ("remote-error",))
# Steps that leave a remote file as it is: after them it can still be compared with what was put there.
READS = {
    "get", "get_tree", "get_times", "resume_get", "ls", "stat", "readlink", "statvfs", "digest", "chmod", "hardlink",
}  # fmt: skip


def implicit_checks(world):
    """(name, function) of each check that this cell gets beside its scenario's own."""
    found = [("ended as expected", ended_as_expected)] if world.results else []
    if world.taps and any(run.fault for run in world.scenario.runs):
        found.append(("fault happened", fault_happened))
    done = any(run.outcome == ("ok",) for run in world.runs)
    if done:
        found.append(("bytes", bytes_compared))
    if any(run.outcome in LOGGED_IN for run in world.runs):
        found.append(("sessions recorded", sessions_recorded))
        found.append(("login", login_recorded))
    if world.runs and all(set(run.outcome) <= {"auth", "hostkey"} for run in world.runs):
        found.append(("nobody logged in", nobody_logged_in))
    found.append(("witnesses agree", witnesses_agree))
    for setting in PINNED:
        if done and world.scenario.settings.get(setting):
            found.append((f"{setting} as set", lambda world, name=setting: pinned(world, name)))
    if done and world.scenario.settings.get("host_keys"):
        found.append(("host_keys as set", host_keys_in_force))
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
            if not _is_transfer(step[0]) or _changed_later(step, result.steps[number + 1 :]):
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


def got_in(world):
    """Whether a start of the client that was to succeed says that it did."""
    return any(result.ok for run, result in world.outcomes() if run.outcome == ("ok",))


def _is_transfer(verb):
    return verb.startswith(("put", "get", "resume_"))


def _changed_later(step, later):
    """Whether one of the later steps may have changed what this one left on either side."""
    local, remote = step[1:] if "put" in step[0] else step[:0:-1]
    for verb, *words in later:
        if verb not in READS and remote in words:
            return True
        if "get" in verb and local == words[1]:
            return True
    return False


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
    ends = [result.state for run, result in world.outcomes() if run.outcome in LOGGED_IN]
    least = sum(state in ("ok", "remote-error") for state in ends)
    if min(len(world.records), len(world.witnesses)) < least:
        raise Broken(
            f"{least} starts of the client, but {len(world.records)} sessions recorded, "
            f"{len(world.witnesses)} captured"
        )
    return f"{len(world.records)} recorded, {len(world.witnesses)} captured"


def login_recorded(world):
    """The server saw the methods of login that the scenario is about, and let the user in."""
    if not world.server.has_record:
        raise NoEvidence("somebody else's server: its record is not read")
    wanted = set()
    for run in world.scenario.runs:
        if run.outcome in LOGGED_IN:
            wanted |= _methods(run.login)
    results = {(item["method"], item["result"]) for record in world.records for item in record.auth}
    seen = {method for method, result in results if result in ("success", "partial")}
    if "keyboard-interactive" in seen:  # the server asked for the password that way
        seen.add("password")
    if not wanted <= seen or "success" not in {result for _, result in results}:
        raise Broken(f"the server recorded success by {sorted(seen)}, not {sorted(wanted)}")
    return ", ".join(sorted(wanted))


def _methods(login):
    """The methods that a login needs."""
    asked = {"password"} if "password" in login or "code" in login else set()
    return asked | ({"publickey"} if not asked or login.get("key") == "own" else set())


def nobody_logged_in(world):
    """The client came as far as the server's host key; nobody got in, or (wrong host key) even tried."""
    if not world.witnesses:
        raise Broken("the capture has no key exchange: the client failed before it met the server")
    if not world.server.has_record:
        raise NoEvidence("somebody else's server: its record is not read")
    if not world.records:
        raise Broken("the server recorded no session")
    tries = [f"{item['method']} {item['result']}" for record in world.records for item in record.auth]
    trusted = any("auth" in run.outcome for run in world.runs)
    wrong = [one for one in tries if one.endswith(" success") or not trusted]
    if wrong:
        raise Broken(f"the server recorded {', '.join(wrong[:5])}")
    return f"{len(tries)} attempts, none successful" if trusted else "no attempt"


def witnesses_agree(world):
    """What the server says it negotiated is what both KEXINITs of the capture lead to."""
    records = [record for record in world.records if record.negotiated]
    if not records:
        if world.server.has_record and got_in(world):
            raise Broken("the server's record does not say what was negotiated")
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


def host_keys_in_force(world):
    """Every session proved the server by a host key of a type that was set."""
    names = host_key_names(world.scenario.settings)
    sessions = [*(record.negotiated for record in world.records), *world.witnesses]
    seen = [one.get("host_key") for one in sessions]
    wrong = [name for name in seen if name is not None and name not in names]
    if wrong or not any(seen):
        found = wrong[0] if wrong else "not told"
        raise Broken(f"host_key is {found}, though only {', '.join(names)} was set")
    return ", ".join(sorted(set(filter(None, seen))))


def not_offered(scenario, offer):
    """Why a client cannot do what is set, by its own KEXINIT; None when it could."""
    for setting in PINNED:
        names = scenario.settings.get(setting)
        if names and not set(names) & set(offer[setting]):
            return f"its KEXINIT offers no {' or '.join(names)} (seen in a capture)"
    for setting, names in _matched(scenario.settings.get("client_match", ())):
        if not set(names) & set(offer[setting]):
            return f"its KEXINIT offers no {' or '.join(names)} (seen in a capture)"
    proofs = host_key_names(scenario.settings)
    if proofs and not set(proofs) & set(offer["host_key_algorithms"]):
        return f"its KEXINIT takes no {' or '.join(proofs)} (seen in a capture)"
    if scenario.announces and scenario.announces not in offer["kex"]:
        return f"its KEXINIT does not announce {scenario.announces} (seen in a capture)"
    return None


_MATCH_KEYS = {
    "sftpCiphers": "ciphers",
    "sftpDigests": "macs",
    "sftpKeyExchanges": "kex",
    "sftpHostKeys": "host_key_algorithms",
}


def _matched(rules):
    """(setting, names) of the algorithms that rules choose for the cell's own client."""
    for rule in rules:
        words = rule.split()
        if words[0] == "$software":
            for key, names in zip(words[1::2], words[2::2]):
                if key in _MATCH_KEYS:
                    yield _MATCH_KEYS[key], names.split(",")


# What no missing algorithm explains.
_NEVER_EXCUSED = {"bytes", "witnesses agree", "fault happened"}


def beside(world, broken):
    """Whether something failed that has another reason than an algorithm that the client does not offer.

    A session that came about although nothing in common was set is such a thing: the server did not
    keep to its settings.
    """
    if got_in(world) and not world.scenario.announces:
        return True
    return bool(_NEVER_EXCUSED & {check["check"] for check in broken})


def host_key_names(settings):
    """The algorithm names of KEXINIT with which the host keys that are set sign."""
    names = [name for kind in settings.get("host_keys") or () for name in SIGNATURES[kind]]
    if settings.get("host_certificates"):
        return [name.partition("@")[0] + "-cert-v01@openssh.com" for name in names]
    allowed = settings.get("host_key_algorithms")
    return [name for name in names if not allowed or name in allowed]
