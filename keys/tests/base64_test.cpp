#include "keys/base64.h"

#include <gtest/gtest.h>

#include "libssh2core/crypto/hash.h"

namespace ssh2core::keys {
namespace {

std::optional<std::string> decoded(std::string_view text) {
  const auto bytes = base64_decode(text);
  if (!bytes) return std::nullopt;
  return std::string(as_text(*bytes));
}

TEST(Base64, DecodesTheVectorsOfRfc4648Section10) {
  EXPECT_EQ(decoded(""), "");
  EXPECT_EQ(decoded("Zg=="), "f");
  EXPECT_EQ(decoded("Zm8="), "fo");
  EXPECT_EQ(decoded("Zm9v"), "foo");
  EXPECT_EQ(decoded("Zm9vYg=="), "foob");
  EXPECT_EQ(decoded("Zm9vYmE="), "fooba");
  EXPECT_EQ(decoded("Zm9vYmFy"), "foobar");
}

TEST(Base64, RefusesWhatIsNotStrict) {
  for (const char* text :
       {"Z", "Zg", "Zg=", "Zh==", "Zm9=", "Zm9w=", "Z===", "====", "=", "Zg==Zg==", "Zm 9",
        "Zm9v\n", "Zm-_", "Zm9v====", "Z\xc3\xa4=", "=m9v", "Zm9vZ=9v"})
    EXPECT_EQ(decoded(text), std::nullopt) << text;
}

TEST(Base64, LinesDecodeToWhatWasEncoded) {
  Bytes data;
  for (int size = 0; size < 300; ++size) {
    const Secret lines = base64_encode_lines(data, 70);
    const auto back = base64_decode_lines(as_text(lines.view()));
    ASSERT_TRUE(back) << size;
    EXPECT_EQ(Bytes(back->view().begin(), back->view().end()), data);
    if (size > 0) {
      EXPECT_EQ(lines.view().back(), '\n');
    }
    EXPECT_EQ(base64_decode(base64_encode(data)), data);
    data.push_back(static_cast<std::uint8_t>(size * 7 + 3));
  }
}

}  // namespace
}  // namespace ssh2core::keys
