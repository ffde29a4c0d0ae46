#include "tools/replay/capture_file.h"

#include <fmt/format.h>
#include <pcap/pcap.h>

#include <algorithm>
#include <array>

#include "tools/common/exit_code.h"

namespace ssh2core::tools {

struct CaptureFile::Handle {
  struct Close {
    void operator()(pcap_t* p) const { pcap_close(p); }
  };
  std::unique_ptr<pcap_t, Close> pcap;
  std::uint32_t link_type = 0;
};

namespace {

/// A pcapng file may claim times that no clock here can hold, and differences of them: those are
/// taken as the latest or the earliest that can.
Clock::Wall time_of(const timeval& stamp) {
  constexpr std::int64_t kLatest = 9'000'000'000, kMostNanos = 4'294'967'295;
  const std::chrono::seconds seconds(std::clamp<std::int64_t>(stamp.tv_sec, 0, kLatest));
  const std::chrono::nanoseconds rest(
      std::clamp<std::int64_t>(stamp.tv_usec, 0, kMostNanos));  // nanoseconds, as asked for
  return Clock::Wall(std::chrono::duration_cast<Clock::Wall::duration>(seconds + rest));
}

}  // namespace

CaptureFile::CaptureFile(const std::string& path)
    : path_(path == "-" ? "standard input" : path), handle_(std::make_unique<Handle>()) {
  std::array<char, PCAP_ERRBUF_SIZE> error{};
  // libpcap turns microseconds into nanoseconds and any byte order into ours.
  handle_->pcap.reset(pcap_open_offline_with_tstamp_precision(
      path.c_str(), PCAP_TSTAMP_PRECISION_NANO, error.data()));
  if (!handle_->pcap)
    throw ExitError(kFailed,
                    fmt::format("{}: cannot be read as a capture: {}", path_, error.data()));
  const int link_type = pcap_datalink(handle_->pcap.get());
  handle_->link_type = static_cast<std::uint32_t>(link_type);
  if (link_type >= 0 && knows_link_type(handle_->link_type)) return;
  const char* name = pcap_datalink_val_to_name(link_type);
  throw ExitError(kFailed, fmt::format("{}: link layer {} ({}) is not known here", path_,
                                       name == nullptr ? "?" : name, link_type));
}

CaptureFile::~CaptureFile() = default;

std::optional<CapturedFrame> CaptureFile::next() {
  pcap_pkthdr* head = nullptr;
  const u_char* bytes = nullptr;
  const int result = pcap_next_ex(handle_->pcap.get(), &head, &bytes);
  if (result == 1) {
    return CapturedFrame{time_of(head->ts), handle_->link_type, ByteView(bytes, head->caplen)};
  }
  if (result != PCAP_ERROR_BREAK)
    problem_ = fmt::format("{}: {}", path_, pcap_geterr(handle_->pcap.get()));
  return std::nullopt;
}

}  // namespace ssh2core::tools
