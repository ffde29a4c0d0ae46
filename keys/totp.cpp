#include "keys/totp.h"

#include <algorithm>
#include <array>

#include "keys/password_file.h"
#include "libssh2core/crypto/hmac.h"
#include "libssh2core/crypto/system_random.h"

namespace ssh2core::keys {
namespace {

constexpr std::size_t kLeastSecret = 10;  // bytes; RFC 4226 section 4 wants 16, programs make 10
constexpr std::size_t kDecoySecret = 20;

std::string_view take_word(std::string_view& rest) {
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const std::string_view word = rest.substr(0, rest.find_first_of(" \t"));
  rest.remove_prefix(word.size());
  return word;
}

/// A number of at most four digits; nullopt when it is none.
std::optional<unsigned> small_number(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  if (text.empty() || text.size() > 4 || !std::ranges::all_of(text, digit)) return std::nullopt;
  unsigned value = 0;
  for (const char c : text) value = value * 10 + static_cast<unsigned>(c - '0');
  return value;
}

/// Reads `name=value` into the parameters; what is wrong with it, or empty.
std::string read_parameter(std::string_view word, TotpParameters& parameters) {
  const std::size_t equals = std::min(word.find('='), word.size());
  const std::string_view name = word.substr(0, equals);
  const std::string_view value = word.substr(std::min(equals + 1, word.size()));
  const auto number = small_number(value);
  if (name == "digits" && number && *number >= 6 && *number <= 8) {
    parameters.digits = *number;
    return {};
  }
  if (name == "period" && number && *number >= 10 && *number <= 300) {
    parameters.period = std::chrono::seconds(*number);
    return {};
  }
  static constexpr std::array<const char*, 3> kDigests{"SHA1", "SHA256", "SHA512"};
  for (const char* digest : kDigests)
    if (name == "digest" && value == digest) {
      parameters.digest = digest;
      return {};
    }
  return "behind the secret only digits=6 to 8, period=10 to 300 and digest=SHA1, SHA256 or SHA512 "
         "may stand";
}

std::variant<TotpFile::Entry, std::string> parse_entry(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return "there is no colon; lines are user:BASE32";
  TotpFile::Entry entry;
  entry.user = line.substr(0, colon);
  if (std::string problem = user_name_problem(entry.user); !problem.empty()) return problem;
  std::string_view rest = line.substr(colon + 1);
  auto secret = base32_decode(take_word(rest));
  if (!secret) return "the secret is no base32 (RFC 4648 section 6)";
  if (secret->size() < kLeastSecret) return "the secret is shorter than 10 bytes";
  entry.secret = std::move(*secret);
  for (std::string_view word = take_word(rest); !word.empty(); word = take_word(rest))
    if (std::string problem = read_parameter(word, entry.parameters); !problem.empty())
      return problem;
  return entry;
}

}  // namespace

Secret totp_code(ByteView secret, std::uint64_t step, const TotpParameters& parameters) {
  std::array<std::uint8_t, 8> counter{};
  store_u32(counter.data(), static_cast<std::uint32_t>(step >> 32));
  store_u32(counter.data() + 4, static_cast<std::uint32_t>(step));
  Hmac hmac(parameters.digest, secret);
  hmac.start();
  hmac.update(counter);
  const ByteView tag = hmac.finish();
  std::uint32_t number = load_u32(tag.data() + (tag.back() & 0xfU)) & 0x7fffffffU;
  Secret code(std::size_t{parameters.digits});
  for (std::size_t at = code.size(); at-- > 0; number /= 10)
    code.mutable_view()[at] = static_cast<std::uint8_t>('0' + number % 10);
  return code;
}

std::optional<Secret> base32_decode(std::string_view text) {
  constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  while (text.ends_with('=')) text.remove_suffix(1);
  Secret out(text.size());  // more than enough
  std::size_t size = 0;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    if (c == ' ' || c == '-') continue;
    const char upper = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const std::size_t value = kAlphabet.find(upper);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 5 | static_cast<std::uint32_t>(value);
    held += 5;
    if (held >= 8) {
      held -= 8;
      out.mutable_view()[size++] = static_cast<std::uint8_t>(bits >> held);
    }
  }
  if (size == 0) return std::nullopt;
  out.truncate(size);
  return out;
}

std::variant<TotpFile, TotpFile::Error> TotpFile::parse(std::string_view text) {
  TotpFile file;
  for (std::size_t number = 1; !text.empty(); ++number) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(" \t") == std::string_view::npos || line.front() == '#') continue;
    auto parsed = parse_entry(line);
    if (const auto* problem = std::get_if<std::string>(&parsed)) return Error{number, *problem};
    auto& entry = std::get<Entry>(parsed);
    if (std::ranges::find(file.entries_, entry.user, &Entry::user) != file.entries_.end())
      return Error{number, "the user " + entry.user + " stands in the file already"};
    file.entries_.push_back(std::move(entry));
  }
  file.decoy_.secret = Secret(kDecoySecret);
  SystemRandom().fill(file.decoy_.secret.mutable_view());
  if (!file.entries_.empty()) file.decoy_.parameters = file.entries_.front().parameters;
  return file;
}

TotpFile::Match TotpFile::match(std::string_view user, const Secret& code,
                                std::chrono::system_clock::time_point now, unsigned window) const {
  const Entry* entry = &decoy_;
  for (const Entry& one : entries_)
    if (one.user == user) entry = &one;
  const auto since = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch());
  const auto middle = static_cast<std::uint64_t>(since / entry->parameters.period);
  std::optional<std::uint64_t> found;
  for (std::uint64_t step = middle - window; step != middle + window + 1; ++step) {
    const Secret right = totp_code(entry->secret.view(), step, entry->parameters);
    const bool equal = equal_in_constant_time(right.view(), code.view());
    if (equal) found = step;
  }
  if (entry == &decoy_ || !found) return {entry != &decoy_, std::nullopt};
  return {true, entry->parameters.period * static_cast<std::chrono::seconds::rep>(*found)};
}

}  // namespace ssh2core::keys
