#include "keys/private_key_file.h"

#include <algorithm>
#include <array>

#include "keys/base64.h"
#include "keys/key_kinds.h"
#include "keys/openssh_key.h"
#include "keys/pem_key.h"
#include "libssh2core/crypto/hash.h"

namespace ssh2core::keys {
namespace {

/// An RSA key of 16384 bits takes 13 KiB; the rest is room for what stands around it.
constexpr std::size_t kMaxFileBytes = 256 * 1024;
constexpr std::size_t kLineWidth = 70;  // as ssh-keygen wraps

constexpr std::string_view kOpenSshBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kOpenSshEnd = "-----END OPENSSH PRIVATE KEY-----";
constexpr auto kPemLabels =
    std::to_array<std::string_view>({"RSA PRIVATE KEY", "DSA PRIVATE KEY", "EC PRIVATE KEY",
                                     "PRIVATE KEY", "ENCRYPTED PRIVATE KEY"});

std::string_view trimmed(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

bool is_private_begin(std::string_view line) {
  if (!line.starts_with("-----BEGIN ") || !line.ends_with("-----")) return false;
  line = line.substr(11, line.size() - 16);
  return line == "OPENSSH PRIVATE KEY" || std::ranges::find(kPemLabels, line) != kPemLabels.end();
}

/// The first private key in a text, as lines without blanks around them that end in LF.
struct Block {
  Secret text;
  bool complete = false;  // the END line was there
  std::string_view view() const { return as_text(text.view()); }
};

/// Finds it whatever stands in front, an EC PARAMETERS block or a mail header say. Empty: none.
Block find_block(std::string_view text) {
  Block block;
  Secret lines(text.size() + 1);
  std::size_t size = 0;
  while (!text.empty() && !block.complete) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (size == 0 && !is_private_begin(line)) continue;
    std::ranges::copy(as_bytes(line),
                      lines.mutable_view().begin() + static_cast<std::ptrdiff_t>(size));
    size += line.size();
    lines.mutable_view()[size++] = '\n';
    block.complete = line.starts_with("-----END ");
  }
  lines.truncate(size);
  block.text = std::move(lines);
  return block;
}

/// What an openssh-key-v1 block holds, given to `read`.
template <class Result, class Read>
std::variant<Result, KeyFileError> with_openssh_content(std::string_view block, Read read) {
  block.remove_prefix(kOpenSshBegin.size());
  const std::size_t end = block.find(kOpenSshEnd);
  const auto content =
      end == std::string_view::npos ? std::nullopt : base64_decode_lines(block.substr(0, end));
  if (!content)
    return KeyFileError{
        "the OpenSSH private key is damaged (no base64 between BEGIN and END); restore it from a "
        "copy"};
  return read(content->view());
}

/// The first private key of a text that may hold one.
std::variant<Block, KeyFileError> first_block(std::string_view text) {
  if (text.size() > kMaxFileBytes)
    return KeyFileError{"it is too long for a private key (" + std::to_string(text.size()) +
                        " bytes)"};
  std::string_view body = text;
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);  // UTF-8 byte order mark
  Block block = find_block(body);
  if (block.text.empty()) return KeyFileError{describe_other_file(body)};
  if (!block.complete)
    return KeyFileError{
        "the private key is cut short: its END line is missing; restore it from a "
        "copy"};
  return block;
}

}  // namespace

std::variant<PrivateKey, KeyFileError> parse_private_key(std::string_view text,
                                                         const Secret& passphrase) {
  auto found = first_block(text);
  if (auto* error = std::get_if<KeyFileError>(&found)) return std::move(*error);
  const Block* block = &std::get<Block>(found);
  if (block->view().starts_with(kOpenSshBegin))
    return with_openssh_content<PrivateKey>(block->view(), [&passphrase](ByteView content) {
      return parse_openssh_key(content, passphrase);
    });
  return parse_pem_key(block->view(), passphrase);
}

std::variant<PublicHalf, KeyFileError> read_public_half(std::string_view text) {
  auto found = first_block(text);
  if (auto* error = std::get_if<KeyFileError>(&found)) return std::move(*error);
  if (const auto& block = std::get<Block>(found); block.view().starts_with(kOpenSshBegin))
    return with_openssh_content<PublicHalf>(block.view(), openssh_public_half);
  auto key = parse_private_key(text);
  if (auto* error = std::get_if<KeyFileError>(&key)) return std::move(*error);
  return PublicHalf{std::get<PrivateKey>(key).public_blob(), {}};
}

Secret to_openssh_private_key(const PrivateKey& key, std::string_view comment) {
  const Secret body = base64_encode_lines(openssh_key_content(key, comment).view(), kLineWidth);
  Secret text(kOpenSshBegin.size() + 1 + body.size() + kOpenSshEnd.size() + 1);
  auto to = text.mutable_view().begin();
  for (const ByteView part : {as_bytes(kOpenSshBegin), as_bytes("\n"), body.view(),
                              as_bytes(kOpenSshEnd), as_bytes("\n")})
    to = std::ranges::copy(part, to).out;
  return text;
}

std::string to_openssh_public_line(ByteView public_blob, std::string_view comment) {
  std::string line(Reader(public_blob).text());
  line.append(" ").append(base64_encode(public_blob));
  if (!comment.empty()) line.append(" ").append(comment);
  return line;
}

}  // namespace ssh2core::keys
