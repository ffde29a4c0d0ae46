// The part of Transport that sends padding by a traffic policy.
#include "libssh2core/transport/peer_quirks.h"
#include "libssh2core/transport/transport.h"

namespace ssh2core {

/// With new keys: what the settings say, or what a CBC cipher needs.
void Transport::choose_padding() {
  const DirectionAlgorithms& out = role_ == Role::Client ? algorithms_.c2s : algorithms_.s2c;
  const TrafficPolicy* policy = settings_.traffic;
  if (policy == nullptr && out.cipher->name.ends_with("-cbc")) policy = &cbc_traffic_policy();
  if (quirks_of(peer_version_).no_ignore) policy = nullptr;
  padding_.set(policy, around_.clock.now());
  writer_.set_before(padding_.policy() == nullptr ? std::function<void()>() : [this] { pad(); });
}

/// Before each message. Never around a key exchange: strict peers would end there.
void Transport::pad() {
  if (padding_now_) return;
  output_is_padding_ = false;
  if (!may_send_data()) return;
  if (const auto bytes = padding_.before_message(left_)) {
    send_ignore(*bytes);
    left_ = false;
  }
}

void Transport::send_ignore(std::size_t bytes) {
  Bytes data(bytes);
  around_.random.fill(data);
  padding_now_ = true;
  send(Ignore{data});
  padding_now_ = false;
}

void Transport::sent(std::size_t count) {
  writer_.sent(count);
  left_ = true;
  if (writer_.output().empty()) output_is_padding_ = false;
  if (padding_.policy() != nullptr) padding_.note_sent(around_.clock.now());
}

}  // namespace ssh2core
