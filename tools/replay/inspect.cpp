#include "tools/replay/inspect.h"

#include <fmt/format.h>

#include <csignal>

#include "tools/common/exit_code.h"
#include "tools/common/files.h"
#include "tools/common/version.h"
#include "tools/replay/capture_file.h"
#include "tools/replay/trace_json.h"
#include "tools/replay/trace_text.h"

namespace ssh2core::tools {
namespace {

constexpr std::string_view kSchema = "ssh2core/trace/1";
constexpr std::size_t kMostKeyLog = std::size_t{256} << 20;  // bytes

volatile std::sig_atomic_t interrupted = 0;
void on_signal(int) { interrupted = 1; }

void catch_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);  // the second one ends it at once
  for (const int number : {SIGINT, SIGTERM}) sigaction(number, &action, nullptr);
}

/// Prints what the decoder finds, as it comes: nothing is kept of messages.
class Output : public TraceSink {
 public:
  void on_message(const TraceMessage& message) override {
    ++messages_;
    if (!message.error.empty()) ++errors_;
    show(messages_, message);
    if (std::ferror(stdout) != 0) throw ExitError(kFailed, "cannot write to stdout");
  }
  void on_session(const TraceSession&) override {}
  virtual void begin() {}
  virtual void end() {}
  std::uint64_t errors() const { return errors_; }

 protected:
  virtual void show(std::uint64_t number, const TraceMessage& message) = 0;
  static Json head() {
    return {{"schema", kSchema},
            {"tool_version", project_version()},
            {"started", instant_text(std::chrono::system_clock::now())}};
  }
  static std::string dump(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  }

 private:
  std::uint64_t messages_ = 0, errors_ = 0;
};

class JsonLines final : public Output {
 public:
  void end() override {
    if (!begun_) fmt::print("{}\n", dump(head()));
  }

 private:
  void show(std::uint64_t number, const TraceMessage& message) override {
    Json json = render_.message(number, message);
    if (!begun_) {
      Json first = head();
      first.update(json);
      json = std::move(first);
    }
    begun_ = true;
    fmt::print("{}\n", dump(json));
  }
  TraceJson render_;
  bool begun_ = false;
};

/// The document is written as it grows; so the sessions stand behind the messages.
class JsonDocument final : public Output {
 public:
  void begin() override {
    std::string text = dump(head());
    text.pop_back();
    fmt::print("{},\n\"messages\":[", text);
  }
  void on_session(const TraceSession& session) override {
    sessions_.push_back(render_.session(session));
  }
  void end() override { fmt::print("\n],\n\"sessions\":{}}}\n", dump(sessions_)); }

 private:
  void show(std::uint64_t number, const TraceMessage& message) override {
    fmt::print("{}{}", number == 1 ? "\n" : ",\n", dump(render_.message(number, message)));
  }
  TraceJson render_;
  Json sessions_ = Json::array();
};

class Text final : public Output {
 public:
  void on_session(const TraceSession& session) override {
    fmt::print("{}\n", render_.session(session));
  }

 private:
  void show(std::uint64_t, const TraceMessage& message) override {
    fmt::print("{}\n", render_.message(message));
  }
  TraceText render_;
};

std::unique_ptr<Output> make_output(InspectOutput kind) {
  if (kind == InspectOutput::Json) return std::make_unique<JsonDocument>();
  if (kind == InspectOutput::JsonLines) return std::make_unique<JsonLines>();
  return std::make_unique<Text>();
}

KeyLogReader read_key_log(const std::string& path) {
  const auto content = read_file(path, kMostKeyLog);
  if (const auto* error = std::get_if<FileError>(&content)) throw ExitError(kFailed, error->what);
  KeyLogReader keys;
  keys.read(std::get<FileContent>(content).text());
  for (const KeyLogReader::Problem& problem : keys.problems())
    fmt::print(stderr, "replay: {}:{}: {}\n", path, problem.line, problem.what);
  return keys;
}

/// What was not said of single messages; part of the results, so that scripts see it.
void report(Output& output, const std::string& error) {
  TraceMessage message;
  message.time = std::chrono::system_clock::now();
  message.error = error;
  output.on_message(message);
}

}  // namespace

int run_inspect(const InspectOptions& options) {
  CaptureFile capture(options.capture);
  std::optional<KeyLogReader> keys;
  if (!options.key_log.empty()) keys = read_key_log(options.key_log);
  const std::unique_ptr<Output> output = make_output(options.output);
  Decoder decoder(keys ? &*keys : nullptr, *output);

  catch_signals();
  output->begin();
  while (interrupted == 0) {
    const auto frame = capture.next();
    if (!frame) break;
    decoder.frame(*frame);
  }
  decoder.end();
  if (interrupted == 0 && decoder.sessions() == 0 && capture.problem().empty())
    report(*output, fmt::format("no SSH session in the capture ({} TCP connections with data)",
                                decoder.connections()));
  output->end();
  if (std::fflush(stdout) != 0) throw ExitError(kFailed, "cannot write to stdout");
  if (!capture.problem().empty()) fmt::print(stderr, "replay: {}\n", capture.problem());
  if (output->errors() != 0) return kRefused;
  return capture.problem().empty() && interrupted == 0 ? kDone : kFailed;
}

}  // namespace ssh2core::tools
