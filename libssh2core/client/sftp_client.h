// The client's side of one SFTP session, versions 1 to 6: requests out, pipelined in any depth,
// answers to callbacks as they come. Does no I/O of its own and knows no channel. Requests and
// answers are the same in all versions; what a version cannot say is left out.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>

#include "libssh2core/sftp/extension_messages.h"
#include "libssh2core/sftp/reply_stream.h"
#include "libssh2core/sftp/status.h"

namespace ssh2core::client {

/// How a request ended. ConnectionLost stands for an answer that never came.
struct SftpStatus {
  sftp::Status code = sftp::Status::Ok;
  std::string message;
  bool ok() const { return code == sftp::Status::Ok; }
};
/// A value, when the status is ok.
template <class T>
struct Answer {
  SftpStatus status;
  T value{};
  bool ok() const { return status.ok(); }
};
/// How the ids of requests are made.
enum class RequestIds {
  Counter,         // 0, 1, 2 ...
  CounterAndType,  // (counter << 8) + the type of the packet, as WinSCP does it
};
/// An entry of NAME.
struct SftpName {
  std::string filename, longname;
  sftp::Attributes attributes;
};

class SftpClient {
 public:
  template <class T>
  using Done = std::function<void(const Answer<T>&)>;
  using StatusDone = std::function<void(const SftpStatus&)>;
  /// Puts the data of a WRITE into the pieces, in their order.
  using Fill = std::function<void(std::span<const MutableView> pieces)>;
  /// The whole reply: its type and its body, borrowed; nullopt when the session is over.
  struct Reply {
    sftp::PacketType type{};
    ByteView body;
  };
  using ReplyDone = std::function<void(const std::optional<Reply>&)>;

  /// Requests go to `out`, which must outlive this object and take them whenever they come; full()
  /// says when it is better to wait.
  explicit SftpClient(sftp::ReplyStream& out, RequestIds ids = RequestIds::Counter)
      : out_(out), ids_(ids) {}

  /// Sends INIT; `done` gets the version agreed on. One above the asked one is taken as well:
  /// mod_sftp answers so.
  void start(sftp::ProtocolVersion version, Done<sftp::ProtocolVersion> done);
  sftp::ProtocolVersion version() const { return version_; }
  /// The extension pairs of VERSION.
  const std::map<std::string, std::string>& extensions() const { return extensions_; }
  bool full() const { return out_.full(); }
  /// Requests without an answer so far.
  std::size_t outstanding() const { return waiting_.size(); }

  /// Takes bytes of the reply stream, cut anywhere. Throws ProtocolError when they make no sense:
  /// there is no way to go on then.
  void feed(ByteView input);
  /// The session is over: every request without an answer, and any later one, ends with
  /// ConnectionLost.
  void lose();

  /// `pflags`: bits of sftp::OpenFlag, in all versions.
  void open(std::string_view path, std::uint32_t pflags, const sftp::Attributes& attributes,
            Done<Bytes> done);
  void close(ByteView handle, StatusDone done);
  /// The data is borrowed: valid during the call. EOF is a status.
  void read(ByteView handle, std::uint64_t offset, std::uint32_t length, Done<ByteView> done);
  void write(ByteView handle, std::uint64_t offset, ByteView data, StatusDone done);
  /// The same for `length` bytes that `fill` puts where they go out from.
  void write(ByteView handle, std::uint64_t offset, std::uint32_t length, const Fill& fill,
             StatusDone done);
  /// STAT, LSTAT and FSTAT of versions 4 to 6 ask for kCommonAttributes; the mode that comes back
  /// has the bits of the type in all versions, where there is a mode.
  static constexpr std::uint32_t kCommonAttributes = sftp::kAttrSize | sftp::kAttrPermissions |
                                                     sftp::kAttrAccessTime | sftp::kAttrModifyTime |
                                                     sftp::kAttrOwnerGroup;
  void stat(std::string_view path, Done<sftp::Attributes> done);
  void lstat(std::string_view path, Done<sftp::Attributes> done);
  void fstat(ByteView handle, Done<sftp::Attributes> done);
  void setstat(std::string_view path, const sftp::Attributes& wanted, StatusDone done);
  void fsetstat(ByteView handle, const sftp::Attributes& wanted, StatusDone done);
  void opendir(std::string_view path, Done<Bytes> done);
  /// EOF when all entries were given.
  void readdir(ByteView handle, Done<std::vector<SftpName>> done);
  void remove(std::string_view path, StatusDone done);
  void mkdir(std::string_view path, const sftp::Attributes& attributes, StatusDone done);
  void rmdir(std::string_view path, StatusDone done);
  void rename(std::string_view from, std::string_view to, StatusDone done);
  /// Links are resolved, in version 6 too, which has to be asked for that.
  void realpath(std::string_view path, Done<std::string> done) {
    realpath(path, sftp::kRealpathStatIf, std::move(done));
  }
  /// `control` is sent in version 6 only.
  void realpath(std::string_view path, sftp::RealpathControl control, Done<std::string> done);
  void readlink(std::string_view path, Done<std::string> done);
  /// SYMLINK in the order of OpenSSH's server and ours: what the link says, then where it lies. In
  /// version 6 LINK, which has one order only.
  void symlink(std::string_view target, std::string_view link, StatusDone done);

  /// Any request of sftp/messages.h or sftp/extension_messages.h, for which there is no function
  /// above; the answer as it comes.
  template <class Message>
  void request(const Message& message, ReplyDone done) {
    if (over_) return done(std::nullopt);
    Buffer packet;
    sftp::encode_packet(packet, version_, expect(Message::kId, std::move(done)), message);
    out_.append(packet.view());
  }
  /// Likewise, for requests that are answered with STATUS only.
  template <class Message>
  void request_status(const Message& message, StatusDone done) {
    request(message, [done = std::move(done)](const auto& reply) { done(status_of(reply)); });
  }
  /// The status that a reply is; ok for any other than STATUS. Throws ProtocolError.
  static SftpStatus status_of(const std::optional<Reply>& reply);

 private:
  std::uint32_t expect(sftp::PacketType type, ReplyDone done);
  template <class Message, class Value, class Request, class Take>
  void ask(const Request& request, Done<Value> done, Take take);
  void take_packet(ByteView packet);
  void take_version(ByteView body);

  sftp::ReplyStream& out_;
  const RequestIds ids_;
  sftp::ProtocolVersion version_ = 3;
  std::map<std::string, std::string> extensions_;
  Done<sftp::ProtocolVersion> started_;
  std::map<std::uint32_t, ReplyDone> waiting_;  // by id
  std::uint32_t counter_ = 0;                   // of the next id
  bool over_ = false;                           // lose() was called
  Buffer gathered_;                             // the beginning of a reply that was cut
};

}  // namespace ssh2core::client
