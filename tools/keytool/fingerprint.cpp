#include "tools/keytool/fingerprint.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <nlohmann/json.hpp>

#include "keys/digest_art.h"
#include "keys/key_facts.h"
#include "keys/public_keys.h"
#include "libssh2core/crypto/hash.h"
#include "tools/common/files.h"
#include "tools/common/instant.h"
#include "tools/common/utf8.h"
#include "tools/common/version.h"
#include "tools/keytool/input_files.h"

namespace ssh2core::tools {
namespace {

using Json = nlohmann::ordered_json;

struct DigestName {
  std::string_view flag, printed;
  const char* openssl;
};
constexpr auto kDigests = std::to_array<DigestName>(
    {{"sha256", "SHA256", "SHA256"}, {"md5", "MD5", "MD5"}, {"sha1", "SHA1", "SHA1"}});

void append_hex(std::string& out, ByteView digest) {
  for (std::size_t i = 0; i < digest.size(); ++i)
    fmt::format_to(std::back_inserter(out), "{}{:02x}", i == 0 ? "" : ":", digest[i]);
}

/// One digest, made ready once for many keys.
class Fingerprinter {
 public:
  explicit Fingerprinter(const DigestName& name)
      : name_(name), hash_(name.openssl), digest_(hash_.size()) {}
  /// "SHA256:..." as ssh-keygen writes it: MD5 in hexadecimal, others in base64 without padding.
  std::string of(ByteView blob) {
    hash_.update(blob);
    hash_.finish_into(digest_);
    std::string text(name_.printed);
    text += ':';
    if (name_.flag == "md5")
      append_hex(text, digest_);
    else
      text += base64_encode(digest_, false);
    return text;
  }
  ByteView digest() const { return digest_; }  // of the key before
  std::string_view printed() const { return name_.printed; }

 private:
  const DigestName& name_;
  Hash hash_;
  Bytes digest_;
};

const DigestName& digest_named(std::string_view flag) {
  return *std::ranges::find(kDigests, flag, &DigestName::flag);
}

class Run {
 public:
  Run(const FingerprintOptions& options, std::FILE* out)
      : options_(options),
        out_(out),
        text_digest_(digest_named(options.hash)),
        sha256_(digest_named("sha256")),
        md5_(digest_named("md5")),
        sha1_(digest_named("sha1")) {
    if (options.output == FingerprintOutput::Json) document_ = new_document();
  }

  ExitCode run() {
    for_each_input(options_.files, [this](const std::string& file, const InputFile& input) {
      file_ = &file;
      if (const auto* error = std::get_if<FileError>(&input)) return problem(0, error->what);
      const std::size_t before = keys_ + problems_;
      keys::find_public_keys(
          std::get<FileContent>(input).text(),
          {[this](const keys::FoundKey& key) { take(key); },
           [this](std::size_t line, std::string_view what) { problem(line, what); }});
      if (keys_ + problems_ == before) problem(0, "there is no key in it");
    });
    if (options_.output == FingerprintOutput::Json)
      write(document_.dump(1, ' ', false, kReplace) + "\n");
    if (std::fflush(out_) != 0) throw ExitError(kFailed, "cannot write to stdout");
    return problems_ == 0 ? kDone : kFailed;
  }

 private:
  static Json new_document() {
    return {{"schema", "ssh2core/keytool/fingerprint/1"},
            {"tool_version", project_version()},
            {"started", instant_text(std::chrono::system_clock::now())},
            {"keys", Json::array()},
            {"problems", Json::array()}};
  }

  void write(std::string_view text) {
    if (std::fwrite(text.data(), 1, text.size(), out_) != text.size())
      throw ExitError(kFailed, "cannot write to stdout");
  }

  void problem(std::size_t line, std::string_view what) {
    ++problems_;
    const std::string place = line == 0 ? *file_ : fmt::format("{}:{}", *file_, line);
    if (line == 0 && what.find(*file_) != std::string_view::npos)
      fmt::print(stderr, "keytool: {}\n", safe_text(what));
    else
      fmt::print(stderr, "keytool: {}: {}\n", safe_text(place), safe_text(what));
    if (options_.output == FingerprintOutput::Text) return;
    Json object = {{"file", *file_}, {"line", line}, {"what", what}};
    if (options_.output == FingerprintOutput::JsonLines)
      write(Json{{"problem", std::move(object)}}.dump(-1, ' ', false, kReplace) + "\n");
    else
      document_["problems"].push_back(std::move(object));
  }

  void take(const keys::FoundKey& key) {
    const auto read = keys::key_facts(key.blob);
    if (const auto* why = std::get_if<std::string>(&read)) return problem(key.line, *why);
    ++keys_;
    const auto& facts = std::get<keys::KeyFacts>(read);
    const ByteView plain = facts.plain_blob.empty() ? key.blob : ByteView(facts.plain_blob);
    if (options_.output == FingerprintOutput::Text)
      write_text(key, facts, plain);
    else
      write_json(key, facts, plain);
  }

  void write_text(const keys::FoundKey& key, const keys::KeyFacts& facts, ByteView plain) {
    const std::string label = keys::key_label(*facts.row);
    line_.clear();
    const auto out = std::back_inserter(line_);
    if (options_.files.size() > 1) fmt::format_to(out, "{}:{}: ", safe_text(*file_), key.line);
    std::string print = text_digest_.of(plain);
    if (options_.bubblebabble) {
      sha1_.of(plain);
      print = keys::bubblebabble(sha1_.digest());
    }
    fmt::format_to(out, "{} {} {} ({})\n", facts.bits, print,
                   key.comment.empty() ? "no comment" : safe_text(key.comment), label);
    if (!facts.canonical)
      fmt::format_to(out, "  encoded in another way than SSH asks for; as it is: {}\n",
                     sha256_.of(key.blob));
    if (options_.randomart) {
      text_digest_.of(plain);
      fmt::format_to(out, "{}\n",
                     keys::randomart(text_digest_.digest(), fmt::format("{} {}", label, facts.bits),
                                     label, text_digest_.printed()));
    }
    write(line_);
  }

  void write_json(const keys::FoundKey& key, const keys::KeyFacts& facts, ByteView plain) {
    Json object = {{"file", *file_},
                   {"line", key.line},
                   {"type", facts.row->key_type},
                   {"bits", facts.bits},
                   {"sha256", sha256_.of(plain)},
                   {"md5", md5_.of(plain)},
                   {"sha1", sha1_.of(plain)},
                   {"comment", key.comment}};
    if (!key.options.empty()) object["options"] = key.options;
    if (!facts.canonical) object["raw_sha256"] = sha256_.of(key.blob);
    if (options_.output == FingerprintOutput::JsonLines)
      write(object.dump(-1, ' ', false, kReplace) + "\n");
    else
      document_["keys"].push_back(std::move(object));
  }

  static constexpr auto kReplace = Json::error_handler_t::replace;
  const FingerprintOptions& options_;
  std::FILE* out_;
  Fingerprinter text_digest_, sha256_, md5_, sha1_;
  Json document_;
  const std::string* file_ = nullptr;
  std::size_t keys_ = 0, problems_ = 0;
  std::string line_;
};

}  // namespace

ExitCode run_fingerprint(const FingerprintOptions& options, std::FILE* out) {
  return Run(options, out).run();
}

}  // namespace ssh2core::tools
