#include "libssh2core/scp/command.h"

#include <algorithm>
#include <utility>

namespace ssh2core::scp {

namespace {

constexpr std::string_view kSpecial = "\\*?[]{},!^-";  // to patterns

/// Reads one command line.
class Splitter {
 public:
  explicit Splitter(std::string_view rest) : rest_(rest) {}

  std::variant<std::vector<Word>, std::string> run() {
    if (rest_.find('\0') != std::string_view::npos) return "a zero byte in the command";
    while (!rest_.empty()) {
      const char c = take();
      if (c == ' ' || c == '\t' || c == '\n') {
        end_word();
      } else if (c == '\\') {
        if (rest_.empty()) return "a backslash at the end of the command";
        quoted(take());
      } else if (c == '\'' || c == '"') {
        open_ = true;
        if (!quotes(c)) return "a quote in the command is not closed";
      } else {
        plain(c);
      }
    }
    end_word();
    return std::move(words_);
  }

 private:
  char take() {
    const char c = rest_[0];
    rest_.remove_prefix(1);
    return c;
  }
  bool quotes(char mark) {
    while (!rest_.empty()) {
      const char c = take();
      if (c == mark) return true;
      constexpr std::string_view kEscaped = "\"\\$`\n";
      const bool escape = mark == '"' && c == '\\' && !rest_.empty() &&
                          kEscaped.find(rest_[0]) != std::string_view::npos;
      quoted(escape ? take() : c);
    }
    return false;
  }
  void quoted(char c) {
    open_ = true;
    word_.text += c;
    if (kSpecial.find(c) != std::string_view::npos) word_.pattern += '\\';
    word_.pattern += c;
  }
  void plain(char c) {
    if (c == '~' && !open_) word_.tilde = true;
    if (c == '*' || c == '?' || c == '[' || c == '{') word_.glob = true;
    open_ = true;
    word_.text += c;
    word_.pattern += c;
  }
  void end_word() {
    if (open_) words_.push_back(std::exchange(word_, Word()));
    open_ = false;
  }

  std::string_view rest_;
  std::vector<Word> words_;
  Word word_;
  bool open_ = false;  // a word has begun, perhaps with empty quotes
};

/// False: no such option for a server.
bool take_option(char letter, Command& command, unsigned& roles) {
  // 1 2 4 6 and so on are a client's own: OpenSSH's server half passes over them, too; -q is what
  // libraries for Go send.
  constexpr std::string_view kIgnored = "12346ABCOqRsT";
  switch (letter) {
    case 't':
    case 'f':
      command.role = letter == 't' ? Command::Role::Sink : Command::Role::Source;
      roles |= letter == 't' ? 1U : 2U;
      return true;
    case 'r':
      return command.recursive = true;
    case 'p':
      return command.preserve = true;
    case 'd':
      return command.directory = true;
    case 'v':
      return command.verbose = true;
    default:
      return kIgnored.find(letter) != std::string_view::npos;
  }
}

}  // namespace

Word Word::literal(std::string_view text) {
  Word word;
  word.text = word.pattern = text;
  return word;
}

std::variant<std::vector<Word>, std::string> split_words(std::string_view command) {
  return Splitter(command).run();
}

std::variant<Command, std::string> parse_command(std::span<const Word> words) {
  Command command;
  unsigned roles = 0;
  std::size_t at = 0;
  for (; at < words.size(); ++at) {
    const std::string& text = words[at].text;
    if (text.size() < 2 || text[0] != '-') break;
    if (text == "--") {
      ++at;
      break;
    }
    for (const char letter : text.substr(1))
      if (!take_option(letter, command, roles))
        return std::string("no option of scp -t or -f: -") + letter;
  }
  if (roles == 0) return "neither -t nor -f: scp runs here for a client only";
  if (roles == 3) return "-t and -f exclude each other";
  command.paths.assign(words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  if (command.paths.empty()) return "no path";
  if (command.role == Command::Role::Sink && command.paths.size() > 1)
    return "ambiguous target: a name with spaces needs quotes";
  return command;
}

std::variant<Command, std::string> read_command(std::string_view line) {
  auto words = split_words(line);
  if (auto* why = std::get_if<std::string>(&words)) return std::move(*why);
  const auto& list = std::get<std::vector<Word>>(words);
  if (list.empty()) return "no command";
  return parse_command(std::span(list).subspan(1));
}

bool is_scp(std::string_view command) {
  return command.starts_with("scp") &&
         (command.size() == 3 || command[3] == ' ' || command[3] == '\t');
}

}  // namespace ssh2core::scp
