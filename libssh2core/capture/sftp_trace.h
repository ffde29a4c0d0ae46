// The SFTP packets of one channel, out of its two byte streams.
#pragma once

#include <array>
#include <functional>

#include "libssh2core/capture/trace.h"
#include "libssh2core/sftp/codec.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core {

class SftpTrace {
 public:
  /// `emit` gets each packet; its session and time are for whoever hears of it to fill in.
  explicit SftpTrace(std::function<void(TraceMessage&&)> emit) : emit_(std::move(emit)) {}
  /// Takes bytes of a stream, cut anywhere.
  void feed(Way way, ByteView bytes);
  /// The channel is closed: says so when a packet is not complete.
  void end();

 private:
  /// A packet longer than this is no packet; real programs stay below 256 KiB and a little.
  static constexpr std::size_t kLongest = 1 << 20;
  /// Extended requests whose replies are awaited; more are forgotten.
  static constexpr std::size_t kMostAwaited = 1024;

  void packet(Way way, ByteView packet);
  void lose(Way way, std::size_t size);
  void describe(Way way, ByteView packet, TraceMessage& out);
  void describe_extended(ByteView body, TraceMessage& out);
  void describe_reply(const sftp::PacketHead& head, TraceMessage& out);

  struct Stream {
    Buffer gathered;
    bool lost = false;
  };
  std::function<void(TraceMessage&&)> emit_;
  std::array<Stream, 2> streams_;
  sftp::ProtocolVersion version(Way way) const { return versions_[index_of(way)]; }
  void select_version(std::string_view text);
  void selected(ByteView status);

  // Until VERSION says otherwise. After version-select the client need not wait for the answer.
  std::array<sftp::ProtocolVersion, 2> versions_ = {3, 3};
  std::vector<std::pair<std::uint32_t, std::string>> awaited_;  // id, name of the request
};

}  // namespace ssh2core
