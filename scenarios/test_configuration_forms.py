"""The forms that ProFTPD's manuals and how-tos have of each directive, as an administrator carries them
over: honoured without a word, taken with a warning, or refused with the place and the cure.

`{keys}` and other names in braces are files that the test makes."""

import subprocess

import pytest
from conftest import need
from helpers import host

from interop.keys import KeyPair
from interop.servers import SftpdLite

HONOURED = {
    "options about files": "SFTPOptions IgnoreSFTPUploadPerms IgnoreSFTPSetOwners IgnoreFIFOs",
    "rules of a folder": (
        "<Directory /path/to/upload>\n<Limit WRITE>\nAllowAll\n</Limit>\n<Limit SITE_CHMOD>\nDenyAll\n</Limit>\n"
        "</Directory>"
    ),
    "a folder of uploads": (
        "<Directory ~/uploads/*>\nHiddenStores on\nDeleteAbortedStores on\nAllowOverwrite on\nUmask 022 022\n"
        "<Limit READ DIRS>\nDenyAll\n</Limit>\n<Limit STOR>\nOrder allow,deny\nAllowGroup staff\nDenyAll\n</Limit>\n"
        "</Directory>"
    ),
    "files of Debian": "DenyFilter \\*.*/\nAllowOverwrite on\nUmask 022 022",
    "hiding": 'HideFiles "(^\\.|\\.bak$)" user !admin\nHideNoAccess on\nHideUser root\nHideGroup !users\nShowSymlinks off',
    "fakes": "DirFakeUser on ~\nDirFakeGroup on users\nDirFakeMode 0640",
    "filters": "PathAllowFilter ^[A-Za-z0-9_./]*$\nPathDenyFilter \\.(ftpaccess|htaccess)$ [NC]",
    "sizes": "MaxStoreFileSize 40 Mb user anonymous\nMaxStoreFileSize *\nMaxRetrieveFileSize 2 Gb group AND a,b",
    "methods": "SFTPAuthorizedUserKeys file:{keys}\n<IfClass x>\nSFTPAuthMethods publickey\n</IfClass>",
    "a chain": "{both}SFTPAuthMethods publickey+password",
    "two chains": "{both}SFTPAuthMethods publickey+password password+publickey",
    "two keys": "{both}SFTPAuthMethods publickey+publickey",
    "keys below the home": "SFTPAuthorizedUserKeys file:~/.sftp/authorized_keys",
    "keys by user": "SFTPAuthorizedUserKeys file:/etc/sftp/authorized_keys/%u",
    "several stores": "SFTPAuthorizedUserKeys file:~/.sftp/authorized_keys file:/etc/sftp/authorized_keys/%u",
    "keep-alive": "SFTPClientAlive 3 15",
    "clients 1": 'SFTPClientMatch ".*WinSCP.*" sftpProtocolVersion 3',
    "clients 2": "SFTPClientMatch WinSCP|ClientSftp sftpProtocolVersion 1-3",
    "clients 3": 'SFTPClientMatch "^OpenSSH_3\\.*" channelWindowSize 8MB',
    "clients 4": 'SFTPClientMatch ".*WS_FTP.*" channelWindowSize 256MB',
    "clients 5": "SFTPClientMatch .* sftpUTF8ProtocolVersion 1",
    "compression delayed": "SFTPCompression delayed",
    "compression on": "SFTPCompression on",
    "compression off": "SFTPCompression off",
    "devices": "SFTPCryptoDevice all",
    "host key": "SFTPHostKey {key}",
    "no key of a type": "SFTPHostKey {key}\nSFTPHostKey NoRSA",
    "one limit of keys": "SFTPKeyLimits MinimumRSASize 1024",
    "all limits of keys": "SFTPKeyLimits MinimumECSize 256 MinimumDSASize 0 MinimumRSASize 0",
    "options": "SFTPOptions PessimisticKexinit",
    "extensions": "SFTPExtensions +copyFile -versionSelect +VENDORID",
    "old clients": "SFTPOptions OldProtocolCompat",
    "PAM": "SFTPPAMEngine off\nSFTPPAMOptions NoTTY NoInfoMsgs NoRadioMsgs\nSFTPPAMServiceName sftp",
    "passphrases": "SFTPPassPhraseProvider {program}",
    "rekey": "SFTPRekey required",
    "rekey by time and data": "SFTPRekey required 1800 4096",
    "rekey with a limit": "SFTPRekey required 1800 4096 300",
    **{f"traffic {word}": f"SFTPTrafficPolicy {word}" for word in ("none", "low", "medium", "high", "paranoid")},
    "global keys": "<Global>\nSFTPHostKey {key}\n</Global>\nSFTPHostKey NoRSA",
    "root's rights": "RootRevoke off\n<IfModule mod_cap.c>\nCapabilitiesEngine off\n</IfModule>",
    "no identification": "ServerIdent off",
    "another identification": 'ServerIdent on "OpenSSH_5.6p1"',
    "modules and variables": "Unsetenv LANG\nLoadModule mod_sftp.c",
    "traces": "TraceLog {log}\nTrace scp:20 sftp:20 ssh2:20",
}
WARNED = {
    "weak ciphers": (
        "SFTPCiphers aes256-ctr aes192-ctr aes128-ctr blowfish-ctr arcfour256 arcfour128 3des-ctr",
        ["blowfish-ctr", "arcfour256", "arcfour128", "3des-ctr"],
    ),
    "a list on two lines": ("SFTPCiphers aes256-ctr \\\n  3des-cbc", ["3des-cbc"]),
    "weak digests": (
        "SFTPDigests hmac-md5 hmac-sha1 hmac-sha2-256 hmac-sha2-512 hmac-ripemd160 hmac-sha1-96 hmac-md5-96 "
        "umac-64@openssh.com umac-128@openssh.com",
        ["hmac-md5", "hmac-sha1", "hmac-ripemd160", "hmac-sha1-96", "hmac-md5-96", "umac-64@openssh.com"],
    ),
    "no cipher, with passwords": ("SFTPCiphers none", ["none", "password"]),
    "small groups": ("SFTPDHParamFile {small_group}", ["2048"]),
    "an engine": ("SFTPCryptoDevice chil", ["provider"]),
    "no new keys": ("SFTPRekey none", ["SFTPRekey"]),
    "anonymous": ("<Anonymous ~ftp>\nUser ftp\n</Anonymous>", ["Anonymous"]),
    "listings": ("ListOptions -la", ["FTP"]),
    "tls": ("TLSProtocol TLSv1.2", ["FTP"]),
    "passive": ("MasqueradeAddress 192.0.2.1\nPassivePorts 49152 65534", ["FTP"]),
}
REFUSED = {
    "a method without its store": ("SFTPAuthMethods publickey keyboard-interactive", "publickey: give --authorized-keys"),
    "half a method": ("SFTPAuthMethods pub", "publickey"),
    "a store of SQL": ("SFTPAuthorizedUserKeys sql:/get-user-authorized-keys", "exec:"),
    "a store of LDAP": ("SFTPAuthorizedUserKeys ldap:", "exec:"),
    "no store": ("SFTPAuthorizedUserKeys /path", "file:"),
    "an expression": ('SFTPClientMatch "(" channelWindowSize 8MB', "SFTPClientMatch"),
    "an odd word": ('SFTPClientMatch ".*" channelWindowSize', "SFTPClientMatch"),
    "a version": ('SFTPClientMatch ".*" sftpProtocolVersion 7', "from 1 to 6"),
    "an extension without a sign": ("SFTPExtensions copyFile", "SFTPExtensions"),
    "a public key": ("SFTPHostKey {public}", "public key"),
    "a key of PuTTY": ("SFTPHostKey {putty}", "PuTTY"),
    "a key of ssh.com": ("SFTPHostKey {commercial}", "ssh.com"),
    "a public key of RFC 4716": ("SFTPHostKey {rfc4716}", "public key"),
    "a misspelt option": ("SFTPOptions PesimisticKexinit", "PessimisticKexinit"),
    "no program": ("SFTPPassPhraseProvider {missing}", "SFTPPassPhraseProvider"),
    "a file as a program": ("SFTPPassPhraseProvider {keys}", "SFTPPassPhraseProvider"),
    "an illegal identification": ('ServerIdent on "bad name"', "ServerIdent"),
    "ftps and sftp": ("TLSEngine on", "TLSEngine"),
    "a service of PAM": ("SFTPPAMServiceName /etc/pam.d/sftp", "SFTPPAMServiceName"),
    "an unknown extension": ("SFTPExtensions +copyFiles", "the nearest is copyFile"),
}


