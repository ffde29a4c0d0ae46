#include "tools/sftpd-lite/files/ruled_file.h"

#include <algorithm>
#include <utility>

namespace ssh2core::tools {

using sftp::Attributes;
using sftp::Errno;
using sftp::Outcome;
using sftp::Result;

RuledFile::~RuledFile() {
  if (!closed_) static_cast<void>(abandon());
}

Result<std::size_t> RuledFile::read(std::uint64_t offset, std::span<const MutableView> pieces) {
  const FilePolicy& policy = facts_.subject.here->policy;
  if (!read_before_ && offset != 0 && !policy.allow_retrieve_restart.value_or(true))
    return Errno{context_.refuse(facts_.subject.path, "AllowRetrieveRestart is off")};
  read_before_ = true;
  // The file may have grown since it was opened.
  if (facts_.most_retrieved && offset >= *facts_.most_retrieved && offset != 0) {
    const Result<Attributes> now = inner().stat();
    if (now && now->size.value_or(0) > *facts_.most_retrieved)
      return Errno{context_.refuse(facts_.subject.path, "MaxRetrieveFileSize", EFBIG)};
  }
  return inner().read(offset, pieces);
}

/// MaxStoreFileSize: EFBIG when the file would be longer.
int RuledFile::refuse_growth(std::uint64_t offset, std::uint64_t length) {
  if (!facts_.most_stored || length == 0) return 0;
  if (facts_.append) {
    const Result<Attributes> now = inner().stat();
    if (!now) return now.error().value;
    offset = now->size.value_or(0);
  }
  if (offset <= *facts_.most_stored && length <= *facts_.most_stored - offset) return 0;
  return context_.refuse(facts_.subject.path, "MaxStoreFileSize", EFBIG);
}

/// Whoever begins behind the start of what is there goes on with it.
int RuledFile::refuse_restart(std::uint64_t offset) {
  const bool first = !std::exchange(written_before_, true);
  if (!first || !facts_.continued || facts_.append || offset == 0) return 0;
  if (!facts_.subject.here->policy.allow_store_restart.value_or(true))
    return context_.refuse(facts_.subject.path, kNoRestart);
  if (!facts_.temporary.empty()) return context_.refuse(facts_.subject.path, kNoHiddenRestart);
  return 0;
}

Outcome RuledFile::take_over(std::unique_ptr<sftp::OpenFile> old, std::uint64_t size,
                             bool at_once) {
  old_ = std::move(old);
  old_size_ = size;
  return at_once ? fill_up_to(size) : Outcome{};
}

/// Copies from the old file what nobody has written yet in front of `offset`.
Outcome RuledFile::fill_up_to(std::uint64_t offset) {
  const std::uint64_t end = std::min(offset, old_size_);
  if (!old_ || filled_ >= end) return {};
  const Outcome copied = old_->copy_to(inner(), filled_, end - filled_, filled_);
  if (copied.ok()) filled_ = end;
  return copied;
}

/// Remembers what is missing in a file that is to replace another.
Outcome RuledFile::note(std::uint64_t offset, std::uint64_t length, Outcome outcome) {
  if (facts_.temporary.empty()) return outcome;
  if (outcome.ok())
    lost_.find(offset, offset + length);
  else
    lost_.lose(offset, offset + std::max<std::uint64_t>(length, 1), outcome.error);
  return outcome;
}

Outcome RuledFile::write(std::uint64_t offset, std::span<const ByteView> pieces) {
  std::uint64_t length = 0;
  for (const ByteView piece : pieces) length += piece.size();
  if (const int error = refuse_restart(offset)) return note(offset, length, {error});
  if (const int error = refuse_growth(offset, length)) return note(offset, length, {error});
  if (!old_) return note(offset, length, inner().write(offset, pieces));
  if (const Outcome filled = fill_up_to(offset); !filled.ok()) return note(offset, length, filled);
  const Outcome written = inner().write(offset, pieces);
  if (written.ok()) filled_ = std::max(filled_, offset + length);
  return note(offset, length, written);
}

Result<Attributes> RuledFile::stat() {
  if (const int error = context_.judge(Act::Fstat, facts_.subject)) return Errno{error};
  Result<Attributes> found = inner().stat();
  if (found) context_.disguise(facts_.subject.here->policy, *found);
  return found;
}

Outcome RuledFile::set(const Attributes& wanted) {
  Attributes permitted = wanted;
  if (const int error = context_.permit_set(Act::SetByHandle, facts_.subject, permitted))
    return {error};
  if (permitted.size)
    if (const Outcome filled = fill_up_to(*permitted.size); !filled.ok()) return filled;
  const Outcome outcome = inner().set(permitted);
  if (permitted.size && outcome.ok()) {
    filled_ = std::max(filled_, *permitted.size);
    old_size_ = std::min(old_size_, *permitted.size);
  }
  return outcome;
}

Outcome RuledFile::copy_to(sftp::OpenFile& target, std::uint64_t from, std::uint64_t length,
                           std::uint64_t to) {
  auto* other = dynamic_cast<RuledFile*>(&target);
  if (other == nullptr) return {EXDEV};
  if (const int error = context_.judge(Act::CopySource, facts_.subject)) return {error};
  if (const int error = context_.judge(Act::CopyTarget, other->facts_.subject)) return {error};
  if (other->facts_.most_stored) {
    const Result<Attributes> now = inner().stat();
    if (!now) return {now.error().value};
    const std::uint64_t size = now->size.value_or(0), there = size - std::min(size, from);
    const std::uint64_t moved = length == 0 ? there : std::min(length, there);
    if (const int error = other->refuse_growth(to, moved)) return other->note(to, moved, {error});
    if (moved == 0) return {};
    length = moved;  // not more, should it grow meanwhile
  }
  if (const int error = other->refuse_restart(to)) return other->note(to, length, {error});
  if (other->old_)
    if (const Outcome filled = other->fill_up_to(other->old_size_); !filled.ok()) return filled;
  return other->note(to, length, ForwardingFile::copy_to(target, from, length, to));
}

Outcome RuledFile::lock(const sftp::LockRange& range) {
  if (const int error = context_.judge(Act::Lock, facts_.subject)) return {error};
  return inner().lock(range);
}

Outcome RuledFile::unlock(std::uint64_t offset, std::uint64_t length) {
  if (const int error = context_.judge(Act::Lock, facts_.subject)) return {error};
  return inner().unlock(offset, length);
}

Result<sftp::Acl> RuledFile::acl() {
  if (const int error = context_.judge(Act::Fstat, facts_.subject)) return Errno{error};
  return inner().acl();
}

Result<std::string> RuledFile::xattr(std::string_view name) {
  if (const int error = context_.judge(Act::ReadXattr, facts_.subject)) return Errno{error};
  return inner().xattr(name);
}

Result<std::vector<std::string>> RuledFile::xattrs() {
  if (const int error = context_.judge(Act::ReadXattr, facts_.subject)) return Errno{error};
  return inner().xattrs();
}

Outcome RuledFile::set_xattr(std::string_view name, std::string_view value, sftp::XattrMode mode) {
  if (const int error = context_.permit_xattr(facts_.subject)) return {error};
  if (context_.settings().ignore_set_xattrs) return {};
  return inner().set_xattr(name, value, mode);
}

Outcome RuledFile::remove_xattr(std::string_view name) {
  if (const int error = context_.permit_xattr(facts_.subject)) return {error};
  if (context_.settings().ignore_set_xattrs) return {};
  return inner().remove_xattr(name);
}

Outcome RuledFile::reserve(std::uint64_t size) {
  if (facts_.most_stored && size > *facts_.most_stored)
    return {context_.refuse(facts_.subject.path, "MaxStoreFileSize", EFBIG)};
  return inner().reserve(size);
}

sftp::Throttle* RuledFile::throttle(bool writing) {
  auto& own = writing ? write_throttle_ : read_throttle_;
  const TransferUse use = !writing        ? TransferUse::Retrieve
                          : facts_.append ? TransferUse::Append
                                          : TransferUse::Store;
  if (!own) own = context_.throttle(facts_.subject.here->policy, use);
  return own.get();
}

Outcome RuledFile::close() {
  if (closed_) return {EBADF};
  closed_ = true;
  const Outcome filled = fill_up_to(old_size_);
  old_.reset();
  Outcome outcome = inner().close();
  if (outcome.ok()) outcome = filled;
  if (facts_.temporary.empty()) return outcome;
  // The client was told what failed; what it did not write again would be a hole.
  if (outcome.ok()) outcome.error = lost_.error();
  if (outcome.ok()) {
    outcome = files_.rename(facts_.temporary, facts_.subject.path, facts_.overwrite);
    if (outcome.error == EEXIST && !facts_.overwrite)
      outcome.error = context_.refuse(facts_.subject.path, "AllowOverwrite is off");
  }
  // What could not be finished is not to be taken for something.
  if (!outcome.ok() && facts_.subject.here->policy.delete_aborted_stores.value_or(true))
    static_cast<void>(files_.remove(facts_.temporary));
  return outcome;
}

/// Whether its name is still its own: somebody may have put another file there.
bool RuledFile::is_still_there() {
  const Result<Attributes> named = files_.lstat(facts_.subject.path), mine = inner().stat();
  return named && mine && named->ctime == mine->ctime && named->size == mine->size &&
         named->mode == mine->mode && named->uid == mine->uid && named->links == mine->links;
}

Outcome RuledFile::abandon() {
  if (closed_) return {EBADF};
  closed_ = true;
  const auto& removed = facts_.subject.here->policy.delete_aborted_stores;
  std::string path = facts_.temporary;
  bool remove = !path.empty() && removed.value_or(true);
  if (path.empty() && facts_.writable && facts_.made && removed.value_or(false)) {
    path = facts_.subject.path;
    remove = is_still_there();
  }
  const Outcome outcome = inner().abandon();
  if (remove) static_cast<void>(files_.remove(path));
  return outcome;
}

}  // namespace ssh2core::tools
