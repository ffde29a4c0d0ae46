// Tests that hold for every message struct with kId and kFields: a round trip, every truncation,
// surplus bytes, random mutations. Instantiated over the type lists of the layers.
#pragma once

#include <gtest/gtest.h>

#include <random>

#include "libssh2core/wire/codec.h"

namespace ssh2core {

/// Fills every field of a message with a value that is not its default.
struct Filler {
  std::uint8_t next = 1;
  void fill(bool& v) { v = true; }
  void fill(std::uint8_t& v) { v = ++next; }
  void fill(std::uint32_t& v) { v = 0x01020300U + ++next; }
  void fill(std::uint64_t& v) { v = 0x0102030405060700U + ++next; }
  void fill(std::string_view& v) { v = "some text"; }
  void fill(ByteView& v) { v = as_bytes("some bytes"); }
  void fill(NameList& v) { v = {"first@example.com", "second"}; }
  void fill(Tail& v) { v.bytes = as_bytes("and all the rest"); }
  template <std::size_t N>
  void fill(std::array<std::uint8_t, N>& v) {
    v.fill(++next);
  }
};

template <class Message>
Message filled() {
  Message m;
  [[maybe_unused]] Filler filler;
  std::apply([&](const auto&... f) { (filler.fill(m.*f.member), ...); }, Message::kFields);
  return m;
}

/// The last field takes whatever follows, so that nothing can be missing from it or too much.
template <class Message>
constexpr bool ends_in_tail() {
  constexpr std::size_t count = std::tuple_size_v<std::remove_cvref_t<decltype(Message::kFields)>>;
  if constexpr (count == 0) {
    return false;
  } else {
    constexpr auto last = std::get<count - 1>(Message::kFields);
    return std::is_same_v<std::remove_cvref_t<decltype(std::declval<Message>().*last.member)>,
                          Tail>;
  }
}

template <class Message>
class EveryMessage : public testing::Test {};
TYPED_TEST_SUITE_P(EveryMessage);

TYPED_TEST_P(EveryMessage, ComesBackAsItWas) {
  const Bytes wire = encode(filled<TypeParam>());
  ASSERT_EQ(wire[0], TypeParam::kId);
  EXPECT_EQ(encode(decode<TypeParam>(wire)), wire);
  EXPECT_EQ(encode(decode<TypeParam>(encode(TypeParam{}))), encode(TypeParam{}));
}

TYPED_TEST_P(EveryMessage, IsRefusedWhenCutAnywhere) {
  const Bytes wire = encode(filled<TypeParam>());
  const std::size_t tail =
      ends_in_tail<TypeParam>() ? std::string_view("and all the rest").size() : 0;
  for (std::size_t size = 0; size < wire.size() - tail; ++size)
    EXPECT_THROW(decode<TypeParam>(ByteView(wire).first(size)), ProtocolError) << size;
}

TYPED_TEST_P(EveryMessage, TakesSurplusBytesOnlyIntoATail) {
  Bytes wire = encode(filled<TypeParam>());
  wire.push_back(0);
  if (ends_in_tail<TypeParam>())
    EXPECT_EQ(encode(decode<TypeParam>(wire)), wire);
  else
    EXPECT_THROW(decode<TypeParam>(wire), ProtocolError);
}

TYPED_TEST_P(EveryMessage, IsRefusedUnderAnotherNumber) {
  Bytes wire = encode(filled<TypeParam>());
  ++wire[0];
  EXPECT_THROW(decode<TypeParam>(wire), ProtocolError);
}

TYPED_TEST_P(EveryMessage, SurvivesMutations) {
  const Bytes wire = encode(filled<TypeParam>());
  std::mt19937 random(TypeParam::kId);
  for (int round = 0; round < 2000; ++round) {
    Bytes mutated = wire;
    for (unsigned n = random() % 4 + 1; n != 0; --n)
      mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random());
    if (random() % 4 == 0) mutated.resize(random() % (mutated.size() + 8) + 1);
    try {
      const auto message = decode<TypeParam>(mutated);
      // What was taken can be written, and is then read as the same.
      const Bytes again = encode(message);
      EXPECT_EQ(encode(decode<TypeParam>(again)), again);
    } catch (const ProtocolError&) {
      continue;  // refused: as good
    }
  }
}

REGISTER_TYPED_TEST_SUITE_P(EveryMessage, ComesBackAsItWas, IsRefusedWhenCutAnywhere,
                            TakesSurplusBytesOnlyIntoATail, IsRefusedUnderAnotherNumber,
                            SurvivesMutations);

}  // namespace ssh2core
