#include <algorithm>

#include "config/parser.h"
#include "config/words.h"
#include "libssh2core/tests/fuzz/fuzz_input.h"
#include "libssh2core/tests/fuzz/targets.h"

namespace ssh2core::fuzz {

namespace {

using config::Sources;
using config::Statement;

/// They may include each other twice a file: more would take long.
constexpr std::size_t kMostFiles = 4;

/// The files of a configuration: the input cut at form feeds. The first is called 0.
std::vector<std::string> files_of(std::string_view text) {
  std::vector<std::string> files;
  while (files.size() + 1 < kMostFiles) {
    const std::size_t end = text.find('\f');
    files.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return files;
    text.remove_prefix(end + 1);
  }
  files.emplace_back(text);
  return files;
}

Sources sources_of(const std::vector<std::string>& files) {
  const auto find = [&files](const std::string& path) -> const std::string* {
    const bool digit = path.size() == 1 && path[0] >= '0' && path[0] <= '9';
    const auto at = digit ? static_cast<std::size_t>(path[0] - '0') : files.size();
    return at < files.size() ? &files[at] : nullptr;
  };
  Sources sources;
  sources.read = [find](const std::string& path) -> std::variant<std::string, config::Unreadable> {
    if (const std::string* text = find(path)) return *text;
    return config::Unreadable{"no file " + path};
  };
  sources.files = [find](const std::string& pattern)
      -> std::variant<std::vector<std::string>, config::Unreadable> {
    if (pattern == "*") return std::vector<std::string>{"1", "2"};
    if (find(pattern) != nullptr) return std::vector<std::string>{pattern};
    return config::Unreadable{"no file " + pattern};
  };
  sources.environment = [](const std::string& name) -> std::optional<std::string> {
    if (name.empty()) return std::nullopt;
    return "%{env:" + name + "} \"<";
  };
  sources.modules = {"mod_sftp.c"};
  sources.defines = {"YES"};
  return sources;
}

bool same(const std::vector<Statement>& one, const std::vector<Statement>& other) {
  return std::ranges::equal(one, other, [](const Statement& a, const Statement& b) {
    return a.words == b.words && a.section == b.section && same(a.inner, b.inner);
  });
}

}  // namespace

void configuration(ByteView input) {
  const std::vector<std::string> files = files_of(as_text(input));
  const config::Tree tree = config::parse_file("0", sources_of(files));
  require(tree.problems.size() <= config::kMostProblems, "problems are bounded");
  for (const config::Problem& problem : tree.problems)
    require(problem.place.line != 0 && !problem.what.empty() &&
                problem.what.find('\n') == std::string::npos,
            "a problem is one line at some place");
  // What was read can be written, and read again as the same, without any condition left.
  if (tree.statements.empty()) return;
  const std::vector<std::string> written{config::to_text(tree.statements)};
  Sources plain = sources_of(written);
  plain.environment = [](const std::string& name) { return "%{env:" + name + "}"; };
  const config::Tree again = config::parse_file("0", plain);
  if (again.problems.empty())
    require(same(tree.statements, again.statements), "a configuration survives being written");
}

}  // namespace ssh2core::fuzz
