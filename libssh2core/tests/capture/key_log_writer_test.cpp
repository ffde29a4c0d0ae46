#include "libssh2core/capture/key_log_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace ssh2core {
namespace {

TEST(KeyLogWriter, WritesWhatWiresharkReads) {
  std::vector<std::string> lines;
  KeyLogWriter writer([&](std::string_view line) { lines.emplace_back(line); });
  std::array<std::uint8_t, 16> cookie{};
  cookie[0] = 0xab;
  const Bytes key{1, 0xf0}, shared{0xff, 2, 3};
  writer.on_key_exchange(cookie, Secret(ByteView(key)), Secret(ByteView(shared)));
  writer.on_key_exchange(cookie, Secret(), Secret(ByteView(shared)));
  const std::string name = "ab" + std::string(30, '0');
  EXPECT_THAT(lines, testing::ElementsAre(name + " 01f0", name + " SHARED_SECRET ff0203",
                                          name + " SHARED_SECRET ff0203"));
}

}  // namespace
}  // namespace ssh2core
