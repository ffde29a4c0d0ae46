#include "config/parser.h"

#include <algorithm>

#include "config/words.h"

namespace ssh2core::config {

namespace {

/// A section that is still open.
struct Open {
  Statement section;
  bool transparent;  // what stands in it goes to where it stands itself
  bool wanted;       // false: what stands in it is left out
};

struct Line {
  Place place;
  std::string text;
};

bool ends_in_backslash(std::string_view text) {
  const std::size_t last = text.find_last_not_of('\\');
  const std::size_t count = text.size() - (last == std::string_view::npos ? 0 : last + 1);
  return count % 2 == 1;
}

/// Takes one line off the front of the text.
std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

/// Blanks alone, or a comment.
bool holds_nothing(std::string_view line) {
  const std::size_t begin = line.find_first_not_of(" \t");
  return begin == std::string_view::npos || line[begin] == '#';
}

/// The lines that hold something, continued ones joined. A comment is never continued.
std::vector<Line> to_lines(const std::string& file, std::string_view text) {
  std::vector<Line> lines;
  for (std::size_t number = 1; !text.empty(); ++number) {
    Line line{{file, number}, std::string(take_line(text))};
    if (holds_nothing(line.text)) continue;
    while (ends_in_backslash(line.text)) {
      line.text.back() = ' ';
      if (text.empty()) break;
      line.text += take_line(text);
      ++number;
    }
    if (holds_nothing(line.text)) continue;  // the backslash was all
    lines.push_back(std::move(line));
  }
  return lines;
}

/// NAME or /NAME.
bool is_section_name(std::string_view name) {
  if (name.starts_with('/')) name.remove_prefix(1);
  const auto letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::ranges::all_of(name, letter);
}

class Parser {
 public:
  explicit Parser(const Sources& sources) : sources_(sources), defines_(sources.defines) {}
  void read(const std::string& path, std::size_t depth);
  Tree take() && { return std::move(tree_); }
  void complain(const Place& place, std::string what, bool fatal = true) {
    if (tree_.problems.size() < kMostProblems)
      tree_.problems.push_back({place, std::move(what), fatal});
    else
      full_ = true;
  }

 private:
  void on_line(const Line& line, std::size_t depth);
  void on_section(Statement section);
  void on_end(const Place& place, std::string_view name);
  void on_directive(Statement directive, std::size_t depth);
  void include(const Statement& directive, std::size_t depth);
  void tell_left_out(const Statement& section);
  bool condition_holds(const Statement& section, const auto& names);
  bool expand(std::string& word, const Place& place);
  void add(Statement statement);
  bool wanted() const { return open_.empty() || open_.back().wanted; }

