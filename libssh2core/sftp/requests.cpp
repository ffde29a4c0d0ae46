// Which request is served by what.
#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

std::span<const Session::RequestRow> Session::requests() {
  static constexpr auto kRows = std::to_array<RequestRow>({
      request<&Session::read>(),
      request<&Session::refuse_write>(),  // one that is right never comes as a whole
      request<&Session::open>(),         request<&Session::close>(),
      request<&Session::lstat>(),        request<&Session::fstat>(),
      request<&Session::setstat>(),      request<&Session::fsetstat>(),
      request<&Session::opendir>(),      request<&Session::readdir>(),
      request<&Session::remove>(),       request<&Session::mkdir>(),
      request<&Session::rmdir>(),        request<&Session::realpath>(),
      request<&Session::stat>(),         request<&Session::rename>(),
      request<&Session::readlink>(),     request<&Session::symlink>(),
      request<&Session::link>(),         request<&Session::block>(),
      request<&Session::unblock>(),      request<&Session::extended>(),
  });
  return kRows;
}

}  // namespace ssh2core::sftp
