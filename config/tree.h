// What a configuration file in the syntax of ProFTPD says, before anybody knows what it means.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace ssh2core::config {

/// A line of a file; for a continued one, its first line.
struct Place {
  std::string file;
  std::size_t line = 0;
  /// "file:line"
  std::string text() const;
  bool operator==(const Place&) const = default;
};

/// A directive, or a section with what stands in it.
struct Statement {
  Place place;
  std::vector<std::string> words;  // the name first; never empty
  bool section = false;
  std::vector<Statement> inner;  // of a section
  bool operator==(const Statement&) const = default;
};

/// What is wrong with a file, one sentence.
struct Problem {
  Place place;
  std::string what;
  bool fatal = true;
};

struct Tree {
  std::vector<Statement> statements;
  std::vector<Problem> problems;  // in the order of the files
};

}  // namespace ssh2core::config
