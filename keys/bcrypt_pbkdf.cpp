#include "keys/bcrypt_pbkdf.h"

#include <algorithm>
#include <array>
#include <memory>

#include "libssh2core/crypto/hash.h"

namespace ssh2core::keys {
namespace {

constexpr std::size_t kDigestBytes = 64, kBlockBytes = 32;
constexpr std::size_t kSubkeys = 18, kBoxes = 4, kBoxWords = 256;

constexpr std::array<std::uint32_t, kSubkeys + kBoxes * kBoxWords> kPi = {
#include "keys/blowfish_pi.inc"
};

/// A SHA-512 digest as the words that Blowfish's key schedule cycles through.
using DigestWords = std::array<std::uint32_t, kDigestBytes / 4>;

void wipe(std::span<std::uint32_t> words) {
  Secret::cleanse({reinterpret_cast<std::uint8_t*>(words.data()), words.size_bytes()});
}

DigestWords to_words(ByteView digest) {
  DigestWords words;
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = load_u32(&digest[4 * i]);
  return words;
}

/// Blowfish with bcrypt's salted key schedule. Subkeys and boxes lie in one row of words, as they
/// are taken from pi and as the schedule replaces them.
class Blowfish {
 public:
  Blowfish() : state_(kPi) {}
  Blowfish(const Blowfish&) = delete;
  Blowfish& operator=(const Blowfish&) = delete;
  ~Blowfish() { wipe(state_); }

  /// Mixes the key in, then replaces the whole state by what it enciphers `salt` to; without a
  /// salt (nullptr) it enciphers zeros.
  void expand(const DigestWords& key, const DigestWords* salt) {
    for (std::size_t i = 0; i < kSubkeys; ++i) state_[i] ^= key[i % key.size()];
    std::uint32_t left = 0, right = 0;
    for (std::size_t i = 0; i < state_.size(); i += 2) {
      if (salt != nullptr) {
        left ^= (*salt)[i % salt->size()];
        right ^= (*salt)[(i + 1) % salt->size()];
      }
      encipher(left, right);
      state_[i] = left;
      state_[i + 1] = right;
    }
  }

  void encipher(std::uint32_t& left, std::uint32_t& right) const {
    std::uint32_t l = left, r = right;
    for (std::size_t i = 0; i < 16; i += 2) {
      l ^= state_[i];
      r ^= mix(l);
      r ^= state_[i + 1];
      l ^= mix(r);
    }
    left = r ^ state_[17];
    right = l ^ state_[16];
  }

 private:
  std::uint32_t box(std::size_t number, std::uint32_t byte) const {
    return state_[kSubkeys + number * kBoxWords + (byte & 0xff)];
  }
  std::uint32_t mix(std::uint32_t x) const {
    return ((box(0, x >> 24) + box(1, x >> 16)) ^ box(2, x >> 8)) + box(3, x);
  }
  std::array<std::uint32_t, kPi.size()> state_;
};

using Block = std::array<std::uint8_t, kBlockBytes>;

/// The hash of bcrypt_pbkdf: 64 salted key schedules, then 64 encryptions of a fixed text.
Block bcrypt_hash(const DigestWords& passphrase, const DigestWords& salt) {
  Blowfish cipher;
  cipher.expand(passphrase, &salt);
  for (int i = 0; i < 64; ++i) {
    cipher.expand(salt, nullptr);
    cipher.expand(passphrase, nullptr);
  }
  const ByteView text = as_bytes("OxychromaticBlowfishSwatDynamite");
  Block out;
  for (std::size_t i = 0; i < kBlockBytes; i += 8) {
    std::uint32_t words[2] = {load_u32(&text[i]), load_u32(&text[i + 4])};
    for (int round = 0; round < 64; ++round) cipher.encipher(words[0], words[1]);
    for (std::size_t byte = 0; byte < 8; ++byte)  // little-endian, unlike the input
      out[i + byte] = static_cast<std::uint8_t>(words[byte / 4] >> (8 * (byte % 4)));
  }
  return out;
}

DigestWords sha512_words(ByteView first, ByteView second = {}) {
  Hash sha512("SHA512");
  sha512.update(first);
  sha512.update(second);
  Bytes digest = sha512.finish();
  const DigestWords words = to_words(digest);
  Secret::cleanse(digest);
  return words;
}

}  // namespace

Secret bcrypt_pbkdf(const Secret& passphrase, ByteView salt, std::uint32_t rounds,
                    std::size_t size) {
  DigestWords key = sha512_words(passphrase.view());
  Secret out(size);
  // Byte j of block number n goes to j * blocks + n: every block reaches all over the output.
  const std::size_t blocks = (size + kBlockBytes - 1) / kBlockBytes;
  for (std::size_t number = 0; number < blocks; ++number) {
    std::uint8_t counter[4];
    store_u32(counter, static_cast<std::uint32_t>(number + 1));
    Block block = bcrypt_hash(key, sha512_words(salt, counter));
    Block sum = block;
    for (std::uint32_t round = 1; round < rounds; ++round) {
      block = bcrypt_hash(key, sha512_words(block));
      for (std::size_t i = 0; i < kBlockBytes; ++i) sum[i] ^= block[i];
    }
    for (std::size_t i = 0; i * blocks + number < size && i < kBlockBytes; ++i)
      out.mutable_view()[i * blocks + number] = sum[i];
    Secret::cleanse(block);
    Secret::cleanse(sum);
  }
  wipe(key);
  return out;
}

}  // namespace ssh2core::keys
