#include "tools/sftpd-lite/login/create_home.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <deque>
#include <vector>

#include "libssh2core/io/descriptor.h"
#include "libssh2core/io/rename_no_replace.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/login/home_tree.h"

namespace ssh2core::tools {

namespace {

constexpr int kDirectory = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

struct Failure {
  std::string what;
};

[[noreturn]] void fail(const std::string& path, std::string_view why) {
  throw Failure{fmt::format("{}: {}", printable(path), why)};
}
[[noreturn]] void fail_with_errno(const std::string& path) { fail(path, strerror(errno)); }

bool is_ours(uid_t uid) { return uid == 0 || uid == geteuid(); }

/// Whether somebody else can put other things into a directory, or exchange those that are ours.
bool others_may_exchange(const struct stat& directory) {
  if (!is_ours(directory.st_uid)) return true;
  return (directory.st_mode & 022U) != 0 && (directory.st_mode & S_ISVTX) == 0;
}

std::deque<std::string> names_in(std::string_view path) {
  std::deque<std::string> names;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    if (end != 0 && path.substr(0, end) != ".") names.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return names;
}

/// Walks down from the root as far as there is something, without following a symlink that is not
/// ours.
class Walk {
 public:
  explicit Walk(const std::string& path) : path_(path), left_(names_in(path)) {}

