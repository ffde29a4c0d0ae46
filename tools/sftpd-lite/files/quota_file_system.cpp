#include "tools/sftpd-lite/files/quota_file_system.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>

namespace ssh2core::tools {

using sftp::Attributes;
using sftp::Errno;
using sftp::OpenFile;
using sftp::OpenMode;
using sftp::Outcome;
using sftp::Result;

namespace {

constexpr unsigned kDeepest = 200;  // directories below each other that are counted

struct Kept {
  std::uint64_t bytes = 0, files = 0;
};

/// What goes with the name of a file: all of it when it has no other.
Kept kept_by(const Attributes& found) {
  if (S_ISREG(found.mode.value_or(0)) && found.links.value_or(1) > 1) return {};
  return {S_ISREG(found.mode.value_or(0)) ? found.size.value_or(0) : 0, 1};
}

/// A file whose growth is counted.
class QuotaFile final : public ForwardingFile {
 public:
  QuotaFile(std::unique_ptr<OpenFile> inner, Quota& quota, bool append, bool goes)
      : ForwardingFile(std::move(inner)), quota_(quota), append_(append), goes_(goes) {}

  Outcome write(std::uint64_t offset, std::span<const ByteView> pieces) override {
    std::uint64_t length = 0;
    for (const ByteView piece : pieces) length += piece.size();
    return grow(length == 0 ? 0 : end_of(offset, length), length,
                [&] { return inner().write(offset, pieces); });
  }

  Outcome set(const Attributes& wanted) override {
    if (!wanted.size) return inner().set(wanted);
    return grow(*wanted.size, 0, [&] { return inner().set(wanted); });
  }

  /// Room that is taken counts when something is written into it; it must be allowed by then.
  Outcome reserve(std::uint64_t wanted) override {
    Tally::Lock lock(quota_.tally());
    const Result<Attributes> now = inner().stat();
    if (lock.error() != 0 || !now) return {now ? lock.error() : now.error().value};
    const std::uint64_t size = now->size.value_or(0);
    if (wanted > size) {
      if (const int error = quota_.take(lock, wanted - size, 0)) return {error};
      Quota::give_back(lock, wanted - size, 0);
    }
    return inner().reserve(wanted);
  }

  Outcome copy_to(OpenFile& target, std::uint64_t from, std::uint64_t length,
                  std::uint64_t to) override {
    auto* other = dynamic_cast<QuotaFile*>(&target);
    if (other == nullptr) return {EXDEV};
    const Result<Attributes> now = inner().stat();
    if (!now) return {now.error().value};
    const std::uint64_t size = now->size.value_or(0), there = size - std::min(size, from);
    const std::uint64_t moved = length == 0 ? there : std::min(length, there);
    if (moved == 0) return {};
    return other->grow(end_of(to, moved), moved,
                       [&] { return ForwardingFile::copy_to(target, from, moved, to); });
  }

  Outcome close() override {
    return leave([this] { return inner().close(); });
  }
  Outcome abandon() override {
    return leave([this] { return inner().abandon(); });
  }

 private:
  static std::uint64_t end_of(std::uint64_t offset, std::uint64_t length) {
    constexpr auto kMost = std::numeric_limits<std::uint64_t>::max();
    return offset > kMost - length ? kMost : offset + length;
  }

  /// Does something after which the file ends at `end` at most (in append mode `length` further
  /// on). It is counted before, so that a process that dies in between has not kept too little, and
  /// put right after.
  template <class Do>
  Outcome grow(std::uint64_t end, std::uint64_t length, Do&& work) {
    Tally::Lock lock(quota_.tally());
    if (lock.error() != 0) return {lock.error()};
    const Result<Attributes> before = inner().stat();
    if (!before) return {before.error().value};
    const std::uint64_t size = before->size.value_or(0);
    if (append_ && length != 0) end = end_of(size, length);
    const std::uint64_t taken = end > size ? end - size : 0;
    if (taken != 0)
      if (const int error = quota_.take(lock, taken, 0)) return {error};
    const Outcome outcome = work();
    const Result<Attributes> after = inner().stat();
    const std::uint64_t now = after ? after->size.value_or(0) : size + taken;
    if (now < size + taken) Quota::give_back(lock, size + taken - now, 0);
    return outcome;
  }

  /// Closes it; when its name goes with it, what it kept is given back.
  template <class Close>
  Outcome leave(Close&& close) {
    if (!goes_) return close();
    Tally::Lock lock(quota_.tally());
    const Result<Attributes> last = inner().stat();
    const Outcome outcome = close();
    if (outcome.ok() && last) {
      const Kept kept = kept_by(*last);
      Quota::give_back(lock, kept.bytes, kept.files);
    }
    return outcome;
  }

