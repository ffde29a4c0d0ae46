#include "tools/sftpd-lite/login/trusted_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <vector>

#include "libssh2core/io/descriptor.h"

namespace ssh2core::tools {
namespace {

FileError failure(std::string_view what, const std::string& path, int error) {
  return {error, fmt::format("{}: cannot open {}: {}", what, path, strerror(error))};
}

bool is_foreign(const struct stat& info, const MayOwn& may_own) {
  return info.st_uid != 0 && info.st_uid != geteuid() && !may_own(info.st_uid);
}

/// Why a component cannot be trusted; empty when it can.
std::string component_problem(const std::string& path, const std::string& component,
                              const struct stat& info, const MayOwn& may_own,
                              std::string_view what) {
  const std::string place = component == path ? path : fmt::format("{}: {}", path, component);
  if (is_foreign(info, may_own))
    return fmt::format("{} {} belongs to another user; run `chown root {}`", what, place,
                       component);
  const bool sticky = S_ISDIR(info.st_mode) && (info.st_mode & S_ISVTX) != 0 && info.st_uid == 0;
  if ((info.st_mode & 022) == 0 || sticky) return {};
  return fmt::format("{} {} can be written by others (mode {:04o}); run `chmod go-w {}`", what,
                     place, info.st_mode & 07777, component);
}

std::variant<FileContent, FileError> read_open_file(int fd, const struct stat& info,
                                                    const std::string& path,
                                                    std::size_t max_bytes) {
  const FileError too_long{0, fmt::format("{} is longer than {} bytes", path, max_bytes)};
  if (static_cast<std::uintmax_t>(info.st_size) > max_bytes) return too_long;
  Secret bytes(static_cast<std::size_t>(info.st_size) + 1);
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t count = read(fd, bytes.mutable_view().data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      return FileError{errno, fmt::format("cannot read {}: {}", path, strerror(errno))};
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  if (filled == bytes.size()) return FileError{0, path + " grew while it was read"};
  bytes.truncate(filled);
  return FileContent{std::move(bytes), info.st_mode & 07777, info.st_uid};
}

/// A walk from the root along `rest`, through symlinks.
class Walk {
 public:
  Walk(const std::string& path, const MayOwn& may_own, std::string_view what)
      : path_(path), may_own_(may_own), what_(what), rest_(path) {}

  /// What is wrong with the way; nullopt: nothing.
  std::optional<FileError> run() {
    if (!path_.starts_with('/')) {
      std::array<char, PATH_MAX> here{};
      if (getcwd(here.data(), here.size()) == nullptr) return failure(what_, path_, errno);
      rest_ = std::string(here.data()) + "/" + path_;
    }
    if (auto error = enter_root()) return error;
    while (true) {
      rest_.erase(0, std::min(rest_.find_first_not_of('/'), rest_.size()));
      if (rest_.empty()) return std::nullopt;
      const std::size_t end = std::min(rest_.find('/'), rest_.size());
      const std::string name = rest_.substr(0, end);
      rest_.erase(0, end);
      if (auto error = step(name)) return error;
    }
  }

  const struct stat& info() const { return at_.back().info; }
  /// Opens what was found for reading; nothing, with errno set, when it is another file by now.
  io::Descriptor open_found() const {
    if (at_.size() < 2) {
      errno = EISDIR;
      return {};
    }
    // O_NONBLOCK: opening a FIFO must not wait for its writer.
    io::Descriptor file(openat(at_[at_.size() - 2].fd.get(), at_.back().name.c_str(),
                               O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC));
    struct stat now{};
    if (!file || fstat(file.get(), &now) != 0) return {};
    if (now.st_dev == info().st_dev && now.st_ino == info().st_ino) return file;
    errno = ESTALE;
    return {};
  }

 private:
  struct Step {
    std::string name, path;
    io::Descriptor fd;  // O_PATH
    struct stat info{};
  };

  std::optional<FileError> enter_root() {
    Step root{"", "/", io::Descriptor(open("/", O_PATH | O_DIRECTORY | O_CLOEXEC)), {}};
    if (!root.fd || fstat(root.fd.get(), &root.info) != 0) return failure(what_, path_, errno);
    at_.clear();
    at_.push_back(std::move(root));
    return std::nullopt;
  }

  std::optional<FileError> step(const std::string& name) {
    constexpr unsigned kMostLinks = 40;
    if (name == ".") return std::nullopt;
    if (name == "..") {
      if (at_.size() > 1) at_.pop_back();
      return std::nullopt;
    }
    const Step& folder = at_.back();
    Step next{name, folder.path == "/" ? "/" + name : folder.path + "/" + name, {}, {}};
    next.fd =
        io::Descriptor(openat(folder.fd.get(), name.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    if (!next.fd || fstat(next.fd.get(), &next.info) != 0) return failure(what_, path_, errno);
    const bool link = S_ISLNK(next.info.st_mode);
    if (link && ++links_ > kMostLinks) return failure(what_, path_, ELOOP);
    // A link's mode says nothing; its owner may have put it into a folder that all may write.
    if (link && !is_foreign(next.info, may_own_)) return follow(next.fd.get());
    if (std::string why = component_problem(path_, next.path, next.info, may_own_, what_);
        !why.empty())
      return FileError{0, std::move(why)};
    at_.push_back(std::move(next));
    return std::nullopt;
  }

  /// Goes on with what the link says; its folder was looked at before.
  std::optional<FileError> follow(int link) {
    std::array<char, PATH_MAX> target{};
    const ssize_t size = readlinkat(link, "", target.data(), target.size());
    if (size <= 0 || static_cast<std::size_t>(size) == target.size())
      return failure(what_, path_, size < 0 ? errno : ENAMETOOLONG);
    const std::string_view text(target.data(), static_cast<std::size_t>(size));
    rest_.insert(0, text);
    return text.starts_with('/') ? enter_root() : std::nullopt;
  }

  const std::string& path_;
  const MayOwn& may_own_;
  std::string_view what_;
  std::string rest_;
  std::vector<Step> at_;
  unsigned links_ = 0;
};

}  // namespace

std::variant<FileContent, FileError> read_trusted_file(const std::string& path,
                                                       std::size_t max_bytes, const MayOwn& may_own,
                                                       std::string_view what) {
  Walk walk(path, may_own, what);
  if (auto error = walk.run()) return *std::move(error);
  if (!S_ISREG(walk.info().st_mode))
    return FileError{0, fmt::format("{} {} is not a regular file", what, path)};
  const io::Descriptor file = walk.open_found();
  if (!file) return failure(what, path, errno);
  return read_open_file(file.get(), walk.info(), path, max_bytes);
}

std::string untrusted_program(const std::string& path, std::string_view what) {
  if (!path.starts_with('/')) return fmt::format("{} {}: wants an absolute path", what, path);
  const MayOwn nobody_else = [](uid_t) { return false; };
  Walk walk(path, nobody_else, what);
  if (auto error = walk.run()) return std::move(error->what);
  if (!S_ISREG(walk.info().st_mode) || (walk.info().st_mode & 0111) == 0)
    return fmt::format("{} {}: is no program that can be run", what, path);
  return {};
}

}  // namespace ssh2core::tools
