// One key exchange as a third party sees it: the messages of both sides, and with a key log the
// keys that came of it.
#pragma once

#include "libssh2core/capture/agreed_names.h"
#include "libssh2core/capture/kex_values.h"
#include "libssh2core/capture/key_log_reader.h"
#include "libssh2core/crypto/packet_cipher.h"

namespace ssh2core {

/// What an exchange needs to know of its session.
struct ExchangeSession {
  std::array<std::string, 2> identification;  // by the way they went
  bool strict_kex = false;
  Bytes session_id;  // empty before the first exchange is over
};

class KeyExchangeTrace {
 public:
  /// Takes a KEXINIT, well-formed. Throws ProtocolError when it holds too many names.
  void on_kexinit(Way way, ByteView payload);
  /// Takes a message from 30 to 49, well-formed as one of the method.
  void on_value(Way way, ByteView payload);

  bool has_both_kexinits() const { return names_.has_value(); }
  const AgreedNames& names() const { return *names_; }
  bool asks_for_strict_kex() const { return strict_; }
  /// The method agreed on, or until both KEXINITs are known the client's first; nullptr: unknown.
  const KexEntry* method() const;
  std::string method_name() const;

  enum class State { Incomplete, Keys, NoKeys };
  /// Tries to find the keys; does nothing once the state is another than Incomplete. Sets the
  /// session id of a first exchange.
  State find_keys(const KeyLogReader& log, ExchangeSession& session);
  /// Why there are none: a sentence.
  const std::string& why() const { return why_; }
  /// The opener of packets that go `way`, once.
  std::unique_ptr<PacketCipher> take_cipher(Way way) { return std::move(ciphers_[index_of(way)]); }
  /// NEWKEYS went this way; true when it has gone both ways.
  bool finish(Way way);

 private:
  struct Candidate {
    Way cookie_of;
    const KeyLogReader::Entry* entry;
  };
  std::vector<Candidate> candidates(const KeyLogReader& log) const;
  std::optional<Secret> shared_of(const Candidate& candidate, const KexEntry& kex) const;
  bool try_secret(const Secret& shared, const NegotiatedAlgorithms& rows, ExchangeSession& session);
  State give_up(std::string why);

  std::array<Bytes, 2> init_payloads_;
  std::array<KexInit, 2> inits_;
  std::optional<AgreedNames> names_;
  bool strict_ = false;
  KexValues values_;
  State state_ = State::Incomplete;
  std::string why_;
  std::array<std::unique_ptr<PacketCipher>, 2> ciphers_;
  std::array<bool, 2> finished_{};
};

}  // namespace ssh2core
