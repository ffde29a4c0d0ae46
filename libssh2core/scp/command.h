// The command line by which SCP is asked for: `scp -t TARGET` or `scp -f SOURCE...`, written for a
// shell. Here it is only taken apart as a shell would; nothing is ever run.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ssh2core::scp {

/// One word of a command line.
struct Word {
  std::string text;     // without quotes
  std::string pattern;  // the same with a backslash before each quoted character that a pattern
                        // gives a meaning
  bool glob = false;    // * ? [ or { stand in it unquoted
  bool tilde = false;   // begins with an unquoted ~

  /// A word that a shell has already read: nothing in it means more than itself.
  static Word literal(std::string_view text);
  bool operator==(const Word&) const = default;
};

/// A command line in words, or one sentence why there are none. Quotes and backslashes are those of
/// a shell; what would be run or replaced there ($ ` ; & | < >) stands for itself. A backslash
/// before a line break makes it part of the word, which no shell can do.
std::variant<std::vector<Word>, std::string> split_words(std::string_view command);

/// What is asked for.
struct Command {
  enum class Role { Source, Sink } role = Role::Sink;  // -f, -t
  bool recursive = false;                              // -r
  bool preserve = false;                               // -p: times and modes
  bool directory = false;                              // -d: the target must be a directory
  bool verbose = false;                                // -v, which changes nothing
  std::vector<Word> paths;                             // of a sink exactly one
};

/// The words behind `scp`, or one sentence why they cannot be served. Options of clients that mean
/// nothing to a server are passed over, those with a value refused.
std::variant<Command, std::string> parse_command(std::span<const Word> words);

/// Both of these, for a whole command line that begins with `scp`.
std::variant<Command, std::string> read_command(std::string_view line);

/// Whether the command is `scp`, with or without anything behind it.
bool is_scp(std::string_view command);

}  // namespace ssh2core::scp
