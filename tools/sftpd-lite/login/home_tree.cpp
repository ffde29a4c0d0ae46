#include "tools/sftpd-lite/login/home_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "libssh2core/io/descriptor.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

constexpr int kListing = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr unsigned kMostDepth = 32;
constexpr std::size_t kMostEntries = 100'000;
constexpr mode_t kKeptBits = 0777;

struct CloseDirectory {
  void operator()(DIR* directory) const noexcept { closedir(directory); }
};

/// The names in an open directory; nullopt with errno when it cannot be read.
std::optional<std::vector<std::string>> names_in(int fd) {
  const int copy = openat(fd, ".", kListing);
  if (copy < 0) return std::nullopt;
  const std::unique_ptr<DIR, CloseDirectory> directory(fdopendir(copy));
  if (!directory) return std::nullopt;
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* one = readdir(directory.get())) {
    const std::string_view name = one->d_name;
    if (name != "." && name != "..") names.emplace_back(name);
  }
  if (errno != 0) return std::nullopt;
  return names;
}

class Copy {
 public:
  Copy(const HomeTreeOwner& owner, const std::function<void(const std::string&)>& told)
      : owner_(owner), told_(told) {}

  /// False: what went wrong is in why().
  bool directory(int from, int to, const std::string& path, unsigned depth) {
    if (depth > kMostDepth) return failed(path, "the directories are too deep");
    const auto names = names_in(from);
    if (!names) return failed(path, strerror(errno));
    for (const std::string& name : *names) {
      if (++entries_ > kMostEntries) return failed(path, "there are too many files");
      if (!entry(from, to, name, path + "/" + name, depth)) return false;
    }
    return true;
  }
  const std::string& why() const { return why_; }

 private:
  bool failed(const std::string& path, std::string_view what) {
    why_ = fmt::format("{}: {}", printable(path), what);
    return false;
  }
  bool own(int fd, const std::string& path) {
    return geteuid() != 0 || fchown(fd, owner_.uid, owner_.gid) == 0 ||
           failed(path, strerror(errno));
  }
  bool entry(int from, int to, const std::string& name, const std::string& path, unsigned depth) {
    struct stat info{};
    if (fstatat(from, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0)
      return failed(path, strerror(errno));
    if (S_ISLNK(info.st_mode)) return symlink(from, to, name, path);
    if (S_ISDIR(info.st_mode)) return inner(from, to, name, path, info, depth);
    if (S_ISREG(info.st_mode)) return file(from, to, name, path);
    told_(fmt::format("CreateHome: {} is neither file nor directory nor symlink; it is left out",
                      printable(path)));
    return true;
  }
  bool symlink(int from, int to, const std::string& name, const std::string& path) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlinkat(from, name.c_str(), target.data(), target.size() - 1);
    if (size < 0 || symlinkat(target.data(), to, name.c_str()) != 0 ||
        (geteuid() == 0 &&
         fchownat(to, name.c_str(), owner_.uid, owner_.gid, AT_SYMLINK_NOFOLLOW) != 0))
      return failed(path, strerror(errno));
    return true;
  }
  bool inner(int from, int to, const std::string& name, const std::string& path,
             const struct stat& info, unsigned depth) {
    const io::Descriptor source(openat(from, name.c_str(), kListing));
    if (!source || mkdirat(to, name.c_str(), 0700) != 0) return failed(path, strerror(errno));
    const io::Descriptor target(openat(to, name.c_str(), kListing));
    if (!target) return failed(path, strerror(errno));
    if (!directory(source.get(), target.get(), path, depth + 1) || !own(target.get(), path))
      return false;
    return fchmod(target.get(), info.st_mode & kKeptBits) == 0 || failed(path, strerror(errno));
  }
  bool file(int from, int to, const std::string& name, const std::string& path) {
    const io::Descriptor source(
        openat(from, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    struct stat info{};
    if (!source || fstat(source.get(), &info) != 0) return failed(path, strerror(errno));
    if (!S_ISREG(info.st_mode)) return failed(path, "is no file any more");
    const io::Descriptor target(
        openat(to, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!target || !content(source.get(), target.get())) return failed(path, strerror(errno));
    if (!own(target.get(), path)) return false;
    return fchmod(target.get(), info.st_mode & kKeptBits) == 0 || failed(path, strerror(errno));
  }
  static bool content(int from, int to) {
    std::vector<char> buffer(std::size_t{1} << 16);
    while (true) {
      const ssize_t count = read(from, buffer.data(), buffer.size());
      if (count == 0) return true;
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return false;
      for (ssize_t done = 0; done < count;) {
        const ssize_t put = write(to, buffer.data() + done, static_cast<std::size_t>(count - done));
        if (put < 0 && errno != EINTR) return false;
        done += std::max<ssize_t>(put, 0);
      }
    }
  }

  const HomeTreeOwner& owner_;
  const std::function<void(const std::string&)>& told_;
  std::size_t entries_ = 0;
  std::string why_;
};

}  // namespace

std::string copy_tree(const std::string& from, int to, const HomeTreeOwner& owner,
                      const std::function<void(const std::string&)>& told) {
  const io::Descriptor source(open(from.c_str(), kListing));
  if (!source) return fmt::format("{}: {}", printable(from), strerror(errno));
  const io::Descriptor target(openat(to, ".", kListing));
  if (!target) return strerror(errno);
  Copy copy(owner, told);
  return copy.directory(source.get(), target.get(), from, 0) ? std::string() : copy.why();
}

void remove_tree(int parent, const std::string& name) {
  {
    const io::Descriptor directory(openat(parent, name.c_str(), kListing));
    if (!directory) return;
    const auto names = names_in(directory.get());
    if (!names) return;
    for (const std::string& one : *names)
      if (unlinkat(directory.get(), one.c_str(), 0) != 0 && (errno == EISDIR || errno == EPERM))
        remove_tree(directory.get(), one);
  }
  unlinkat(parent, name.c_str(), AT_REMOVEDIR);
}

}  // namespace ssh2core::tools
