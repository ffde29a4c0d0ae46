// Seeds in the making, and the folder they go to.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "libssh2core/wire/buffer.h"

namespace ssh2core::fuzz {

/// Bytes put one behind the other.
class Seed {
 public:
  Seed& u8(unsigned value) {
    Writer(bytes_).u8(static_cast<std::uint8_t>(value));
    return *this;
  }
  Seed& steps(std::initializer_list<unsigned> values) {
    for (const unsigned value : values) u8(value);
    return *this;
  }
  Seed& raw(ByteView bytes) {
    bytes_.append(bytes);
    return *this;
  }
  Seed& text(std::string_view bytes) { return raw(as_bytes(bytes)); }
  /// With the length in two bytes in front, as FuzzInput::piece() takes it.
  Seed& piece(ByteView bytes) {
    return u8(static_cast<unsigned>(bytes.size() >> 8)).u8(bytes.size() & 0xff).raw(bytes);
  }
  /// Steps of sealed_session.cpp and client_session.cpp: a payload, and SFTP data on channel 0.
  Seed& payload(ByteView bytes) { return u8(0).piece(bytes); }
  Seed& data(ByteView bytes) { return u8(1).piece(bytes); }
  ByteView view() const { return bytes_.view(); }

 private:
  Buffer bytes_;
};

class Corpus;
/// Every request of every version.
void add_sftp_seeds(const Corpus& corpus);

class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}
  void add(const std::string& target, const std::string& name, ByteView bytes) const {
    std::filesystem::create_directories(folder_ / target);
    std::ofstream file(folder_ / target / name, std::ios::binary);
    file << as_text(bytes);
    if (!file.flush()) throw std::runtime_error("cannot write " + target + "/" + name);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace ssh2core::fuzz
