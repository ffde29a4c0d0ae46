// Published test vectors: `# comment` (the source is named there), `[section]`, `Key = value`
// lines. A blank line or a new section ends a vector.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "libssh2core/wire/bytes.h"

namespace ssh2core {

struct TestVector {
  std::string section;
  std::size_t line = 0;  // in the file, from 1
  std::map<std::string, std::string> values;
  /// The value as text; fails the test when it is missing.
  std::string text(const std::string& key) const;
  /// The value read as hex; white space inside is ignored.
  Bytes hex(const std::string& key) const;
};

/// All vectors of tests/vectors/`file`. Throws std::runtime_error when it cannot be read, is
/// malformed or holds none.
std::vector<TestVector> load_vectors(const std::string& file);
/// The content of a file of the project, named from its root. Throws std::runtime_error.
std::string project_file(const std::string& path);
/// For INSTANTIATE_TEST_SUITE_P: section and line as a legal test name.
std::string vector_name(const testing::TestParamInfo<TestVector>& info);
/// Bytes from hex digits; throws std::runtime_error on anything else but white space.
Bytes from_hex(std::string_view text);

}  // namespace ssh2core
