// keyboard-interactive (RFC 4256) of UserAuthServer: questions and answers, in as many rounds as
// the driver wants.
#include <algorithm>

#include "libssh2core/auth/user_auth_attempt.h"

namespace ssh2core {

namespace {

/// Answers in one message. No driver asks for so many; a count is nothing to allocate memory by.
constexpr std::uint32_t kMostAnswers = 100;

/// The words of a comma-separated list.
bool has_word(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    if (list.substr(0, end) == word) return true;
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return false;
}

}  // namespace

/// The driver for a new dialogue, of those that are due in some chain: one that the client names
/// (RFC 4256 section 3.1), else each in turn.
std::string UserAuthServer::choose_driver(std::string_view hints) {
  NameList due;
  for (std::size_t i = 0; i < options_.chains.size(); ++i) {
    const std::string_view element = options_.chains[i][passed_[i]];
    const std::size_t colon = element.find(':');
    if (element.substr(0, colon) != kInteractiveMethod) continue;
    const std::string driver(colon == std::string_view::npos ? "" : element.substr(colon + 1));
    if (!contains(due, driver)) due.push_back(driver);
  }
  if (due.empty()) return {};
  const unsigned turn = dialogues_++;
  for (const std::string& driver : due)
    if (has_word(hints, driver)) return driver;
  return due[turn % due.size()];
}

void UserAuthServer::try_interactive(const UserAuthRequest& request) {
  const auto details = decode_fields<InteractiveDetails>(request.details.bytes);
  dialogue_ = std::make_shared<Attempt>(Attempt{.user = std::string(request.user),
                                                .method = std::string(request.method),
                                                .element = std::string(request.method)});
  if (!is_offered(dialogue_->method)) return refuse(*dialogue_, "method not offered");
  const std::string driver = choose_driver(details.submethods);
  if (!driver.empty()) dialogue_->element += ":" + driver;
  conversation_ = authenticator_.converse(dialogue_->user, driver);
  if (conversation_ == nullptr) return refuse(*dialogue_, "method not offered");
  await([&](Conversation::Next next) { conversation_->begin(std::move(next)); },
        [this, attempt = dialogue_](const Conversation::Step& step) { on_step(*attempt, step); });
}

void UserAuthServer::on_step(const Attempt& attempt, const Conversation::Step& step) {
  if (const auto* decision = std::get_if<AuthDecision>(&step)) return decided(attempt, *decision);
  const auto& challenge = std::get<Challenge>(step);
  Buffer prompts;
  Writer w(prompts);
  for (const Challenge::Prompt& prompt : challenge.prompts) {
    w.string(prompt.text);
    w.boolean(prompt.echo);
  }
  questions_ = static_cast<std::uint32_t>(challenge.prompts.size());
  state_ = State::Asking;
  transport_.send(UserAuthInfoRequest{challenge.name, challenge.instruction, "", questions_,
                                      Tail{prompts.view()}});
}

void UserAuthServer::on_answers(MutableView payload) {
  if (state_ == State::Done) return;
  if (state_ != State::Asking)
    throw ProtocolError(Reason::Protocol, "answers to questions that nobody asked");
  const auto message = decode<UserAuthInfoResponse>(payload);
  state_ = State::Ready;
  const std::uint32_t count = message.count;
  std::vector<Secret> answers;
  Reader rest(message.responses.bytes);
  if (count == questions_ && count <= kMostAnswers) {
    for (std::uint32_t i = 0; i < count; ++i) answers.emplace_back(rest.string());
    rest.expect_end();
  }
  Secret::cleanse(payload);
  // RFC 4256 section 3.4: another number of answers is a failure.
  if (answers.size() != count || count != questions_)
    return refuse(*dialogue_, "another number of answers than of questions");
  await(
      [&](Conversation::Next next) { conversation_->answer(std::move(answers), std::move(next)); },
      [this, attempt = dialogue_](const Conversation::Step& step) { on_step(*attempt, step); });
}

}  // namespace ssh2core
