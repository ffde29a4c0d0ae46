// Frames out of a pcap or pcapng file, one after the other, by libpcap.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "libssh2core/capture/decoder.h"

namespace ssh2core::tools {

class CaptureFile {
 public:
  /// "-" is standard input. Throws ExitError (kFailed) when it cannot be opened or is no capture,
  /// or when its link layer is none that we know.
  explicit CaptureFile(const std::string& path);
  ~CaptureFile();
  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;

  /// The next frame, valid until the next call; nullopt at the end. Also when the file cannot be
  /// read further: then problem() says why.
  std::optional<CapturedFrame> next();
  const std::string& problem() const { return problem_; }

 private:
  struct Handle;
  std::string path_, problem_;
  std::unique_ptr<Handle> handle_;
};

}  // namespace ssh2core::tools
