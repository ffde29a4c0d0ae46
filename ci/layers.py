#!/usr/bin/python3
"""Checks every #include against the arrow between the layers.

The arrow is read from the CMake files: what a folder may include is what its targets link to
(`ssh2core_layer`, `ssh2core_test`, `target_link_libraries`), itself and what those pass on
(PUBLIC, INTERFACE). There is no second list of who may include whom.

Beyond the arrow: libssh2core and keys never see the libraries of the tools, only libssh2core/io
and the tools make system calls, and includes are written from the top of the repository.

usage: ci/layers.py [TOP]      exit 1 when an include is against the rules
"""

import posixpath
import re
import sys
from pathlib import Path

SKIPPED_FOLDERS = re.compile(r"^(build.*|\..*)$")
VISIBILITY = {"PUBLIC", "INTERFACE", "PRIVATE"}

# Angle-bracket includes of packages: the CMake target that must be linked to.
PACKAGES = {
    r"openssl/": "OpenSSL::Crypto",
    r"(zlib|zconf)\.h": "ZLIB::ZLIB",
    r"sodium": "PkgConfig::sodium",
    r"nettle/": "PkgConfig::nettle",
    r"crypt\.h": "crypt",
    r"security/pam": "pam",
    r"seccomp\.h": "seccomp",
    r"fmt/": "fmt::fmt",
    r"CLI/": "CLI11::CLI11",
    r"nlohmann/": "nlohmann_json::nlohmann_json",
    r"(gtest|gmock)/": "GTest::gmock",
}
TOOL_PACKAGES = {"fmt::fmt", "CLI11::CLI11", "nlohmann_json::nlohmann_json"}
SAME_PACKAGE = {
    "GTest::gmock_main": "GTest::gmock",
    "GTest::gtest_main": "GTest::gmock",
    "GTest::gtest": "GTest::gmock",
    "GTest::gmock": "GTest::gmock",
    "OpenSSL::SSL": "OpenSSL::Crypto",
    "fmt::fmt-header-only": "fmt::fmt",
}
# System calls that reach outside the process. Plain types (sys/types.h) and errno are harmless.
SYSTEM_CALLS = re.compile(
    r"^(unistd|fcntl|poll|signal|spawn|dirent|netdb|syslog|sys/(socket|epoll|wait|mman|stat|un|uio|"
    r"statvfs|sendfile|prctl|syscall)|linux/.*|netinet/.*|arpa/.*)\.h$"
)


def commands(text):
    """Yields (name, arguments) of each command of a CMake file, foreach loops unrolled."""
    text = re.sub(r"#[^\n]*", "", text)
    found = [
        (name.lower(), [word.strip('"') for word in arguments.split()])
        for name, arguments in re.findall(r"(\w+)\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)", text)
    ]
    yield from unrolled(iter(found))


def unrolled(rest):
    for name, arguments in rest:
        if name == "endforeach":
            return
        if name != "foreach":
            yield name, arguments
            continue
        variable, values = arguments[0], arguments[1:]
        body = list(unrolled(rest))
        for value in values:
            for inner, inner_arguments in body:
                yield inner, [a.replace("${%s}" % variable, value) for a in inner_arguments]


