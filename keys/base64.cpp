#include "keys/base64.h"

#include <algorithm>
#include <array>

namespace ssh2core::keys {
namespace {

constexpr std::string_view kAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint32_t kBad = 0x80000000;  // no character of the alphabet

/// For each place in a group of four, the bits of each character where they belong in 24 bits.
constexpr auto kPlaces = [] {
  std::array<std::array<std::uint32_t, 256>, 4> places{};
  for (std::size_t place = 0; place < 4; ++place) {
    places[place].fill(kBad);
    for (std::uint32_t value = 0; value < 64; ++value)
      places[place][static_cast<std::uint8_t>(kAlphabet[value])] = value << (18 - 6 * place);
  }
  return places;
}();

std::uint32_t group(const char* at) {
  const auto* c = reinterpret_cast<const std::uint8_t*>(at);
  return kPlaces[0][c[0]] | kPlaces[1][c[1]] | kPlaces[2][c[2]] | kPlaces[3][c[3]];
}

}  // namespace

std::optional<std::size_t> base64_decode_to(std::string_view text, MutableView out) {
  if (text.size() % 4 != 0) return std::nullopt;
  if (text.empty()) return 0;
  std::uint8_t* to = out.data();
  std::uint32_t seen = 0;
  const char* at = text.data();
  const char* const last = at + text.size() - 4;
  for (; at != last; at += 4, to += 3) {
    const std::uint32_t bits = group(at);
    seen |= bits;
    to[0] = static_cast<std::uint8_t>(bits >> 16);
    to[1] = static_cast<std::uint8_t>(bits >> 8);
    to[2] = static_cast<std::uint8_t>(bits);
  }
  const std::size_t padding = last[3] != '=' ? 0 : last[2] != '=' ? 1 : 2;
  char tail[4] = {last[0], last[1], padding == 2 ? 'A' : last[2], padding > 0 ? 'A' : last[3]};
  const std::uint32_t bits = group(tail);
  Secret::cleanse({reinterpret_cast<std::uint8_t*>(tail), sizeof tail});
  const std::uint32_t spare = padding == 0 ? 0 : padding == 1 ? 0xff : 0xffff;
  if (((seen | bits) & kBad) != 0 || (bits & spare) != 0) return std::nullopt;
  for (std::size_t i = 0; i < 3 - padding; ++i)
    *to++ = static_cast<std::uint8_t>(bits >> (16 - 8 * i));
  return static_cast<std::size_t>(to - out.data());
}

std::optional<Bytes> base64_decode(std::string_view text) {
  Bytes out(base64_decoded_bound(text.size()));
  const auto size = base64_decode_to(text, out);
  if (!size) return std::nullopt;
  out.resize(*size);
  return out;
}

std::optional<Secret> base64_decode_lines(std::string_view text) {
  Secret dense(text.size());
  char* const begin = reinterpret_cast<char*>(dense.mutable_view().data());
  std::size_t size = 0;
  for (const char c : text)
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') begin[size++] = c;
  Secret out(base64_decoded_bound(size));
  const auto decoded = base64_decode_to({begin, size}, out.mutable_view());
  if (!decoded) return std::nullopt;
  out.truncate(*decoded);
  return out;
}

Secret base64_encode_lines(ByteView data, std::size_t width) {
  const std::size_t characters = (data.size() + 2) / 3 * 4;
  Secret out(characters + (characters + width - 1) / width);
  std::uint8_t* to = out.mutable_view().data();
  for (std::size_t at = 0, column = 0; at < data.size(); at += 3) {
    const std::size_t count = std::min<std::size_t>(3, data.size() - at);
    std::uint32_t bits = std::uint32_t{data[at]} << 16;
    if (count > 1) bits |= std::uint32_t{data[at + 1]} << 8;
    if (count > 2) bits |= data[at + 2];
    for (std::size_t i = 0; i < 4; ++i) {
      *to++ = static_cast<std::uint8_t>(i <= count ? kAlphabet[bits >> (18 - 6 * i) & 63] : '=');
      if (++column == width) {
        *to++ = '\n';
        column = 0;
      }
    }
  }
  if (out.size() > 0 && to != out.mutable_view().data() + out.size()) *to = '\n';
  return out;
}

}  // namespace ssh2core::keys
