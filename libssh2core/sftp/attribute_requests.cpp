// Attributes: told as the client asked for them, set as far as it is possible (draft -13 sections
// 7 and 8.5 to 8.6).
#include <charconv>

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

constexpr ProtocolVersion kFirstOfMasks = 4;

/// What comes when a client does not say what it wants, as in listings. Nanoseconds only for those
/// who ask: Erlang's client waits for ever when a listing has them.
constexpr std::uint32_t kUsual =
    kAttrSize | kAttrOwnerGroup | kAttrPermissions | kAttrAccessTime | kAttrModifyTime;

/// Leaves out what `wanted` does not ask for.
void select(Attributes& a, std::uint32_t wanted) {
  const auto has = [wanted](std::uint32_t flag) { return (wanted & flag) != 0; };
  if (!has(kAttrSize)) a.size.reset();
  if (!has(kAttrAllocationSize)) a.allocation.reset();
  if (!has(kAttrAccessTime)) a.atime.reset();
  if (!has(kAttrModifyTime)) a.mtime.reset();
  if (!has(kAttrChangeTime)) a.ctime.reset();
  if (!has(kAttrCreateTime)) a.createtime.reset();
  // Erlang and old lftp read nanoseconds also of times that are not there.
  const bool incomplete = (has(kAttrAccessTime) && !a.atime) ||
                          (has(kAttrCreateTime) && !a.createtime) ||
                          (has(kAttrModifyTime) && !a.mtime);
  if (!has(kAttrSubsecondTimes) || incomplete) a.subseconds = false;
  if (!has(kAttrBits) && !a.untranslated_name) a.bits.reset();
  if (!has(kAttrLinkCount)) a.links.reset();
}

std::string name_or_number(const std::string& name, std::uint32_t id) {
  return name.empty() ? std::to_string(id) : name;
}

/// A number written out, as some clients give owners.
std::optional<std::uint32_t> as_number(std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return std::nullopt;
  return value;
}

bool is_special(const AclEntry& entry) {
  return entry.who == "OWNER@" || entry.who == "GROUP@" || entry.who == "EVERYONE@";
}

}  // namespace

std::uint32_t Session::wanted_attributes(std::uint32_t flags) const {
  const std::uint32_t times = options_.always_times ? kAttrAccessTime | kAttrModifyTime : 0U;
  return (flags == 0 ? kUsual : flags) | times;
}

void Session::complete(Attributes& a, std::uint32_t wanted) {
  if (replies_.version() < kFirstOfMasks) return;
  if ((wanted & kAttrOwnerGroup) != 0 && a.uid && a.gid) {
    a.owner = name_or_number(files_.user_name(*a.uid), *a.uid);
    a.group = name_or_number(files_.group_name(*a.gid), *a.gid);
  }
  // The mode also says the type, which always goes along.
  if (a.mode) a.type = static_cast<std::uint8_t>(file_type(*a.mode, replies_.version()));
  if ((wanted & kAttrPermissions) == 0) a.mode.reset();
  select(a, wanted);
}

void Session::add_acl(Attributes& a, Result<Acl> acl) {
  if (!acl) return;
  for (AclEntry& entry : acl->entries) {
    if (!entry.id) continue;
    const bool group = (entry.flags & kAceIdentifierGroup) != 0;
    entry.who = name_or_number(group ? files_.group_name(*entry.id) : files_.user_name(*entry.id),
                               *entry.id);
  }
  a.acl = std::move(*acl);
}

/// A list costs calls of its own. Who asks for whatever there is, extended pairs included, does not
/// mean it: Erlang does that, and cannot read lists.
bool Session::wants_acl(std::uint32_t flags) const {
  return replies_.version() >= kFirstOfMasks && (flags & (kAttrAcl | kAttrExtended)) == kAttrAcl;
}

void Session::attributes(std::uint32_t id, Result<Attributes> result, std::uint32_t flags) {
  if (!result) {
    replies_.outcome(id, result.error().value);
    return;
  }
  complete(*result, wanted_attributes(flags));
  replies_.send(id, AttrsReply{std::move(*result)});
}

void Session::attributes_of(std::uint32_t id, std::string_view path, bool follow,
                            std::uint32_t flags) {
  Result<Attributes> found = follow ? files_.stat(path) : files_.lstat(path);
  if (found && wants_acl(flags)) add_acl(*found, files_.acl(path, follow));
  attributes(id, std::move(found), flags);
}

void Session::lstat(std::uint32_t id, const LstatRequest& request) {
  attributes_of(id, request.path.text, false, request.flags);
}

void Session::stat(std::uint32_t id, const StatRequest& request) {
  attributes_of(id, request.path.text, true, request.flags);
}

void Session::fstat(std::uint32_t id, const FstatRequest& request) {
  OpenHandle* handle = handles_.find(request.handle);
  if (handle == nullptr) {
    replies_.outcome(id, EBADF);
    return;
  }
  Result<Attributes> found = handle->file ? handle->file->stat() : handle->directory->stat();
  if (found && handle->file && wants_acl(request.flags)) add_acl(*found, handle->file->acl());
  attributes(id, std::move(found), request.flags);
}