  Quota& quota_;
  bool append_, goes_;
};

}  // namespace

int Quota::take(Tally::Lock& lock, std::uint64_t bytes, std::uint64_t files) const {
  if (lock.error() != 0) return lock.error();
  TallyCount count = lock.count();
  const auto too_much = [](std::uint64_t limit, std::uint64_t now, std::uint64_t more) {
    return limit != 0 && more != 0 && (now > limit || more > limit - now);
  };
  if (too_much(limits_.bytes, count.bytes, bytes) || too_much(limits_.files, count.files, files))
    return EDQUOT;
  count.bytes += bytes;
  count.files += files;
  return lock.set(count);
}

void Quota::give_back(Tally::Lock& lock, std::uint64_t bytes, std::uint64_t files) {
  if (bytes == 0 && files == 0) return;
  TallyCount count = lock.count();
  count.bytes -= std::min(count.bytes, bytes);
  count.files -= std::min(count.files, files);
  static_cast<void>(lock.set(count));
}

QuotaFileSystem::QuotaFileSystem(std::unique_ptr<sftp::FileSystem> inner,
                                 std::unique_ptr<Quota> quota, const std::string& home)
    : ForwardingFileSystem(std::move(inner)), quota_(std::move(quota)) {
  Tally::Lock lock(quota_->tally());
  if (lock.error() != 0 || lock.known()) return;
  TallyCount count;
  count_tree(home, count, 0);
  static_cast<void>(lock.set(count));
}

void QuotaFileSystem::count_tree(const std::string& path, TallyCount& count, unsigned depth) {
  auto directory = inner().open_directory(path);
  if (!directory || depth == kDeepest) return;
  std::vector<std::string> below;
  sftp::DirectoryEntry entry;
  while (true) {
    const Result<bool> more = (*directory)->next(entry);
    if (!more || !*more) break;
    if (entry.name == "." || entry.name == "..") continue;
    ++count.files;
    if (S_ISREG(entry.attributes.mode.value_or(0)))
      count.bytes += entry.attributes.size.value_or(0);
    if (S_ISDIR(entry.attributes.mode.value_or(0))) below.push_back(entry.name);
  }
  directory->reset();
  for (const std::string& name : below)
    count_tree(path == "/" ? "/" + name : path + "/" + name, count, depth + 1);
}

Result<std::unique_ptr<OpenFile>> QuotaFileSystem::open(std::string_view path,
                                                        const OpenMode& mode) {
  const auto open = [&]() -> Result<std::unique_ptr<OpenFile>> {
    Result<std::unique_ptr<OpenFile>> file = inner().open(path, mode);
    if (!file) return file;
    return std::unique_ptr<OpenFile>(
        std::make_unique<QuotaFile>(std::move(*file), *quota_, mode.append, mode.delete_on_close));
  };
  if (!mode.create && !mode.truncate) return open();
  Tally::Lock lock(quota_->tally());
  if (lock.error() != 0) return Errno{lock.error()};
  const Result<Attributes> before = inner().stat(path);
  if (!before && mode.create)
    if (const int error = quota_->take(lock, 0, 1)) return Errno{error};
  Result<std::unique_ptr<OpenFile>> file = open();
  if (!file && !before && mode.create) Quota::give_back(lock, 0, 1);
  if (file && before && mode.truncate) Quota::give_back(lock, before->size.value_or(0), 0);
  return file;
}

Outcome QuotaFileSystem::set(std::string_view path, const Attributes& wanted, bool follow) {
  if (!wanted.size) return inner().set(path, wanted, follow);
  Tally::Lock lock(quota_->tally());
  const Result<Attributes> before = inner().stat(path);
  if (lock.error() != 0 || !before) return {before ? lock.error() : before.error().value};
  const std::uint64_t size = before->size.value_or(0);
  const std::uint64_t taken = *wanted.size > size ? *wanted.size - size : 0;
  if (taken != 0)
    if (const int error = quota_->take(lock, taken, 0)) return {error};
  const Outcome outcome = inner().set(path, wanted, follow);
  const Result<Attributes> after = inner().stat(path);
  const std::uint64_t now = after ? after->size.value_or(0) : size + taken;
  if (now < size + taken) Quota::give_back(lock, size + taken - now, 0);
  return outcome;
}

Outcome QuotaFileSystem::remove(std::string_view path) {
  Tally::Lock lock(quota_->tally());
  if (lock.error() != 0) return {lock.error()};
  const Result<Attributes> before = inner().lstat(path);
  const Outcome outcome = inner().remove(path);
  if (outcome.ok() && before) {
    const Kept kept = kept_by(*before);
    Quota::give_back(lock, kept.bytes, kept.files);
  }
  return outcome;
}

template <class Make>
Outcome QuotaFileSystem::make_entry(Make&& make) {
  Tally::Lock lock(quota_->tally());
  if (const int error = quota_->take(lock, 0, 1)) return {error};
  const Outcome outcome = make();
  if (!outcome.ok()) Quota::give_back(lock, 0, 1);
  return outcome;
}

Outcome QuotaFileSystem::make_directory(std::string_view path, std::uint32_t permissions) {
  return make_entry([&] { return inner().make_directory(path, permissions); });
}

Outcome QuotaFileSystem::make_symlink(std::string_view target, std::string_view link) {
  return make_entry([&] { return inner().make_symlink(target, link); });
}

Outcome QuotaFileSystem::remove_directory(std::string_view path) {
  Tally::Lock lock(quota_->tally());
  const Outcome outcome = inner().remove_directory(path);
  if (outcome.ok()) Quota::give_back(lock, 0, 1);
  return outcome;
}

Outcome QuotaFileSystem::rename(std::string_view from, std::string_view to, bool overwrite) {
  Tally::Lock lock(quota_->tally());
  if (lock.error() != 0) return {lock.error()};
  const Result<Attributes> replaced = inner().lstat(to);
  const Outcome outcome = inner().rename(from, to, overwrite);
  // Renaming over another name of the same file changes nothing, and that file has two names.
  if (outcome.ok() && replaced && from != to) {
    const Kept kept = kept_by(*replaced);
    Quota::give_back(lock, kept.bytes, kept.files);
  }
  return outcome;
}

}  // namespace ssh2core::tools
