"""Records out of logs, as pure functions of text."""

import json

from interop.servers import proftpd_log, sshd_log
from interop.servers.record import NEGOTIATED, SessionRecord, from_events


def sshd_lines(pid, child, port, cipher="aes128-ctr", strict=True):
    """One session as sshd tells it with LogVerbose, from the connection to the login."""
    kex = "debug1: kex.c:choose_kex():929 (pid={child}): kex: {text} [preauth]"
    lines = [
        f"sshd.c:main():2292 (pid={pid}): Connection from 127.0.0.1 port {port} on 127.0.0.1 port 22 "
        'rdomain ""',
        f"debug2: sshd.c:privsep_preauth():507 (pid={pid}): Network child is on pid {child}",
        f"debug1: kex.c:kex_exchange_identification():1456 (pid={child}): Remote protocol version 2.0, "
        f"remote software version client-{port} [preauth]",
        f"debug1: kex.c:kex_input_kexinit():677 (pid={child}): SSH2_MSG_KEXINIT received [preauth]",
    ]
    if strict:
        said = "will use strict KEX ordering"
        lines.append(f"debug3: kex.c:kex_choose_conf():1028 (pid={child}): {said} [preauth]")
    for text in (
        "algorithm: curve25519-sha256",
        "host key algorithm: ssh-ed25519",
        f"client->server cipher: {cipher} MAC: hmac-sha2-256 compression: none",
        "server->client cipher: chacha20-poly1305@openssh.com MAC: <implicit> compression: zlib@openssh.com",
    ):
        lines.append(kex.format(child=child, text=text))
    lines.append(
        f"auth.c:auth_log():298 (pid={pid}): Accepted publickey for al from 127.0.0.1 port {port} ssh2: "
        "ED25519 SHA256:x"
    )
    return lines


def test_sshd_session():
    lines = sshd_lines(10, 11, 5000) + [
        "debug1: kex.c:choose_kex():929 (pid=10): kex: algorithm: ecdh-sha2-nistp256",
        "packet.c:x():1783 (pid=10): Received disconnect from 127.0.0.1 port 5000:11: bye",
        "packet.c:x():1790 (pid=10): Disconnected from user al 127.0.0.1 port 5000",
    ]
    (record,) = sshd_log.from_log("\r\n".join(lines))
    assert record.peer == "127.0.0.1:5000" and record.client_version == "SSH-2.0-client-5000"
    assert record.negotiated == {
        "kex": "curve25519-sha256",
        "host_key": "ssh-ed25519",
        "cipher_in": "aes128-ctr",
        "cipher_out": "chacha20-poly1305@openssh.com",
        "mac_in": "hmac-sha2-256",
        "mac_out": "",
        "compression_in": "none",
        "compression_out": "zlib@openssh.com",
        "strict_kex": True,
    }
    assert set(record.negotiated) == set(NEGOTIATED)
    assert record.auth == [{"user": "al", "method": "publickey", "result": "success"}]
    assert (record.rekeys, record.close_reason) == (1, "bye")


def test_sshd_sessions_that_overlap_are_told_apart():
    one, two = sshd_lines(10, 11, 5000), sshd_lines(20, 21, 6000, cipher="aes256-ctr", strict=False)
    mixed = [line for pair in zip(one, two + [""]) for line in pair]
    first, second = sshd_log.from_log("\n".join(mixed))
    told = [
        (one.peer, one.negotiated["cipher_in"], one.negotiated["strict_kex"]) for one in (first, second)
    ]
    assert told == [("127.0.0.1:5000", "aes128-ctr", True), ("127.0.0.1:6000", "aes256-ctr", False)]


def test_sshd_logins_that_fail():
    tail = "from 127.0.0.1 port 5000 ssh2"
    lines = sshd_lines(10, 11, 5000)[:-1] + [
        f"auth.c:auth_log():298 (pid=11): Postponed publickey for al {tail} [preauth]",
        f"auth.c:auth_log():298 (pid=10): Failed password for invalid user no one {tail}",
        f"auth.c:auth_log():298 (pid=10): Partial publickey for al {tail}: ED25519 SHA256:x",
        f"auth.c:auth_log():298 (pid=10): Failed keyboard-interactive/pam for al {tail}",
        "packet.c:x():1 (pid=11): Connection closed by authenticating user al 127.0.0.1 port 5000 [preauth]",
    ]
    (record,) = sshd_log.from_log("\n".join(lines))
    assert [(one["user"], one["method"], one["result"]) for one in record.auth] == [
        ("al", "publickey", "query"),
        ("no one", "password", "failure"),
        ("al", "publickey", "partial"),
        ("al", "keyboard-interactive", "failure"),
    ]
    assert record.close_reason.startswith("Connection closed by authenticating user")


