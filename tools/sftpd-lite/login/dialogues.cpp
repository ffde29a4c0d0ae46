#include "tools/sftpd-lite/login/dialogues.h"

namespace ssh2core::tools {
namespace {

class OneQuestion final : public Conversation {
 public:
  OneQuestion(std::string prompt, std::function<AuthDecision(const Secret&)> check)
      : prompt_(std::move(prompt)), check_(std::move(check)) {}
  void begin(Next next) override { next(Challenge{"", "", {{prompt_, false}}}); }
  void answer(std::vector<Secret> answers, Next next) override { next(check_(answers.at(0))); }

 private:
  std::string prompt_;
  std::function<AuthDecision(const Secret&)> check_;
};

}  // namespace

std::unique_ptr<Conversation> ask_once(std::string prompt,
                                       std::function<AuthDecision(const Secret&)> check) {
  return std::make_unique<OneQuestion>(std::move(prompt), std::move(check));
}

}  // namespace ssh2core::tools
