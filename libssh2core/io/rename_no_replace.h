// Renaming without overwriting.
#pragma once

namespace ssh2core::io {

/// A name in an open directory.
struct NameAt {
  int directory;
  const char* name;
};

/// Renames `from` to `to`; EEXIST when `to` exists. Returns an errno, 0 for success.
int rename_no_replace(NameAt from, NameAt to);

}  // namespace ssh2core::io
