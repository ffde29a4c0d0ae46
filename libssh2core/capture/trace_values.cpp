#include "libssh2core/capture/trace_values.h"

namespace ssh2core {

namespace {

class Members {
 public:
  template <class T>
  void add(std::string_view name, const std::optional<T>& value) {
    if (!value) return;
    if constexpr (std::is_same_v<T, sftp::FileTime>)
      fields_.push_back({std::string(name), {value->seconds}});
    else
      fields_.push_back({std::string(name), trace_value(*value)});
    if constexpr (std::is_same_v<T, sftp::FileTime>)
      if (value->nanoseconds != 0)
        fields_.push_back({std::string(name) + "_nseconds", trace_value(value->nanoseconds)});
  }
  TraceFields fields_;
};

TraceValue acl_value(const sftp::Acl& acl) {
  TraceValue::List entries;
  for (const sftp::AclEntry& entry : acl.entries)
    entries.push_back({TraceFields{{"type", trace_value(entry.type)},
                                   {"flag", trace_value(entry.flags)},
                                   {"mask", trace_value(entry.mask)},
                                   {"who", trace_value(entry.who)}}});
  return {TraceFields{{"acl_flags", trace_value(acl.flags)}, {"entries", {std::move(entries)}}}};
}

}  // namespace

// The names of draft-ietf-secsh-filexfer-02 section 5 and -13 section 7.
TraceValue trace_value(const sftp::Attributes& a) {
  Members members;
  members.add("size", a.size);
  members.add("allocation_size", a.allocation);
  members.add("uid", a.uid);
  members.add("gid", a.gid);
  members.add("owner", a.owner);
  members.add("group", a.group);
  members.add("permissions", a.mode);
  members.add("type", a.type);
  members.add("atime", a.atime);
  members.add("mtime", a.mtime);
  members.add("ctime", a.ctime);
  members.add("createtime", a.createtime);
  members.add("link_count", a.links);
  members.add("attrib_bits", a.bits);
  members.add("attrib_bits_valid", a.bits_valid);
  members.add("text_hint", a.text_hint);
  members.add("mime_type", a.mime_type);
  members.add("untranslated_name", a.untranslated_name);
  if (a.acl) members.fields_.push_back({"acl", acl_value(*a.acl)});
  if (!a.extended.empty()) {
    TraceValue::List pairs;
    for (const sftp::ExtendedAttribute& pair : a.extended)
      pairs.push_back(
          {TraceFields{{"extended_type", {pair.name}}, {"extended_data", {pair.value}}}});
    members.fields_.push_back({"extended", {std::move(pairs)}});
  }
  return {std::move(members.fields_)};
}

// The names of OpenSSH's PROTOCOL, section 4.
TraceValue trace_value(const sftp::Statvfs& v) {
  TraceFields fields;
  const auto add = [&](std::string_view name, std::uint64_t value) {
    fields.push_back({std::string(name), {value}});
  };
  add("f_bsize", v.bsize);
  add("f_frsize", v.frsize);
  add("f_blocks", v.blocks);
  add("f_bfree", v.bfree);
  add("f_bavail", v.bavail);
  add("f_files", v.files);
  add("f_ffree", v.ffree);
  add("f_favail", v.favail);
  add("f_fsid", v.fsid);
  add("f_flag", v.flag);
  add("f_namemax", v.namemax);
  return {std::move(fields)};
}

}  // namespace ssh2core
