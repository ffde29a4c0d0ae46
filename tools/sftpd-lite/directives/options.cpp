// The words of SFTPOptions, a line each.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "tools/sftpd-lite/directives/setters.h"
#include "tools/sftpd-lite/directives/words.h"
#include "tools/sftpd-lite/log/event_log.h"

namespace ssh2core::tools {

namespace {

struct OptionWord {
  std::string_view name;  // compared with case, as mod_sftp does
  bool Options::* set;
  void (*apply)(Options&) = nullptr;  // instead of `set`
};

constexpr auto kOptionWords = std::to_array<OptionWord>({
    {"AllowInsecureLogin", &Options::allow_insecure_login},
    {"FIDOTouchRequired", &Options::fido_touch_required},
    {"FIDOVerifyRequired", &Options::fido_verify_required},
    // FIFOs and devices are never opened, with or without it.
    {"IgnoreFIFOs", nullptr, [](Options&) {}},
    {"IgnoreSCPUploadPerms", &Options::ignore_scp_upload_modes},
    {"IgnoreSCPUploadTimes", &Options::ignore_scp_upload_times},
    {"IgnoreSFTPSetExtendedAttributes", nullptr,
     [](Options& o) { o.files.ignore_set_xattrs = true; }},
    {"IgnoreSFTPSetOwners", nullptr, [](Options& o) { o.files.ignore_set_owners = true; }},
    {"IgnoreSFTPSetPerms", nullptr, [](Options& o) { o.files.ignore_set_perms = true; }},
    {"IgnoreSFTPSetTimes", nullptr, [](Options& o) { o.files.ignore_set_times = true; }},
    {"IgnoreSFTPUploadExtendedAttributes", nullptr,
     [](Options& o) { o.files.ignore_upload_xattrs = true; }},
    {"IgnoreSFTPUploadPerms", nullptr, [](Options& o) { o.files.ignore_upload_perms = true; }},
    {"IncludeSFTPTimes", &Options::include_sftp_times},
    {"InsecureHostKeyPerms", &Options::insecure_host_key_modes},
    {"MatchKeySubject", &Options::match_key_subject},
    {"NoExtensionNegotiation", nullptr, [](Options& o) { o.transport.offer_ext_info = false; }},
    {"NoHostkeyRotation", nullptr, [](Options& o) { o.rotate_host_keys = false; }},
    {"NoStrictKex", nullptr, [](Options& o) { o.transport.offer_strict_kex = false; }},
    // The manual: it implies PessimisticKexinit.
    {"OldProtocolCompat", nullptr,
     [](Options& o) {
       o.transport.accept_old_clients = true;
       o.transport.kexinit_at_once = false;
     }},
    {"PessimisticKexinit", nullptr, [](Options& o) { o.transport.kexinit_at_once = false; }},
    {"AllowWeakDH", &Options::allow_weak_dh},
});

}  // namespace

Complaint set_options(Words words, Options& options) {
  if (words.empty()) return "needs at least one word";
  for (const std::string& word : words) {
    const auto at = std::ranges::find(kOptionWords, word, &OptionWord::name);
    if (at == kOptionWords.end()) {
      std::vector<std::string> known;
      for (const OptionWord& one : kOptionWords) known.emplace_back(one.name);
      return fmt::format("no option is called '{}'; the nearest is {}", printable(word),
                         nearest_name(word, known));
    }
    if (at->apply != nullptr)
      at->apply(options);
    else
      options.*at->set = true;
  }
  return {};
}

}  // namespace ssh2core::tools
