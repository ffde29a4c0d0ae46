// One side of SCP on a byte stream: a Source that sends files, or a Sink that takes them. Does no
// I/O of its own and knows no channel.
#pragma once

#include <memory>
#include <optional>

#include "libssh2core/scp/command.h"
#include "libssh2core/sftp/file_system.h"
#include "libssh2core/sftp/observer.h"
#include "libssh2core/sftp/reply_stream.h"
#include "libssh2core/wire/clock.h"

namespace ssh2core::scp {

struct Options {
  bool globbing = true;              // patterns in the paths of -f
  bool ignore_upload_modes = false;  // what is uploaded gets the mode of any new file
  bool ignore_upload_times = false;
  // The errno with which each is refused; 0: allowed.
  int refuse_read = 0, refuse_list = 0;
  int refuse_write = 0, refuse_make_directory = 0, refuse_set = 0;
};

/// Where the bytes for the client go.
class OutputStream : public sftp::ReplyStream {
 public:
  /// Bytes that reserve() can give now without keeping them for later; at least 1 unless full().
  virtual std::size_t room() const = 0;
};

/// What a transfer needs of its surroundings. All must outlive it.
struct Surroundings {
  sftp::FileSystem& files;
  OutputStream& out;
  sftp::Observer& observer;
  const Clock& clock;
};

class Transfer {
 public:
  virtual ~Transfer() = default;
  /// Begins; called once, before all else.
  virtual void start() = 0;
  /// Takes bytes of the client, cut anywhere. The view must stay valid until input_done(). What
  /// cannot be processed now is copied and kept.
  virtual void feed(ByteView input) = 0;
  /// No more input for now: writes what was collected; afterwards no view is held.
  virtual void input_done() = 0;
  /// The stream has room again: goes on with what waits.
  virtual void resume() = 0;
  /// When resume() must be called because the transfer is too fast; nullopt: it is not, or there is
  /// no room either.
  virtual std::optional<Clock::Steady> wakes_at() const = 0;
  /// The client will send no more.
  virtual void end_of_input() = 0;
  /// Bytes processed since the last call: the flow control of the layer below may grant as many.
  virtual std::size_t take_processed() = 0;
  /// Files that are open, directories not counted.
  virtual std::size_t open_files() const = 0;
  /// True when all is done; nothing more is sent.
  virtual bool finished() const = 0;
  /// Once finished: 0 when all went well, 1 when anything did not.
  virtual unsigned exit_status() const = 0;
  /// The client is gone: closes what is open and reports it as aborted.
  virtual void abandon() = 0;
};

/// The side that the command asks for.
std::unique_ptr<Transfer> make_transfer(Command command, const Options& options,
                                        const Surroundings& around);

}  // namespace ssh2core::scp
