// The public keys in a file of any kind: lists (authorized_keys, known_hosts, RFC 4716), .pub
// files, certificates, PEM, PuTTY's files, and private keys where their public half can be read
// without a passphrase.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "libssh2core/wire/bytes.h"

namespace ssh2core::keys {

/// One key, in views that live as long as the call that hands it out.
struct FoundKey {
  std::size_t line = 0;  // where it begins, from 1
  ByteView blob;
  std::string_view comment;
  std::string_view options;  // of a list's line, or the hosts in front of a known_hosts line
};

struct KeyFindings {
  std::function<void(const FoundKey&)> on_key;
  /// What cannot be read: a line and one sentence.
  std::function<void(std::size_t line, std::string_view what)> on_problem;
};

/// Hands out all keys of a text, in its order.
void find_public_keys(std::string_view text, const KeyFindings& findings);

}  // namespace ssh2core::keys
