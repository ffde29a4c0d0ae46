// SCP that is held back to a rate.
#include "libssh2core/scp/records.h"
#include "libssh2core/tests/scp/world.h"

namespace ssh2core::scp {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kSize = 50000;
constexpr double kRate = 10000;

/// Lets time pass as the transfer wants it; how long it took until nothing more waited.
std::chrono::milliseconds run(ScpWorld& w, std::string& heard) {
  for (unsigned i = 0; i < 1000; ++i) {
    const auto at = w.transfer->wakes_at();
    if (!at) return w.clock.passed;
    EXPECT_GT(*at, w.clock.now());
    w.clock.passed = std::chrono::ceil<std::chrono::milliseconds>(*at - Clock::Steady{});
    w.transfer->resume();
    w.transfer->input_done();
    w.processed += w.transfer->take_processed();
    heard += w.hear();
  }
  ADD_FAILURE() << "it does not end";
  return {};
}

std::string content() {
  std::string made(kSize, ' ');
  for (std::size_t i = 0; i < made.size(); ++i) made[i] = static_cast<char>('a' + i % 26);
  return made;
}

TEST(ThrottledScp, TheSinkTakesItsTime) {
  ScpWorld w("scp -t f");
  w.files.write_pace = std::make_shared<sftp::Pace>(kRate);
  w.start();
  EXPECT_EQ(w.hear(), kOk);
  const std::string sent = file_line(0644, kSize, "f").append(content()) + kOk;
  EXPECT_EQ(w.say(sent), kOk);
  EXPECT_LT(w.processed, sent.size());
  std::string heard;
  const auto took = run(w, heard);
  EXPECT_GE(took, 4700ms);
  EXPECT_LE(took, 5000ms);
  EXPECT_EQ(heard, kOk);
  EXPECT_EQ(w.processed, sent.size());
  EXPECT_EQ(w.files.content("f"), content());
  w.end();
  EXPECT_TRUE(w.transfer->finished());
  EXPECT_EQ(w.transfer->exit_status(), 0U);
}

TEST(ThrottledScp, TheEndOfInputWaitsForWhatIsHeldBack) {
  ScpWorld w("scp -t f");
  w.files.write_pace = std::make_shared<sftp::Pace>(kRate);
  w.start();
  w.hear();
  w.say(file_line(0644, kSize, "f").append(content()) + kOk);
  w.end();
  EXPECT_FALSE(w.transfer->finished());
  std::string heard;
  run(w, heard);
  EXPECT_TRUE(w.transfer->finished());
  EXPECT_EQ(w.transfer->exit_status(), 0U);
  EXPECT_EQ(w.files.content("f"), content());
}

TEST(ThrottledScp, TheSourceTakesItsTime) {
  ScpWorld w("scp -f f");
  w.files.put_file("f", content());
  w.files.read_pace = std::make_shared<sftp::Pace>(kRate);
  w.files.free_bytes = 20000;
  w.start();
  w.say(kOk);
  std::string heard = w.say(kOk);
  EXPECT_LE(heard.size(), 22000U);
  EXPECT_GE(heard.size(), 20000U);
  const auto took = run(w, heard);
  EXPECT_GE(took, 2700ms);
  EXPECT_LE(took, 3000ms);
  EXPECT_EQ(heard, content() + kOk);
}

TEST(ThrottledScp, WhoLeavesIsNotWaitedFor) {
  ScpWorld w("scp -t f");
  w.files.write_pace = std::make_shared<sftp::Pace>(kRate);
  w.start();
  w.say(file_line(0644, kSize, "f").append(content()));
  EXPECT_NE(w.transfer->wakes_at(), std::nullopt);
  w.transfer->abandon();
  EXPECT_EQ(w.transfer->wakes_at(), std::nullopt);
  EXPECT_TRUE(w.transfer->finished());
}

}  // namespace
}  // namespace ssh2core::scp
