#include "keys/digest_art.h"

#include <algorithm>
#include <array>

namespace ssh2core::keys {
namespace {

constexpr int kWidth = 17, kHeight = 9;
/// How often a field was entered, in characters; the last two are for the start and the end.
constexpr std::string_view kFields = " .o+=*BOX@%&#/^SE";
constexpr std::uint8_t kMostVisits = kFields.size() - 3;

/// "+---[text]---+", the text in the middle; one more dash at the right where they are odd.
std::string border(std::string_view text) {
  const std::size_t inner = text.empty() ? 0 : text.size() + 2;
  const std::size_t left = (kWidth - inner) / 2;
  std::string line(1, '+');
  line.append(left, '-');
  if (inner != 0) line.append("[").append(text).append("]");
  return line.append(kWidth - inner - left, '-').append("+");
}

}  // namespace

std::string randomart(ByteView digest, std::string_view title, std::string_view short_title,
                      std::string_view hash) {
  constexpr std::size_t kWidestTitle = kWidth - 2;
  std::array<std::array<std::uint8_t, kWidth>, kHeight> visits{};
  int x = kWidth / 2, y = kHeight / 2;
  for (const std::uint8_t byte : digest)
    for (int pair = 0; pair < 4; ++pair) {
      const int bits = byte >> (2 * pair);
      x = std::clamp(x + ((bits & 1) != 0 ? 1 : -1), 0, kWidth - 1);
      y = std::clamp(y + ((bits & 2) != 0 ? 1 : -1), 0, kHeight - 1);
      std::uint8_t& count = visits[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
      count = std::min<std::uint8_t>(static_cast<std::uint8_t>(count + 1), kMostVisits);
    }
  visits[kHeight / 2][kWidth / 2] = kFields.size() - 2;
  visits[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] = kFields.size() - 1;

  std::string art = border(title.size() <= kWidestTitle         ? title
                           : short_title.size() <= kWidestTitle ? short_title
                                                                : std::string_view());
  for (const auto& row : visits) {
    art += "\n|";
    for (const std::uint8_t count : row) art += kFields[count];
    art += '|';
  }
  return art.append("\n").append(border(hash));
}

std::string bubblebabble(ByteView digest) {
  constexpr std::string_view kVowels = "aeiouy", kConsonants = "bcdfghklmnprstvzx";
  std::size_t seed = 1;
  std::string out = "x";
  for (std::size_t at = 0;; at += 2) {
    if (at == digest.size()) {  // behind the last whole pair
      out += kVowels[seed % 6];
      out += kConsonants[16];
      out += kVowels[seed / 6];
      break;
    }
    const std::size_t first = digest[at];
    out += kVowels[((first >> 6) + seed) % 6];
    out += kConsonants[(first >> 2) & 15];
    out += kVowels[((first & 3) + seed / 6) % 6];
    if (at + 1 == digest.size()) break;
    const std::size_t second = digest[at + 1];
    out += kConsonants[second >> 4];
    out += '-';
    out += kConsonants[second & 15];
    seed = (seed * 5 + first * 7 + second) % 36;
  }
  return out.append("x");
}

}  // namespace ssh2core::keys
