#include "interop/clients/drivers/winscp_profile/task.h"

#include <algorithm>
#include <charconv>

#include "interop/clients/drivers/winscp_profile/failure.h"

namespace ssh2core::winscp {

namespace {

std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    unsigned byte = 0;
    const std::string_view digits = text.substr(i + 1, 2);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), byte, 16);
    if (error != std::errc() || digits.size() != 2 || end != digits.data() + 2)
      throw Failure("local", "bad percent-encoding in the task");
    plain += static_cast<char>(byte);
    i += 2;
  }
  return plain;
}

template <class Number>
Number number(std::string_view text) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size())
    throw Failure("local", "no number: " + std::string(text));
  return value;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t at = text.find(separator);
    parts.emplace_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

void take_step(Task& task, std::string_view line) {
  std::vector<std::string> words = split(line, ' ');
  std::ranges::transform(words, words.begin(), unescape);
  Step step{words[0], {}};
  step.words.assign(words.begin() + 1, words.end());
  task.steps.push_back(std::move(step));
}

void take_field(Task& task, std::string_view name, const std::string& value) {
  if (name == "host") task.host = value;
  if (name == "port") task.port = value;
  if (name == "user") task.user = value;
  if (name == "base") task.base = value;
  if (name == "key") task.key = value;
  if (name == "known_hosts") task.known_hosts = value;
  if (name == "password") task.password.emplace(as_bytes(value));
  if (name == "rekey_bytes") task.rekey_bytes = number<std::uint64_t>(value);
  if (name == "sftp_version") task.sftp_version = number<std::uint32_t>(value);
  if (name == "kex") task.kex = split(value, ',');
  if (name == "host_key") task.host_key = split(value, ',');
  if (name == "cipher") task.cipher = split(value, ',');
  if (name == "mac") task.mac = split(value, ',');
}

}  // namespace

Task read_task(std::istream& in) {
  Task task;
  for (std::string line; std::getline(in, line);) {
    const std::size_t space = line.find(' ');
    if (space == std::string::npos) throw Failure("local", "line without a value: " + line);
    const std::string name = line.substr(0, space);
    const std::string_view rest = std::string_view(line).substr(space + 1);
    if (name == "step")
      take_step(task, rest);
    else
      take_field(task, name, unescape(rest));
  }
  return task;
}

std::string escape(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.~/-";
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos)
      escaped += c;
    else
      escaped += {'%', kHex[byte >> 4], kHex[byte & 15]};
  }
  return escaped;
}

}  // namespace ssh2core::winscp
