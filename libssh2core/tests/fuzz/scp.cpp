#include <map>

#include "libssh2core/scp/globbing.h"
#include "libssh2core/scp/records.h"
#include "libssh2core/scp/transfer.h"
#include "libssh2core/tests/fuzz/clock_and_random.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/targets.h"
#include "libssh2core/tests/sftp/memory_file_system.h"

namespace ssh2core::fuzz {

namespace {

using scp::Word;

constexpr std::size_t kMaxFile = 65536;

class BoundedOutput final : public scp::OutputStream {
 public:
  std::size_t capacity = std::string::npos, piece = 0;
  bool full() const override { return out.size() - taken_ >= capacity; }
  std::size_t room() const override { return full() ? 0 : capacity - (out.size() - taken_); }
  void append(ByteView bytes) override { out.insert(out.end(), bytes.begin(), bytes.end()); }
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override {
    require(head + body <= room(), "no more is reserved than there is room");
    room_.assign(head + body, 0xee);
    pieces_.clear();
    for (MutableView rest = room_; !rest.empty(); rest = rest.subspan(pieces_.back().size()))
      pieces_.push_back(rest.first(piece == 0 ? rest.size() : std::min(piece, rest.size())));
    return pieces_;
  }
  void commit(std::size_t bytes) override {
    require(bytes <= room_.size(), "no more is kept than was reserved");
    out.insert(out.end(), room_.begin(), room_.begin() + static_cast<std::ptrdiff_t>(bytes));
  }
  bool take() { return std::exchange(taken_, out.size()) != out.size(); }
  Bytes out;

