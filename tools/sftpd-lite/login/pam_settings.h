// What the options say of PAM.
#pragma once

#include <optional>
#include <string>

namespace ssh2core::tools {

struct PamSettings {
  std::optional<bool> passwords, dialogues;  // AuthPAM, SFTPPAMEngine; nullopt: as it fits
  std::string service = "sshd";              // SFTPPAMServiceName
  std::string password_service;              // AuthPAMConfig; empty: the same
  bool terminal = true, infos = true,
       radio = true;  // SFTPPAMOptions NoTTY, NoInfoMsgs, NoRadioMsgs
};

}  // namespace ssh2core::tools
