// Replies of the server, encoded for the session's version and put into its ReplyStream. Nothing is
// allocated per reply: small ones are built in one buffer that is used again.
#pragma once

#include "libssh2core/sftp/file_system.h"
#include "libssh2core/sftp/messages.h"
#include "libssh2core/sftp/reply_stream.h"
#include "libssh2core/sftp/status.h"

namespace ssh2core::sftp {

class Replies {
 public:
  /// `end_flags`: version 6 says at the end of DATA and NAME whether that was all.
  Replies(ReplyStream& stream, bool end_flags) : stream_(stream), end_flags_(end_flags) {}

  bool full() const { return stream_.full(); }
  ProtocolVersion version() const { return version_; }
  void set_version(ProtocolVersion version) { version_ = version; }

  /// STATUS; returns the code that was sent. An empty text stands for that of the code.
  Status status(std::uint32_t id, Status code, std::string_view text = {});
  /// UNKNOWN_PRINCIPAL with the names that are unknown.
  Status unknown_principals(std::uint32_t id, const std::vector<std::string>& names);
  /// STATUS for an errno (0: OK).
  Status outcome(std::uint32_t id, int error);
  template <class Message>
  void send(std::uint32_t id, const Message& message) {
    encode_packet(buffer_, version_, id, message);
    flush();
  }
  /// NAME with one entry, as REALPATH and its kin answer; mostly without attributes.
  void name(std::uint32_t id, std::string_view name, const Attributes& attributes = {});
  /// DATA with up to `length` (at least 1) bytes of the file, read straight into its place; STATUS
  /// EOF when there are none, or that of an error. Returns the bytes sent. With end flags, less
  /// than `length` is told to be the end of the file.
  std::size_t data(std::uint32_t id, OpenFile& file, std::uint64_t offset, std::size_t length);

  /// NAME for a listing: begin_names(), add_name() for each, then finish_names() or drop_names().
  void begin_names(std::uint32_t id);
  void add_name(const NameEntry& entry);
  /// `last`: the listing ends here.
  void finish_names(bool last);
  void drop_names();
  std::uint32_t name_count() const { return name_count_; }
  /// Bytes of the NAME packet so far.
  std::size_t names_size() const { return buffer_.size(); }

  /// What was answered since forget(): the last STATUS, if any, and the errno behind it.
  struct Answer {
    std::optional<Status> status;
    int error = 0;
  };
  void forget() { answer_ = {}; }
  const Answer& answer() const { return answer_; }

  /// Gives back memory that large replies needed.
  void shrink();

 private:
  void flush();

  bool has_end_flags() const { return end_flags_ && version_ >= 6; }

  ReplyStream& stream_;
  const bool end_flags_;
  ProtocolVersion version_ = 3;
  Buffer buffer_;  // empty between replies
  std::vector<MutableView> pieces_;
  std::uint32_t name_count_ = 0;
  std::uint32_t names_id_ = 0;
  Answer answer_;
};

}  // namespace ssh2core::sftp
