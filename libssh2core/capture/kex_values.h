// What the messages of a key exchange method said, as a third party reads them: enough to make the
// exchange hash, and with a private key of either side the shared secret.
#pragma once

#include <optional>

#include "libssh2core/capture/trace.h"
#include "libssh2core/crypto/dh_group.h"

namespace ssh2core {

class KexValues {
 public:
  /// Takes a message from 30 to 49 of this method, well-formed.
  void on_message(const KexEntry& kex, Way way, ByteView payload);
  /// The last message has come: the members below are all there.
  bool complete() const { return complete_; }
  /// What the exchange hash holds between K_S and K.
  Bytes hashed(const KexEntry& kex) const;
  /// K from the ephemeral private key of one side, named by the way its messages go; nullopt when
  /// it is no key of this exchange, or the method has none.
  std::optional<Secret> shared(const KexEntry& kex, Way side, ByteView private_key) const;

  const Bytes& host_key() const { return host_key_; }
  const Bytes& signature() const { return signature_; }

 private:
  void on_one_round(const KexEntry& kex, Way way, ByteView payload);
  void on_group_exchange(Way way, ByteView payload);
  void on_rsa(Way way, ByteView payload);
  std::unique_ptr<KeyAgreement> agreement(const KexEntry& kex, ByteView private_key) const;

  bool complete_ = false;
  Bytes client_value_, server_value_;  // RSA: the encrypted secret and the transient key
  Bytes request_;                      // group exchange: the numbers asked for
  DhGroup group_;
  Bytes host_key_, signature_;
};

}  // namespace ssh2core
