// diffie-hellman-group-exchange-sha1 and -sha256 (RFC 4419, RFC 8270).
#include "libssh2core/transport/group_exchange.h"

#include <algorithm>

#include "libssh2core/crypto/key_pair_agreement.h"
#include "libssh2core/crypto/system_random.h"
#include "libssh2core/transport/kex_messages.h"

namespace ssh2core {

namespace {

[[noreturn]] void refuse(const std::string& why) { throw ProtocolError(Reason::KeyExchange, why); }

std::string range(const DhGroupSizes& sizes) {
  return std::to_string(sizes.min) + " to " + std::to_string(sizes.max) + " bits";
}

/// The group as the packet and the exchange hash have it.
void put_group(Writer& w, const DhGroup& group) {
  w.mpint(group.prime);
  w.mpint(group.generator);
}

/// The sizes asked for, as the exchange hash has them: RFC 4419 section 5 wants the numbers that
/// were sent, of the old request the only one.
Bytes encode_request(const DhGroupSizes& sizes, bool old_form) {
  Buffer request;
  Writer w(request);
  if (!old_form) w.u32(sizes.min);
  w.u32(sizes.preferred);
  if (!old_form) w.u32(sizes.max);
  return request.to_bytes();
}

class GroupExchange : public KexConversation {
 public:
  Secret private_key() const override { return agreement_ ? agreement_->private_key() : Secret(); }

 protected:
  Bytes hashed_values(ByteView client_value, ByteView server_value) const {
    return encode_group_exchange(request_, group_, client_value, server_value);
  }

  Bytes request_;  // encode_request()
  DhGroup group_;
  std::unique_ptr<KeyPairAgreement> agreement_;
};

class GroupExchangeServer final : public GroupExchange {
 public:
  GroupExchangeServer(const GroupExchangeSettings& settings, ByteView host_key)
      : settings_(settings), host_key_(host_key) {}

  KexStep on_message(ByteView payload) override {
    KexStep step;
    const std::uint8_t id = payload[0];
    if (!agreement_ && id == GexRequest::kId) {
      const auto request = decode<GexRequest>(payload);
      step.send = answer({request.min, request.preferred, request.max}, false);
    } else if (!agreement_ && id == GexRequestOld::kId) {
      // RFC 4419 section 5 leaves the bounds to the server: ours.
      const auto request = decode<GexRequestOld>(payload);
      step.send = answer({0, request.preferred, std::max(request.preferred, kMostDhBits)}, true);
    } else if (agreement_ && !over_ && id == GexInit::kId) {
      over_ = true;
      const auto message = decode<GexInit>(payload);
      const ByteView value = read_kex_value(ValueEncoding::Mpint, message.client_value);
      KeyAgreement::Answer reply = agreement_->server_answer(value);
      server_value_ = std::move(reply.server_value);
      step.outcome =
          KexOutcome{std::move(reply.shared), hashed_values(value, server_value_), {}, {}};
    } else {
      refuse_kex_message(id);
    }
    return step;
  }

  Bytes last_message(ByteView signature) const override {
    Buffer message;
    Writer w(message);
    w.u8(GexReply::kId);
    w.string(host_key_);
    w.mpint(server_value_);
    w.string(signature);
    return message.to_bytes();
  }

 private:
  Bytes answer(const DhGroupSizes& sizes, bool old_form) {
    group_ = choose_group(settings_, sizes);
    request_ = encode_request(sizes, old_form);
    agreement_ = make_dh_in(group_);
    Buffer message;
    Writer w(message);
    w.u8(GexGroup::kId);
    put_group(w, group_);
    return message.to_bytes();
  }

  const GroupExchangeSettings& settings_;
  const ByteView host_key_;
  Bytes server_value_;
  bool over_ = false;
};

class GroupExchangeClient final : public GroupExchange {
 public:
  explicit GroupExchangeClient(const GroupExchangeSettings& settings) : settings_(settings) {}

