// Revoked keys and certificates: OpenSSH's KRL files (PROTOCOL.krl), and plain lists of public
// keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "libssh2core/crypto/key.h"

namespace ssh2core::keys {

class RevocationList {
 public:
  /// Reads a whole file: a KRL, or public keys a line each or as RFC 4716 blocks. A list that is
  /// understood in part is no list: the answer is then one sentence that says what is wrong.
  static std::variant<RevocationList, std::string> parse(ByteView file);

  /// Why this key must not be used any more ("the certificate's serial number is revoked"): it, the
  /// certificate around it, or the CA that signed it. nullopt when nothing of it is on the list.
  std::optional<std::string> problem(const PublicKey& key) const;

  /// How many keys, hashes, ranges of serial numbers and key ids are on it.
  std::size_t size() const;

 private:
  /// What is revoked of one CA's certificates; of all CAs' when its key is empty.
  struct Authority {
    Bytes ca_key;
    std::vector<std::pair<std::uint64_t, std::uint64_t>> serials;  // from and to, both revoked
    std::vector<std::string> key_ids;
  };

  void read_krl(Reader& file);
  void read_certificates(Reader section);
  static void read_serials(Authority& authority, std::uint8_t kind, Reader section);
  std::optional<std::string> read_text(std::string_view text);
  void sort();
  bool has_key(ByteView blob) const;

  std::vector<std::string> keys_, sha1_, sha256_;  // bytes, sorted
  std::vector<Authority> authorities_;
};

}  // namespace ssh2core::keys