 private:
  std::size_t taken_ = 0;
  Bytes room_;
  std::vector<MutableView> pieces_;
};

class BalancedObserver final : public sftp::Observer {
 public:
  void on_version(std::uint32_t) override {}
  void on_file(const sftp::FileEvent& event) override {
    require(!event.path.empty() && event.path.size() <= scp::kLongestLine, "an event has a path");
  }
  void on_problem(std::string_view) override {}
  sftp::Wanted wanted() const override { return sftp::Wanted::Details; }
};

sftp::MemoryFileSystem filled() {
  sftp::MemoryFileSystem files;
  files.max_file = kMaxFile;
  files.max_nodes = 100;
  for (const char* path : {"d", "d/e", "d/e/f"}) (void)files.make_directory(path, 0755);
  files.put_file("a", "content of a");
  files.put_file("d/b.txt", std::string(70, 'b'));
  files.put_file("d/e/two\nlines", "");
  files.put_file("outside", "not to be touched");
  (void)files.make_symlink("..", "d/e/loop");
  (void)files.make_symlink("b.txt", "d/link");
  return files;
}

const sftp::MemoryFileSystem& all_files() {
  static const sftp::MemoryFileSystem files = filled();
  return files;
}

/// Everything below a directory, as text.
void dump(sftp::MemoryFileSystem& files, const std::string& path, std::string& to) {
  auto listing = files.open_directory(path);
  if (!listing) return;
  sftp::DirectoryEntry entry;
  while (*(*listing)->next(entry)) {
    if (entry.name == "." || entry.name == "..") continue;
    const std::string inner = path + "/" + entry.name;
    to += inner + " " + std::to_string(*entry.attributes.mode) + " " +
          std::to_string(entry.attributes.mtime->seconds) + "\n";
    if ((*entry.attributes.mode & 0170000) == 0040000)
      dump(files, inner, to);
    else
      to += files.content(inner);
  }
}

struct Outcome {
  Bytes said;
  std::string files;
  unsigned status;
  bool operator==(const Outcome&) const = default;
};

/// A whole transfer: the client's bytes in pieces of `cut` (0: at once), the answers taken whenever
/// there are `capacity` bytes of them. The outcome has the files only when they are wanted.
Outcome run(const scp::Command& command, ByteView input, std::size_t cut, std::size_t capacity,
            bool with_files) {
  sftp::MemoryFileSystem files(all_files());
  BoundedOutput out;
  out.capacity = capacity == 0 ? std::string::npos : capacity;
  out.piece = cut;
  BalancedObserver observer;
  const FuzzClock clock;
  const auto transfer = scp::make_transfer(command, {}, {files, out, observer, clock});
  const auto drain = [&] {
    do {
      out.take();
      transfer->resume();
    } while (out.take());
  };
  transfer->start();
  drain();
  std::size_t processed = transfer->take_processed();
  for (ByteView rest = input; !rest.empty();) {
    const Bytes piece(rest.begin(), cut == 0 ? rest.end()
                                             : rest.begin() + static_cast<std::ptrdiff_t>(
                                                                  std::min(cut, rest.size())));
    rest = rest.subspan(piece.size());
    transfer->feed(piece);
    transfer->input_done();
    drain();
    processed += transfer->take_processed();
  }
  transfer->end_of_input();
  drain();
  processed += transfer->take_processed();
  require(transfer->finished(), "the end of the input is the end");
  require(processed == input.size(), "all bytes are processed once");
  require(transfer->open_files() == 0, "nothing stays open");
  Outcome outcome{std::move(out.out), {}, transfer->exit_status()};
  if (with_files) dump(files, "/", outcome.files);
  if (command.role == scp::Command::Role::Sink && command.paths[0].text == "d")
    require(files.content("outside") == "not to be touched", "nothing beside the target changes");
  return outcome;
}

void run_command_line(ByteView input) {
  const auto words = scp::split_words(as_text(input));
  if (const auto* list = std::get_if<std::vector<Word>>(&words))
    for (const Word& word : *list) {
      std::string text;
      for (std::size_t at = 0; at < word.pattern.size(); ++at) {
        if (word.pattern[at] == '\\' && at + 1 < word.pattern.size() &&
            text.size() < word.text.size() && word.text[text.size()] == word.pattern[at + 1])
          ++at;
        text += word.pattern[at];
      }
      require(text == word.text, "a pattern without its backslashes is the text");
    }
  const auto command = scp::read_command(as_text(input));
  if (const auto* good = std::get_if<scp::Command>(&command))
    require(!good->paths.empty() &&
                (good->role == scp::Command::Role::Source || good->paths.size() == 1),
            "there are as many paths as there must be");
}

void run_pattern(ByteView input) {
  FuzzInput in(input);
  const std::string name(as_text(in.piece()));
  const auto words = scp::split_words(as_text(in.rest()));
  const auto* list = std::get_if<std::vector<Word>>(&words);
  if (list == nullptr || list->empty() || list->front().pattern.size() > 200) return;
  const Word& word = list->front();
  scp::matches(word.pattern, name);
  scp::expand_braces(word.pattern);
  sftp::MemoryFileSystem files(all_files());
  const auto found = scp::expand(files, word);
  if (!found || word.pattern.find('{') != std::string::npos || word.pattern != word.text) return;
  if (word.text.find_first_of("*?[") == std::string::npos || word.tilde) return;
  for (const std::string& path : *found)
    require(static_cast<bool>(files.lstat(path)), "what is found is there");
}

}  // namespace

void scp(ByteView input) {
  FuzzInput in(input);
  const unsigned kind = in.u8();
  const std::size_t cut = in.u8() % 16U, capacity = in.u8() % 64U;
  const bool both = (kind & 0x18) == 0;  // slow: so not for each input
  static constexpr std::array<std::string_view, 6> kCommands{"scp -r -p -t d", "scp -t a",
                                                             "scp -r -t new",  "scp -r -p -f d",
                                                             "scp -f a d/*",   "scp -d -t d"};
  switch (kind % 8) {
    case 0:
      return run_command_line(in.rest());
    case 1:
      return run_pattern(in.rest());
    default:
      break;
  }
  const auto command = std::get<scp::Command>(scp::read_command(kCommands[kind % 8 - 2]));
  const ByteView stream = in.rest();
  const Outcome first = run(command, stream, cut, capacity, both);
  if (both) require(first == run(command, stream, 0, 0, true), "cuts change nothing");
}

}  // namespace ssh2core::fuzz
