// xattr@proftpd.org: extended attributes of the namespace `user`, and of no other. What the system
// keeps in the others (lists of access, capabilities, labels) cannot be named from here.
#include <algorithm>

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

namespace {

constexpr std::string_view kNamespace = "user.";

/// The system's name of an attribute: always one of the namespace.
std::string system_name(std::string_view name) {
  return name.starts_with(kNamespace) ? std::string(name) : std::string(kNamespace).append(name);
}

bool is_whole_name(std::string_view name) { return !name.empty() && name != kNamespace; }

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
  if (!is_whole_name(name) || !mode_of(flags)) return EINVAL;
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
  if (!is_whole_name(request.name.text)) return xattr_value(id, Errno{EINVAL}, 0);
  xattr_value(id, files_.xattr(request.path.text, system_name(request.name.text)), request.most);
}

void Session::fget_xattr(std::uint32_t id, const FgetXattrRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  if (handle == nullptr) return xattr_value(id, Errno{EBADF}, 0);
  if (!is_whole_name(request.name.text)) return xattr_value(id, Errno{EINVAL}, 0);
  xattr_value(id, handle->file->xattr(system_name(request.name.text)), request.most);
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
        .set_xattr(request.path.text, system_name(request.name.text), request.value,
                   *mode_of(request.flags))
        .error;
  });
}

void Session::fset_xattr(std::uint32_t id, const FsetXattrRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  change_xattr(id, handle == nullptr ? std::string_view() : handle->path, [&] {
    if (handle == nullptr) return EBADF;
    if (const int error = refusal_of(request.name.text, request.value, request.flags)) return error;
    return handle->file
        ->set_xattr(system_name(request.name.text), request.value, *mode_of(request.flags))
        .error;
  });
}

void Session::remove_xattr(std::uint32_t id, const RemoveXattrRequest& request) {
  change_xattr(id, request.path.text, [&] {
    if (!is_whole_name(request.name.text)) return EINVAL;
    return files_.remove_xattr(request.path.text, system_name(request.name.text)).error;
  });
}

void Session::fremove_xattr(std::uint32_t id, const FremoveXattrRequest& request) {
  OpenHandle* handle = find_file(request.handle);
  change_xattr(id, handle == nullptr ? std::string_view() : handle->path, [&] {
    if (handle == nullptr) return EBADF;
    if (!is_whole_name(request.name.text)) return EINVAL;
    return handle->file->remove_xattr(system_name(request.name.text)).error;
  });
}

}  // namespace ssh2core::sftp
