// How --help looks.
#pragma once

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>
#include <string>

namespace ssh2core::tools {

/// Help in lines of at most 100 columns.
class WrappedHelp final : public CLI::Formatter {
 public:
  std::string make_option(const CLI::Option* option, bool positional) const override {
    constexpr std::size_t kLeft = 34, kWidth = 98;
    std::string line = "  " + make_option_name(option, positional) + make_option_opts(option);
    // Repeatable flags take one value each time: no dots.
    if (line.ends_with(" ...")) line.resize(line.size() - 4);
    line.resize(std::max(line.size() + 1, kLeft), ' ');
    if (line.size() > kLeft) line += "\n" + std::string(kLeft, ' ');
    std::size_t column = kLeft;
    std::istringstream words(make_option_desc(option));
    for (std::string word; words >> word;) {
      if (column != kLeft && column + 1 + word.size() > kWidth) {
        line += "\n" + std::string(kLeft, ' ');
        column = kLeft;
      } else if (column != kLeft) {
        line += ' ';
        ++column;
      }
      line += word;
      column += word.size();
    }
    return line + "\n";
  }
};

}  // namespace ssh2core::tools