@pytest.fixture
def files(tmp_path):
    """Names of the files that the forms speak of."""
    need(SftpdLite)
    key = KeyPair(tmp_path / "host_key")
    made = {"key": key.private, "public": key.public, "missing": tmp_path / "missing", "log": tmp_path / "log"}

    def file(name, text, mode=0o600):
        made[name] = tmp_path / name
        made[name].write_text(text)
        made[name].chmod(mode)

    file("keys", key.public_line + "\n", 0o644)
    file("passwords", "")
    file("program", "#!/bin/sh\n", 0o755)
    file("putty", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\n")
    file("commercial", "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n")
    group = subprocess.run(["openssl", "dhparam", "-outform", "PEM", "-2", "512"], capture_output=True, text=True)
    file("small_group", group.stdout)
    rfc4716 = subprocess.run(["ssh-keygen", "-e", "-f", key.public], capture_output=True, text=True, check=True)
    file("rfc4716", rfc4716.stdout)
    made["both"] = f"SFTPAuthorizedUserKeys file:{made['keys']}\n"
    return made


def filled(text, files):
    for name, value in files.items():
        text = text.replace("{" + name + "}", str(value))
    return text


def said(check, files, text):
    code, findings = check(host(filled(text, files)), *files.get("flags", ()))
    return code, [(severity, what) for severity, what in findings]


@pytest.mark.parametrize("text", HONOURED.values(), ids=HONOURED)
def test_honoured(check, files, text):
    files["flags"] = ("--password-file", files["passwords"], "--user", "bob") if "password" in text else ()
    code, findings = said(check, files, text)
    assert code != 2 and [what for _, what in findings if "SFTP" in what and "Blacklist" not in what] == [], findings


@pytest.mark.parametrize("text, words", WARNED.values(), ids=WARNED)
def test_taken_with_a_warning(check, files, text, words):
    code, findings = said(check, files, text)
    assert code == 1, findings
    for word in words:
        assert any(severity == "warning" and word in what for severity, what in findings), (word, findings)


@pytest.mark.parametrize("text, words", REFUSED.values(), ids=REFUSED)
def test_refused(check, files, text, words):
    code, findings = said(check, files, text)
    fatal = [what for severity, what in findings if severity == "fatal"]
    assert code == 2 and any(words in what for what in fatal), findings