  const Sources& sources_;
  std::set<std::string, std::less<>> defines_;
  std::vector<Open> open_;
  std::vector<std::string> reading_;  // the files, one including the next
  std::size_t count_ = 0;
  bool full_ = false;
  std::set<std::string> told_modules_;
  Tree tree_;
};

void Parser::read(const std::string& path, std::size_t depth) {
  const auto content = sources_.read(path);
  if (const auto* unreadable = std::get_if<Unreadable>(&content))
    return complain({path, 1}, unreadable->why);
  const std::size_t open_before = open_.size();
  reading_.push_back(path);
  for (const Line& line : to_lines(path, std::get<std::string>(content))) {
    if (full_) break;
    on_line(line, depth);
    // A file cannot end a section of the one that includes it.
    if (open_.size() < open_before) break;
  }
  reading_.pop_back();
  while (open_.size() > open_before) {
    complain(open_.back().section.place,
             joined({"<", shown(open_.back().section.words[0]), "> is never closed"}));
    open_.pop_back();
  }
}

void Parser::on_line(const Line& line, std::size_t depth) {
  const bool nul = line.text.find('\0') != std::string::npos;
  if (nul) return complain(line.place, "the line holds a zero byte: is this a text file?");
  std::string text = line.text.substr(line.text.find_first_not_of(" \t"));
  Statement statement{line.place, {}, text.starts_with('<'), {}};
  if (statement.section) {
    text.erase(text.find_last_not_of(" \t\r") + 1);
    if (!text.ends_with('>'))
      return complain(line.place, joined({"'", shown(text), "' lacks its > at the end"}));
    text = text.substr(1, text.size() - 2);
  }
  auto words = cut_line(text);
  if (!words && !wanted() && !statement.section) return;
  if (!words) return complain(line.place, "a double quote is not closed");
  if (words->empty()) {
    if (statement.section) complain(line.place, "a section without a name");
    return;
  }
  statement.words = *std::move(words);
  if (statement.section && !is_section_name(statement.words[0]))
    return complain(line.place, joined({"'<", shown(text), ">' is no section"}));
  if (statement.section && statement.words[0].starts_with('/'))
    return on_end(line.place, std::string_view(statement.words[0]).substr(1));
  if (++count_ > kMostStatements) {
    complain(line.place, "the configuration has too many lines");
    full_ = true;
    return;
  }
  if (wanted())
    for (std::string& word : statement.words)
      if (!expand(word, line.place)) return;
  if (statement.section)
    on_section(std::move(statement));
  else if (wanted())
    on_directive(std::move(statement), depth);
}

/// Replaces %{env:NAME}. A variable that is not set is a mistake: an empty text would hide it.
bool Parser::expand(std::string& word, const Place& place) {
  constexpr std::string_view kBegin = "%{env:";
  for (std::size_t at = 0; (at = word.find(kBegin, at)) != std::string::npos;) {
    const std::size_t end = word.find('}', at);
    if (end == std::string::npos) {
      complain(place, joined({"'", shown(word), "' lacks the } of %{env:NAME}"}));
      return false;
    }
    const std::string name = word.substr(at + kBegin.size(), end - at - kBegin.size());
    const auto value = sources_.environment(name);
    if (!value) {
      complain(place, joined({"the environment has no variable '", shown(name), "'"}));
      return false;
    }
    word.replace(at, end + 1 - at, *value);
    at += value->size();
  }
  return true;
}

/// <IfDefine NAME>, <IfModule !NAME>: whether one of `names` is meant.
bool Parser::condition_holds(const Statement& section, const auto& names) {
  if (section.words.size() != 2) {
    complain(section.place, joined({"<", shown(section.words[0]), "> wants one name, or !name"}));
    return false;
  }
  const std::string& word = section.words[1];
  const bool negated = word.starts_with('!');
  return names.contains(std::string_view(word).substr(negated ? 1 : 0)) != negated;
}

/// `<IfModule !mod_here.c>` is not told: it is about other programs.
void Parser::tell_left_out(const Statement& section) {
  if (section.words.size() != 2 || section.words[1].starts_with('!') || !sources_.left_out) return;
  const std::string& module = section.words[1];
  if (!told_modules_.insert(module).second) return;
  if (const auto what = sources_.left_out(module)) complain(section.place, *what, false);
}

void Parser::on_section(Statement section) {
  if (open_.size() >= kMostSectionDepth) {
    complain(section.place, "too many sections in sections");
    full_ = true;
    return;
  }
  const bool define = same_name(section.words[0], "IfDefine");
  const bool module = same_name(section.words[0], "IfModule");
  bool take = wanted();
  if (take && define) take = condition_holds(section, defines_);
  if (take && module) {
    take = condition_holds(section, sources_.modules);
    if (!take) tell_left_out(section);
  }
  open_.push_back({std::move(section), define || module, take});
}

void Parser::on_end(const Place& place, std::string_view name) {
  if (open_.empty())
    return complain(place, joined({"</", shown(name), "> closes nothing: no section is open"}));
  if (!same_name(open_.back().section.words[0], name))
    return complain(
        place, joined({"</", shown(name), "> where </", shown(open_.back().section.words[0]),
                       "> of line ", std::to_string(open_.back().section.place.line), " is due"}));
  if (open_.back().section.place.file != place.file)
    return complain(place, joined({"</", shown(name), "> closes a section of the including file"}));
  Open closed = std::move(open_.back());
  open_.pop_back();
  if (!closed.wanted) return;
  if (!closed.transparent) return add(std::move(closed.section));
  for (Statement& one : closed.section.inner) add(std::move(one));
}

void Parser::on_directive(Statement directive, std::size_t depth) {
  if (same_name(directive.words[0], "Include")) return include(directive, depth);
  if (!same_name(directive.words[0], "Define")) return add(std::move(directive));
  if (directive.words.size() != 2) return complain(directive.place, "Define wants one name");
  defines_.insert(directive.words[1]);
}

void Parser::include(const Statement& directive, std::size_t depth) {
  if (directive.words.size() != 2)
    return complain(directive.place, "Include wants one file, folder or pattern");
  if (depth >= kMostIncludeDepth)
    return complain(directive.place, "Include: too many files in files");
  std::string pattern = directive.words[1];
  const std::string& here = directive.place.file;
  if (!pattern.starts_with('/') && here.find('/') != std::string::npos)
    pattern.insert(0, here.substr(0, here.rfind('/') + 1));
  const auto found = sources_.files(pattern);
  if (const auto* unreadable = std::get_if<Unreadable>(&found))
    return complain(directive.place, joined({"Include: ", unreadable->why}));
  for (const std::string& path : std::get<std::vector<std::string>>(found)) {
    if (full_) return;
    if (std::ranges::find(reading_, path) != reading_.end())
      complain(directive.place,
               joined({"Include: '", shown(path), "' is being read already: a circle"}));
    else
      read(path, depth + 1);
  }
}

void Parser::add(Statement statement) {
  (open_.empty() ? tree_.statements : open_.back().section.inner).push_back(std::move(statement));
}

void write(const std::vector<Statement>& statements, std::string& text) {
  for (const Statement& one : statements) {
    if (one.section) text += '<';
    for (std::size_t i = 0; i < one.words.size(); ++i)
      text.append(i == 0 ? "" : " ")
          .append(one.section && i == 0 ? one.words[i] : quoted(one.words[i]));
    text.append(one.section ? ">\n" : "\n");
    if (!one.section) continue;
    write(one.inner, text);
    text.append("</").append(one.words[0]).append(">\n");
  }
}

}  // namespace

std::string Place::text() const { return joined({file, ":", std::to_string(line)}); }

Tree parse_file(const std::string& path, const Sources& sources) {
  Parser parser(sources);
  parser.read(path, 0);
  return std::move(parser).take();
}

std::string to_text(const std::vector<Statement>& statements) {
  std::string text;
  write(statements, text);
  return text;
}

}  // namespace ssh2core::config
