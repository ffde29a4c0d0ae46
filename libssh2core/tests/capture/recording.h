// Recorded sessions of our own client and server, and what a decoder says of them.
#pragma once

#include <map>

#include "libssh2core/capture/decoder.h"
#include "libssh2core/capture/key_log_writer.h"
#include "libssh2core/tests/client/sftp_harness.h"

namespace ssh2core {

/// A capture: its frames in order, and its key log.
struct Recording {
  std::vector<Bytes> frames;
  std::string key_log;
};

/// A pair of sessions with both taps on the server. Drive it, then finish().
class RecordedPair : public SftpPair {
 public:
  explicit RecordedPair(std::uint16_t client_port = 50000);
  /// Ends the connection, and gives what was recorded.
  Recording finish();

 private:
  Recording recording_;
  KeyLogWriter key_log_writer_;
  std::unique_ptr<PcapWriter> pcap_writer_;
};

/// Log-in by password, an upload of `size` bytes as /up, a listing, the end.
Recording record_upload(std::size_t size, const TransportSettings& client = {});

/// A message without anything borrowed.
struct SeenMessage {
  std::uint64_t session;
  Way way;
  Layer layer;
  std::string type, error;
  std::uint64_t bytes;
  std::map<std::string, std::string> fields;  // "(masked)", "[...]" for lists and objects
};

class SeenTrace final : public TraceSink {
 public:
  void on_message(const TraceMessage& message) override;
  void on_session(const TraceSession& session) override { sessions.push_back(session); }
  /// All of a type.
  std::vector<SeenMessage> all(std::string_view type) const;
  std::vector<std::string> errors() const;
  /// The data of all WRITEs, in order.
  std::string written() const;
  std::vector<SeenMessage> messages;
  std::vector<TraceSession> sessions;
};

/// Decodes frames of LINKTYPE_RAW; without a key log when `key_log` is nullptr.
SeenTrace decode_capture(const std::vector<Bytes>& frames, const std::string* key_log);

}  // namespace ssh2core
