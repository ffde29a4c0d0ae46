// Texts of settings: cut into words, and compared with the names that there are.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssh2core::tools {

/// The words of a line as ProFTPD cuts it: at blanks, except inside double quotes, where a
/// backslash takes the next character as it is. nullopt when a quote is not closed.
std::optional<std::vector<std::string>> split_words(std::string_view line);

/// Whether both are the same but for ASCII case.
bool equal_without_case(std::string_view a, std::string_view b);

/// The name that takes the fewest changed, added, dropped or swapped letters to become `wanted`,
/// case not counted; the first of several. `names` must not be empty.
std::string nearest_name(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace ssh2core::tools
