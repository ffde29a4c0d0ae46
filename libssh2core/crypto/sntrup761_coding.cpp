#include "libssh2core/crypto/sntrup761_coding.h"

#include "libssh2core/crypto/constant_time.h"

namespace ssh2core::sntrup761 {

namespace {

// Numbers below a modulus are paired, level by level, to one number below the product of the
// moduli; as long as that product is kWhole or more, low bytes are put out. All numbers of a level
// have the same modulus, only the last one may have another.
constexpr std::uint32_t kWhole = 1U << 14;

struct Level {
  std::size_t count;
  std::uint32_t modulus, last_modulus;

  std::size_t pairs() const { return count / 2; }
  std::uint32_t second_modulus(std::size_t pair) const {
    return 2 * pair + 2 == count ? last_modulus : modulus;
  }
};

// What putting out bytes leaves of a modulus, and how many bytes that are.
struct Reduced {
  explicit Reduced(std::uint32_t product) : modulus(product) {
    for (; modulus >= kWhole; ++bytes) modulus = (modulus + 255) / 256;
  }
  std::uint32_t modulus;
  unsigned bytes = 0;
};

Level above(const Level& level) {
  Level next{(level.count + 1) / 2, Reduced(level.modulus * level.modulus).modulus,
             level.last_modulus};
  if (level.count % 2 == 0) next.last_modulus = Reduced(level.modulus * level.last_modulus).modulus;
  return next;
}

std::size_t bytes_of(const Level& level) {
  std::size_t bytes = 0;
  for (std::size_t pair = 0; pair < level.pairs(); ++pair)
    bytes += Reduced(level.modulus * level.second_modulus(pair)).bytes;
  return bytes;
}

using Numbers = std::array<std::uint32_t, kDegree>;

void encode(MutableView out, Numbers& numbers, std::uint32_t modulus) {
  std::size_t at = 0;
  Level level{kDegree, modulus, modulus};
  for (; level.count > 1; level = above(level)) {
    const unsigned bytes = Reduced(level.modulus * level.modulus).bytes;
    for (std::size_t pair = 0; pair < level.pairs(); ++pair) {
      const bool is_last = 2 * pair + 2 == level.count;
      const unsigned own_bytes =
          is_last ? Reduced(level.modulus * level.last_modulus).bytes : bytes;
      std::uint32_t number = numbers[2 * pair] + numbers[2 * pair + 1] * level.modulus;
      for (unsigned i = 0; i < own_bytes; ++i, number >>= 8)
        out[at++] = static_cast<std::uint8_t>(number);
      numbers[pair] = number;
    }
    if (level.count % 2 != 0) numbers[level.pairs()] = numbers[level.count - 1];
  }
  std::uint32_t number = numbers[0];
  for (std::uint32_t rest = level.last_modulus; rest > 1; rest = (rest + 255) / 256, number >>= 8)
    out[at++] = static_cast<std::uint8_t>(number);
}

constexpr std::size_t kLevels = 10;  // 761 numbers, 381, 191, ... 3, 2; then one

std::uint32_t little_endian(ByteView bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

void decode(Numbers& numbers, ByteView in, std::uint32_t modulus) {
  std::array<Level, kLevels> levels;
  std::array<std::size_t, kLevels> starts{};
  Level level{kDegree, modulus, modulus};
  std::size_t at = 0;
  for (std::size_t i = 0; i < kLevels; ++i, level = above(level)) {
    levels[i] = level;
    starts[i] = at;
    at += bytes_of(level);
  }
  numbers[0] = little_endian(in.subspan(at)) % level.last_modulus;
  for (std::size_t i = kLevels; i-- > 0;) {
    const Level& here = levels[i];
    const unsigned bytes = Reduced(here.modulus * here.modulus).bytes;
    std::size_t end = starts[i] + bytes_of(here);
    if (here.count % 2 != 0) numbers[here.count - 1] = numbers[here.pairs()];
    for (std::size_t pair = here.pairs(); pair-- > 0;) {  // from above: in place
      const std::uint32_t second = here.second_modulus(pair);
      const unsigned own =
          2 * pair + 2 == here.count ? Reduced(here.modulus * second).bytes : bytes;
      end -= own;
      const std::uint32_t number = numbers[pair] << (8 * own) | little_endian(in.subspan(end, own));
      numbers[2 * pair] = number % here.modulus;
      numbers[2 * pair + 1] = number / here.modulus % second;
    }
  }
}

constexpr std::uint32_t kRoundedModulus = (kModulus + 2) / 3;

}  // namespace

void encode_small(MutableView out, const Small& polynomial) {
  for (std::size_t i = 0; i < kSmallBytes; ++i) {
    std::uint32_t byte = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const std::size_t at = 4 * i + j;
      if (at < kDegree) byte |= static_cast<std::uint32_t>(polynomial[at] + 1) << (2 * j);
    }
    out[i] = static_cast<std::uint8_t>(byte);
  }
}

void encode_wide(MutableView out, const Wide& polynomial) {
  Erased<Numbers> numbers;
  for (std::size_t i = 0; i < kDegree; ++i)
    (*numbers)[i] = static_cast<std::uint32_t>(polynomial[i] + kHalf);
  encode(out, *numbers, kModulus);
}

void encode_rounded(MutableView out, const Wide& polynomial) {
  Erased<Numbers> numbers;
  for (std::size_t i = 0; i < kDegree; ++i)  // divided by 3: exact up to 2^15
    (*numbers)[i] = static_cast<std::uint32_t>((polynomial[i] + kHalf) * 10923) >> 15;
  encode(out, *numbers, kRoundedModulus);
}

void decode_wide(Wide& polynomial, ByteView in) {
  Numbers numbers;
  decode(numbers, in, kModulus);
  for (std::size_t i = 0; i < kDegree; ++i)
    polynomial[i] = static_cast<std::int16_t>(static_cast<std::int32_t>(numbers[i]) - kHalf);
}

void decode_rounded(Wide& polynomial, ByteView in) {
  Numbers numbers;
  decode(numbers, in, kRoundedModulus);
  for (std::size_t i = 0; i < kDegree; ++i)
    polynomial[i] = static_cast<std::int16_t>(3 * static_cast<std::int32_t>(numbers[i]) - kHalf);
}

}  // namespace ssh2core::sntrup761
