// Walks over the entries of a list of keys without decoding them.
#pragma once

#include <optional>

#include "keys/authorized_keys.h"

namespace ssh2core::keys {

/// Longest line of a list and longest body of an RFC 4716 block, in bytes.
inline constexpr std::size_t kMaxEntryBytes = 16 * 1024;

/// One entry, in views of the text.
struct ListEntry {
  std::size_t line = 0;      // where it begins, from 1
  std::string_view options;  // as written
  std::string_view type;     // the word in front of the key; empty for an RFC 4716 block
  std::string_view base64;   // on the entry's line
  std::string block_base64;  // or gathered from an RFC 4716 block
  std::string_view comment;  // likewise
  std::string block_comment;
  std::optional<std::string> subject;  // of a block (RFC 4716 section 3.3.1)

  bool is_block() const { return type.empty(); }
  std::string_view key_text() const { return is_block() ? std::string_view(block_base64) : base64; }
  std::string_view comment_text() const {
    return is_block() ? std::string_view(block_comment) : comment;
  }
};

class KeyListScanner {
 public:
  /// What counts: keys that may stand in authorized_keys, or all, certificates too, and the lines
  /// of known_hosts with their markers, which count as options.
  enum class Accept { LoginKeys, AllKeys };
  explicit KeyListScanner(std::string_view text, Accept accept = Accept::LoginKeys);
  /// The next entry whose form is right; nullopt at the end. What is left out on the way is
  /// appended to `problems` when that is not null.
  std::optional<ListEntry> next(std::vector<KeyListProblem>* problems);

 private:
  std::string_view take_line(bool cr_ends_it);
  std::optional<ListEntry> read_line(std::string_view line, std::string& problem) const;
  std::optional<ListEntry> read_block(std::string& problem);
  bool read_headers(ListEntry& entry, std::string& problem);
  void skip_foreign_block(std::string_view end_of_last_line);

  bool is_accepted(std::string_view type) const;

  std::string_view rest_;
  Accept accept_;
  std::size_t line_ = 0;  // number of the line taken last
};

}  // namespace ssh2core::keys
