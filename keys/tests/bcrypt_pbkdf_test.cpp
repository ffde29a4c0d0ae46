#include "keys/bcrypt_pbkdf.h"

#include <gtest/gtest.h>

#include "libssh2core/tests/vectors.h"

namespace ssh2core::keys {
namespace {

struct Case {
  std::string_view passphrase, salt;
  std::uint32_t rounds;
  const char* expected;
};

// The first three are those of Dmitry Chestnykh's bcrypt_pbkdf for Go, the last one is of the test
// suite of the Python module bcrypt.
const Case kCases[] = {
    {"password", "salt", 12, "1ae42c05d487bc02f64921a4ebe4ea93bcacfe135fda99974c06b7b01fae149a"},
    {{"passwordy\0PASSWORD\0", 19},
     {"salty\0SALT\0", 11},
     3,
     "7f310bd3e78c3280c59ce4595211a2928e8d4ec744c1ed2efc9f764e3388e0"},
    {"секретное слово", "посолить немножко", 8,
     "8df43fc6fe131fc47f0c9e39224bd94c70b6fcc8ee8135faddf61156e6cb2733"
     "ea765f315a3e1e4afc35bf8687d189254c1e05a6fe80c0617f9183d67260d6a1"
     "15c6c94e3603e2303fbb43a76a64523ffda686b1d4518543"},
    {"password", "salt", 8,
     "e1367ec5151a33faac4cc1c144cd23fa15d5548493ecc99b9b5d9c0d3b27bec7"
     "6227ea66088b849b20ab7aa478010246e74bba51723fefa9f9474d6508845e8d"},
};

TEST(BcryptPbkdf, DerivesAsPublished) {
  for (const Case& c : kCases) {
    const Bytes expected = from_hex(c.expected);
    const Secret derived =
        bcrypt_pbkdf(Secret(as_bytes(c.passphrase)), as_bytes(c.salt), c.rounds, expected.size());
    EXPECT_EQ(Bytes(derived.view().begin(), derived.view().end()), expected) << c.passphrase;
  }
}

}  // namespace
}  // namespace ssh2core::keys
