// Times of capture files that no clock can hold.
#include "tools/replay/capture_file.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "libssh2core/wire/buffer.h"

namespace ssh2core::tools {
namespace {

/// A block of a pcapng file, big-endian.
void add_block(Buffer& file, std::uint32_t type, ByteView body) {
  Writer w(file);
  const auto length = static_cast<std::uint32_t>(body.size() + 12);
  w.u32(type);
  w.u32(length);
  w.raw(body);
  w.u32(length);
}

/// A pcapng file with an empty frame at each of the times, in seconds.
Bytes capture_at(std::initializer_list<std::uint64_t> times) {
  Buffer file;
  add_block(file, 0x0a0d0d0a, Bytes{0x1a, 0x2b, 0x3c, 0x4d, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
  // LINKTYPE_RAW, and if_tsresol 0: whole seconds.
  add_block(file, 1, Bytes{0, 101, 0, 0, 0, 4, 0, 0, 0, 9, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0});
  for (const std::uint64_t time : times) {
    Buffer packet;
    Writer w(packet);
    w.u32(0);
    w.u64(time);
    w.u64(0);
    add_block(file, 6, packet.view());
  }
  return file.to_bytes();
}

TEST(CaptureFile, TakesTimesThatNoClockHolds) {
  const std::string path = testing::TempDir() + "/times-" + std::to_string(getpid()) + ".pcapng";
  const Bytes content =
      capture_at({5, 0x7fffffffffffffff, 0x8000000000000000, 0xffffffffffffffff, 10'000'000'000});
  std::ofstream(path, std::ios::binary) << as_text(content);
  CaptureFile file(path);
  std::vector<Clock::Wall> times;
  while (const auto frame = file.next()) times.push_back(frame->time);
  EXPECT_EQ(file.problem(), "");
  ASSERT_EQ(times.size(), 5U);
  EXPECT_EQ(times[0], Clock::Wall(std::chrono::seconds(5)));
  for (const Clock::Wall time : times) EXPECT_GE(time.time_since_epoch().count(), 0);
  EXPECT_EQ(times[1], times[4]);
  unlink(path.c_str());
}

}  // namespace
}  // namespace ssh2core::tools
