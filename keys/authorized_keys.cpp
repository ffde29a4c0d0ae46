#include "keys/authorized_keys.h"

#include "keys/base64.h"
#include "keys/key_kinds.h"
#include "keys/key_list_scanner.h"
#include "keys/key_options.h"
#include "libssh2core/crypto/hash.h"

namespace ssh2core::keys {
namespace {

/// A file that is no list at all would give a problem a line.
constexpr std::size_t kMaxProblems = 100;

void add_problem(std::vector<KeyListProblem>* problems, std::size_t line, std::string what) {
  if (problems != nullptr) problems->push_back({line, std::move(what)});
}

/// The type's name inside a blob; empty when there is none.
std::string_view blob_type(ByteView blob) {
  if (blob.size() < 4) return {};
  const std::size_t size = load_u32(blob.data());
  return size < blob.size() - 4 ? as_text(blob.subspan(4, size)) : std::string_view();
}

/// Why a blob with the right base64 is no key to compare with; empty when it is one.
std::string blob_problem(std::string_view type_on_line, ByteView blob) {
  const std::string_view type = blob_type(blob);
  if (type.empty()) return "the key is damaged: its base64 does not hold a key";
  if (!type_on_line.empty() && type_on_line != type)
    return "the type in front of the key is not the type inside it";
  for (const SignatureEntry& entry : kSignatures)
    if (entry.key_type == type) return {};
  const std::string why = unsupported_type(type);
  return why.empty() ? "the key's type is unknown" : "the key is " + why;
}

/// A rule that nobody looks at must not be ignored.
std::optional<std::string> unjudged_problem(const KeyOptions& options) {
  if (!options.from && !options.expiry) return std::nullopt;
  return "the options from and expiry-time cannot be checked here, so the key is not used";
}

AuthorizedKey to_authorized_key(const ListEntry& entry, Bytes blob) {
  return {std::move(blob), std::string(entry.comment_text()), std::string(entry.options),
          entry.line, entry.subject};
}

}  // namespace

KeyList parse_authorized_keys(std::string_view text) {
  KeyList list;
  KeyListScanner scanner(text);
  while (auto entry = scanner.next(&list.problems)) {
    auto blob = base64_decode(entry->key_text());
    std::string problem = blob ? blob_problem(entry->type, *blob)
                               : "the key is damaged: it is cut short or no base64";
    if (problem.empty() && !entry->options.empty())
      problem = option_problem(entry->options).value_or("");
    if (problem.empty())
      list.keys.push_back(to_authorized_key(*entry, std::move(*blob)));
    else
      list.problems.push_back({entry->line, std::move(problem)});
  }
  if (list.problems.size() > kMaxProblems) {
    const std::size_t more = list.problems.size() - kMaxProblems;
    list.problems.resize(kMaxProblems);
    list.problems.push_back({list.problems.back().line,
                             "and " + std::to_string(more) + " more entries that are not usable"});
  }
  return list;
}

std::optional<AuthorizedKey> find_authorized_key(std::string_view text, ByteView blob,
                                                 std::vector<KeyListProblem>* problems,
                                                 KeyPurpose purpose, const EntryJudge& judge) {
  // Base64 is only accepted in the one form that encoding gives, so texts can be compared.
  const std::string wanted = base64_encode(blob);
  const std::string_view type = blob_type(blob);
  KeyListScanner scanner(text);
  std::optional<AuthorizedKey> found;
  // Goes on to the end even when found: the work then says nothing about the place in the list.
  while (auto entry = scanner.next(nullptr)) {
    if (entry->key_text() != wanted || (!entry->is_block() && entry->type != type)) continue;
    auto parsed = parse_key_options(entry->options);
    if (auto* problem = std::get_if<std::string>(&parsed)) {
      add_problem(problems, entry->line, std::move(*problem));
      continue;
    }
    const auto& options = std::get<KeyOptions>(parsed);
    if (options.authority != (purpose == KeyPurpose::Authority)) continue;
    AuthorizedKey key = to_authorized_key(*entry, Bytes(blob.begin(), blob.end()));
    if (auto problem = judge ? judge(key) : unjudged_problem(options))
      add_problem(problems, entry->line, std::move(*problem));
    else if (!found)
      found = std::move(key);
  }
  return found;
}

}  // namespace ssh2core::keys
