// A client made by hand of the parts below Transport, which sends what a test wants when it wants.
#pragma once

#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {

class ScriptedClient {
 public:
  ScriptedClient();

  void send_identification(std::string_view with_line_end);
  /// Sends `init` and remembers it for the exchange hash.
  void send_kexinit();
  /// Sends a value of `method`, which a later finish() goes on with.
  void send_value(std::string_view method);
  void send(ByteView payload);
  template <class Message>
  void send_message(const Message& message) {
    send(encode(message));
  }
  /// Gives everything sent so far to the server, and takes its answers into `received`.
  void exchange(Side& server);
  /// Checks the server's KEX_REPLY, answers NEWKEYS and takes the keys. Fails the test if it must.
  void finish(Side& server, bool strict);
  /// The first payload with this number, nullptr when none came.
  const Bytes* find(std::uint8_t id) const;

  KexInit init;
  std::vector<Bytes> received;  // payloads
  FixedRandom random{3};
  PacketWriter writer;
  PacketReader reader;

 private:
  void take(ByteView bytes);
  std::string version_, server_version_;
  Bytes init_payload_, server_init_payload_, value_;
  std::unique_ptr<KeyAgreement> agreement_;
  const KexEntry* method_ = nullptr;
};

}  // namespace ssh2core
