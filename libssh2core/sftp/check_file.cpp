#include "libssh2core/sftp/check_file.h"

#include <zlib.h>

#include <algorithm>
#include <array>

#include "libssh2core/crypto/fips.h"

namespace ssh2core::sftp {

namespace {

/// Read at a time; with it the digest works out of the processor's cache.
constexpr std::size_t kReadBytes = 256 * 1024;
constexpr std::size_t kCrcBytes = 4;

struct DigestRow {
  std::string_view name;
  const char* openssl;  // nullptr: crc32
};
constexpr auto kDigests = std::to_array<DigestRow>({{"sha512", "SHA512"},
                                                    {"sha384", "SHA384"},
                                                    {"sha256", "SHA256"},
                                                    {"sha224", "SHA224"},
                                                    {"sha1", "SHA1"},
                                                    {"md5", "MD5"},
                                                    {"crc32", nullptr}});

/// A digest that OpenSSL has, unless it is not approved in FIPS mode.
std::optional<Hash> make_hash(const char* name) {
  try {
    return Hash(name);
  } catch (const CryptoError&) {
    return std::nullopt;
  }
}

}  // namespace

int refusal_of_type(const Attributes& attributes) {
  constexpr std::uint32_t kTypeBits = 0170000, kRegular = 0100000, kDirectory = 0040000;
  const std::uint32_t type = attributes.mode.value_or(kRegular) & kTypeBits;
  return type == kRegular || type == 0 ? 0 : type == kDirectory ? EISDIR : EPERM;
}

std::optional<FileDigest> FileDigest::first_of(std::string_view names) {
  for (std::size_t begin = 0; begin < names.size();) {
    const std::size_t end = std::min(names.find(',', begin), names.size());
    const auto row =
        std::ranges::find(kDigests, names.substr(begin, end - begin), &DigestRow::name);
    begin = end + 1;
    if (row == kDigests.end()) continue;
    if (row->openssl == nullptr) {
      if (!is_fips_enabled()) return FileDigest(row->name, std::nullopt);
    } else if (auto hash = make_hash(row->openssl)) {
      return FileDigest(row->name, std::move(hash));
    }
  }
  return std::nullopt;
}

std::size_t FileDigest::size() const { return hash_ ? hash_->size() : kCrcBytes; }

void FileDigest::update(ByteView data) {
  if (hash_)
    hash_->update(data);
  else
    crc_ = static_cast<std::uint32_t>(crc32_z(crc_, data.data(), data.size()));
}

void FileDigest::finish(Bytes& out) {
  const std::size_t at = out.size();
  out.resize(at + size());
  const MutableView place = MutableView(out).subspan(at);
  if (hash_)
    hash_->finish_into(place);
  else
    store_u32(place.data(), std::exchange(crc_, 0));
}

FileHash::FileHash(OpenFile& file, std::unique_ptr<OpenFile> owned, FileDigest digest,
                   std::uint64_t start, std::uint64_t end, std::uint64_t block)
    : file_(file),
      owned_(std::move(owned)),
      digest_(std::move(digest)),
      at_(start),
      end_(std::max(start, end)),
      block_(block),
      room_bytes_(static_cast<std::size_t>(std::min<std::uint64_t>(kReadBytes, end_ - at_))) {
  room_ = std::make_unique_for_overwrite<std::uint8_t[]>(room_bytes_);
}

bool FileHash::step() {
  for (std::uint64_t done = 0; at_ < end_;) {
    if (done >= kStepBytes) return false;
    const MutableView room(
        room_.get(), static_cast<std::size_t>(std::min<std::uint64_t>(room_bytes_, end_ - at_)));
    const Result<std::size_t> got = file_.read(at_, {&room, 1});
    if (!got) {
      error_ = got.error().value;
      return true;
    }
    if (*got == 0) break;  // the file has become shorter
    add(room.first(*got));
    at_ += *got;
    done += *got;
  }
  if (block_ == 0 || in_block_ != 0) finish();
  return true;
}

void FileHash::add(ByteView data) {
  while (!data.empty()) {
    const std::uint64_t left = block_ == 0 ? data.size() : block_ - in_block_;
    const ByteView part =
        data.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, data.size())));
    digest_.update(part);
    in_block_ += part.size();
    if (in_block_ == block_) finish();
    data = data.subspan(part.size());
  }
}

void FileHash::finish() {
  digest_.finish(digests_);
  in_block_ = 0;
}

}  // namespace ssh2core::sftp
