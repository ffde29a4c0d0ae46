// Regular expressions of the settings.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace ssh2core::tools {

/// A POSIX extended regular expression, compiled.
class Pattern {
 public:
  /// The pattern, or why it is none. `any_case`: letters fit whatever their case.
  static std::pair<std::shared_ptr<const Pattern>, std::string> compile(const std::string& text,
                                                                        bool any_case = false);
  /// Whether it fits some part of the text.
  bool fits(std::string_view text) const;

 private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace ssh2core::tools