/// Who is meant by a name; nothing when nobody is.
std::optional<std::uint32_t> Session::principal(std::string_view name, bool group) {
  const auto id = group ? files_.group_id(name) : files_.user_id(name);
  return id ? id : as_number(name);
}

/// Turns names into ids; those that nobody has are added to `unknown`.
void Session::resolve_names(Attributes& wanted, std::vector<std::string>& unknown) {
  const auto resolve = [&](std::optional<std::string>& name, std::optional<std::uint32_t>& id,
                           bool group) {
    if (name && !name->empty()) {  // empty: unchanged
      id = principal(*name, group);
      if (!id) unknown.push_back(*name);
    }
    name.reset();
  };
  resolve(wanted.owner, wanted.uid, false);
  resolve(wanted.group, wanted.gid, true);
  if (!wanted.acl) return;
  for (AclEntry& entry : wanted.acl->entries) {
    if (is_special(entry)) continue;
    entry.id = principal(entry.who, (entry.flags & kAceIdentifierGroup) != 0);
    if (!entry.id) unknown.push_back(entry.who);
  }
}

/// Why attributes cannot be set, an errno; 0 when they can be tried. Version 6 wants all or an
/// error, the versions before let the rest be forgotten.
int Session::check_settable(Attributes& wanted) const {
  if (wanted.size.value_or(0) > kLargestFile) return EFBIG;
  if (replies_.version() < kFirstOfMasks) return 0;
  if (wanted.text_hint || wanted.links) return EINVAL;
  if (wanted.allocation && wanted.size && *wanted.allocation < *wanted.size) return EINVAL;
  const bool bits = (wanted.bits_valid.value_or(0)) != 0;
  const bool more = wanted.allocation || wanted.createtime || wanted.ctime || bits ||
                    wanted.mime_type || wanted.untranslated_name || !wanted.extended.empty();
  return more && replies_.version() >= 6 ? EOPNOTSUPP : 0;
}

/// Where a file system cannot say whether there will be room, nobody is told that there is none.
int Session::reserve(OpenFile& file, std::uint64_t allocation) {
  const int error = file.reserve(allocation).error;
  return error == EOPNOTSUPP ? 0 : error;
}

std::optional<Status> Session::owner_refusal(const Attributes& wanted, int error) const {
  // As an argument of chown(2) it means that nothing is to change.
  constexpr std::uint32_t kNobody = 0xffffffff;
  if (replies_.version() < kFirstOfMasks) return std::nullopt;
  const bool alone = !wanted.size && !wanted.mode && !wanted.acl && !wanted.atime && !wanted.mtime;
  const bool refused = error == EINVAL && alone;
  if (wanted.uid && (*wanted.uid == kNobody || refused)) return Status::OwnerInvalid;
  if (wanted.gid && (*wanted.gid == kNobody || refused)) return Status::GroupInvalid;
  return std::nullopt;
}

/// Sets attributes by `set` and answers.
template <class Set>
void Session::set_attributes(std::uint32_t id, Attributes wanted, const FileEvent& event, Set set) {
  if (wanted.mode) *wanted.mode &= kPermissionBits;
  std::vector<std::string> unknown;
  resolve_names(wanted, unknown);
  if (!unknown.empty()) return finish_with(replies_.unknown_principals(id, unknown), EINVAL, event);
  if (const auto refusal = owner_refusal(wanted, 0))
    return finish_with(replies_.status(id, *refusal), EINVAL, event);
  if (const int error = check_settable(wanted)) return finish(id, error, event);
  const int error = set(wanted).error;
  if (const auto refusal = owner_refusal(wanted, error))
    return finish_with(replies_.status(id, *refusal), error, event);
  finish(id, error, event);
}

void Session::fsetstat(std::uint32_t id, const FsetstatRequest& request) {
  OpenHandle* handle = handles_.find(request.handle);
  FileEvent event{FileOp::SetAttributes, {}, {}};
  if (handle != nullptr) event.path = handle->path;
  if (refuse_change(id, event)) return;
  if (handle == nullptr) return finish(id, EBADF, event);
  Attributes attributes = request.attributes;
  if (attributes.allocation && handle->file && handle->writable) {
    const Result<Attributes> now = handle->file->stat();
    const std::uint64_t size = attributes.size.value_or(now ? now->size.value_or(0) : 0);
    // Less than the file has would cut it off: -13 section 7.4 leaves that to the size.
    const int error = !now ? now.error().value
                      : *attributes.allocation < size
                          ? EINVAL
                          : reserve(*handle->file, *attributes.allocation);
    if (error != 0) return finish(id, error, event);
    attributes.allocation.reset();
  }
  set_attributes(id, attributes, event, [&](const Attributes& wanted) {
    return handle->file ? handle->file->set(wanted) : handle->directory->set(wanted);
  });
}

void Session::setstat(std::uint32_t id, const SetstatRequest& request) {
  set_path(id, request.path.text, request.attributes, true);
}

void Session::set_path(std::uint32_t id, std::string_view path, const Attributes& attributes,
                       bool follow) {
  const FileEvent event{FileOp::SetAttributes, path, {}};
  if (refuse_change(id, event)) return;
  set_attributes(id, attributes, event,
                 [&](const Attributes& wanted) { return files_.set(path, wanted, follow); });
}

}  // namespace ssh2core::sftp
