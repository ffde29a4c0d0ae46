// The Reader: every type, every truncation, what is tolerated and what is refused.
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "libssh2core/wire/buffer.h"

namespace ssh2core {
namespace {

Bytes sample() {
  Buffer out;
  Writer w(out);
  w.u8(7);
  w.boolean(true);
  w.u32(0xfffffffe);
  w.u64(0x8000000000000001);
  w.string("text");
  w.mpint(Bytes{0xff, 0x01});
  w.name_list({"a", "bc"});
  return out.to_bytes();
}

void read_sample(ByteView bytes) {
  Reader r(bytes);
  EXPECT_EQ(r.u8(), 7);
  EXPECT_TRUE(r.boolean());
  EXPECT_EQ(r.u32(), 0xfffffffe);
  EXPECT_EQ(r.u64(), 0x8000000000000001);
  EXPECT_EQ(r.text(), "text");
  const ByteView number = r.mpint();
  EXPECT_EQ(Bytes(number.begin(), number.end()), (Bytes{0xff, 0x01}));
  EXPECT_EQ(r.name_list(), (NameList{"a", "bc"}));
  r.expect_end();
}

TEST(Reader, ReadsWhatTheWriterWrote) { read_sample(sample()); }

TEST(Reader, ThrowsForEveryTruncation) {
  const Bytes whole = sample();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size));
    EXPECT_THROW(read_sample(cut), ProtocolError) << size;
  }
}

TEST(Reader, ThrowsForBytesLeftOver) {
  Bytes longer = sample();
  longer.push_back(0);
  EXPECT_THROW(read_sample(longer), ProtocolError);
}

TEST(Reader, RefusesALengthBeyondThePacketWhateverItsSize) {
  for (const std::uint32_t length : {5U, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
    Buffer out;
    Writer w(out);
    w.u32(length);
    w.raw(as_bytes("1234"));
    Reader r(out.view());
    EXPECT_THROW(r.string(), ProtocolError) << length;
  }
}

TEST(Reader, TakesAnyNonZeroByteAsTrue) {
  for (const std::uint8_t byte : Bytes{1, 2, 0x80, 0xff}) {
    const Bytes bytes{byte};
    EXPECT_TRUE(Reader(bytes).boolean());
  }
  const Bytes zero{0};
  EXPECT_FALSE(Reader(zero).boolean());
}

TEST(Reader, RefusesNegativeNumbersAndDropsLeadingZeros) {
  const Bytes negative{0, 0, 0, 1, 0x80};
  EXPECT_THROW(Reader(negative).mpint(), ProtocolError);
  const Bytes zeros{0, 0, 0, 3, 0, 0, 5};
  const ByteView number = Reader(zeros).mpint();
  EXPECT_EQ(Bytes(number.begin(), number.end()), Bytes{5});
  const Bytes zero{0, 0, 0, 2, 0, 0};
  EXPECT_TRUE(Reader(zero).mpint().empty());
}

TEST(Reader, SkipsEmptyNames) {
  const auto names = [](std::string_view text) {
    Buffer out;
    Writer(out).string(text);
    return Reader(out.view()).name_list();
  };
  EXPECT_EQ(names(""), NameList{});
  EXPECT_EQ(names(","), NameList{});
  EXPECT_EQ(names("a,"), NameList{"a"});
  EXPECT_EQ(names(",a,,b,"), (NameList{"a", "b"}));
}

TEST(Reader, TakesTheRestOnce) {
  const Bytes bytes{1, 2, 3};
  Reader r(bytes);
  r.u8();
  EXPECT_EQ(r.rest().size(), 2U);
  EXPECT_EQ(r.remaining(), 0U);
  EXPECT_TRUE(r.rest().empty());
  EXPECT_NO_THROW(r.expect_end());
}

TEST(ConstantTime, ComparesAsEqualDoes) {
  EXPECT_TRUE(equal_in_constant_time({}, {}));
  EXPECT_TRUE(equal_in_constant_time(as_bytes("abc"), as_bytes("abc")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abd")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("xbc"), as_bytes("abc")));
  EXPECT_FALSE(equal_in_constant_time(as_bytes("abc"), as_bytes("abcd")));
}

}  // namespace
}  // namespace ssh2core
