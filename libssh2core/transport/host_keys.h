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
  /// The blobs of all keys, also of those that public_blob() never gives because another of their
  /// type stands before them. None: host keys are not rotated.
  virtual std::vector<Bytes> all_keys() const { return {}; }
  /// As sign(), but by the key with this blob. Fails when there is none.
  virtual void sign_by([[maybe_unused]] ByteView blob, [[maybe_unused]] std::string_view algorithm,
                       [[maybe_unused]] ByteView data, std::function<void(Bytes)> done) {
    done({});
  }
};

/// Host keys held in memory, and certificates for them, one of each key. Of several keys of one
/// type the first is used in key exchanges; the others are announced to clients, so that they know
/// them before they replace the first.
class LocalHostKeys final : public HostKeySigner {
 public:
  explicit LocalHostKeys(std::vector<PrivateKey> keys, std::vector<PublicKey> certificates = {})
      : keys_(std::move(keys)), certificates_(std::move(certificates)) {}
  ByteView public_blob(std::string_view algorithm) const override;
  void sign(std::string_view algorithm, ByteView data, std::function<void(Bytes)> done) override;
  std::vector<Bytes> all_keys() const override;
  void sign_by(ByteView blob, std::string_view algorithm, ByteView data,
               std::function<void(Bytes)> done) override;
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
