// The codec, on a message that has every wire type.
#include "libssh2core/wire/codec.h"

#include "libssh2core/tests/messages.h"

namespace ssh2core {
namespace {

struct EveryType {
  static constexpr std::uint8_t kId = 192;
  bool flag = false;
  std::uint8_t small = 0;
  std::uint32_t number = 0;
  std::uint64_t large = 0;
  std::string_view text;
  ByteView bytes;
  NameList names;
  std::array<std::uint8_t, 5> fixed{};
  static constexpr std::tuple kFields{
      Field{"flag", &EveryType::flag},     Field{"small", &EveryType::small},
      Field{"number", &EveryType::number}, Field{"large", &EveryType::large},
      Field{"text", &EveryType::text},     Field{"bytes", &EveryType::bytes},
      Field{"names", &EveryType::names},   Field{"fixed", &EveryType::fixed}};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Wire, EveryMessage, testing::Types<EveryType>);

struct WithNumber {
  static constexpr std::uint8_t kId = 193;
  std::string owned;
  Mpint value;
  static constexpr std::tuple kFields{Field{"owned", &WithNumber::owned},
                                      Field{"value", &WithNumber::value}};
};

TEST(Codec, WritesNumbersAndOwnedTexts) {
  const Bytes magnitude{0x90, 0x01};
  const Bytes wire = encode(WithNumber{"abc", {magnitude}});
  EXPECT_EQ(wire, (Bytes{193, 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 3, 0, 0x90, 0x01}));
  const auto back = decode<WithNumber>(wire);
  EXPECT_EQ(back.owned, "abc");
  EXPECT_TRUE(std::ranges::equal(back.value.magnitude, magnitude));
}

TEST(Codec, RefusesAnEmptyPacket) { EXPECT_THROW(decode<WithNumber>({}), ProtocolError); }

}  // namespace
}  // namespace ssh2core