def test_sshd_connection_without_a_kexinit_is_no_session():
    assert sshd_log.from_log("\n".join(sshd_lines(10, 11, 5000)[:3])) == []
    assert sshd_log.from_log("no log at all\n\n") == []


def test_sftp_server_log():
    record = SessionRecord()
    sshd_log.take_sftp_log(
        record,
        "\r\n".join(
            [
                "received client version 6",
                'open "/r/a" flags WRITE,CREATE,TRUNCATE mode 0644',
                "debug1: request 1: sent handle handle 0",
                'debug1: request 2: write "/r/a" (handle 0) off 0 len 5',
                "sent status Failure",
                'close "/r/a" bytes read 0 written 0',
                "sent status Success",
                'open "/r/caf\\303\\251 \\"q" flags READ mode 0666',
                "sent status No such file",
                'opendir "/r"',
                "debug1: request 3: sent handle handle 0",
                "sent status End of file",
                'closedir "/r"',
                "sent status Success",
                'posix-rename old "/r/a b" new "/r/c"',
                "sent status Permission denied",
                'stat name "/r/c"',
                "sent status No such file",
                'open "/r/b" flags READ mode 0666',
                "debug1: request 9: sent handle handle 0",
                'forced close "/r/b" bytes read 7 written 0',
            ]
        ),
    )
    assert record.sftp_version == 3
    assert [(one["op"], one["path"], one["bytes"], one["status"]) for one in record.files] == [
        ("write", "/r/a", 0, 0),
        ("open", '/r/café \\"q', 0, 2),
        ("list", "/r", 0, 0),
        ("rename", "/r/a b", 0, 3),
        ("read", "/r/b", 7, 0),
    ]
    assert record.files[3]["path2"] == "/r/c" and record.files[4]["aborted"]


def sftp_log(pid, *texts):
    return [f"2026-11-21 11:12:09,141 mod_sftp/1.1.1[{pid}]: {text}" for text in texts]


OPENING = (
    "client (::1:5000) connected to server (::1:22) [session ID x]",
    "received client version 'SSH-2.0-client'",
    " + Session key exchange: curve25519-sha256",
    " + Session host key algorithm: rsa-sha2-512",
    " + Session server hostkey: ssh-rsa",
    " + Session client-to-server encryption: aes256-gcm@openssh.com",
    " + Session server-to-client encryption: aes128-ctr",
    " + Session client-to-server MAC: hmac-sha2-256",
    " + Session server-to-client MAC: umac-64-etm@openssh.com",
)


