// Each request and its answer, told to an observer that wants them. Nothing of this runs otherwise.
#include <algorithm>

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

/// Decodes the request twice, which only those pay who want the report. A malformed one throws here
/// as it would below.
void Session::serve_reported(const RequestRow& row, std::uint32_t id, ByteView body) {
  RequestEvent event;
  event.name = row.name;
  if (!is_refused(row.name)) row.describe(*this, body, event);
  if (row.type == PacketType::Extended) describe_extension(event, body);
  std::string path;  // the handle may be gone afterwards
  if (const OpenHandle* handle = event.handle.empty() ? nullptr : handles_.find(event.handle)) {
    path = handle->path;
    event.path = path;
  }
  replies_.forget();
  bytes_moved_ = 0;
  const Clock::Steady began = clock_.now();
  serve_row(row, id, body);
  if (work_) return keep_report(event, began);
  if (row.type == PacketType::Read) event.bytes = bytes_moved_;
  report_answer(event, began);
}

void Session::report_answer(RequestEvent& event, Clock::Steady began) {
  event.time = clock_.now() - began;
  if (const auto status = replies_.answer().status)
    event.status = static_cast<std::uint32_t>(*status);
  event.error = replies_.answer().error;
  observer_.on_request(event);
}

/// For a request whose answer is still to come: the packet will be gone by then.
void Session::keep_report(const RequestEvent& event, Clock::Steady began) {
  Work::Report& kept = work_->report.emplace();
  kept = {std::string(event.extension),
          std::string(event.path),
          std::string(event.path2),
          Bytes(event.handle.begin(), event.handle.end()),
          event,
          began};
  kept.event.extension = kept.extension;
  kept.event.path = kept.path;
  kept.event.path2 = kept.path2;
  kept.event.handle = kept.handle;
}

void Session::describe_extension(RequestEvent& event, ByteView body) {
  const auto request = decode_body<ExtendedRequest>(body, replies_.version());
  event.extension = request.request;
  event.handle = {};
  const auto row = std::ranges::find(extensions(), request.request, &ExtensionRow::name);
  if (row != extensions().end()) row->describe(*this, request.data.bytes, event);
}

void Session::report_init(std::uint32_t version) {
  RequestEvent event;
  event.name = InitRequest::kName;
  event.length = version;
  observer_.on_request(event);
}

void Session::note_write(const WriteHead& request) {
  const OpenHandle* handle = handles_.find(request.handle);
  reported_writes_.push_back({handle == nullptr ? std::string() : handle->path,
                              Bytes(request.handle.begin(), request.handle.end()), request.offset,
                              request.length, clock_.now()});
}

/// The results of WRITEs come in the order of the requests.
void Session::report_write(const WriteCollector::Finished& finished) {
  const ReportedWrite write = std::move(reported_writes_.front());
  reported_writes_.pop_front();
  RequestEvent event;
  event.name = WriteRequest::kName;
  event.path = write.path;
  event.handle = write.handle;
  event.offset = write.offset;
  event.length = write.length;
  event.bytes = finished.error == 0 ? write.length : 0;
  if (const auto status = replies_.answer().status)
    event.status = static_cast<std::uint32_t>(*status);
  event.error = finished.error;
  event.time = clock_.now() - write.began;
  observer_.on_request(event);
}

}  // namespace ssh2core::sftp
