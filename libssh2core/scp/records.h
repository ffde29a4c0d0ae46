// What goes over the wire of SCP, the protocol of rcp: lines that announce files, directories and
// times, and the answers to each. No standard; the reference is what the programs do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "libssh2core/sftp/attributes.h"
#include "libssh2core/wire/bytes.h"

namespace ssh2core::scp {

/// Bytes of the longest line, its end not counted: those of the longest path, and some.
inline constexpr std::size_t kLongestLine = 4096 + 256;
/// Bytes of the longest path that is made of what a peer sends.
inline constexpr std::size_t kLongestPath = 4095;

/// What T announces for the next file or directory.
struct Times {
  sftp::FileTime mtime, atime;
  bool operator==(const Times&) const = default;
};

/// A line of the source. Names are borrowed from the line.
struct FileRecord {  // C
  std::uint32_t mode;
  std::uint64_t size;
  std::string_view name;
};
struct DirectoryRecord {  // D
  std::uint32_t mode;
  std::string_view name;
};
struct EndRecord {};  // E
struct Malformed {
  std::string_view why;
};
using Record = std::variant<FileRecord, DirectoryRecord, EndRecord, Times, Malformed>;

/// Reads a line without its end. A name that is empty, `.`, `..`, or that holds a slash or a zero
/// byte is malformed, so is a mode that is not octal, and a size over 2^63-1.
Record parse_record(std::string_view line);

/// Lines of the source, their ends included. A line break in a name becomes `\^J`, as OpenSSH has
/// it: the protocol cannot carry it.
std::string file_line(std::uint32_t mode, std::uint64_t size, std::string_view name);
std::string directory_line(std::uint32_t mode, std::string_view name);
std::string times_line(const Times& times);

/// An answer, or a message of its own accord.
struct Response {
  enum class Kind { Ok, Warning, Fatal } kind = Kind::Ok;
  std::string text;  // without line end
};
/// `scp: what`, as a warning or the end, on one line whatever `what` has in it.
std::string message_line(Response::Kind kind, std::string_view what);

/// Gathers one response from a stream that is cut anywhere.
class ResponseInput {
 public:
  /// Takes bytes off `input` until a response is whole; nothing while it is not. What begins with
  /// no known byte is fatal, and so is a line that does not end.
  std::optional<Response> take(ByteView& input);
  /// A response has begun and is not whole.
  bool begun() const { return begun_.has_value(); }

 private:
  std::optional<Response> begun_;
};

}  // namespace ssh2core::scp