def test_proftpd_session():
    log = sftp_log(
        7,
        *OPENING,
        "sending acceptable userauth methods: publickey,password",
        "sending publickey OK",
        "sending acceptable userauth methods: password",
        "sending userauth failure; remaining userauth methods: password",
        "sending userauth success",
        "using SFTP protocol version 6 for this session (channel ID 0)",
        " + Session key exchange: curve25519-sha256",
        "client at ::1 sent SSH_DISCONNECT message: bye (Application disconnected)",
        "disconnecting client (received EOF)",
    )
    asked = [("none", 1), ("publickey", 2), ("password", 2)]
    asked = [name for name, times in asked for _ in range(times)]
    requests = [f"7|USERAUTH_REQUEST|-|-|-|USERAUTH_REQUEST e v {name}" for name in asked]
    requests += [
        "7|STOR|100|226|e|STOR /r/a|b c",
        "7|OPEN|-|2|e|OPEN /r/no/x",
        "7|RNFR|0|350|e|RNFR /r/a b",
        "7|RNTO|0|250|e|RNTO /r/c d",
        "7|RENAME|-|0|e|RENAME /r/a b /r/c d",
        "8|MKDIR|-|257|e|MKDIR /somebody/else",
        "7|MKDIR|-|257|e|MKDIR /r/d",
        "7|RETR|9|-|e|RETR /r/part",
    ]
    (record,) = proftpd_log.from_logs("\n".join(log), "\n".join(requests))
    assert record.peer == "::1:5000" and record.client_version == "SSH-2.0-client"
    assert (record.negotiated["host_key"], record.negotiated["mac_in"]) == ("rsa-sha2-512", "")
    assert record.negotiated["mac_out"] == "umac-64-etm@openssh.com"
    assert [(one["user"], one["method"], one["result"]) for one in record.auth] == [
        ("e v", "publickey", "query"),
        ("e v", "publickey", "partial"),
        ("e v", "password", "failure"),
        ("e v", "password", "success"),
    ]
    assert (record.sftp_version, record.rekeys, record.ambiguous) == (6, 1, False)
    assert record.close_reason == "bye (Application disconnected)"
    assert record.files == [
        {"op": "write", "path": "/r/a|b c", "bytes": 100, "status": 0},
        {"op": "open", "path": "/r/no/x", "bytes": 0, "status": 2},
        {"op": "rename", "path": "/r/a b", "path2": "/r/c d", "bytes": 0, "status": 0},
        {"op": "make_directory", "path": "/r/d", "bytes": 0, "status": 0},
        {"op": "read", "path": "/r/part", "bytes": 9, "status": 0, "aborted": True},
    ]


def test_proftpd_request_without_an_answer_failed():
    failure = "sending userauth failure; remaining userauth methods: password"
    log = sftp_log(7, *OPENING, failure, "Maximum, disconnecting")
    requests = ["7|USERAUTH_REQUEST|-|-|-|USERAUTH_REQUEST e password"] * 2
    (record,) = proftpd_log.from_logs("\n".join(log), "\n".join(requests))
    assert [one["result"] for one in record.auth] == ["failure", "failure"]
    assert not record.ambiguous


def test_proftpd_answers_to_nobody_are_ambiguous():
    (record,) = proftpd_log.from_logs("\n".join(sftp_log(7, *OPENING, "sending userauth success")), "")
    assert record.ambiguous and record.auth == []


def test_events_of_sftpd_lite():
    lines = """
    {"event":"listening","host":"127.0.0.1","port":1,"host_keys":[]}
    {"event":"session_open","session":"a","id":"a","peer":"127.0.0.1:5","banner":"SSH-2.0-x"}
    {"event":"session_open","session":"b","id":"b","peer":"127.0.0.1:6","banner":""}
    {"event":"negotiated","session":"a","kex":"k","host_key":"h","cipher_in":"aes128-gcm@openssh.com",
     "cipher_out":"c","mac_in":"<implicit>","mac_out":"m","compression_in":"none",
     "compression_out":"none","strict_kex":false}
    {"event":"auth","session":"a","user":"u","method":"password","result":"refused","reason":"wrong"}
    {"event":"auth","session":"a","user":"u","method":"publickey","result":"query"}
    {"event":"auth","session":"a","user":"u","method":"publickey","result":"partial"}
    {"event":"auth","session":"a","user":"u","method":"password","result":"accepted"}
    {"event":"sftp","session":"a","version":3}
    {"event":"rekey","session":"a","count":1}
    {"event":"rekey","session":"a","count":2}
    {"event":"file","session":"a","time":"t","op":"write","path":"/a","bytes":3,"status":4,"errno":28}
    {"event":"session_close","session":"a","reason":"closed by the client"}
    """
    events = [json.loads(line) for line in lines.replace(",\n     ", ",").splitlines() if line.strip()]
    (record,) = from_events(events)  # b said nothing at all
    assert (record.peer, record.client_version) == ("127.0.0.1:5", "SSH-2.0-x")
    assert (record.sftp_version, record.rekeys) == (3, 2)
    assert (record.negotiated["mac_in"], record.negotiated["mac_out"]) == ("", "m")
    assert [one["result"] for one in record.auth] == ["failure", "query", "partial", "success"]
    assert record.files == [{"op": "write", "path": "/a", "bytes": 3, "status": 4}]
    assert record.close_reason == "closed by the client"
