// Lines of a configuration, cut into words.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ssh2core::config {

/// The words of a line as ProFTPD cuts it: at blanks. A word that begins with a double quote goes
/// on to the next one, and a backslash inside takes the next character as it is. A word that begins
/// with `#` ends the line. nullopt when a quote is not closed.
std::optional<std::vector<std::string>> cut_line(std::string_view line);

/// The word as cut_line() reads it back.
std::string quoted(std::string_view word);

/// Whether both are the same but for ASCII case.
bool same_name(std::string_view a, std::string_view b);

/// The parts as one text.
std::string joined(std::initializer_list<std::string_view> parts);

/// Control characters made visible and very long texts cut, for messages.
std::string shown(std::string_view text);

}  // namespace ssh2core::config
