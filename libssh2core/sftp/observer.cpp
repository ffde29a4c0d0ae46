#include "libssh2core/sftp/observer.h"

namespace ssh2core::sftp {

std::string_view to_string(FileOp op) {
  switch (op) {
    case FileOp::Read:
      return "read";
    case FileOp::Write:
      return "write";
    case FileOp::List:
      return "list";
    case FileOp::Remove:
      return "remove";
    case FileOp::MakeDirectory:
      return "make_directory";
    case FileOp::RemoveDirectory:
      return "remove_directory";
    case FileOp::Rename:
      return "rename";
    case FileOp::Symlink:
      return "symlink";
    case FileOp::HardLink:
      return "hard_link";
    case FileOp::SetAttributes:
      return "set_attributes";
    case FileOp::Copy:
      return "copy";
    case FileOp::Sync:
      return "sync";
    case FileOp::Check:
      return "check";
    case FileOp::Open:
      return "open";
    case FileOp::OpenDirectory:
      return "open_directory";
  }
  return "unknown";
}

}  // namespace ssh2core::sftp
