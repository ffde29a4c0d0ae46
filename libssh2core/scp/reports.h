// What both sides of SCP tell: the client by its messages, the surroundings by events.
#pragma once

#include <string>

#include "libssh2core/scp/records.h"
#include "libssh2core/scp/transfer.h"

namespace ssh2core::scp {

/// An operation on a file or directory that is done, in the terms of SFTP.
sftp::FileEvent event_of(sftp::FileOp op, std::string_view path, int error);
/// "path: text of the errno"
std::string failure_text(std::string_view path, int error);
/// For the log: what the client complained of.
void report_complaint(sftp::Observer& observer, const Response& response);
/// The path with `~` and `~user` in front replaced, as the word asks for; it stays as it is when
/// nobody is called so.
std::string expand_tilde(sftp::FileSystem& files, const Word& word);
/// `name` in the directory `path`, which grows.
void append_name(std::string& path, std::string_view name);

}  // namespace ssh2core::scp
