// SCP's -t: takes files and trees from the client.
#pragma once

#include <array>
#include <optional>
#include <utility>

#include "libssh2core/scp/records.h"
#include "libssh2core/scp/transfer.h"
#include "libssh2core/wire/buffer.h"

namespace ssh2core::scp {

class Sink final : public Transfer {
 public:
  Sink(Command command, const Options& options, const Surroundings& around);

  void start() override;
  void feed(ByteView input) override;
  void input_done() override { flush(); }
  void resume() override;
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
    Line,    // of the source comes
    Data,    // of a file
    Status,  // the source's word on the file that it sent
    Done,
  };
  /// A directory that was entered; what is to be done to it when it is left.
  struct Level {
    std::size_t parent_size;  // bytes of the path above it
    std::optional<Times> times;
    std::uint32_t mode;
    bool made;  // by us
  };

  void process(ByteView& input);
  std::size_t data_now(std::size_t available);
  void take_record_bytes(ByteView& input);
  void take_line(ByteView line);
  void take_file(const FileRecord& record);
  void take_directory(const DirectoryRecord& record);
  void take_end();
  void take_status(const Response& response);
  void collect(ByteView data);
  void flush();
  int set_attributes_of_file();
  int make_directory(const std::string& path, std::uint32_t mode, bool& made);
  int set_directory(const Level& level);
  int close_file(bool complete);
  void leave_file();
  void report(sftp::FileEvent event, bool aborted);
  std::string path_of(std::string_view name) const;
  void accept() { around_.out.append(as_bytes(std::string_view("\0", 1))); }
  void refuse(std::string_view text);
  void fatal(std::string_view text);

  const Command command_;
  const Options options_;
  const Surroundings around_;
  State state_ = State::Line;
  bool failed_ = false, input_ended_ = false;
  Buffer backlog_;
  Buffer line_;  // a record that a cut runs through
  ResponseInput responses_;
  std::size_t processed_ = 0;
  std::string path_;             // the target, and what was entered below it
  bool into_directory_ = false;  // names are those of entries of path_
  bool top_is_directory_ = false;
  std::vector<Level> levels_;
  std::optional<Times> times_;  // announced for what comes next

  // The file that is being written.
  std::unique_ptr<sftp::OpenFile> file_;
  std::string file_path_;
  std::uint32_t file_mode_ = 0;
  std::uint64_t left_ = 0, offset_ = 0, written_ = 0;  // bytes: to come, collected, written
  int write_error_ = 0;
  std::optional<bool> existed_;
  Clock::Steady began_{};
  sftp::Throttle* throttle_ = nullptr;
  std::optional<Clock::Steady> wakes_at_;
  static constexpr std::size_t kMostPieces = 64;
  std::array<ByteView, kMostPieces> pieces_;
  std::size_t piece_count_ = 0, piece_bytes_ = 0;
};

}  // namespace ssh2core::scp
