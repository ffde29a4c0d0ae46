#include "tools/sftpd-lite/login/dialogues.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {
namespace {

class OneQuestion final : public Conversation {
 public:
  OneQuestion(std::string prompt, std::function<AuthDecision(const Secret&)> check)
      : prompt_(std::move(prompt)), check_(std::move(check)) {}
  void begin(Next next) override { next(Challenge{"", "", {{prompt_, false}}}); }
  void answer(std::vector<Secret> answers, Next next) override { next(check_(answers.at(0))); }

 private:
  std::string prompt_;
  std::function<AuthDecision(const Secret&)> check_;
};

constexpr std::size_t kMostBytes = std::size_t{4} << 20;

/// Opens the file of used codes and waits for its lock.
io::Descriptor open_locked(const std::string& path) {
  io::Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                           S_IRUSR | S_IWUSR));
  struct stat info{};
  if (!file || fstat(file.get(), &info) != 0) return {};
  if (!S_ISREG(info.st_mode)) {
    errno = EINVAL;
    return {};
  }
  while (flock(file.get(), LOCK_EX) != 0)
    if (errno != EINTR) return {};
  return file;
}

/// Lines `user step`.
std::map<std::string, std::uint64_t> parse_steps(std::string_view text) {
  std::map<std::string, std::uint64_t> steps;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    const std::size_t blank = line.rfind(' ');
    std::uint64_t step = 0;
    if (blank == std::string_view::npos ||
        std::from_chars(line.data() + blank + 1, line.data() + line.size(), step).ec != std::errc())
      continue;
    steps[std::string(line.substr(0, blank))] = step;
  }
  return steps;
}

bool read_all(int fd, std::string& text) {
  char buffer[16384];
  while (true) {
    const ssize_t count = read(fd, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 || text.size() > kMostBytes) return false;
    if (count == 0) return true;
    text.append(buffer, static_cast<std::size_t>(count));
  }
}

}  // namespace

std::unique_ptr<Conversation> ask_once(std::string prompt,
                                       std::function<AuthDecision(const Secret&)> check) {
  return std::make_unique<OneQuestion>(std::move(prompt), std::move(check));
}

std::string UsedCodes::problem() const {
  if (open_locked(path_)) return {};
  return fmt::format(
      "one-time passwords: cannot write {}, which keeps codes from being used twice: "
      "{}",
      path_, strerror(errno));
}

std::string UsedCodes::use(const std::string& user, std::uint64_t step) const {
  const io::Descriptor file = open_locked(path_);
  std::string text;
  if (!file || !read_all(file.get(), text)) return problem();
  auto steps = parse_steps(text);
  if (const auto at = steps.find(user); at != steps.end() && at->second >= step)
    return "the one-time password was used before";
  steps[user] = step;
  std::string out;
  for (const auto& [name, last] : steps) out += fmt::format("{} {}\n", name, last);
  // Written over the old text, which is never longer but for its last bytes: a step's number does
  // not get shorter. What a crash leaves half written is read as later steps or not at all.
  if (pwrite(file.get(), out.data(), out.size(), 0) != static_cast<ssize_t>(out.size()) ||
      ftruncate(file.get(), static_cast<off_t>(out.size())) != 0 || fdatasync(file.get()) != 0)
    return fmt::format("cannot write {}: {}", path_, strerror(errno));
  return {};
}

}  // namespace ssh2core::tools
