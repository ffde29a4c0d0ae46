// SCP's -f: sends files and trees to the client.
#pragma once

#include <deque>
#include <optional>
#include <utility>

#include "libssh2core/scp/records.h"
#include "libssh2core/scp/transfer.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core::scp {

class Source final : public Transfer {
 public:
  Source(Command command, const Options& options, const Surroundings& around);

  void start() override {}  // the sink speaks first
  void feed(ByteView input) override;
  void input_done() override {}
  void resume() override { go_on(); }
  std::optional<Clock::Steady> wakes_at() const override {
    return around_.out.full() ? std::nullopt : wakes_at_;
  }
  void end_of_input() override;
  std::size_t take_processed() override { return std::exchange(processed_, 0); }
  std::size_t open_files() const override { return file_ ? 1 : 0; }
  bool finished() const override { return state_ == State::Done; }
  unsigned exit_status() const override { return failed_ ? 1 : 0; }
  void abandon() override;

 private:
  enum class State {
    AwaitStart,     // the sink's first answer
    Next,           // whatever comes next is looked for
    AwaitTimes,     // the answer to T
    Announce,       // T was taken: C or D is due
    AwaitAnnounce,  // the answer to C or D
    Data,           // of a file is being sent
    AwaitData,      // the answer to the file
    AwaitEnd,       // the answer to E
    Done,
  };
  /// A directory that is being sent. Streams are costly: where many are open, that of a lower level
  /// is read to its end and `names` holds what is left.
  struct Level {
    std::size_t path_size;  // of its path in path_
    std::unique_ptr<sftp::OpenDirectory> stream;
    std::vector<std::string> names;  // the next one last
    Clock::Steady began;
  };

  bool awaits() const;
  void go_on();
  void take_response(const Response& response);
  void step();
  void next_path();
  void next_entry();
  bool take_entry(Level& level);
  void begin(std::optional<std::uint32_t> type);
  void begin_file();
  void begin_directory();
  bool is_loop();
  void make_room_for_stream();
  void announce();
  void send_times();
  void send_data();
  bool send_piece();
  void finish_file(bool aborted);
  void leave_directory();
  void refused();
  void warn(std::string_view text);
  void fail_path(sftp::FileOp op, int error);
  void send(std::string_view line) { around_.out.append(as_bytes(line)); }
  void end();

  const Command command_;
  const Options options_;
  const Surroundings around_;
  State state_ = State::AwaitStart;
  bool failed_ = false, input_ended_ = false;
  Buffer input_;
  ResponseInput responses_;
  std::size_t processed_ = 0;
  std::size_t next_word_ = 0;        // of the command's paths
  std::deque<std::string> matches_;  // of the last pattern
  std::string path_;                 // of what is being sent
  std::vector<Level> levels_;
  std::size_t open_streams_ = 0, kept_names_ = 0;  // kept_names_: bytes in all levels
  sftp::DirectoryEntry entry_;
  sftp::Attributes attributes_;  // of what is announced
  bool directory_next_ = false;  // what is announced is a directory
  std::unique_ptr<sftp::OpenDirectory> listing_;
  std::unique_ptr<sftp::OpenFile> file_;
  Clock::Steady file_began_{};
  sftp::Throttle* throttle_ = nullptr;
  std::optional<Clock::Steady> wakes_at_;
  std::uint64_t size_ = 0, offset_ = 0, bytes_read_ = 0;  // of the file
  int read_error_ = 0;
  bool shortened_ = false;
};

}  // namespace ssh2core::scp
