#include "libssh2core/crypto/running_cipher.h"

#include <algorithm>
#include <array>

#include "libssh2core/crypto/openssl.h"

namespace ssh2core {

namespace {

/// A context with the row's cipher and key. `iv` may be empty where the cipher has none.
EvpCipherCtx keyed(const CipherEntry& entry, const EVP_CIPHER* cipher, const Secret& key,
                   const Secret& iv, bool encrypt) {
  EvpCipherCtx context(EVP_CIPHER_CTX_new());
  if (!context) throw CryptoError("EVP_CIPHER_CTX_new");
  const int direction = encrypt ? 1 : 0;
  require_ok(EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, direction, nullptr),
             "choosing the cipher");
  // RC4 and Blowfish take keys of several sizes: theirs is set before the key is.
  if (EVP_CIPHER_CTX_get_key_length(context.get()) != static_cast<int>(entry.key_bytes))
    require_ok(EVP_CIPHER_CTX_set_key_length(context.get(), static_cast<int>(entry.key_bytes)),
               "setting the cipher's key size");
  require_ok(EVP_CipherInit_ex2(context.get(), nullptr, key.view().data(),
                                iv.empty() ? nullptr : iv.view().data(), direction, nullptr),
             "setting the cipher's key");
  require_ok(EVP_CIPHER_CTX_set_padding(context.get(), 0), "EVP_CIPHER_CTX_set_padding");
  return context;
}

void update(EVP_CIPHER_CTX* context, MutableView data) {
  int length = 0;
  require_ok(
      EVP_CipherUpdate(context, data.data(), &length, data.data(), static_cast<int>(data.size())),
      "EVP_CipherUpdate");
}

EvpCipher fetched(const CipherEntry& entry) {
  EvpCipher cipher = fetch_cipher(entry);
  if (!cipher) throw CryptoError(std::string("fetching cipher ") + entry.evp_name);
  return cipher;
}

// One long EVP operation without padding. The whole state of CTR and CBC is the IV that
// EVP_CIPHER_CTX_get_updated_iv() gives between packets.
class EvpRunningCipher final : public RunningCipher {
 public:
  EvpRunningCipher(const CipherEntry& entry, const PacketKeys& keys, Direction direction)
      : cipher_(fetched(entry)),
        context_(keyed(entry, cipher_.get(), keys.key, keys.iv, direction == Direction::Seal)) {}
  void apply(MutableView data) override {
    if (!data.empty()) update(context_.get(), data);
  }

 private:
  EvpCipher cipher_;
  EvpCipherCtx context_;
};

// RFC 4344 section 4 where OpenSSL has only the block cipher: the encrypted counter is the key
// stream, so both directions encrypt.
class CounterCipher final : public RunningCipher {
 public:
  CounterCipher(const CipherEntry& entry, const PacketKeys& keys)
      : cipher_(fetched(entry)), context_(keyed(entry, cipher_.get(), keys.key, Secret(), true)) {
    std::ranges::copy(keys.iv.view(), counter_.begin());
  }
  CounterCipher(const CounterCipher&) = delete;
  CounterCipher& operator=(const CounterCipher&) = delete;
  ~CounterCipher() override { Secret::cleanse(stream_); }

  void apply(MutableView data) override {
    while (!data.empty()) {
      if (used_ == stream_.size()) refill();
      const std::size_t count = std::min(data.size(), stream_.size() - used_);
      for (std::size_t i = 0; i < count; ++i) data[i] ^= stream_[used_ + i];
      used_ += count;
      data = data.subspan(count);
    }
  }

 private:
  static constexpr std::size_t kBlock = 8;

  void refill() {
    for (std::size_t at = 0; at < stream_.size(); at += kBlock) {
      std::ranges::copy(counter_, stream_.begin() + static_cast<std::ptrdiff_t>(at));
      for (std::size_t i = kBlock; i-- > 0;)
        if (++counter_[i] != 0) break;
    }
    update(context_.get(), stream_);
    used_ = 0;
  }

  EvpCipher cipher_;
  EvpCipherCtx context_;
  std::array<std::uint8_t, kBlock> counter_{};  // of the next block, big-endian
  std::array<std::uint8_t, 128 * kBlock> stream_{};
  std::size_t used_ = stream_.size();
};

// RFC 4345 section 4: the first 1536 bytes of the key stream are thrown away.
std::unique_ptr<RunningCipher> make_arcfour(const CipherEntry& entry, const PacketKeys& keys,
                                            Direction direction) {
  auto cipher = std::make_unique<EvpRunningCipher>(entry, keys, direction);
  std::array<std::uint8_t, 1536> discarded{};
  cipher->apply(discarded);
  Secret::cleanse(discarded);
  return cipher;
}

class NoCipher final : public RunningCipher {
 public:
  void apply(MutableView) override {}
};

}  // namespace

std::unique_ptr<RunningCipher> make_running_cipher(const CipherEntry& entry, const PacketKeys& keys,
                                                   Direction direction) {
  switch (entry.mode) {
    case CipherMode::None:
      return std::make_unique<NoCipher>();
    case CipherMode::Counter:
      return std::make_unique<CounterCipher>(entry, keys);
    case CipherMode::Arcfour:
      return make_arcfour(entry, keys, direction);
    case CipherMode::Stream:
    case CipherMode::Cbc:
    case CipherMode::Gcm:
    case CipherMode::ChaChaPoly:
      break;
  }
  return std::make_unique<EvpRunningCipher>(entry, keys, direction);
}

}  // namespace ssh2core