  /// The last directory that there is; left() is what is missing.
  void down() {
    here_.emplace_back(::open("/", kDirectory));
    texts_.emplace_back();
    while (!left_.empty()) {
      const std::string name = left_.front();
      if (name == "..") {
        if (here_.size() > 1) here_.pop_back(), texts_.pop_back();
        left_.pop_front();
        continue;
      }
      struct stat info{};
      if (fstatat(fd(), name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
        if (errno == ENOENT) return;
        fail_with_errno(text() + "/" + name);
      }
      left_.pop_front();
      S_ISLNK(info.st_mode) ? follow(name, info) : enter(name);
    }
  }
  /// Makes a directory that is missing and goes into it.
  void make(const std::string& name) {
    if (mkdirat(fd(), name.c_str(), 0700) != 0 && errno != EEXIST)
      fail_with_errno(text() + "/" + name);
    enter(name);
  }
  int fd() const { return here_.back().get(); }
  std::string text() const { return texts_.back(); }
  const std::deque<std::string>& left() const { return left_; }
  /// That nobody else may exchange what is made here.
  void check_safe() const {
    struct stat info{};
    if (fstat(fd(), &info) != 0) fail_with_errno(text());
    if (others_may_exchange(info))
      fail(
          text().empty() ? "/" : text(),
          "others may write to it, so that nothing is made in it with the server's rights; correct "
          "its owner or mode");
  }

 private:
  void enter(const std::string& name) {
    io::Descriptor next(openat(fd(), name.c_str(), kDirectory));
    if (!next) fail_with_errno(text() + "/" + name);
    texts_.push_back(text() + "/" + name);
    here_.push_back(std::move(next));
  }
  void follow(const std::string& name, const struct stat& link) {
    constexpr unsigned kMostLinks = 40;
    struct stat around{};
    const std::string whole = text() + "/" + name;
    if (++links_ > kMostLinks) fail(whole, strerror(ELOOP));
    if (fstat(fd(), &around) != 0) fail_with_errno(text());
    if (!is_ours(link.st_uid) || others_may_exchange(around))
      fail(whole, "is a symlink that others may have made; it is not followed");
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlinkat(fd(), name.c_str(), target.data(), target.size());
    if (size < 0) fail_with_errno(whole);
    const std::string_view to(target.data(), static_cast<std::size_t>(size));
    if (to.starts_with('/')) here_.resize(1), texts_.resize(1);
    auto names = names_in(to);
    left_.insert(left_.begin(), names.begin(), names.end());
  }

  std::string path_;
  std::deque<std::string> left_;
  std::vector<io::Descriptor> here_;  // each directory on the way
  std::vector<std::string> texts_;
  unsigned links_ = 0;
};

void set_owner_and_mode(int directory, uid_t uid, gid_t gid, mode_t mode, const std::string& path) {
  const io::Descriptor fd(openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd) fail_with_errno(path);
  const bool change = geteuid() == 0;
  if (change && fchown(fd.get(), uid, gid) != 0) fail_with_errno(path);
  if (fchmod(fd.get(), mode) != 0) fail_with_errno(path);
}

/// Makes the home under a name of its own, and gives it the right one when it is complete.
void make_home(const HomeSettings& settings, const Account& account, const Walk& walk,
               const std::string& name, const std::function<void(const std::string&)>& told) {
  const std::string whole = walk.text() + "/" + name;
  const std::string draft = fmt::format(".{}.new-{}", name.substr(0, 200), getpid());
  const int parent = walk.fd();
  // One of a process that was killed, which had our number.
  bool begun = mkdirat(parent, draft.c_str(), 0700) == 0;
  if (!begun && errno == EEXIST) {
    remove_tree(parent, draft);
    begun = mkdirat(parent, draft.c_str(), 0700) == 0;
  }
  if (!begun) fail_with_errno(whole);
  std::string why;
  {
    const io::Descriptor home(openat(parent, draft.c_str(), kDirectory));
    const HomeTreeOwner owner{account.uid, settings.home_gid.of(account.gid)};
    try {
      if (!home) fail_with_errno(whole);
      if (!settings.skeleton.empty()) why = copy_tree(settings.skeleton, home.get(), owner, told);
      if (why.empty()) set_owner_and_mode(home.get(), owner.uid, owner.gid, settings.mode, whole);
    } catch (const Failure& failure) {
      why = failure.what;
    }
  }
  // When another session has made it meanwhile, that one stands.
  const int error =
      why.empty() ? io::rename_no_replace({parent, draft.c_str()}, {parent, name.c_str()}) : 0;
  if (why.empty() && error == 0) return;
  remove_tree(parent, draft);
  if (!why.empty()) throw Failure{why};
  if (error != EEXIST) fail(whole, strerror(error));
}

void make_all(const HomeSettings& settings, const Account& account,
              const std::function<void(const std::string&)>& told) {
  Walk walk(account.home);
  walk.down();
  if (walk.left().empty()) return;
  // With a user's own rights nothing can be done that the user could not do.
  const bool trusting = geteuid() == account.uid && account.uid != 0;
  if (!trusting) walk.check_safe();
  struct Made {
    io::Descriptor fd;
    std::string path;
  };
  std::vector<Made> made;
  const std::deque<std::string> missing = walk.left();
  if (std::ranges::find(missing, "..") != missing.end())
    fail(account.home, "has `..` behind a directory that is not there");
  for (std::size_t i = 0; i + 1 < missing.size(); ++i) {
    walk.make(missing[i]);
    made.push_back({io::Descriptor(openat(walk.fd(), ".", kDirectory)), walk.text()});
  }
  make_home(settings, account, walk, missing.back(), told);
  // Last, and from below: as long as something is made in them they are ours alone.
  for (auto one = made.rbegin(); one != made.rend(); ++one)
    set_owner_and_mode(one->fd.get(), settings.parents_uid.of(account.uid),
                       settings.parents_gid.of(account.gid), settings.parents_mode, one->path);
}

std::string attempt(const HomeSettings& settings, const Account& account,
                    const std::function<void(const std::string&)>& told) {
  try {
    make_all(settings, account, told);
    return {};
  } catch (const Failure& failure) {
    return failure.what;
  }
}

/// In a process that has become the user.
std::string attempt_as_user(const HomeSettings& settings, const Account& account,
                            const std::function<void(const std::string&)>& told) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return strerror(errno);
  const io::Descriptor output(ends[0]);
  io::Descriptor input(ends[1]);
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return strerror(errno);
  if (child == 0) {
    std::string why;
    if (auto failure = become(account))
      why = *failure;
    else
      why = attempt(settings, account, told);
    [[maybe_unused]] const ssize_t sent = write(input.get(), why.data(), why.size());
    _exit(why.empty() ? 0 : 1);
  }
  input = io::Descriptor();
  std::array<char, 1024> text{};
  ssize_t size = 0;
  do size = read(output.get(), text.data(), text.size());
  while (size < 0 && errno == EINTR);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (size > 0) return {text.data(), static_cast<std::size_t>(size)};
  return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "" : "the process that makes it has ended";
}

}  // namespace

std::string create_home(const HomeSettings& settings, const Account& account,
                        const std::function<void(const std::string&)>& told) {
  struct stat info{};
  if (!settings.create || lstat(account.home.c_str(), &info) == 0) return {};
  if (!account.home.starts_with('/'))
    return fmt::format("CreateHome: '{}' is no absolute path", printable(account.home));
  const bool as_user = settings.as_user && geteuid() == 0 && account.uid != 0;
  const std::string why =
      as_user ? attempt_as_user(settings, account, told) : attempt(settings, account, told);
  if (why.empty()) return {};
  return fmt::format("CreateHome: the home {} cannot be made: {}", printable(account.home), why);
}

}  // namespace ssh2core::tools