  Bytes begin() override {
    const DhGroupSizes& sizes = settings_.request;
    request_ = encode_request(sizes, settings_.old_request);
    if (settings_.old_request) return encode(GexRequestOld{sizes.preferred});
    return encode(GexRequest{sizes.min, sizes.preferred, sizes.max});
  }

  KexStep on_message(ByteView payload) override {
    KexStep step;
    if (!agreement_ && payload[0] == GexGroup::kId) {
      read_group(decode<GexGroup>(payload));
      client_value_ = agreement_->client_value();
      Buffer message;
      Writer w(message);
      w.u8(GexInit::kId);
      w.mpint(client_value_);
      step.send = message.to_bytes();
    } else if (agreement_ && !over_ && payload[0] == GexReply::kId) {
      over_ = true;
      const auto message = decode<GexReply>(payload);
      const ByteView value = read_kex_value(ValueEncoding::Mpint, message.server_value);
      step.outcome = KexOutcome{agreement_->client_finish(value),
                                hashed_values(client_value_, value),
                                {message.host_key.begin(), message.host_key.end()},
                                {message.signature.begin(), message.signature.end()}};
    } else {
      refuse_kex_message(payload[0]);
    }
    return step;
  }

  Bytes last_message(ByteView) const override { return {}; }

 private:
  void read_group(const GexGroup& message) {
    const ByteView prime = read_kex_value(ValueEncoding::Mpint, message.prime);
    const ByteView generator = read_kex_value(ValueEncoding::Mpint, message.generator);
    // Before any arithmetic: what a server makes us compute with is bounded.
    const unsigned bits = bits_of(prime);
    if (bits < settings_.request.min || bits > settings_.request.max)
      refuse("the server's group has " + std::to_string(bits) + " bits, asked for were " +
             range(settings_.request));
    if (generator.size() > prime.size()) refuse("the server's group: the generator is too large");
    group_ = {{prime.begin(), prime.end()}, {generator.begin(), generator.end()}};
    if (const char* fault = dh_group_fault(group_))
      refuse(std::string("the server's group: ") + fault);
    agreement_ = make_dh_in(group_);
  }

  const GroupExchangeSettings& settings_;
  Bytes client_value_;
  bool over_ = false;
};

}  // namespace

Bytes encode_group_exchange(ByteView request, const DhGroup& group, ByteView client_value,
                            ByteView server_value) {
  Buffer values;
  Writer w(values);
  w.raw(request);
  put_group(w, group);
  w.mpint(client_value);
  w.mpint(server_value);
  return values.to_bytes();
}

DhGroup choose_group(const GroupExchangeSettings& settings, const DhGroupSizes& asked) {
  if (asked.min > asked.preferred || asked.preferred > asked.max)
    refuse("the client asks for a group of " + range(asked) + ", if possible of " +
           std::to_string(asked.preferred) + ": that does not fit together");
  // RFC 8270: the client's lower bound does not oblige us, its upper one does.
  const DhGroupSizes wanted{std::max(asked.min, settings.least_bits), asked.preferred,
                            std::min(asked.max, kMostDhBits)};
  if (wanted.min > wanted.max)
    refuse("the client asks for a group of " + range(asked) + ", and we give " +
           range({settings.least_bits, 0, kMostDhBits}));
  SystemRandom random;
  static const DhGroups built_in;
  const DhGroups& groups = settings.groups ? *settings.groups : built_in;
  if (const DhGroup* group = groups.choose(wanted, random)) return *group;
  refuse("the client asks for a group of " + range(asked) + ", and we have none of that size");
}

std::unique_ptr<KexConversation> make_group_exchange(Role role,
                                                     const GroupExchangeSettings& settings,
                                                     ByteView host_key) {
  if (role == Role::Server) return std::make_unique<GroupExchangeServer>(settings, host_key);
  return std::make_unique<GroupExchangeClient>(settings);
}

}  // namespace ssh2core
