// Files of a temporary directory behind rules, for the tests of them.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "libssh2core/io/posix_file_system.h"
#include "tools/sftpd-lite/configuration/configuration.h"
#include "tools/sftpd-lite/files/file_rules.h"
#include "tools/sftpd-lite/tests/temporary_directory.h"

namespace ssh2core::tools {

inline sftp::Attributes a_mode(std::uint32_t mode) {
  sftp::Attributes made;
  made.mode = mode;
  return made;
}
inline sftp::Attributes a_size(std::uint64_t size) {
  sftp::Attributes made;
  made.size = size;
  return made;
}
inline sftp::Attributes a_time(std::int64_t seconds) {
  sftp::Attributes made;
  made.mtime = sftp::FileTime{seconds, 0};
  return made;
}
inline sftp::Attributes an_owner(std::uint32_t uid, std::uint32_t gid) {
  sftp::Attributes made;
  made.uid = uid;
  made.gid = gid;
  return made;
}

class RuledFiles : public testing::Test {
 protected:
  RuledFiles() : root_(folder_ / "root") {
    std::filesystem::create_directory(root_);
    chmod(root_.c_str(), 0777);
  }

  /// Begins a session under lines of a configuration, in which ROOT stands for the root.
  void serve(std::string lines, std::function<void(FileSettings&)> change = {}) {
    for (std::size_t at = 0; (at = lines.find("ROOT", at)) != std::string::npos;)
      lines.replace(at, 4, root_);
    const std::string path =
        folder_.write("conf", "SFTPEngine on\nPort 2022\n" + lines + "\n", 0644);
    Configuration read = load_configuration(path, {});
    Options options;
    if (!read.hosts.empty()) options = options_of(read.hosts.at(0), options, read.problems);
    if (!read.hosts.empty() && options.rules)
      apply_blocks(*options.rules, user_.visitor, true, options);
    problems_.clear();
    for (const auto& one : read.problems) problems_ += one.place.text() + ": " + one.what + "\n";
    if (change) change(options.files);
    told_.clear();
    if (files_) before_.push_back(std::move(files_));
    FileRules rules(options.files, user_);
    io::PosixFileSystemOptions inner;
    inner.root = root_;
    inner.resolved_paths = rules.need_resolved_paths();
    files_ = rules.around(io::make_posix_file_system(inner), root_,
                          [this](const std::string& text) { told_ += text + "\n"; });
  }

  void make_file(const std::string& name, std::string_view content = "content") {
    const std::string path = root_ + "/" + name;
    std::ofstream(path, std::ios::binary) << content;
    chmod(path.c_str(), 0666);
  }
  std::string content(const std::string& name) const {
    std::ifstream file(root_ + "/" + name, std::ios::binary);
    if (!file) return "<none>";
    return {std::istreambuf_iterator<char>(file), {}};
  }
  unsigned mode_of(const std::string& name) const {
    struct stat status{};
    return lstat((root_ + "/" + name).c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
  }

  /// An errno, 0 when it went well.
  int open(std::string_view path, sftp::OpenMode mode) {
    auto file = files_->open(path, mode);
    if (!file) return file.error().value;
    return (*file)->close().error;
  }
  int read(std::string_view path) { return open(path, {.read = true}); }
  /// Writes a file anew, as uploads do.
  int put(std::string_view path, std::string_view text = "new") {
    auto file = files_->open(path, {.write = true, .create = true, .truncate = true});
    if (!file) return file.error().value;
    const int error = write(**file, 0, text);
    const int closed = (*file)->close().error;
    return error != 0 ? error : closed;
  }
  static int write(sftp::OpenFile& file, std::uint64_t offset, std::string_view text) {
    const ByteView piece(reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return file.write(offset, std::span(&piece, 1)).error;
  }
  /// The names in a directory without the dots, in order; nullopt when it cannot be listed.
  std::optional<std::vector<std::string>> list(std::string_view path) {
    auto directory = files_->open_directory(path);
    if (!directory) return std::nullopt;
    std::vector<std::string> names;
    sftp::DirectoryEntry entry;
    while (true) {
      const auto more = (*directory)->next(entry);
      if (!more || !*more) break;
      if (entry.name != "." && entry.name != "..") names.push_back(entry.name);
    }
    std::ranges::sort(names);
    return names;
  }

  TemporaryDirectory folder_;
  std::string root_;
  SessionUser user_{.visitor = {"10.1.2.3", "near", "alice", {"staff", "web"}},
                    .home = folder_ / "root/home",
                    .uid = getuid(),
                    .gid = getgid()};
  std::string told_, problems_;  // a line each
  /// Of sessions before: files that a test still has open must not outlive theirs.
  std::vector<std::unique_ptr<sftp::FileSystem>> before_;
  std::unique_ptr<sftp::FileSystem> files_;
};

}  // namespace ssh2core::tools
