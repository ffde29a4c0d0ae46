"""ci/layers.py must find what it is there to find."""

import subprocess
import sys
from pathlib import Path

import pytest

LAYERS = Path(__file__).parent.parent / "layers.py"


@pytest.fixture
def tree(tmp_path):
    """A small project: wire <- crypto <- io, keys beside io, a tool on top. All is well in it."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    write("libssh2core/wire/CMakeLists.txt", "ssh2core_layer(wire)\n")
    write("libssh2core/crypto/CMakeLists.txt", "ssh2core_layer(crypto ssh2core_wire OpenSSL::Crypto)\n")
    write("libssh2core/io/CMakeLists.txt", "ssh2core_layer(io ssh2core_crypto)\n")
    write(
        "libssh2core/tests/CMakeLists.txt",
        "add_library(harness STATIC wire/harness.cpp)\n"
        "target_link_libraries(harness PUBLIC ssh2core_wire)\n"
        "foreach(layer wire crypto)\n  ssh2core_test(${layer} ssh2core_${layer} harness)\n"
        "endforeach()\n"
        "ssh2core_test(io ssh2core_io)\n",
    )
    write(
        "keys/CMakeLists.txt",
        "ssh2core_layer(keys ssh2core_crypto)\n"
        "target_link_libraries(ssh2core_keys PRIVATE PkgConfig::sodium)\n"
        "add_executable(keys_test ${sources})\n"
        "target_link_libraries(keys_test PRIVATE ssh2core_keys GTest::gmock_main)\n",
    )
    write(
        "tools/probe/CMakeLists.txt",
        "add_executable(probe main.cpp)\n"
        "target_link_libraries(probe PRIVATE ssh2core_keys fmt::fmt CLI11::CLI11)\n",
    )
    write("libssh2core/wire/bytes.h", "#include <vector>\n")
    write("libssh2core/crypto/hash.h", '#include <openssl/evp.h>\n#include "libssh2core/wire/bytes.h"\n')
    write("libssh2core/io/pump.cpp", '#include <unistd.h>\n#include "libssh2core/crypto/hash.h"\n')
    write("libssh2core/tests/crypto/hash_test.cpp", '#include <gtest/gtest.h>\n#include "libssh2core/crypto/hash.h"\n')
    write("libssh2core/tests/wire/harness.h", "#include <vector>\n")
    write("libssh2core/tests/crypto/joint_test.cpp", '#include "libssh2core/tests/wire/harness.h"\n')
    write("keys/file.h", '#include <sodium.h>\n#include "libssh2core/wire/bytes.h"\n')
    write("keys/tests/file_test.cpp", '#include <gmock/gmock.h>\n#include "keys/file.h"\n')
    write("tools/probe/main.cpp", '#include <CLI/CLI.hpp>\n#include "keys/file.h"\n')
    write("build-dev/generated.cpp", '#include "nowhere.h"\n')
    return tmp_path


def run(top):
    return subprocess.run([sys.executable, LAYERS, top], capture_output=True, text=True, timeout=60)


def test_a_tree_that_keeps_the_rules_passes(tree):
    result = run(tree)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize(
    ("file", "include", "says"),
    [
        ("libssh2core/wire/bad.h", '"libssh2core/crypto/hash.h"', "may not include"),
        ("libssh2core/crypto/bad.h", '"keys/file.h"', "may not include"),
        ("libssh2core/crypto/bad.h", '"tools/probe/main.cpp"', "may not include"),
        ("keys/bad.cpp", '"libssh2core/io/pump.cpp"', "may not include"),
        ("libssh2core/tests/wire/bad_test.cpp", '"libssh2core/crypto/hash.h"', "may not include"),
        ("libssh2core/tests/io/bad_test.cpp", '"libssh2core/tests/wire/harness.h"', "may not include"),
        ("libssh2core/crypto/bad.h", '"hash.h"', "from the top"),
        ("libssh2core/crypto/bad.h", '"../wire/bytes.h"', "from the top"),
        ("libssh2core/wire/bad.h", "<openssl/evp.h>", "needs OpenSSL::Crypto"),
        ("libssh2core/crypto/bad.cpp", "<sodium.h>", "needs PkgConfig::sodium"),
        ("libssh2core/wire/bad.h", "<gtest/gtest.h>", "needs GTest"),
        ("keys/bad.h", "<gtest/gtest.h>", "needs GTest"),
        ("libssh2core/io/bad.h", "<nlohmann/json.hpp>", "for the tools only"),
        ("keys/bad.cpp", "<fmt/format.h>", "for the tools only"),
        ("keys/bad.cpp", "<CLI/CLI.hpp>", "for the tools only"),
        ("tools/probe/bad.cpp", "<nlohmann/json.hpp>", "needs nlohmann_json"),
        ("tools/probe/bad.cpp", "<sodium.h>", "needs PkgConfig::sodium"),
        ("libssh2core/crypto/bad.cpp", "<sys/socket.h>", "system calls"),
    ],
)
def test_an_include_against_a_rule_is_named(tree, file, include, says):
    (tree / file).parent.mkdir(parents=True, exist_ok=True)
    (tree / file).write_text(f"#pragma once\n#include {include}\n")
    result = run(tree)
    assert result.returncode == 1
    assert f"{file}:2" in result.stdout
    assert says in result.stdout
