#include "libssh2core/crypto/system_random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "libssh2core/crypto/secret.h"

namespace ssh2core {

TEST(SystemRandom, FillsEverySizeAnew) {
  SystemRandom random;
  std::set<Bytes> seen;
  for (int round = 0; round < 600; ++round) {  // through the stock of 4 KiB more than once
    Bytes bytes(16);
    random.fill(bytes);
    EXPECT_TRUE(seen.insert(bytes).second) << "the same bytes twice";
  }
  for (const std::size_t size : {std::size_t{1024}, std::size_t{1025}, std::size_t{100000}}) {
    Bytes bytes(size);
    random.fill(bytes);
    EXPECT_GT(std::ranges::count_if(bytes, [](std::uint8_t b) { return b != 0; }),
              static_cast<std::ptrdiff_t>(size / 2));
  }
  random.fill({});
}

TEST(SystemRandom, GoesOnAfterReset) {
  SystemRandom random;
  Bytes before(32), after(32);
  random.fill(before);
  random.reset();
  random.fill(after);
  EXPECT_NE(before, after);
  EXPECT_NE(after, Bytes(32));
}

TEST(Secret, MovesAndTruncates) {
  Secret secret(as_bytes("key material"));
  Secret moved = std::move(secret);
  EXPECT_EQ(as_text(moved.view()), "key material");
  EXPECT_TRUE(secret.empty());  // NOLINT(bugprone-use-after-move): this is what is tested
  moved.truncate(3);
  EXPECT_EQ(as_text(moved.view()), "key");
  moved.truncate(5);
  EXPECT_EQ(moved.size(), 3U);
  moved.wipe();
  EXPECT_TRUE(std::ranges::equal(moved.view(), Bytes(3)));
}

}  // namespace ssh2core
