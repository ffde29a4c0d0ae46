// The server's side of one SFTP session: requests in, replies out, files through a FileSystem.
// Does no I/O of its own and knows no channel.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "libssh2core/sftp/extension_switches.h"
#include "libssh2core/sftp/file_system.h"
#include "libssh2core/sftp/observer.h"
#include "libssh2core/sftp/reply_stream.h"
#include "libssh2core/sftp/transfers.h"
#include "libssh2core/sftp/translated_files.h"
#include "libssh2core/wire/clock.h"
#include "libssh2core/wire/random.h"

namespace ssh2core::sftp {

/// Who made a program (draft -13 section 5.4.2).
struct VendorId {
  std::string vendor, product, version;
  std::uint64_t build = 0;
};

struct ServerOptions {
  bool read_only = false;         // every change is answered PERMISSION_DENIED
  std::size_t max_handles = 128;  // open files and directories together
  std::uint32_t min_version = 1, max_version = 6;
  std::vector<std::string> refused_requests;  // names of request_names.h: PERMISSION_DENIED
  bool times_in_utc = false;                  // in the lines of listings; else local time
  TransferGate* transfers = nullptr;          // asked before a file is opened; null: nobody
  bool symlink_link_first = false;  // SYMLINK's arguments as in the draft, not as OpenSSH has them
  bool end_flags = false;           // version 6: DATA and NAME say when they are the last
  bool always_times = false;        // v4 and later: told also to those who do not ask for them
  NameEncoding names = {};
  Pace* request_pace = nullptr;  // of all requests but INIT; null: as fast as they come
  ExtensionSwitches extensions = {};
  VendorId vendor = {};  // announced when the extension is switched on
};

/// Largest packet we take (the length field), and largest READ and WRITE, as limits@openssh.com
/// announces them. OpenSSH's clients cannot take a packet above 262144 bytes.
inline constexpr std::uint32_t kMaxPacket = 262144, kMaxData = 261120;

class Server {
 public:
  Server(FileSystem& files, ReplyStream& replies, Observer& observer, const Clock& clock,
         Random& random, const ServerOptions& options);
  ~Server();

  /// Takes bytes of the request stream, cut anywhere. The view must stay valid until input_done():
  /// the data of a WRITE that spans several calls is collected and written with one call. What
  /// cannot be processed now (the reply stream is full) is copied and kept.
  void feed(ByteView input);
  /// No more input for now: writes what was collected; afterwards no view is held.
  void input_done();
  /// The reply stream has room again: goes on with what was kept.
  void resume();
  /// When resume() must be called because what waits came too fast, or takes long (then the time is
  /// long past: others have their turn, and it goes on); nullopt: nothing does, or there is no room
  /// either.
  std::optional<Clock::Steady> wakes_at() const;
  /// Bytes processed since the last call: the flow control of the layer below may grant as many.
  std::size_t take_processed();
  /// Bytes kept for later; 0 when all that came is answered or needs more input.
  std::size_t backlog() const;
  /// Files that are open; directories are none.
  std::size_t open_files() const;
  /// True when the framing is lost or the first packet was not INIT: the channel must be closed.
  bool failed() const;
  /// The client's stream ended: closes all handles; those still open are reported as aborted.
  void end();

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace ssh2core::sftp
