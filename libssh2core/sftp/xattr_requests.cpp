// xattr@proftpd.org: extended attributes of the namespace `user`, and of no other. What the system
// keeps in the others (lists of access, capabilities, labels) cannot be named from here.
#include <algorithm>

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

constexpr std::string_view kNamespace = "user.";

/// Names are those of the system, with their namespace, as mod_sftp has them.
int refusal_of_name(std::string_view name) {
  if (!name.starts_with(kNamespace)) return EOPNOTSUPP;
  return name == kNamespace ? EINVAL : 0;
}

std::optional<XattrMode> mode_of(std::uint32_t flags) {
  switch (flags) {
    case 0:
      return XattrMode::Any;
    case kXattrCreate:
      return XattrMode::Create;
    case kXattrReplace:
      return XattrMode::Replace;
    default:
      return std::nullopt;
  }
}

int refusal_of(std::string_view name, std::string_view value, std::uint32_t flags) {
  if (const int error = refusal_of_name(name)) return error;
  if (!mode_of(flags)) return EINVAL;
  return value.size() > kLongestXattr ? E2BIG : 0;
}

}  // namespace

void Session::xattr_value(std::uint32_t id, const Result<std::string>& value, std::uint32_t most) {
  if (!value)
    replies_.outcome(id, value.error().value);
  else if (value->size() > std::min(most, kLongestXattr))
    replies_.outcome(id, ERANGE);
  else
    replies_.send(id, XattrReply{*value});
  replies_.shrink();
}

void Session::get_xattr(std::uint32_t id, const GetXattrRequest& request) {
  if (const int error = refusal_of_name(request.name.text)) return xattr_value(id, Errno{error}, 0);
  xattr_value(id, files_.xattr(request.path.text, request.name.text), request.most);
}

void Session::fget_xattr(std::uint32_t id, const FgetXattrRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr) return xattr_value(id, Errno{EBADF}, 0);
  if (const int error = refusal_of_name(request.name.text)) return xattr_value(id, Errno{error}, 0);
  xattr_value(id, handle->file->xattr(request.name.text), request.most);
}

void Session::xattr_names(std::uint32_t id, const Result<std::vector<std::string>>& names) {
  if (!names) {
    replies_.outcome(id, names.error().value);
    return;
  }
  Buffer list;
  Writer w(list);
  XattrNamesReply reply;
  for (const std::string& name : *names) {
    if (!name.starts_with(kNamespace)) continue;
    w.string(name);
    ++reply.count;
  }
  reply.names = {list.view()};
  replies_.send(id, reply);
  replies_.shrink();
}

void Session::list_xattr(std::uint32_t id, const ListXattrRequest& request) {
  xattr_names(id, files_.xattrs(request.path.text));
}

void Session::flist_xattr(std::uint32_t id, const FlistXattrRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr) return xattr_names(id, Errno{EBADF});
  xattr_names(id, handle->file->xattrs());
}

/// `set()` returns an errno.
template <class Set>
void Session::change_xattr(std::uint32_t id, std::string_view path, Set set) {
  const FileEvent event{FileOp::SetAttributes, path, {}};
  if (refuse_change(id, event)) return;
  finish(id, set(), event);
}

void Session::set_xattr(std::uint32_t id, const SetXattrRequest& request) {
  change_xattr(id, request.path.text, [&] {
    if (const int error = refusal_of(request.name.text, request.value, request.flags)) return error;
    return files_
        .set_xattr(request.path.text, request.name.text, request.value, *mode_of(request.flags))
        .error;
  });
}

void Session::fset_xattr(std::uint32_t id, const FsetXattrRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  change_xattr(id, handle == nullptr ? std::string_view() : handle->path, [&] {
    if (handle == nullptr) return EBADF;
    if (const int error = refusal_of(request.name.text, request.value, request.flags)) return error;
    return handle->file->set_xattr(request.name.text, request.value, *mode_of(request.flags)).error;
  });
}

void Session::remove_xattr(std::uint32_t id, const RemoveXattrRequest& request) {
  change_xattr(id, request.path.text, [&] {
    if (const int error = refusal_of_name(request.name.text)) return error;
    return files_.remove_xattr(request.path.text, request.name.text).error;
  });
}

void Session::fremove_xattr(std::uint32_t id, const FremoveXattrRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  change_xattr(id, handle == nullptr ? std::string_view() : handle->path, [&] {
    if (handle == nullptr) return EBADF;
    if (const int error = refusal_of_name(request.name.text)) return error;
    return handle->file->remove_xattr(request.name.text).error;
  });
}

}  // namespace ssh2core::sftp
