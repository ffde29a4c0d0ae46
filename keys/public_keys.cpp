#include "keys/public_keys.h"

#include <algorithm>

#include "keys/base64.h"
#include "keys/key_list_scanner.h"
#include "keys/pem_key.h"
#include "keys/private_key_file.h"
#include "keys/putty_key.h"

namespace ssh2core::keys {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

/// A key of several lines: from the first line to the last.
using ReadBlock = std::variant<PublicHalf, KeyFileError> (*)(std::string_view block);

struct BlockKind {
  std::string_view begins;  // its first line
  std::string_view last;    // the beginning of its last line
  ReadBlock read;           // nullptr: there is no key in it
};

constexpr auto kBlocks = std::to_array<BlockKind>({
    {"-----BEGIN EC PARAMETERS-----", "-----END ", nullptr},  // OpenSSL puts it in front of a key
    {"-----BEGIN PUBLIC KEY-----", "-----END ", read_pem_public_key},
    {"-----BEGIN RSA PUBLIC KEY-----", "-----END ", read_pem_public_key},
    {"-----BEGIN ", "-----END ", read_public_half},
    {"PuTTY-User-Key-File-", "Private-MAC:", read_putty_public_half},
});

class Finder {
 public:
  Finder(std::string_view text, const KeyFindings& findings) : rest_(text), findings_(findings) {}

  void run() {
    if (rest_.starts_with(kByteOrderMark)) rest_.remove_prefix(kByteOrderMark.size());
    while (!rest_.empty()) {
      const BlockKind* kind = nullptr;
      const std::string_view list = take_list(kind);
      read_list(list);
      if (kind != nullptr) read_block(*kind);
    }
  }

 private:
  /// Everything in front of the next block.
  std::string_view take_list(const BlockKind*& kind) {
    std::size_t at = 0;
    while (at < rest_.size()) {
      const std::string_view line = rest_.substr(at);
      const char first = line.front();
      if (first == '-' || first == 'P') {
        const auto row = std::ranges::find_if(
            kBlocks, [&](const BlockKind& block) { return line.starts_with(block.begins); });
        if (row != kBlocks.end()) {
          kind = &*row;
          break;
        }
      }
      at += std::min(line.find('\n'), line.size() - 1) + 1;
    }
    const std::string_view list = rest_.substr(0, at);
    rest_.remove_prefix(at);
    return list;
  }

  void read_list(std::string_view list) {
    KeyListScanner scanner(list, KeyListScanner::Accept::AllKeys);
    std::vector<KeyListProblem> problems;
    while (const auto entry = scanner.next(&problems)) {
      tell(problems);
      room_.resize(base64_decoded_bound(entry->key_text().size()));
      const auto size = base64_decode_to(entry->key_text(), room_);
      const std::size_t line = before_ + entry->line;
      if (!size || *size == 0) {
        findings_.on_problem(line, "the key is damaged: it is cut short or no base64");
        continue;
      }
      const ByteView blob = ByteView(room_).first(*size);
      if (!entry->is_block() && !holds_type(blob, entry->type)) {
        findings_.on_problem(line, "the type in front of the key is not the type inside it");
        continue;
      }
      findings_.on_key({line, blob, entry->comment_text(), entry->options});
    }
    tell(problems);
    before_ += static_cast<std::size_t>(std::ranges::count(list, '\n'));
  }

  static bool holds_type(ByteView blob, std::string_view type) {
    return blob.size() >= 4 + type.size() && load_u32(blob.data()) == type.size() &&
           as_text(blob.subspan(4, type.size())) == type;
  }

  void tell(std::vector<KeyListProblem>& problems) {
    for (const KeyListProblem& problem : problems)
      findings_.on_problem(before_ + problem.line, problem.what);
    problems.clear();
  }

  void read_block(const BlockKind& kind) {
    std::size_t at = 0;
    for (bool last = false; !last && at < rest_.size();) {
      const std::string_view line = rest_.substr(at);
      last = line.starts_with(kind.last);
      at += std::min(line.find('\n'), line.size() - 1) + 1;
    }
    const std::string_view block = rest_.substr(0, at);
    rest_.remove_prefix(at);
    if (kind.read != nullptr) {
      const auto half = kind.read(block);
      if (const auto* key = std::get_if<PublicHalf>(&half))
        findings_.on_key({before_ + 1, key->blob, key->comment, {}});
      else
        findings_.on_problem(before_ + 1, std::get<KeyFileError>(half).what);
    }
    before_ += static_cast<std::size_t>(std::ranges::count(block, '\n'));
  }

  std::string_view rest_;
  const KeyFindings& findings_;
  std::size_t before_ = 0;  // lines in front of rest_
  Bytes room_;
};

}  // namespace

void find_public_keys(std::string_view text, const KeyFindings& findings) {
  Finder(text, findings).run();
}

}  // namespace ssh2core::keys
