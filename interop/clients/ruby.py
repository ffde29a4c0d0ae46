"""net-sftp, Ruby's SFTP client on top of net-ssh: the one library here that speaks SFTP 1 to 6.

Links need version 3, hard links version 6: below, the driver answers that there is no such verb.
"""

import shutil

from interop.clients.base import Detection
from interop.clients.driver import DRIVERS, LineDriver
from interop.process import run

# Ruby's helpers for typing errors cost 40 ms at the start.
_RUBY = ("ruby", "-W0", "--disable=did_you_mean,error_highlight")


class NetSftp(LineDriver):
    name = "net-sftp"
    family = "net-ssh"
    program = "ruby"
    package = "ruby-net-sftp"
    verbs = frozenset(
        "put get put_tree get_tree ls stat rename mkdir rmdir rm chmod symlink readlink hardlink exec".split()
    )
    features = frozenset(
        "key password hostkey proxy algorithms rekey version ipv6 compression".split()
        + "space utf8 newline bytes glob both two-keys prompts certificate host-certificate".split()
    )
    key_types = (*LineDriver.key_types, "dsa", "rsa-sha1")
    software = r"^Ruby/Net::SSH_7\.0\.1$"

    lacks = {
        "ed448": "net-ssh 7.0.1 has no Ed448",
        "resume_put": "net-sftp 4.0.0 uploads whole files: upload! takes no offset",
        "resume_get": "net-sftp 4.0.0 downloads whole files: download! takes no offset",
        "put_times": "net-sftp 4.0.0 has no option that keeps times",
        "get_times": "net-sftp 4.0.0 has no option that keeps times",
        "put_fsync": "net-sftp 4.0.0 sends no EXTENDED request",
        "copy": "net-sftp 4.0.0 sends no EXTENDED request",
        "statvfs": "net-sftp 4.0.0 sends no EXTENDED request",
        "chmod_link": "net-sftp 4.0.0 sends no EXTENDED request",
    }

    @classmethod
    def detect(cls):
        if shutil.which(cls.program) is None:
            return Detection(missing=f"{cls.program} not found (package {cls.package})")
        asked = cls.ask_version()
        if asked.exit_code != 0:
            return Detection(missing=f"Ruby library net/sftp not found (package {cls.package})")
        return Detection(version=asked.stdout.strip())

    @classmethod
    def ask_version(cls):
        code = 'puts "net-sftp #{Net::SFTP::Version::STRING}, net-ssh #{Net::SSH::Version::STRING}"'
        wanted = ("-rnet/ssh/version", "-rnet/sftp/version")
        return run([*_RUBY, *wanted, "-e", code], seconds=30)

    @classmethod
    def version(cls):
        return cls.ask_version().stdout.strip()

    def task(self, steps):
        """net-ssh 7.0.1 cannot read ECDSA and RSA keys in OpenSSH's format with OpenSSL 3; PEM it can."""
        task, key = super().task(steps), self.target.key
        if key and not key.public_line.startswith("ssh-ed25519 "):
            task["key"] = str(key.pem)
        second = self.target.second_key
        if second and not second.public_line.startswith("ssh-ed25519 "):
            task["second_key"] = str(second.pem)
        if key and key.certificate:
            task["certificate"] = str(key.certificate)
        return task

    def argv(self):
        return [*_RUBY, DRIVERS / "net_sftp_driver.rb"]
