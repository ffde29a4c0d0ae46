#include "libssh2core/server/host_key_rotation.h"

#include <algorithm>

namespace ssh2core::server {

namespace {

/// What a proof signs.
struct ProvenData {
  std::string_view request;
  ByteView session_id, key;
  static constexpr std::tuple kFields{Field{"request", &ProvenData::request},
                                      Field{"session_id", &ProvenData::session_id},
                                      Field{"key", &ProvenData::key}};
};

}  // namespace

/// The keys to prove, in the order of the request, and the proofs so far. A signer that answers
/// when we are gone finds `rotation` empty.
struct HostKeyRotation::Work {
  HostKeyRotation* rotation;
  std::vector<Bytes> keys;
  std::size_t next = 0;
  Buffer proofs;
  bool running = false, answered = false;  // for signers that answer at once: no recursion
};

void HostKeyRotation::announce() {
  Buffer list;
  Writer w(list);
  for (const Bytes& blob : keys_.all_keys()) w.string(blob);
  if (!list.empty()) connection_.global_request(kHostKeysRequest, false, list.view());
}

/// RSA keys sign as in the key exchange when that was by RSA, which is what OpenSSH's client
/// expects; else with the better hash.
std::string_view HostKeyRotation::algorithm_for(ByteView blob) const {
  const std::string_view type = Reader(blob).text();
  if (type != "ssh-rsa") return type;
  const SignatureEntry* used = transport_.algorithms().host_key;
  return used != nullptr && used->key_type == type ? used->name : "rsa-sha2-512";
}

void HostKeyRotation::prove(ByteView details) {
  connection_.answer_later();
  const std::vector<Bytes> ours = keys_.all_keys();
  work_ = std::make_shared<Work>();
  work_->rotation = this;
  for (Reader r(details); r.remaining() != 0;) {
    const ByteView blob = r.string();
    const bool known = std::ranges::any_of(
        ours, [blob](const Bytes& key) { return std::ranges::equal(key, blob); });
    // Each key once is all that a client can need; a signature costs us more than it the question.
    if (!known || work_->keys.size() == ours.size()) return connection_.answer_global(std::nullopt);
    work_->keys.emplace_back(blob.begin(), blob.end());
  }
  if (work_->keys.empty()) return connection_.answer_global(std::nullopt);
  sign_next(work_);
}

// By value: the failure of a signature lets go of work_.
void HostKeyRotation::sign_next(std::shared_ptr<Work> work) {
  if (std::exchange(work->running, true)) return;
  HostKeyRotation& self = *work->rotation;
  do {
    work->answered = false;
    if (work->next == work->keys.size()) {
      work->running = false;
      return self.connection_.answer_global(work->proofs.to_bytes());
    }
    const Bytes& key = work->keys[work->next++];
    Buffer data;
    Writer w(data);
    encode_fields(w, ProvenData{kProveRequest, self.transport_.session_id(), key});
    std::weak_ptr<Work> alive = work;
    self.keys_.sign_by(key, self.algorithm_for(key), data.view(), [alive](const Bytes& signature) {
      const auto current = alive.lock();
      if (!current || current != current->rotation->work_) return;
      if (signature.empty()) {
        current->rotation->work_.reset();
        return current->rotation->connection_.answer_global(std::nullopt);
      }
      Writer(current->proofs).string(signature);
      current->answered = true;
      sign_next(current);
    });
  } while (work->answered);
  work->running = false;
}

}  // namespace ssh2core::server
