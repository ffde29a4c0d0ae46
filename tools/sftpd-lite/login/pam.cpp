#ifdef SSH2CORE_HAVE_PAM

#include "tools/sftpd-lite/login/pam.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <openssl/crypto.h>
#include <security/pam_appl.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <mutex>
#include <thread>

#include "libssh2core/io/descriptor.h"
#include "tools/sftpd-lite/log/event_log.h"
#include "tools/sftpd-lite/login/banner.h"

namespace ssh2core::tools {

bool pam_is_built() { return true; }

namespace {

constexpr std::size_t kMostInfo = 16384;  // bytes of what is said to people
constexpr const char* kTerminal = "ssh";  // as sshd calls it: some modules want a name

bool is_prompt(const pam_message& message, bool radio) {
  return message.msg_style == PAM_PROMPT_ECHO_OFF || message.msg_style == PAM_PROMPT_ECHO_ON ||
         (message.msg_style == PAM_RADIO_TYPE && radio);
}

/// A question without what would control the client's terminal.
std::string to_prompt(std::string_view text) {
  std::string shown = to_banner(text.substr(0, kMostInfo));
  while (shown.ends_with('\n') || shown.ends_with('\r')) shown.pop_back();
  return shown;
}

/// Memory of malloc(3), as PAM frees it; null when the answer cannot be a C string.
char* as_response(const Secret& answer) {
  const ByteView bytes = answer.view();
  if (bytes.size() >= PAM_MAX_RESP_SIZE || std::ranges::find(bytes, 0) != bytes.end())
    return nullptr;
  auto* text = static_cast<char*>(malloc(bytes.size() + 1));
  if (text == nullptr) return nullptr;
  std::ranges::copy(bytes, text);
  text[bytes.size()] = '\0';
  return text;
}

void free_responses(pam_response* responses, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    if (responses[i].resp == nullptr) continue;
    OPENSSL_cleanse(responses[i].resp, std::strlen(responses[i].resp));
    free(responses[i].resp);
  }
  free(responses);
}

}  // namespace

/// What both threads see. The thread keeps it: it outlives a transaction whose module does not
/// return.
struct PamTransaction::Shared {
  enum class Phase { Idle, Working, Asking, Answered };

  PamSettings settings;
  std::string service, user, peer;
  pam_handle_t* handle = nullptr;  // made at the first call
  std::mutex mutex;
  std::condition_variable changed;
  Phase phase = Phase::Idle;
  bool given_up = false;  // by the caller: questions are answered with an error
  bool lost = false;      // a module does not return: nothing more is done
  std::vector<Challenge::Prompt> prompts;
  std::vector<Secret> answers;
  std::string info;
  Ended result;
  std::chrono::microseconds delay{0};
  bool account_good = false;
  std::thread thread;

  ~Shared() {
    if (handle != nullptr) pam_end(handle, PAM_SUCCESS);
  }
  // What libpam calls.
  static int on_messages(int count, const pam_message** messages, pam_response** responses,
                         void* data);
  static void on_failure(int code, unsigned microseconds, void* data);
  int converse(std::span<const pam_message*> messages, pam_response** responses);
  bool put_questions(std::vector<Challenge::Prompt> asked);
  // The work; in the thread.
  int start();
  Ended failed(std::string_view what, int code, bool proven = false);
  Ended authenticate(bool whole, bool empty_allowed);
  Ended account(bool may_renew, bool proven);
  // The caller's side.
  Step launch(const std::shared_ptr<Shared>& self, std::function<Ended()> work, Deadline until);
  Step wait(std::unique_lock<std::mutex>& lock, Deadline until);
  void give_up();
};

int PamTransaction::Shared::on_messages(int count, const pam_message** messages,
                                        pam_response** responses, void* data) {
  if (count <= 0 || count > PAM_MAX_NUM_MSG || messages == nullptr) return PAM_CONV_ERR;
  return static_cast<Shared*>(data)->converse({messages, static_cast<std::size_t>(count)},
                                              responses);
}

/// Instead of waiting inside libpam, where a pass for the hash would be held meanwhile.
void PamTransaction::Shared::on_failure(int code, unsigned microseconds, void* data) {
  if (code != PAM_SUCCESS)
    static_cast<Shared*>(data)->delay = std::chrono::microseconds(microseconds);
}

