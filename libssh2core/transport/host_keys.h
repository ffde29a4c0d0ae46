// The server's host keys as an interface whose signatures may come later (an agent, a monitor
// process), and its implementation with keys in this process.
#pragma once

#include <functional>
#include <vector>

#include "libssh2core/crypto/key.h"

namespace ssh2core {

class HostKeySigner {
 public:
  virtual ~HostKeySigner() = default;
  /// The public key blob that signs under `algorithm`; empty when there is none.
  virtual ByteView public_blob(std::string_view algorithm) const = 0;
  /// Signs `data`; `done` gets the signature in wire form, at once or later, empty on failure.
  virtual void sign(std::string_view algorithm, ByteView data, std::function<void(Bytes)> done) = 0;
};

/// Host keys held in memory, and certificates for them. One key of each type and one certificate of
/// each key; a later one is ignored.
class LocalHostKeys final : public HostKeySigner {
 public:
  explicit LocalHostKeys(std::vector<PrivateKey> keys, std::vector<PublicKey> certificates = {})
      : keys_(std::move(keys)), certificates_(std::move(certificates)) {}
  ByteView public_blob(std::string_view algorithm) const override;
  void sign(std::string_view algorithm, ByteView data, std::function<void(Bytes)> done) override;
  const std::vector<PrivateKey>& keys() const { return keys_; }
  const std::vector<PublicKey>& certificates() const { return certificates_; }

 private:
  const PrivateKey* find(std::string_view algorithm) const;
  const PublicKey* find_certificate(const SignatureEntry& row) const;
  std::vector<PrivateKey> keys_;
  std::vector<PublicKey> certificates_;
};

/// The client's side: is this the key of the host we meant?
class HostKeyVerifier {
 public:
  virtual ~HostKeyVerifier() = default;
  /// Called once per key exchange, after the signature was found correct.
  virtual bool accept(std::string_view algorithm, const PublicKey& key) = 0;
};

}  // namespace ssh2core
