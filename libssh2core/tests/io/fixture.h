// A temporary directory with a root in it and a secret beside it, and a file system on that root.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "libssh2core/io/posix_file_system.h"

namespace ssh2core::io {

inline constexpr std::string_view kSecret = "outside of the root";

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = std::filesystem::temp_directory_path() / "ssh2core-io-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

/// How paths are resolved in a test.
enum class Way { Openat2, Walk };

inline std::string way_name(const testing::TestParamInfo<Way>& info) {
  return info.param == Way::Walk ? "Walk" : "Openat2";
}

struct Sandbox {
  TemporaryDirectory directory;
  std::filesystem::path root = directory.path() / "root";

  Sandbox() {
    std::filesystem::create_directories(root);
    put(directory.path() / "secret", kSecret);
  }
  /// Makes a file of this machine, with its directories.
  static void put(const std::filesystem::path& path, std::string_view content) {
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << content;
  }
  static std::string content(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void link(const std::string& target, const std::string& name) const {
    std::filesystem::create_symlink(target, root / name);
  }
  std::unique_ptr<sftp::FileSystem> file_system(Way way = Way::Openat2,
                                                PosixFileSystemOptions options = {}) const {
    options.root = root;
    options.force_walk = way == Way::Walk;
    return make_posix_file_system(options);
  }
};

/// What read_all() gives instead of a content.
inline std::string failure(int error) {
  return std::string("errno ").append(std::to_string(error));
}

inline sftp::Attributes with_size(std::uint64_t size) {
  sftp::Attributes attributes;
  attributes.size = size;
  return attributes;
}
inline sftp::Attributes with_mode(std::uint32_t mode) {
  sftp::Attributes attributes;
  attributes.mode = mode;
  return attributes;
}
inline sftp::Attributes with_own_ids() {
  sftp::Attributes attributes;
  attributes.uid = ::getuid();
  attributes.gid = ::getgid();
  return attributes;
}

/// The content of a file as a client reads it, or failure(errno).
inline std::string read_all(sftp::FileSystem& files, std::string_view path) {
  auto file = files.open(path, {.read = true});
  if (!file) return failure(file.error().value);
  std::string text(4096, '\0');
  const MutableView room(reinterpret_cast<std::uint8_t*>(text.data()), text.size());
  const auto count = (*file)->read(0, std::span(&room, 1));
  if (!count) return failure(count.error().value);
  text.resize(*count);
  return text;
}

/// The errno of a result, 0 when there is a value.
template <class T>
int error_of(const sftp::Result<T>& result) {
  return result ? 0 : result.error().value;
}

}  // namespace ssh2core::io
