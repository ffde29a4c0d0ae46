#include "libssh2core/capture/key_log_writer.h"

namespace ssh2core {

namespace {

void append_hex(std::string& out, ByteView bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const std::uint8_t byte : bytes) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
}

}  // namespace

void KeyLogWriter::on_key_exchange(const std::array<std::uint8_t, 16>& cookie,
                                   const Secret& private_key, const Secret& shared) {
  std::string line;
  line.reserve(64 + 2 * (private_key.size() + shared.size()));
  const auto write = [&](std::string_view word, ByteView secret) {
    line.clear();
    append_hex(line, cookie);
    line.append(word);
    append_hex(line, secret);
    sink_(line);
  };
  if (!private_key.empty()) write(" ", private_key.view());
  write(" SHARED_SECRET ", shared.view());
  Secret::cleanse({reinterpret_cast<std::uint8_t*>(line.data()), line.size()});
}

}  // namespace ssh2core
