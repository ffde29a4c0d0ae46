// Buffer against a model, and the Writer's encodings.
#include "libssh2core/wire/buffer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

namespace ssh2core {
namespace {

Bytes numbered(std::size_t count, std::uint8_t first) {
  Bytes bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

TEST(Buffer, HoldsWhatAQueueOfBytesWouldHold) {
  std::mt19937 random(1);
  Buffer buffer;
  Bytes model;
  std::size_t most = 256;
  for (int step = 0; step < 20000; ++step) {
    const std::size_t count = random() % 300;
    switch (random() % 6) {
      case 0:
      case 1: {
        const Bytes bytes = numbered(count, static_cast<std::uint8_t>(step));
        buffer.append(bytes);
        model.insert(model.end(), bytes.begin(), bytes.end());
        break;
      }
      case 2: {
        const MutableView room = buffer.room(count);
        ASSERT_GE(room.size(), count);
        for (std::size_t i = 0; i < count; ++i) room[i] = static_cast<std::uint8_t>(i);
        buffer.commit(count / 2);
        for (std::size_t i = 0; i < count / 2; ++i) model.push_back(static_cast<std::uint8_t>(i));
        break;
      }
      case 3: {
        const std::size_t gone = std::min(count * 2, model.size());
        buffer.consume(gone);
        model.erase(model.begin(), model.begin() + static_cast<std::ptrdiff_t>(gone));
        break;
      }
      case 4:
        if (model.size() > 10) {
          buffer.truncate(model.size() - 10);
          model.resize(model.size() - 10);
        }
        break;
      case 5:
        if (count == 0) buffer.shrink(count);
        break;
    }
    ASSERT_EQ(buffer.size(), model.size());
    ASSERT_TRUE(std::ranges::equal(buffer.view(), model)) << "step " << step;
    most = std::max(most, model.size() + 300);
    // Memory stays in proportion to what was ever held at once.
    ASSERT_LE(buffer.capacity(), 4 * most);
  }
}

TEST(Buffer, AQueueThatIsNeverEmptyStaysBounded) {
  Buffer buffer;
  buffer.append(Bytes(1000));
  for (int i = 0; i < 10000; ++i) {
    buffer.append(Bytes(500));
    buffer.consume(500);
  }
  EXPECT_LE(buffer.capacity(), 8192U);
}

TEST(Buffer, MovesLeaveAnEmptyUsableBuffer) {
  Buffer first;
  first.append(numbered(40, 1));
  Buffer second = std::move(first);
  EXPECT_EQ(second.to_bytes(), numbered(40, 1));
  EXPECT_TRUE(first.empty());
  EXPECT_EQ(first.capacity(), 0U);
  first.append(numbered(3, 9));
  second = std::move(first);
  EXPECT_EQ(second.to_bytes(), numbered(3, 9));
}

TEST(Buffer, ShrinksToItsContentAndNoFurther) {
  Buffer buffer;
  buffer.append(numbered(1000, 0));
  buffer.consume(900);
  buffer.shrink(0);
  EXPECT_EQ(buffer.capacity(), 100U);
  EXPECT_EQ(buffer.view()[0], static_cast<std::uint8_t>(900));
  buffer.clear();
  buffer.shrink(0);
  EXPECT_EQ(buffer.capacity(), 0U);
  buffer.append({});
  EXPECT_TRUE(buffer.empty());
}

Bytes written(const std::function<void(Writer&)>& write) {
  Buffer out;
  Writer w(out);
  write(w);
  return out.to_bytes();
}

TEST(Writer, WritesIntegersBigEndian) {
  EXPECT_EQ(written([](Writer& w) {
              w.u8(0xab);
              w.boolean(true);
              w.u32(0x01020304);
              w.u64(0x05060708090a0b0c);
            }),
            (Bytes{0xab, 1, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}));
}

// The examples of RFC 4251 section 5.
TEST(Writer, WritesTheMpintsOfRfc4251) {
  const auto mpint = [](const Bytes& magnitude) {
    return written([&](Writer& w) { w.mpint(magnitude); });
  };
  EXPECT_EQ(mpint({}), (Bytes{0, 0, 0, 0}));
  EXPECT_EQ(mpint({0, 0}), (Bytes{0, 0, 0, 0}));
  EXPECT_EQ(mpint({0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7}),
            (Bytes{0, 0, 0, 8, 0x09, 0xa3, 0x78, 0xf9, 0xb2, 0xe3, 0x32, 0xa7}));
  EXPECT_EQ(mpint({0x80}), (Bytes{0, 0, 0, 2, 0, 0x80}));
  EXPECT_EQ(mpint({0, 0x80}), (Bytes{0, 0, 0, 2, 0, 0x80}));
}

TEST(Writer, WritesTheNameListsOfRfc4251) {
  const auto list = [](const NameList& names) {
    return written([&](Writer& w) { w.name_list(names); });
  };
  EXPECT_EQ(list({}), (Bytes{0, 0, 0, 0}));
  EXPECT_EQ(list({"zlib"}), (Bytes{0, 0, 0, 4, 'z', 'l', 'i', 'b'}));
  EXPECT_EQ(list({"zlib", "none"}),
            (Bytes{0, 0, 0, 9, 'z', 'l', 'i', 'b', ',', 'n', 'o', 'n', 'e'}));
}

}  // namespace
}  // namespace ssh2core
