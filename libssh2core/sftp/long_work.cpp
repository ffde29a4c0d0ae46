// Requests that are served in steps.
#include "libssh2core/sftp/long_work.h"

#include "libssh2core/sftp/session.h"

namespace ssh2core::sftp {

void Session::begin_work(std::unique_ptr<LongWork> work, std::function<void(LongWork&)> answer) {
  if (work->step()) return answer(*work);
  work_ = std::make_unique<Work>(Work{.job = std::move(work), .answer = std::move(answer)});
}

/// False while there is something left of it.
bool Session::go_on_working() {
  if (!work_) return true;
  if (!work_->done) work_->done = work_->job->step();
  if (!work_->done || replies_.full()) return false;
  const auto work = std::exchange(work_, nullptr);
  work->answer(*work->job);
  if (work->report) report_answer(work->report->event, work->report->began);
  return true;
}

}  // namespace ssh2core::sftp
