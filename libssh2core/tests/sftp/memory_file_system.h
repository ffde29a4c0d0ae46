// A FileSystem in memory, for tests and fuzzing: bounded, with faults on request.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "libssh2core/sftp/file_system.h"

namespace ssh2core::sftp {

struct MemoryNode;

class MemoryFileSystem final : public FileSystem {
 public:
  /// An empty root directory with the home directory /home/user.
  MemoryFileSystem();
  /// Another with the same content; names of one file become files of their own.
  MemoryFileSystem(const MemoryFileSystem& other);
  MemoryFileSystem& operator=(const MemoryFileSystem&) = delete;

  // Set by tests.
  std::size_t max_file = 1 << 20;                                          // bytes; larger is EFBIG
  std::size_t max_nodes = 1000;                                            // more is ENOSPC
  std::function<int(std::uint64_t offset, std::size_t size)> write_fault;  // errno of a write
  std::function<int(std::uint64_t offset)> read_fault;
  int close_fault = 0, reserve_fault = 0, sync_fault = 0;
  std::shared_ptr<Pace> read_pace, write_pace;  // of files that are opened from then on
  std::uint64_t free_bytes = 0;                 // of each
  std::map<std::uint32_t, std::string> users, groups;
  // Counted for tests.
  std::size_t reads = 0, writes = 0, syncs = 0, nodes = 0;

  /// Makes or replaces a file with this content.
  void put_file(std::string_view path, std::string_view content);
  /// The content of a file; "<none>" when there is no such file.
  std::string content(std::string_view path);

  Result<std::unique_ptr<OpenFile>> open(std::string_view path, const OpenMode& mode) override;
  Result<std::unique_ptr<OpenDirectory>> open_directory(std::string_view path) override;
  Result<Attributes> stat(std::string_view path) override;
  Result<Attributes> lstat(std::string_view path) override;
  Outcome set(std::string_view path, const Attributes& wanted, bool follow) override;
  Outcome remove(std::string_view path) override;
  Outcome make_directory(std::string_view path, std::uint32_t permissions) override;
  Outcome remove_directory(std::string_view path) override;
  Result<std::string> real_path(std::string_view path) override;
  Outcome rename(std::string_view from, std::string_view to, bool overwrite) override;
  Result<std::string> read_link(std::string_view path) override;
  Outcome make_symlink(std::string_view target, std::string_view link) override;
  Outcome make_hard_link(std::string_view existing, std::string_view link) override;
  Result<Statvfs> statvfs(std::string_view path) override;
  const std::string& user_name(std::uint32_t uid) override;
  const std::string& group_name(std::uint32_t gid) override;
  std::optional<std::uint32_t> user_id(std::string_view name) override;
  std::optional<std::uint32_t> group_id(std::string_view name) override;
  Result<std::string> home_directory(std::string_view user) override;
  Result<Acl> acl(std::string_view path, bool follow) override;
  Result<std::string> xattr(std::string_view path, std::string_view name) override;
  Result<std::vector<std::string>> xattrs(std::string_view path) override;
  Outcome set_xattr(std::string_view path, std::string_view name, std::string_view value,
                    XattrMode mode) override;
  Outcome remove_xattr(std::string_view path, std::string_view name) override;

 private:
  friend class MemoryFile;
  /// Where a path leads: the directories from the root down to the last component's parent.
  struct Place {
    std::vector<std::pair<std::string, std::shared_ptr<MemoryNode>>> parents;
    std::string name;                  // empty: the root itself
    std::shared_ptr<MemoryNode> node;  // nullptr: the last component is missing
    MemoryNode& parent() const { return *parents.back().second; }
    std::string path() const;
  };
  Result<Place> find(std::string_view path, bool follow);
  Result<Place> find_existing(std::string_view path, bool follow);
  Outcome add(std::string_view path, std::shared_ptr<MemoryNode> node);

  std::shared_ptr<MemoryNode> root_;
};

}  // namespace ssh2core::sftp
