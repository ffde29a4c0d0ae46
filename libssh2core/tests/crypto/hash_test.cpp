// Digests, fingerprints, base64, and how failures of the library are reported.
#include <gtest/gtest.h>
#include <openssl/err.h>

#include "libssh2core/crypto/hash.h"
#include "libssh2core/tests/vectors.h"

namespace ssh2core {

// FIPS 180-4: the digests of "abc", from NIST's example values.
TEST(Hash, GivesTheExampleValues) {
  EXPECT_EQ(hash("SHA256", as_bytes("abc")),
            from_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
  EXPECT_EQ(hash("SHA384", as_bytes("abc")),
            from_hex("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
                     "8086072ba1e7cc2358baeca134c825a7"));
  EXPECT_EQ(hash("SHA512", as_bytes("abc")),
            from_hex("ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                     "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"));
}

TEST(Hash, StartsAnewAfterFinish) {
  Hash running("SHA256");
  for (int round = 0; round < 3; ++round) {
    running.update(as_bytes("a"));
    running.update(as_bytes("bc"));
    EXPECT_EQ(running.finish(), hash("SHA256", as_bytes("abc")));
  }
}

TEST(Hash, NamesWhatIsMissing) {
  try {
    Hash unknown("NO-SUCH-DIGEST");
    FAIL() << "no exception";
  } catch (const CryptoError& e) {
    const std::string what = e.what();
    EXPECT_NE(what.find("NO-SUCH-DIGEST"), std::string::npos) << what;
    EXPECT_NE(what.find("unsupported"), std::string::npos) << what;
  }
  EXPECT_EQ(ERR_peek_error(), 0U) << "the error must not be reported once more";
}

// RFC 4648 section 10.
TEST(Base64, GivesTheExamplesOfTheRfc) {
  EXPECT_EQ(base64_encode({}), "");
  EXPECT_EQ(base64_encode(as_bytes("f")), "Zg==");
  EXPECT_EQ(base64_encode(as_bytes("fo")), "Zm8=");
  EXPECT_EQ(base64_encode(as_bytes("foo")), "Zm9v");
  EXPECT_EQ(base64_encode(as_bytes("foobar")), "Zm9vYmFy");
  EXPECT_EQ(base64_encode(as_bytes("f"), false), "Zg");
  EXPECT_EQ(base64_encode(as_bytes("fo"), false), "Zm8");
  EXPECT_EQ(base64_encode({}, false), "");
}

TEST(Fingerprint, IsAsSshKeygenPrintsIt) {
  // The SHA-256 of nothing, in base64 without the padding.
  EXPECT_EQ(fingerprint_sha256({}), "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU");
}

}  // namespace ssh2core
