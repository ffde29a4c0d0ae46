// Fixed surroundings of sessions under a fuzzer: keys and who may log in.
#pragma once

#include <vector>

#include "libssh2core/auth/authenticator.h"
#include "libssh2core/server/events.h"
#include "libssh2core/tests/fuzz/clock_and_random.h"
#include "libssh2core/transport/host_keys.h"
#include "libssh2core/transport/transport.h"

namespace ssh2core::fuzz {

/// Lets OpenSSL's random numbers begin anew, the same in every run.
void restart_openssl_random();

/// The keys of the host and of the user who may log in, and that user's password.
const PrivateKey& host_key();
const PrivateKey& user_key();
inline constexpr std::string_view kUser = "user", kPassword = "pw";
/// Needs the key and then the password.
inline constexpr std::string_view kUserOfTwo = "two";

/// Keeps answers back while `delayed`, until answer_next(); some may never be given.
class Delay {
 public:
  bool delayed = false;
  void give(std::function<void()> answer);
  void answer_next();

 private:
  std::vector<std::function<void()>> waiting_;
};

class FuzzAuthenticator final : public Authenticator {
 public:
  explicit FuzzAuthenticator(Delay& delay) : delay_(delay) {}
  NameList methods(std::string_view) override {
    return {"publickey", "password", "hostbased", "keyboard-interactive"};
  }
  void check_key(std::string_view user, const PublicKey& key, Done done) override;
  void check_password(std::string_view user, const Secret& password, Done done) override;
  void check_host(std::string_view user, const HostClaim& claim, Done done) override;
  /// Two rounds: nothing is asked, then the password and something else.
  std::unique_ptr<Conversation> converse(std::string_view user, std::string_view driver) override;

 private:
  Delay& delay_;
};

class FuzzHostKeys final : public HostKeySigner {
 public:
  explicit FuzzHostKeys(Delay& delay) : delay_(delay) {}
  ByteView public_blob(std::string_view algorithm) const override;
  void sign(std::string_view algorithm, ByteView data, std::function<void(Bytes)> done) override;

 private:
  Delay& delay_;
};

class AnyHost final : public HostKeyVerifier {
 public:
  bool accept(std::string_view, const PublicKey&) override { return true; }
};

/// Checks that a session's events come in a sensible order.
class CheckedEvents final : public server::EventSink {
 public:
  void on_event(const server::Event& event) override;
  /// Call when the session must be over.
  void expect_closed() const;

 private:
  unsigned opened_ = 0, closed_ = 0;
};

/// A client or server of whose messages nobody takes notice.
class IdleHandler final : public TransportHandler {
 public:
  void on_identification(std::string_view) override {}
  void on_keys(const NegotiatedAlgorithms&, std::uint64_t count) override { exchanges = count; }
  bool on_message(MutableView) override { return true; }
  void on_extension(std::string_view, ByteView) override {}
  void on_input_done() override {}
  void on_end(const Ending& how) override;

  std::uint64_t exchanges = 0;
  std::optional<Ending> ending;
};

/// The byte stream of a peer before encryption. A first byte with its lowest bit clear: the rest
/// as it is; set: pieces, each as the payload of a packet in the clear, behind a good
/// identification.
Bytes clear_stream(ByteView input);

}  // namespace ssh2core::fuzz
