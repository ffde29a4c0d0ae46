// Reads a configuration in the syntax of ProFTPD into a tree: comments, continued lines, quotes,
// sections, Include, Define, <IfDefine>, <IfModule>, %{env:NAME}. It knows no directive besides.
// No I/O: whoever calls it reads the files.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <variant>

#include "config/tree.h"

namespace ssh2core::config {

/// Why a file cannot be read: a sentence that names it.
struct Unreadable {
  std::string why;
};

/// What the parser needs of its surroundings.
struct Sources {
  /// The content of a file.
  std::function<std::variant<std::string, Unreadable>(const std::string& path)> read;
  /// The files of an Include, sorted: those that match a pattern, or lie in a folder, or the path
  /// itself. Unreadable when a path without a pattern is not there.
  std::function<std::variant<std::vector<std::string>, Unreadable>(const std::string& pattern)>
      files;
  /// The variable of the environment; nullopt when there is none.
  std::function<std::optional<std::string>(const std::string& name)> environment;
  std::set<std::string, std::less<>> modules;  // those of <IfModule>, such as mod_sftp.c
  std::set<std::string, std::less<>> defines;  // those of <IfDefine>, from -D
  /// What is to be said of an <IfModule> that is left out because there is no such module, once for
  /// each; nullopt or no function: nothing.
  std::function<std::optional<std::string>(const std::string& module)> left_out = nullptr;
};

inline constexpr std::size_t kMostIncludeDepth = 16;     // files in files
inline constexpr std::size_t kMostSectionDepth = 32;     // sections in sections
inline constexpr std::size_t kMostStatements = 100'000;  // of all files
inline constexpr std::size_t kMostProblems = 200;        // that are told; then reading ends

/// Reads `path` and what it includes. All problems are collected; the statements that have none are
/// in the tree all the same. <IfDefine> and <IfModule> are replaced by what stands in them, or by
/// nothing; what they leave out is only read as far as sections must end.
Tree parse_file(const std::string& path, const Sources& sources);

/// The tree as text that gives the same statements, each on a line of its own.
std::string to_text(const std::vector<Statement>& statements);

}  // namespace ssh2core::config
