#include "keys/revocation_list.h"

#include <algorithm>

#include "keys/base64.h"
#include "keys/key_list_scanner.h"
#include "libssh2core/crypto/hash.h"

namespace ssh2core::keys {

namespace {

constexpr std::string_view kMagic{"SSHKRL\n\0", 8};
constexpr std::uint32_t kFormat = 1;
/// A bitmap of serial numbers, as long as OpenSSH reads one: 16384 bits.
constexpr std::size_t kMostBitmapBytes = 2048;

enum Section : std::uint8_t {
  kCertificates = 1,
  kExplicitKeys = 2,
  kSha1 = 3,
  kSignature = 4,
  kSha256 = 5,
  kExtension = 255,
};
enum CertificateSection : std::uint8_t {
  kSerialList = 0x20,
  kSerialRange = 0x21,
  kSerialBitmap = 0x22,
  kKeyIds = 0x23,
  kCertificateExtension = 0x39,
};

[[noreturn]] void refuse(const char* what) { throw ProtocolError(Reason::Protocol, what); }

/// The blobs or hashes of a section; `size`: what each must have, 0 for any but none.
void read_blobs(Reader section, std::size_t size, std::vector<std::string>& to) {
  while (section.remaining() > 0) {
    const ByteView blob = section.string();
    if (size == 0 ? blob.empty() : blob.size() != size) refuse("a hash or key of a wrong size");
    to.emplace_back(as_text(blob));
  }
}

/// An extension that must be understood is one that is not; the others are passed over.
void skip_extension(Reader section) {
  section.string();  // name
  const bool critical = section.boolean();
  section.string();
  section.expect_end();
  if (critical) refuse("an extension that is not known and must be");
}

}  // namespace

void RevocationList::read_serials(Authority& authority, std::uint8_t kind, Reader section) {
  const auto add = [&authority](std::uint64_t from, std::uint64_t to) {
    if (from == 0 || to < from) refuse("serial numbers that cannot be");  // 0 says: no number
    authority.serials.emplace_back(from, to);
  };
  if (kind == kSerialRange) {
    const std::uint64_t from = section.u64(), to = section.u64();
    section.expect_end();
    return add(from, to);
  }
  if (kind == kSerialList) {
    while (section.remaining() > 0) {
      const std::uint64_t serial = section.u64();
      add(serial, serial);
    }
    return;
  }
  const std::uint64_t offset = section.u64();
  const ByteView bits = section.mpint();
  section.expect_end();
  if (bits.size() > kMostBitmapBytes) refuse("a bitmap that is too long");
  for (std::size_t i = 0; i < bits.size() * 8; ++i) {
    if ((bits[bits.size() - 1 - i / 8] >> (i % 8) & 1) == 0) continue;
    if (offset + i < offset) refuse("serial numbers that cannot be");
    add(offset + i, offset + i);
  }
}

void RevocationList::read_certificates(Reader section) {
  Authority authority;
  const ByteView ca_key = section.string();
  authority.ca_key.assign(ca_key.begin(), ca_key.end());
  section.string();  // reserved
  while (section.remaining() > 0) {
    const std::uint8_t kind = section.u8();
    Reader content(section.string());
    switch (kind) {
      case kSerialList:
      case kSerialRange:
      case kSerialBitmap:
        read_serials(authority, kind, content);
        break;
      case kKeyIds:
        while (content.remaining() > 0) authority.key_ids.emplace_back(content.text());
        break;
      case kCertificateExtension:
        skip_extension(content);
        break;
      default:
        refuse("a section about certificates of an unknown kind");
    }
  }
  authorities_.push_back(std::move(authority));
}

void RevocationList::read_krl(Reader& file) {
  if (file.u32() != kFormat) refuse("another version of the format");
  file.u64();     // version of the list
  file.u64();     // when it was made
  file.u64();     // flags, none of which is defined
  file.string();  // reserved
  file.string();  // comment
  while (file.remaining() > 0) {
    const std::uint8_t kind = file.u8();
    const Reader content(file.string());
    switch (kind) {
      case kCertificates:
        read_certificates(content);
        break;
      case kExplicitKeys:
        read_blobs(content, 0, keys_);
        break;
      case kSha1:
        read_blobs(content, 20, sha1_);
        break;
      case kSha256:
        read_blobs(content, 32, sha256_);
        break;
      case kExtension:
        skip_extension(content);
        break;
      case kSignature:
        refuse("a signature, which nobody could check; make it without");
      default:
        refuse("a section of an unknown kind");
    }
  }
}

std::optional<std::string> RevocationList::read_text(std::string_view text) {
  std::vector<KeyListProblem> problems;
  KeyListScanner scanner(text);
  while (const auto entry = scanner.next(&problems)) {
    const std::string line = "line " + std::to_string(entry->line) + ": ";
    if (!entry->options.empty()) return line + "options have no meaning in a list of revoked keys";
    const auto blob = base64_decode(entry->key_text());
    const auto key = blob ? PublicKey::from_blob(*blob) : std::nullopt;
    if (!key) return line + "the key is damaged";
    keys_.emplace_back(as_text(key->plain_blob()));
  }
  if (!problems.empty())
    return "line " + std::to_string(problems[0].line) + ": " + problems[0].what;
  return std::nullopt;
}

void RevocationList::sort() {
  for (std::vector<std::string>* list : {&keys_, &sha1_, &sha256_}) std::ranges::sort(*list);
  for (Authority& authority : authorities_) std::ranges::sort(authority.key_ids);
}

std::variant<RevocationList, std::string> RevocationList::parse(ByteView file) {
  RevocationList list;
  if (!as_text(file).starts_with(kMagic)) {
    if (auto problem = list.read_text(as_text(file)))
      return "it is neither a KRL nor a list of public keys (" + *problem + ")";
  } else {
    try {
      Reader rest(file.subspan(kMagic.size()));
      list.read_krl(rest);
    } catch (const ProtocolError& error) {  // from Reader, or one of ours
      return std::string("the KRL is damaged or of a kind that is not known: ") + error.what();
    }
  }
  list.sort();
  return list;
}

bool RevocationList::has_key(ByteView blob) const {
  const auto has = [](const std::vector<std::string>& list, ByteView value) {
    return std::ranges::binary_search(list, as_text(value));
  };
  return has(keys_, blob) || (!sha1_.empty() && has(sha1_, hash("SHA1", blob))) ||
         (!sha256_.empty() && has(sha256_, hash("SHA256", blob)));
}

std::optional<std::string> RevocationList::problem(const PublicKey& key) const {
  if (has_key(key.plain_blob())) return "the key is revoked";
  const Certificate* const certificate = key.certificate();
  if (certificate == nullptr) return std::nullopt;
  if (has_key(certificate->ca_key)) return "the CA of the certificate is revoked";
  for (const Authority& authority : authorities_) {
    if (!authority.ca_key.empty() && authority.ca_key != certificate->ca_key) continue;
    if (std::ranges::binary_search(authority.key_ids, certificate->key_id))
      return "the certificate's key id is revoked";
    const auto holds = [serial = certificate->serial](const auto& range) {
      return serial >= range.first && serial <= range.second;
    };
    if (std::ranges::any_of(authority.serials, holds))
      return "the certificate's serial number is revoked";
  }
  return std::nullopt;
}

std::size_t RevocationList::size() const {
  std::size_t count = keys_.size() + sha1_.size() + sha256_.size();
  for (const Authority& authority : authorities_)
    count += authority.serials.size() + authority.key_ids.size();
  return count;
}

}  // namespace ssh2core::keys
