// Two transports joined in memory, with everything around them fixed or recorded. Used by the tests
// of the layers above too.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <functional>
#include <map>
#include <random>

#include "libssh2core/crypto/secret.h"
#include "libssh2core/transport/transport.h"

namespace ssh2core {

/// The same bytes in every run.
class FixedRandom final : public Random {
 public:
  explicit FixedRandom(std::uint32_t seed = 1) : engine_(seed) {}
  void fill(MutableView out) override {
    for (std::uint8_t& byte : out) byte = static_cast<std::uint8_t>(engine_());
  }

 private:
  std::mt19937 engine_;
};

class FixedClock final : public Clock {
 public:
  Steady now() const override { return Steady{} + std::chrono::hours(1000) + passed; }
  Wall date() const override { return Wall{} + std::chrono::hours(400000) + passed; }
  std::chrono::seconds passed{0};
};

class AnyHostKey final : public HostKeyVerifier {
 public:
  bool accept(std::string_view algorithm, const PublicKey& key) override {
    algorithms.emplace_back(algorithm);
    blob = key.blob();
    return answer;
  }
  bool answer = true;
  std::vector<std::string> algorithms;  // of each exchange
  Bytes blob;
};

/// A key of each type, made once.
const PrivateKey& test_key(std::string_view type);

/// Host keys whose signatures can be kept back until answer().
class TestHostKeys final : public HostKeySigner {
 public:
  ByteView public_blob(std::string_view algorithm) const override;
  void sign(std::string_view algorithm, ByteView data, std::function<void(Bytes)> done) override;
  /// Gives the signature that was kept back.
  void answer();
  std::vector<std::string> types = {"ssh-ed25519"};
  bool delayed = false, fails = false;
  std::function<void(Bytes)> waiting;
  Bytes signature;
  unsigned signatures = 0;

 private:
  const PrivateKey* find(std::string_view algorithm) const;
};

/// Records what the transport tells.
class Recorder : public TransportHandler {
 public:
  void on_identification(std::string_view line) override { identification = line; }
  void on_keys(const NegotiatedAlgorithms& negotiated, std::uint64_t count) override {
    algorithms = negotiated;
    exchanges = count;
    if (keys_hook) keys_hook();
  }
  bool on_message(MutableView payload) override {
    if (!known(payload[0])) return false;
    messages.emplace_back(payload.begin(), payload.end());
    if (hook) hook(payload);
    return true;
  }
  void on_extension(std::string_view name, ByteView value) override {
    extensions[std::string(name)] = Bytes(value.begin(), value.end());
  }
  void on_input_done() override { ++input_done; }
  void on_end(const Ending& how) override { endings.push_back(how); }

  std::function<bool(std::uint8_t)> known = [](std::uint8_t) { return true; };
  std::function<void(MutableView)> hook;
  std::function<void()> keys_hook;
  std::string identification;
  NegotiatedAlgorithms algorithms;
  std::uint64_t exchanges = 0;
  std::vector<Bytes> messages;
  std::map<std::string, Bytes> extensions;
  unsigned input_done = 0;
  std::vector<Ending> endings;  // one at most, if all is well
};

/// What one side of a pair is made of.
struct Side {
  explicit Side(std::uint32_t seed) : random(seed) {}
  TransportSettings settings;
  FixedRandom random;
  Recorder handler;
  std::unique_ptr<Transport> transport;
  std::deque<Bytes> sent_log;  // what was moved, piece by piece

  /// Sends a payload as it is, past all checks.
  void inject(ByteView payload);
  template <class Message>
  void inject_message(const Message& message) {
    inject(encode(message));
  }
  const Ending* ending() const {
    return handler.endings.empty() ? nullptr : &handler.endings.front();
  }
};

/// A client and a server transport. Set what is to be set, then start().
class TransportPair {
 public:
  void start();
  /// Moves bytes in pieces of `cut` until both are quiet. Returns the bytes moved.
  std::size_t exchange(std::size_t cut = std::string::npos);
  /// Moves what `from` has to the other side, once.
  std::size_t move(Side& from, Side& to, std::size_t cut = std::string::npos);
  /// Starts and runs until both have keys; the test fails when they do not come to that.
  void connect();

  FixedClock clock;
  TestHostKeys host_keys;
  AnyHostKey verifier;
  Side client{1}, server{2};
};

/// The payload of the DISCONNECT that a transport sent as its last packet in the clear.
std::optional<Disconnect> find_disconnect(ByteView output);

/// A name of a table as part of a test's name.
std::string legal_test_name(std::string_view name);

/// Message 200: an upper message with a number in it.
Bytes numbered_message(std::uint32_t number);

}  // namespace ssh2core