int PamTransaction::Shared::converse(std::span<const pam_message*> messages,
                                     pam_response** responses) {
  std::vector<Challenge::Prompt> asked;
  for (const pam_message* message : messages) {
    if (message == nullptr) return PAM_CONV_ERR;
    const char* text = message->msg == nullptr ? "" : message->msg;
    if (message->msg_style == PAM_BINARY_PROMPT) return PAM_CONV_ERR;
    if (is_prompt(*message, settings.radio))
      asked.push_back({to_prompt(text), message->msg_style != PAM_PROMPT_ECHO_OFF});
    else if (message->msg_style == PAM_ERROR_MSG ||
             (message->msg_style == PAM_TEXT_INFO && settings.infos))
      info = (info + to_banner(text)).substr(0, kMostInfo);
  }
  const bool messages_ask = !asked.empty();
  if (messages_ask && !put_questions(std::move(asked))) return PAM_CONV_ERR;
  // Modules that only want to say something may pass no place for answers.
  if (responses == nullptr) return messages_ask ? PAM_CONV_ERR : PAM_SUCCESS;
  auto* made = static_cast<pam_response*>(calloc(messages.size(), sizeof(pam_response)));
  if (made == nullptr) return PAM_BUF_ERR;
  std::size_t next = 0;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (!is_prompt(*messages[i], settings.radio)) continue;
    made[i].resp = as_response(answers[next++]);
    if (made[i].resp != nullptr) continue;
    free_responses(made, messages.size());
    return PAM_CONV_ERR;
  }
  answers.clear();
  *responses = made;
  return PAM_SUCCESS;
}

/// Hands questions to the caller and waits for the answers. False: there are none.
bool PamTransaction::Shared::put_questions(std::vector<Challenge::Prompt> asked) {
  std::unique_lock lock(mutex);
  if (given_up) return false;
  prompts = std::move(asked);
  phase = Phase::Asking;
  changed.notify_all();
  changed.wait(lock, [this] { return phase == Phase::Answered || given_up; });
  phase = Phase::Working;
  return !given_up && answers.size() == prompts.size();
}

int PamTransaction::Shared::start() {
  if (handle != nullptr) return PAM_SUCCESS;
  const pam_conv conversation{&Shared::on_messages, this};
  const int code = pam_start(service.c_str(), user.c_str(), &conversation, &handle);
  if (code != PAM_SUCCESS) {
    handle = nullptr;
    return code;
  }
  if (!peer.empty()) pam_set_item(handle, PAM_RHOST, peer.c_str());
  if (settings.terminal) pam_set_item(handle, PAM_TTY, kTerminal);
  pam_set_item(handle, PAM_FAIL_DELAY, reinterpret_cast<const void*>(&Shared::on_failure));
  return PAM_SUCCESS;
}

PamTransaction::Ended PamTransaction::Shared::failed(std::string_view what, int code, bool proven) {
  const char* said = handle == nullptr ? "cannot begin" : pam_strerror(handle, code);
  return {false, fmt::format("PAM service {}: {}: {}", service, what, said), std::move(info),
          proven};
}

PamTransaction::Ended PamTransaction::Shared::authenticate(bool whole, bool empty_allowed) {
  account_good = false;
  if (const int code = start(); code != PAM_SUCCESS) return failed("start", code);
  const int code = pam_authenticate(handle, empty_allowed ? 0 : PAM_DISALLOW_NULL_AUTHTOK);
  if (code != PAM_SUCCESS) return failed("authentication", code);
  const void* name = nullptr;
  if (pam_get_item(handle, PAM_USER, &name) != PAM_SUCCESS || name == nullptr ||
      user != static_cast<const char*>(name))
    return {false, "PAM changed the user's name", {}, false};
  return whole ? account(true, true) : Ended{true, {}, std::exchange(info, {}), true};
}

PamTransaction::Ended PamTransaction::Shared::account(bool may_renew, bool proven) {
  if (const int code = start(); code != PAM_SUCCESS) return failed("start", code, proven);
  int code = pam_acct_mgmt(handle, 0);
  if (code == PAM_NEW_AUTHTOK_REQD && may_renew) {
    code = pam_chauthtok(handle, PAM_CHANGE_EXPIRED_AUTHTOK);
    if (code != PAM_SUCCESS) return failed("the new password", code, proven);
  }
  if (code != PAM_SUCCESS) return failed("account", code, proven);
  account_good = true;
  return {true, {}, std::exchange(info, {}), proven};
}

PamTransaction::Step PamTransaction::Shared::launch(const std::shared_ptr<Shared>& self,
                                                    std::function<Ended()> work, Deadline until) {
  give_up();
  if (lost) return Ended{false, "PAM does not answer", {}, false};
  given_up = false;
  phase = Phase::Working;
  delay = std::chrono::microseconds(0);
  info.clear();
  // Signals are for the caller's thread.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread = std::thread([self, work = std::move(work)] {
    Ended ended = work();
    const std::lock_guard lock(self->mutex);
    self->result = std::move(ended);
    self->phase = Phase::Idle;
    self->changed.notify_all();
  });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  std::unique_lock lock(mutex);
  return wait(lock, until);
}