class Arrow:
    """Which folder holds which targets, and what each target may include."""

    def __init__(self, top):
        self.folder_targets = {}  # folder -> its targets, whose links say what it may include
        self.makers = {}  # folder -> the targets that compile its sources
        self.links = {}  # target -> what it links to itself
        self.passed_on = {}  # target -> what whoever links to it gets as well
        for listing in sorted(top.rglob("CMakeLists.txt")):
            folder = listing.parent.relative_to(top)
            if not any(SKIPPED_FOLDERS.match(part) for part in folder.parts):
                self.read(folder.as_posix(), listing.read_text())

    def read(self, folder, text):
        inside_function = False
        for name, arguments in commands(text):
            if name in ("function", "macro", "endfunction", "endmacro"):
                inside_function = not name.startswith("end")
            if inside_function or not arguments:
                continue
            if name == "ssh2core_layer":
                self.add(folder, "ssh2core_" + arguments[0], "PUBLIC", arguments[1:])
            elif name == "ssh2core_test":
                where = f"{folder}/{arguments[0]}"
                links = arguments[1:] + ["GTest::gmock"]
                self.add(where, arguments[0] + "_test", "PRIVATE", links)
            elif name in ("add_library", "add_executable"):
                is_test = arguments[0].endswith("_test")
                self.add(f"{folder}/tests" if is_test else folder, arguments[0], "PRIVATE", [])
                for source in arguments[1:]:
                    where = posixpath.normpath(posixpath.join(folder, posixpath.dirname(source)))
                    self.makers.setdefault(where, set()).add(arguments[0])
            elif name == "target_link_libraries":
                visibility = "PUBLIC"
                for word in arguments[1:]:
                    if word in VISIBILITY:
                        visibility = word
                    else:
                        self.link(arguments[0], visibility, [word])

    def add(self, folder, target, visibility, links):
        self.folder_targets.setdefault(folder, set()).add(target)
        self.makers.setdefault(folder, set()).add(target)
        self.link(target, visibility, links)

    def link(self, target, visibility, links):
        links = {SAME_PACKAGE.get(link, link) for link in links}
        if visibility != "INTERFACE":
            self.links.setdefault(target, set()).update(links)
        if visibility != "PRIVATE":
            self.passed_on.setdefault(target, set()).update(links)

    def home(self, path):
        """The nearest folder at or above the file that has targets; None if there is none."""
        for folder in path.parents:
            if folder.as_posix() in self.folder_targets:
                return folder.as_posix()
        return None

    def may_include(self, folder):
        """All targets that the folder's own targets see."""
        own = self.folder_targets[folder]
        seen = set(own)
        queue = [link for target in own for link in self.links.get(target, ())]
        while queue:
            target = queue.pop()
            if target not in seen:
                seen.add(target)
                queue.extend(self.passed_on.get(target, ()))
        return seen


def check_file(top, path, arrow):
    """Yields a sentence for each include of the file that breaks a rule."""
    home = arrow.home(path)
    if home is None:
        return
    allowed = arrow.may_include(home)
    is_test = "tests" in path.parts
    is_library = path.parts[0] in ("libssh2core", "keys")
    lines = (top / path).read_text(errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        match = re.match(r'\s*#\s*include\s*([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        where, name = f"{path}:{number}", match[2]
        if match[1] == '"':
            yield from check_own(top, where, name, home, allowed, arrow)
            continue
        for pattern, package in PACKAGES.items():
            if not re.match(pattern, name):
                continue
            if package in TOOL_PACKAGES and is_library and not is_test:
                yield f"{where}: <{name}> is for the tools only; return a struct and render it there"
            elif package not in allowed:
                yield f"{where}: <{name}> needs {package}, which {home} does not link to"
        in_library = is_library and not is_test and home != "libssh2core/io"
        if in_library and path.parts[0] == "libssh2core" and SYSTEM_CALLS.match(name):
            yield f"{where}: <{name}>: system calls belong in libssh2core/io or the tools"


def check_own(top, where, name, home, allowed, arrow):
    if not (top / name).is_file():
        yield f'{where}: "{name}" is no file; write includes from the top of the repository'
        return
    other = arrow.home(Path(name))
    if other is None or other == home:
        return
    if not arrow.makers[other] & allowed:
        yield (
            f'{where}: {home} may not include "{name}": it does not link to {other}; '
            "move the code, or (if the arrow allows it) add the link to its CMakeLists.txt"
        )


def check_tree(top):
    arrow = Arrow(top)
    for path in sorted(p for kind in ("*.h", "*.cpp", "*.inc") for p in top.rglob(kind)):
        path = path.relative_to(top)
        if not any(SKIPPED_FOLDERS.match(part) for part in path.parts):
            yield from check_file(top, path, arrow)


def main():
    top = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    problems = list(check_tree(top))
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
