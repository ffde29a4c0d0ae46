#include "tools/sftpd-lite/login/pam_login.h"

#include <algorithm>
#include <thread>

#include "keys/password_hash.h"

namespace ssh2core::tools {

namespace {

constexpr unsigned kMostRounds = 32;  // of questions in one attempt with a password

/// As long as the answer, and nobody's password.
Secret wrong_answer(const Secret& answer) {
  constexpr std::string_view kWrong = "\b\n\r\177INCORRECT";
  Secret wrong(answer.size());
  for (std::size_t i = 0; i < wrong.size(); ++i)
    wrong.mutable_view()[i] = static_cast<std::uint8_t>(kWrong[i % kWrong.size()]);
  return wrong;
}

}  // namespace

void PamLogin::begin(std::string peer, PamTransaction::Deadline until,
                     std::shared_ptr<HashGate> gate) {
  peer_ = std::move(peer);
  until_ = until;
  gate_ = std::move(gate);
}

const std::string& PamLogin::password_service() const {
  return use_.settings.password_service.empty() ? use_.settings.service
                                                : use_.settings.password_service;
}

PamTransaction& PamLogin::transaction(const std::string& user, const std::string& service) {
  if (!transaction_ || transaction_->user() != user || transaction_->service() != service)
    transaction_ = std::make_unique<PamTransaction>(use_.settings, service, user, peer_);
  return *transaction_;
}

PamTransaction::Step PamLogin::answer(PamTransaction& transaction, const Person& person,
                                      std::vector<Secret> answers) {
  const auto now = [] { return std::chrono::steady_clock::now(); };
  const auto left = [&] {
    return std::chrono::duration_cast<std::chrono::milliseconds>(until_ - now());
  };
  PamTransaction::Step step;
  {
    const auto pass = gate_ == nullptr ? std::nullopt : gate_->enter(left());
    if (gate_ != nullptr && !pass)
      return PamTransaction::Ended{
          false, "too many passwords are being checked; try later", {}, false};
    // pam_unix hashes nothing for a name without an account.
    if (!person.known && !answers.empty()) keys::check_password_hash(use_.decoy, answers.front());
    if (!person.allowed)
      for (Secret& one : answers) one = wrong_answer(one);
    step = transaction.answer(std::move(answers), until_);
  }
  const auto delay = std::chrono::ceil<std::chrono::milliseconds>(transaction.take_delay());
  if (std::holds_alternative<PamTransaction::Ended>(step) && delay.count() > 0)
    std::this_thread::sleep_for(std::clamp(delay, std::chrono::milliseconds(0),
                                           std::max(left(), std::chrono::milliseconds(0))));
  return step;
}

AuthDecision PamLogin::judge(const Person& person, const Secret& password) {
  PamTransaction& pam = transaction(person.name, password_service());
  auto step = pam.authenticate(false, use_.empty_passwords, until_);
  for (unsigned round = 0; round < kMostRounds; ++round) {
    const auto* asked = std::get_if<PamTransaction::Asked>(&step);
    if (asked == nullptr) break;
    std::vector<Secret> answers;
    for (const Challenge::Prompt& prompt : asked->prompts)
      if (!prompt.echo) answers.emplace_back(password.view());
    // A question that is no password's: keyboard-interactive is for that.
    if (answers.size() != asked->prompts.size())
      return {false, "PAM asks for more than a password; use keyboard-interactive"};
    step = answer(pam, person, std::move(answers));
  }
  const auto* ended = std::get_if<PamTransaction::Ended>(&step);
  if (ended == nullptr) return {false, "PAM asks without an end"};
  AuthDecision decision{ended->ok && person.allowed, ended->ok ? std::string() : ended->reason};
  if (decision.accepted) decision.message = ended->info;
  return decision;
}

class PamLogin::Dialogue final : public Conversation {
 public:
  Dialogue(PamLogin& login, Person person, Otherwise otherwise)
      : login_(login), person_(std::move(person)), otherwise_(std::move(otherwise)) {}

  void begin(Next next) override {
    PamTransaction& pam = login_.transaction(person_.name, login_.use_.settings.service);
    go_on(pam.authenticate(true, login_.use_.empty_passwords, login_.until_), next);
  }

  void answer(std::vector<Secret> answers, Next next) override {
    if (decision_) return next(*decision_);
    for (std::size_t i = 0; i < answers.size() && !secret_; ++i)
      if (!prompts_[i].echo) secret_ = std::make_unique<Secret>(answers[i].view());
    PamTransaction& pam = login_.transaction(person_.name, login_.use_.settings.service);
    go_on(login_.answer(pam, person_, std::move(answers)), next);
  }

 private:
  void go_on(const PamTransaction::Step& step, const Next& next) {
    if (const auto* asked = std::get_if<PamTransaction::Asked>(&step)) {
      prompts_ = asked->prompts;
      return next(Challenge{"", asked->info, asked->prompts});
    }
    const auto& ended = std::get<PamTransaction::Ended>(step);
    AuthDecision decision{ended.ok && person_.allowed,
                          person_.allowed ? ended.reason : "the user is not permitted"};
    // Asked for everybody who is not in yet.
    if (!decision.accepted && otherwise_ && secret_) decision = otherwise_(*secret_);
    // Who is not known to be the user learns nothing more.
    if (ended.info.empty() || !ended.proven || !person_.allowed) return next(decision);
    decision_ = decision;
    prompts_.clear();
    next(Challenge{"", ended.info, {}});
  }

  PamLogin& login_;
  Person person_;
  Otherwise otherwise_;
  std::vector<Challenge::Prompt> prompts_;
  std::unique_ptr<Secret> secret_;
  std::optional<AuthDecision> decision_;  // told behind the last text
};

std::unique_ptr<Conversation> PamLogin::converse(Person person, Otherwise otherwise) {
  return std::make_unique<Dialogue>(*this, std::move(person), std::move(otherwise));
}

AuthDecision PamLogin::check_account(const std::string& user) {
  const bool begun = transaction_ && transaction_->user() == user;
  PamTransaction& pam = begun ? *transaction_ : transaction(user, use_.settings.service);
  PamTransaction::Ended ended = pam.check_account(until_);
  AuthDecision decision{ended.ok, std::move(ended.reason)};
  decision.message = std::move(ended.info);
  return decision;
}

std::string PamLogin::open_session(Account& account, const std::vector<int>& connection) {
  const bool begun = transaction_ && transaction_->user() == account.name;
  PamTransaction& pam = begun ? *transaction_ : transaction(account.name, use_.settings.service);
  return pam.open_session(account, connection);
}

}  // namespace ssh2core::tools