PamTransaction::Step PamTransaction::Shared::wait(std::unique_lock<std::mutex>& lock,
                                                  Deadline until) {
  const auto turned = [this] { return phase == Phase::Asking || phase == Phase::Idle; };
  if (!changed.wait_until(lock, until, turned)) {
    lost = true;
    given_up = true;
    thread.detach();
    return Ended{false, "PAM does not answer in time", {}, false};
  }
  if (phase == Phase::Asking) return Asked{std::exchange(info, {}), prompts};
  lock.unlock();
  thread.join();
  return std::move(result);
}

/// Ends a dialogue under way: its thread waits for answers, or there is none.
void PamTransaction::Shared::give_up() {
  if (!thread.joinable()) return;
  {
    const std::lock_guard lock(mutex);
    given_up = true;
    changed.notify_all();
  }
  thread.join();
}

PamTransaction::PamTransaction(PamSettings settings, std::string service, std::string user,
                               std::string peer)
    : shared_(std::make_shared<Shared>()) {
  shared_->settings = std::move(settings);
  shared_->service = std::move(service);
  shared_->user = std::move(user);
  shared_->peer = std::move(peer);
}

PamTransaction::~PamTransaction() { shared_->give_up(); }

const std::string& PamTransaction::user() const { return shared_->user; }
const std::string& PamTransaction::service() const { return shared_->service; }

PamTransaction::Step PamTransaction::authenticate(bool whole, bool empty_allowed, Deadline until) {
  Shared* shared = shared_.get();
  return shared->launch(shared_, [=] { return shared->authenticate(whole, empty_allowed); }, until);
}

PamTransaction::Step PamTransaction::answer(std::vector<Secret> answers, Deadline until) {
  std::unique_lock lock(shared_->mutex);
  if (shared_->lost || shared_->phase != Shared::Phase::Asking)
    return Ended{false, "PAM does not answer", {}, false};
  shared_->answers = std::move(answers);
  shared_->phase = Shared::Phase::Answered;
  shared_->changed.notify_all();
  return shared_->wait(lock, until);
}

PamTransaction::Ended PamTransaction::check_account(Deadline until) {
  if (shared_->account_good) return {true, {}, {}, true};
  Shared* shared = shared_.get();
  const Step step = shared->launch(shared_, [=] { return shared->account(false, true); }, until);
  if (const auto* ended = std::get_if<Ended>(&step)) return *ended;
  shared->give_up();
  return {false, "PAM asks a question where it can get no answer", {}, true};
}

std::chrono::microseconds PamTransaction::take_delay() {
  return std::exchange(shared_->delay, std::chrono::microseconds(0));
}

namespace {

/// Waits until the session's process has gone, however it ended, and ends what PAM began.
[[noreturn]] void keep_session(pam_handle_t* handle, int pipe, const std::vector<int>& connection) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP, SIGPIPE, SIGQUIT}) std::signal(signal, SIG_IGN);
  const io::Descriptor nothing(open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int fd : connection) dup2(nothing.get(), fd);
  char byte = 0;
  while (read(pipe, &byte, 1) < 0 && errno == EINTR) {
  }
  pam_close_session(handle, 0);
  pam_setcred(handle, PAM_DELETE_CRED);
  pam_end(handle, PAM_SUCCESS);
  _exit(0);
}

}  // namespace

std::string PamTransaction::open_session(Account& account, const std::vector<int>& connection) {
  Shared& shared = *shared_;
  const auto why = [&](std::string_view what, int code) {
    return shared.failed(what, code).reason;
  };
  // pam_group and the like add to the groups that there are.
  if (initgroups(account.name.c_str(), account.gid) != 0)
    return fmt::format("initgroups: {}", strerror(errno));
  if (const int code = shared.start(); code != PAM_SUCCESS) return why("start", code);
  if (const int code = pam_setcred(shared.handle, PAM_ESTABLISH_CRED); code != PAM_SUCCESS)
    return why("credentials", code);
  if (const int code = pam_open_session(shared.handle, 0); code != PAM_SUCCESS) {
    pam_setcred(shared.handle, PAM_DELETE_CRED);
    return why("session", code);
  }
  const int count = getgroups(0, nullptr);
  account.groups.emplace(static_cast<std::size_t>(std::max(count, 0)));
  if (count < 0 || getgroups(count, account.groups->data()) != count)
    return fmt::format("getgroups: {}", strerror(errno));
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fmt::format("pipe: {}", strerror(errno));
  io::Descriptor mine(ends[1]), keepers(ends[0]);
  const pid_t keeper = fork();
  if (keeper < 0) return fmt::format("cannot start a process: {}", strerror(errno));
  if (keeper == 0) {
    mine = io::Descriptor();
    keep_session(shared.handle, keepers.release(), connection);
  }
  [[maybe_unused]] const int held = mine.release();  // closed with this process, not before
  shared.handle = nullptr;                           // the keeper's from here on
  return {};
}

}  // namespace ssh2core::tools

#endif  // SSH2CORE_HAVE_PAM
