#include "libssh2core/sftp/attributes_v4.h"

#include <algorithm>

#include "libssh2core/wire/planted_bug.h"

namespace ssh2core::sftp {

namespace {

constexpr std::uint32_t kTypeBits = 0170000, kPermissionBits = 07777;
constexpr std::uint32_t kNanosecondsPerSecond = 1'000'000'000;

/// What a field's layout depends on besides itself.
struct Layout {
  ProtocolVersion version;
  bool subseconds;
};

void put_time(Writer& w, const FileTime& time, const Layout& layout) {
  w.u64(static_cast<std::uint64_t>(time.seconds));
  if (layout.subseconds) w.u32(time.nanoseconds);
}

void get_time(Reader& r, std::optional<FileTime>& time, const Layout& layout) {
  time.emplace();
  time->seconds = static_cast<std::int64_t>(r.u64());
  if (layout.subseconds) time->nanoseconds = r.u32();
  if (time->nanoseconds >= kNanosecondsPerSecond)
    throw ProtocolError(Reason::Protocol, "nanoseconds that make a second");
}

// -13 section 7.8: the content of a string; before version 6 without flags.
void put_acl(Writer& w, const Acl& acl, const Layout& layout) {
  Buffer content;
  Writer inner(content);
  if (layout.version >= 6) inner.u32(acl.flags);
  inner.u32(static_cast<std::uint32_t>(acl.entries.size()));
  for (const AclEntry& entry : acl.entries) {
    inner.u32(entry.type);
    inner.u32(entry.flags);
    inner.u32(entry.mask);
    inner.string(entry.who);
  }
  w.string(content.view());
}

void get_acl(Reader& r, std::optional<Acl>& acl, const Layout& layout) {
  constexpr std::size_t kSmallestEntry = 16;  // bytes
  Reader content(r.string());
  acl.emplace();
  if (layout.version >= 6) acl->flags = content.u32();
  const std::uint32_t count = content.u32();
  if (count > content.remaining() / kSmallestEntry)
    throw ProtocolError(Reason::Protocol, "more ACL entries than fit");
  acl->entries.resize(count);
  for (AclEntry& entry : acl->entries) {
    entry.type = content.u32();
    entry.flags = content.u32();
    entry.mask = content.u32();
    entry.who = content.text();
  }
}

struct FieldRow {
  std::uint32_t flag;
  Versions versions;
  bool (*present)(const Attributes& a);
  void (*put)(Writer& w, const Attributes& a, const Layout& layout);
  void (*get)(Reader& r, Attributes& a, const Layout& layout);
};

/// In the order of the wire, which is not that of the flags.
constexpr FieldRow kRows[] = {
    {kAttrSize,
     {4, 6},
     [](const Attributes& a) { return a.size.has_value(); },
     [](Writer& w, const Attributes& a, const Layout&) { w.u64(*a.size); },
     [](Reader& r, Attributes& a, const Layout&) { a.size = r.u64(); }},
    {kAttrAllocationSize,
     {6, 6},
     [](const Attributes& a) { return a.allocation.has_value(); },
     [](Writer& w, const Attributes& a, const Layout&) { w.u64(*a.allocation); },
     [](Reader& r, Attributes& a, const Layout&) { a.allocation = r.u64(); }},
    {kAttrOwnerGroup,
     {4, 6},
     [](const Attributes& a) { return a.owner && a.group; },
     [](Writer& w, const Attributes& a, const Layout&) {
       w.string(*a.owner);
       w.string(*a.group);
     },
     [](Reader& r, Attributes& a, const Layout&) {
       a.owner = r.text();
       a.group = r.text();
     }},
    {kAttrPermissions,
     {4, 6},
     [](const Attributes& a) { return a.mode.has_value(); },
     [](Writer& w, const Attributes& a, const Layout&) { w.u32(*a.mode & kPermissionBits); },
     [](Reader& r, Attributes& a, const Layout&) { a.mode = r.u32(); }},
    {kAttrAccessTime,
     {4, 6},
     [](const Attributes& a) { return a.atime.has_value(); },
     [](Writer& w, const Attributes& a, const Layout& layout) { put_time(w, *a.atime, layout); },
     [](Reader& r, Attributes& a, const Layout& layout) { get_time(r, a.atime, layout); }},
    {kAttrCreateTime,
     {4, 6},
     [](const Attributes& a) { return a.createtime.has_value(); },
     [](Writer& w, const Attributes& a, const Layout& layout) {
       put_time(w, *a.createtime, layout);
     },
     [](Reader& r, Attributes& a, const Layout& layout) { get_time(r, a.createtime, layout); }},
    {kAttrModifyTime,
     {4, 6},
     [](const Attributes& a) { return a.mtime.has_value(); },
     [](Writer& w, const Attributes& a, const Layout& layout) { put_time(w, *a.mtime, layout); },
     [](Reader& r, Attributes& a, const Layout& layout) { get_time(r, a.mtime, layout); }},
    {kAttrChangeTime,
     {6, 6},
     [](const Attributes& a) { return a.ctime.has_value(); },
     [](Writer& w, const Attributes& a, const Layout& layout) { put_time(w, *a.ctime, layout); },
     [](Reader& r, Attributes& a, const Layout& layout) { get_time(r, a.ctime, layout); }},
    {kAttrAcl,
     {4, 6},
     [](const Attributes& a) { return a.acl.has_value(); },
     [](Writer& w, const Attributes& a, const Layout& layout) { put_acl(w, *a.acl, layout); },
     [](Reader& r, Attributes& a, const Layout& layout) { get_acl(r, a.acl, layout); }},
    {kAttrBits,
     {5, 6},
     [](const Attributes& a) { return a.bits && a.bits_valid; },
     [](Writer& w, const Attributes& a, const Layout& layout) {
       w.u32(*a.bits);
       if (layout.version >= 6) w.u32(*a.bits_valid);
     },
     [](Reader& r, Attributes& a, const Layout& layout) {
       a.bits = r.u32();
       a.bits_valid = layout.version >= 6 ? r.u32() : ~std::uint32_t{0};
     }},
    {kAttrTextHint,
     {6, 6},
     [](const Attributes& a) { return a.text_hint.has_value(); },
     [](Writer& w, const Attributes& a, const Layout&) { w.u8(*a.text_hint); },
     [](Reader& r, Attributes& a, const Layout&) { a.text_hint = r.u8(); }},
    {kAttrMimeType,
     {6, 6},
     [](const Attributes& a) { return a.mime_type.has_value(); },
     [](Writer& w, const Attributes& a, const Layout&) { w.string(*a.mime_type); },
     [](Reader& r, Attributes& a, const Layout&) { a.mime_type = r.text(); }},
    {kAttrLinkCount,
     {6, 6},
     [](const Attributes& a) { return a.links.has_value(); },
     [](Writer& w, const Attributes& a, const Layout&) { w.u32(*a.links); },
     [](Reader& r, Attributes& a, const Layout&) { a.links = r.u32(); }},
    {kAttrUntranslatedName,
     {6, 6},
     [](const Attributes& a) { return a.untranslated_name.has_value(); },
     [](Writer& w, const Attributes& a, const Layout&) { w.string(*a.untranslated_name); },
     [](Reader& r, Attributes& a, const Layout&) { a.untranslated_name = r.text(); }},
    {kAttrExtended,
     {4, 6},
     [](const Attributes& a) { return !a.extended.empty(); },
     [](Writer& w, const Attributes& a, const Layout&) { put_extended(w, a.extended); },
     [](Reader& r, Attributes& a, const Layout&) { get_extended(r, a.extended); }},
};

constexpr std::uint32_t kTimes =
    kAttrAccessTime | kAttrCreateTime | kAttrModifyTime | kAttrChangeTime;

struct TypeRow {
  std::uint32_t bits;
  FileType type;
};
constexpr TypeRow kTypes[] = {{0100000, FileType::Regular},
                              {0040000, FileType::Directory},
                              {0120000, FileType::Symlink},
                              {0140000, FileType::Socket},
                              {0020000, FileType::CharacterDevice},
                              {0060000, FileType::BlockDevice},
                              {0010000, FileType::Fifo}};

void get_fields(Reader& r, Attributes& a, std::uint32_t flags, ProtocolVersion version) {
  a.subseconds = (flags & kAttrSubsecondTimes) != 0;
  const Layout layout{version, a.subseconds};
  for (const FieldRow& row : kRows)
    if ((flags & row.flag) != 0) row.get(r, a, layout);
}

}  // namespace

std::uint32_t attribute_flags(ProtocolVersion version) {
  std::uint32_t flags = kAttrSubsecondTimes;
  for (const FieldRow& row : kRows)
    if (row.versions.contain(version)) flags |= row.flag;
  return flags;
}

FileType file_type(std::uint32_t mode, ProtocolVersion version) {
  const auto row = std::ranges::find(kTypes, mode & kTypeBits, &TypeRow::bits);
  if (row == std::end(kTypes)) return FileType::Unknown;
  return version == 4 && row->type > FileType::Unknown ? FileType::Special : row->type;
}

std::uint32_t mode_of(FileType type) {
  const auto row = std::ranges::find(kTypes, type, &TypeRow::type);
  return row == std::end(kTypes) ? 0 : row->bits;
}

void put_extended(Writer& w, const std::vector<ExtendedAttribute>& pairs) {
  w.u32(static_cast<std::uint32_t>(pairs.size()));
  for (const ExtendedAttribute& pair : pairs) {
    w.string(pair.name);
    w.string(pair.value);
  }
}

void get_extended(Reader& r, std::vector<ExtendedAttribute>& pairs) {
  const std::uint32_t count = r.u32();
  // A pair has two length fields at least.
  if (has_check("sftp-attribute-pairs") && count > r.remaining() / 8)
    throw ProtocolError(Reason::Protocol, "more attribute pairs than fit");
  pairs.resize(count);
  for (ExtendedAttribute& pair : pairs) {
    pair.name = r.text();
    pair.value = r.text();
  }
}

void put_v4(Writer& w, const Attributes& a, ProtocolVersion version) {
  std::uint32_t flags = 0;
  for (const FieldRow& row : kRows)
    if (row.versions.contain(version) && row.present(a)) flags |= row.flag;
  const Layout layout{version, a.subseconds && (flags & kTimes) != 0};
  if (layout.subseconds) flags |= kAttrSubsecondTimes;
  w.u32(flags);
  w.u8(a.type.value_or(static_cast<std::uint8_t>(file_type(a.mode.value_or(0), version))));
  for (const FieldRow& row : kRows)
    if ((flags & row.flag) != 0) row.put(w, a, layout);
}

void get_v4(Reader& r, Attributes& a, ProtocolVersion version) {
  const std::uint32_t flags = r.u32();
  if (flags == 0 && r.remaining() == 0) return;
  if ((flags & ~attribute_flags(version)) != 0)
    throw ProtocolError(Reason::Protocol, "attributes that this version does not have");
  // 0 is no type: it was left out, and this is the beginning of a field (no size, text or time
  // begins with another byte). Only where that leaves something over, it was meant as a type.
  Reader with_type = r;
  a.type = with_type.u8();
  if (a.type != 0) return get_fields(r = with_type, a, flags, version);
  Attributes typed = a;
  try {
    get_fields(with_type, typed, flags, version);
    if (with_type.remaining() == 0) {
      r = with_type;
      a = std::move(typed);
      return;
    }
  } catch (const ProtocolError&) {
  }
  a.type.reset();
  get_fields(r, a, flags, version);
}

}  // namespace ssh2core::sftp
