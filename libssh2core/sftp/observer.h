// What an SFTP session tells its surroundings: logs, JSON lines and the matrix are made from it.
#pragma once

#include <cstdint>
#include <string_view>

namespace ssh2core::sftp {

enum class FileOp {
  Read,   // a file was open for reading and is closed; bytes = bytes sent
  Write,  // a file was open for writing and is closed; bytes = bytes written
  List,   // a directory was listed and its handle closed
  Remove,
  MakeDirectory,
  RemoveDirectory,
  Rename,
  Symlink,
  HardLink,
  SetAttributes,
  Copy,
  Sync,
  Open,           // only when it failed
  OpenDirectory,  // only when it failed
};
/// The word for `op` in JSON ("read", "make_directory").
std::string_view to_string(FileOp op);

/// A finished file operation. Texts are borrowed: valid during the call.
struct FileEvent {
  FileOp op;
  std::string_view path;
  std::string_view path2;    // second path of rename, links and copies
  std::uint64_t bytes = 0;   // of Read, Write and Copy
  std::uint32_t status = 0;  // the SFTP status code the client got
  int error = 0;             // the errno behind it, 0 if none
  bool aborted = false;      // the session ended with the file open
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// Versions are agreed.
  virtual void on_version(std::uint32_t version) = 0;
  virtual void on_file(const FileEvent& event) = 0;
  /// A malformed or refused request, for the log: one sentence.
  virtual void on_problem(std::string_view what) = 0;
};

}  // namespace ssh2core::sftp
