// In the place of pam.cpp where there is no libpam.
#ifndef SSH2CORE_HAVE_PAM

#include "tools/sftpd-lite/login/pam.h"

namespace ssh2core::tools {

namespace {

PamTransaction::Ended absent() { return {false, "this program was built without PAM", {}, false}; }

}  // namespace

struct PamTransaction::Shared {
  std::string user, service;
};

bool pam_is_built() { return false; }

PamTransaction::PamTransaction(PamSettings, std::string service, std::string user, std::string)
    : shared_(std::make_shared<Shared>(Shared{std::move(user), std::move(service)})) {}
PamTransaction::~PamTransaction() = default;
PamTransaction::Step PamTransaction::authenticate(bool, bool, Deadline) { return absent(); }
PamTransaction::Step PamTransaction::answer(std::vector<Secret>, Deadline) { return absent(); }
PamTransaction::Ended PamTransaction::check_account(Deadline) { return absent(); }
std::chrono::microseconds PamTransaction::take_delay() { return std::chrono::microseconds(0); }
std::string PamTransaction::open_session(Account&, const std::vector<int>&) {
  return absent().reason;
}
const std::string& PamTransaction::user() const { return shared_->user; }
const std::string& PamTransaction::service() const { return shared_->service; }

}  // namespace ssh2core::tools

#endif  // SSH2CORE_HAVE_PAM
