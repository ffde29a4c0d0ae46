// What an SFTP session tells its surroundings: logs, JSON lines and the matrix are made from it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "libssh2core/wire/bytes.h"

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
  Check,          // its content was hashed for the client
  Open,           // only when it failed
  OpenDirectory,  // only when it failed
};
/// The word for `op` in JSON ("read", "make_directory").
std::string_view to_string(FileOp op);

/// A finished file operation. Texts are borrowed: valid during the call.
struct FileEvent {
  FileOp op;
  std::string_view path;
  std::string_view path2;                      // second path of rename, links and copies
  std::uint64_t bytes = 0;                     // of Read, Write and Copy
  std::uint32_t status = 0;                    // the SFTP status code the client got
  int error = 0;                               // the errno behind it, 0 if none
  bool aborted = false;                        // the session ended with the file open
  bool append = false;                         // of Write: each piece went to the end
  std::chrono::steady_clock::duration time{};  // the file was open, of Read, Write and List
  // Known only when details are wanted:
  std::optional<bool> existed = {};        // of Write: whether the file was there before
  std::optional<std::uint64_t> size = {};  // of Read, Write and Remove: of the file, at the end
};

/// One request and its answer. A handle stands with the path that it was opened by. Borrowed.
struct RequestEvent {
  std::string_view name;       // as in the drafts ("OPEN"); of any extended request "EXTENDED"
  std::string_view extension;  // the name of an extended request
  std::string_view path, path2;
  ByteView handle;
  std::optional<std::uint64_t> offset;  // READ, WRITE and copies
  std::optional<std::uint64_t> length;  // likewise; of INIT the version
  std::optional<std::uint64_t> bytes;   // of data moved
  std::optional<std::uint32_t> status;  // the code of a STATUS; absent when something else came
  int error = 0;                        // the errno behind it
  std::chrono::steady_clock::duration time{};
};

/// How much an observer wants to know: files; of them also what the system has to be asked for; or
/// each request as well.
enum class Wanted { Files, Details, Requests };

/// What a client says of itself with vendor-id. Borrowed.
struct ClientProduct {
  std::string_view vendor, product, version;
  std::uint64_t build;
};

class Observer {
 public:
  virtual ~Observer() = default;
  /// Versions are agreed.
  virtual void on_version(std::uint32_t version) = 0;
  virtual void on_file(const FileEvent& event) = 0;
  /// A malformed or refused request, for the log: one sentence.
  virtual void on_problem(std::string_view what) = 0;
  virtual void on_client_product(const ClientProduct& /*product*/) {}
  /// Asked once, when the session begins.
  virtual Wanted wanted() const { return Wanted::Files; }
  virtual void on_request(const RequestEvent& /*event*/) {}
};

}  // namespace ssh2core::sftp
