#include "tools/sftpd-lite/configuration/pattern.h"

#include <regex.h>

#include <array>

namespace ssh2core::tools {

struct Pattern::Compiled {
  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (good) regfree(&expression);
  }
  regex_t expression{};
  bool good = false;
};

std::pair<std::shared_ptr<const Pattern>, std::string> Pattern::compile(const std::string& text,
                                                                        bool any_case) {
  auto compiled = std::make_shared<Compiled>();
  const int error = regcomp(&compiled->expression, text.c_str(),
                            REG_EXTENDED | REG_NOSUB | (any_case ? REG_ICASE : 0));
  if (error != 0) {
    std::array<char, 200> why{};
    regerror(error, &compiled->expression, why.data(), why.size());
    return {nullptr, why.data()};
  }
  compiled->good = true;
  return {std::shared_ptr<const Pattern>(new Pattern(std::move(compiled))), ""};
}

bool Pattern::fits(std::string_view text) const {
  // With REG_STARTEND the text ends where it ends, not at its first NUL.
  regmatch_t range{0, static_cast<regoff_t>(text.size())};
  return regexec(&compiled_->expression, text.data(), 0, &range, REG_STARTEND) == 0;
}

}  // namespace ssh2core::tools
