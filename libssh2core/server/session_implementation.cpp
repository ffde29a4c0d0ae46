#include "libssh2core/server/session_implementation.h"

#include <algorithm>

#include "libssh2core/server/request_report.h"

namespace ssh2core::server {

namespace {
constexpr std::uint64_t kMostExchangesBeforeLogin = 8;
constexpr std::size_t kMuch = 4096;  // bytes of output
}  // namespace

Session::Implementation::Implementation(const Settings& settings, const Surroundings& around,
                                        std::string peer)
    : settings_(settings),
      around_(around),
      peer_(std::move(peer)),
      started_(around.clock.now()),
      last_activity_(started_),
      transport_(Role::Server, settings.transport,
                 {.clock = around.clock,
                  .random = around.random,
                  .handler = *this,
                  .signer = &around.host_keys,
                  .verifier = nullptr,
                  .key_log = around.key_log}),
      auth_(
          transport_, around.authenticator,
          {.max_failures = settings.max_auth_failures,
           .key_algorithms = settings.transport.user_key_algorithms,
           .fingerprints = settings.fingerprints,
           .chains = settings.auth_chains,
           .banner = settings.auth_banner,
           .allow_insecure_login = settings.allow_insecure_login,
           .first_delay = settings.auth_delay,
           .longest_delay = settings.longest_auth_delay,
           .clock = &around.clock},
          [this](const AuthReport& report) { on_auth(report); },
          [this](const std::string& user) { on_logged_in(user); }),
      connection_(transport_, *this, settings.max_channels, settings.receive),
      rotation_(transport_, connection_, around.host_keys),
      reports_(around.events.wanted() == sftp::Wanted::Requests),
      keepalive_(0, std::chrono::seconds(0)) {
  transport_.set_rekeying(false);  // until the login
}

MutableView Session::Implementation::receive_room() {
  // A peer that does not read gets no more work done; what it sends stays in its own buffers.
  if (transport_.closed() || transport_.input_held() ||
      transport_.writer().buffer().size() >= kSendLimit)
    return {};
  return room_ = transport_.receive_room();
}

void Session::Implementation::received(std::size_t count) {
  bytes_in_ += count;
  note_activity_beside_exchange();
  if (around_.tap != nullptr) around_.tap->on_received(room_.first(count));
  transport_.received(count);
  keepalive_.heard(around_.clock.now());
  if (transferring()) last_transfer_ = around_.clock.now();
  settle();
}

/// Whether a file is open; looked at only when somebody wants transfers to go on.
bool Session::Implementation::transferring() const {
  if (settings().no_transfer_timeout.count() == 0 && settings().stalled_timeout.count() == 0)
    return false;
  return std::ranges::any_of(
             sftp_, [](const auto& one) { return one.second->server.open_files() != 0; }) ||
         std::ranges::any_of(
             scp_, [](const auto& one) { return one.second->transfer->open_files() != 0; });
}

/// An exchange of keys that we asked for does not make a session busy, nor does a sign of life.
void Session::Implementation::note_activity_beside_exchange() {
  if (!authenticated() || counts_as_activity()) note_activity();
}

void Session::Implementation::settle() { transport_.flush(); }

void Session::Implementation::sent(std::size_t count) {
  bytes_out_ += count;
  note_activity_beside_exchange();
  if (around_.tap != nullptr) around_.tap->on_sent(transport_.output().first(count));
  transport_.sent(count);
  // A peer that takes more than a question lives, though its answers stand behind much data.
  if (transport_.output().size() > kMuch) keepalive_.heard(around_.clock.now());
  if (transport_.closed() || transport_.output().size() >= kSendHighWater / 2) return;
  connection_.writable();
  settle();
}

void Session::Implementation::on_idle() { transport_.shrink(); }

std::optional<Clock::Steady> Session::Implementation::deadline() const {
  std::optional<Clock::Steady> next = transport_.deadline();
  const auto consider = [&next](std::chrono::seconds allowed, Clock::Steady since) {
    if (allowed.count() != 0) next = std::min(next.value_or(since + allowed), since + allowed);
  };
  if (!authenticated()) consider(settings().login_timeout, started_);
  if (authenticated()) consider(settings().idle_timeout, last_activity_);
  if (const auto delayed = auth_.deadline()) next = std::min(next.value_or(*delayed), *delayed);
  if (const auto at = keepalive_.deadline()) next = std::min(next.value_or(*at), *at);
  if (logged_in_) consider(settings().session_timeout, *logged_in_);
  if (logged_in_ && transferring())
    consider(settings().stalled_timeout, last_activity_);
  else if (logged_in_)
    consider(settings().no_transfer_timeout, last_transfer_);
  if (const auto at = wakes_at()) next = std::min(next.value_or(*at), *at);
  return next;
}

/// When what goes too fast, or takes long, may go on.
std::optional<Clock::Steady> Session::Implementation::wakes_at() const {
  std::optional<Clock::Steady> first;
  const auto consider = [&first](std::optional<Clock::Steady> at) {
    if (at) first = std::min(first.value_or(*at), *at);
  };
  for (const auto& [number, sftp] : sftp_) consider(sftp->server.wakes_at());
  for (const auto& [number, scp] : scp_) consider(scp->transfer->wakes_at());
  return first;
}

void Session::Implementation::on_deadline() {
  const Clock::Steady now = around_.clock.now();
  // A client that we keep waiting is not idle.
  const auto wake = wakes_at();
  if (wake) last_activity_ = last_transfer_ = now;
  const auto passed = [now](std::chrono::seconds allowed, Clock::Steady since) {
    return allowed.count() != 0 && now >= since + allowed;
  };
  login_too_late_ = !authenticated() && passed(settings().login_timeout, started_);
  const bool moving = transferring();
  if (login_too_late_)
    transport_.disconnect(Reason::ByApplication, kLoginTookTooLong);
  else if (moving && passed(settings().stalled_timeout, last_activity_))
    transport_.disconnect(Reason::ByApplication, "the transfer has stalled");
  else if (logged_in_ && !moving && passed(settings().no_transfer_timeout, last_transfer_))
    transport_.disconnect(Reason::ByApplication, "no transfer for too long");
  else if (authenticated() && passed(settings().idle_timeout, last_activity_))
    transport_.disconnect(Reason::ByApplication, "idle for too long");
  else if (logged_in_ && passed(settings().session_timeout, *logged_in_))
    transport_.disconnect(Reason::ByApplication, "the session has lasted as long as it may");
  else
    ask_for_life(now);
  if (wake && *wake <= now && !transport_.closed()) connection_.writable();
  auth_.on_deadline();
  settle();
}

/// SFTPClientAlive.
void Session::Implementation::ask_for_life(Clock::Steady now) {
  transport_.on_deadline();
  switch (keepalive_.due(now)) {
    case Keepalive::Due::GiveUp:
      return transport_.disconnect(Reason::ByApplication, "the client gives no sign of life");
    case Keepalive::Due::Ask:
      return connection_.ask_for_life();
    case Keepalive::Due::Nothing:
      break;
  }
}

void Session::Implementation::report_open() {
  if (open_reported_) return;
  open_reported_ = true;
  emit(SessionOpen{peer_, banner_});
}

const TransportSettings* Session::Implementation::settings_for(std::string_view line) {
  if (around_.settings_for) own_settings_ = around_.settings_for(line);
  if (!own_settings_) return nullptr;
  connection_.set_receive(own_settings_->receive);
  return &own_settings_->transport;
}

void Session::Implementation::on_identification(std::string_view line) {
  banner_ = line;
  quirks_ = quirks_of(line);
  report_open();
  if (quirks_.scanner) return transport_.hang_up("a scanner, by its identification");
  if (quirks_.no_auth_banner) auth_.forget_banner();
}

/// The messages of an exchange are told when it is done: those of one that fails end the session,
/// which is told.
void Session::Implementation::report_exchange(std::string_view kex) {
  for (const std::string_view name : {"KEXINIT", "KEX", "NEWKEYS"})
    emit(Request{Request::Layer::Ssh, std::string(name), std::string(name == "KEX" ? kex : "")});
}

void Session::Implementation::on_extension(std::string_view name, ByteView) {
  constexpr std::size_t kMostName = 64;
  if (reports_)
    emit(Request{Request::Layer::Ssh, "EXT_INFO", std::string(name.substr(0, kMostName))});
}

void Session::Implementation::on_keys(const NegotiatedAlgorithms& algorithms,
                                      std::uint64_t exchanges) {
  if (reports_) report_exchange(algorithms.kex->name);
  if (exchanges > 1) {
    // An exchange costs us far more than a peer that chose its numbers well: a stranger gets few.
    if (!auth_.succeeded() && exchanges > kMostExchangesBeforeLogin)
      throw ProtocolError(Reason::Protocol, "too many key exchanges before the login");
    emit(Rekeyed{exchanges - 1});
    return connection_.writable();
  }
  const auto mac_name = [](const DirectionAlgorithms& direction) {
    return std::string(direction.mac == nullptr ? "<implicit>" : direction.mac->name);
  };
  const auto& in = algorithms.c2s;
  const auto& out = algorithms.s2c;
  emit(Negotiated{std::string(algorithms.kex->name), std::string(algorithms.host_key->name),
                  std::string(in.cipher->name), std::string(out.cipher->name), mac_name(in),
                  mac_name(out), in.compression, out.compression, transport_.strict_kex()});
}

bool Session::Implementation::on_message(MutableView payload) {
  if (reports_)
    if (const auto request = describe_message(payload)) emit(*request);
  constexpr std::uint8_t kFirstConnectionMessage = 80;  // RFC 4250 section 4.1.1
  if (payload[0] < kFirstConnectionMessage) return auth_.on_message(payload);
  if (!auth_.succeeded())
    throw ProtocolError(Reason::Protocol,
                        "message " + std::to_string(payload[0]) + " before authentication");
  const bool answer = payload[0] == RequestSuccess::kId || payload[0] == RequestFailure::kId ||
                      payload[0] == ChannelSuccess::kId || payload[0] == ChannelFailure::kId;
  if (!answer && !counts_as_activity()) note_activity();
  return connection_.on_message(payload);
}

void Session::Implementation::on_auth(const AuthReport& report) {
  const auto result = [&]() -> std::string {
    switch (report.result) {
      case AuthReport::Result::Accepted:
        return "accepted";
      case AuthReport::Result::Partial:
        return "partial";
      case AuthReport::Result::Query:
        return "query";
      case AuthReport::Result::Refused:
        break;
    }
    return "refused";
  }();
  emit(AuthAttempt{std::string(report.user), std::string(report.method), result,
                   std::string(report.key_fingerprint), std::string(report.reason)});
}

void Session::Implementation::on_logged_in(const std::string& user) {
  transport_.set_rekeying(!quirks_.no_rekey);
  std::string why;
  files_ = around_.open_files(user, why);
  if (files_ == nullptr) {
    emit(Problem{why});
    transport_.disconnect(Reason::ByApplication, "the server cannot open this user's files");
    return;
  }
  logged_in_ = last_transfer_ = around_.clock.now();
  take_settings_of(user);
  keepalive_ = Keepalive(settings().keepalive_count, settings().keepalive_interval);
  keepalive_.heard(around_.clock.now());
  if (settings().rotate_host_keys && !quirks_.no_host_key_rotation) rotation_.announce();
}

void Session::Implementation::take_settings_of(const std::string& user) {
  const Settings* wanted = around_.settings_of ? around_.settings_of(user) : nullptr;
  if (wanted == nullptr) return;
  Settings own = settings();
  own.sftp = wanted->sftp;
  own.idle_timeout = wanted->idle_timeout;
  own.session_timeout = wanted->session_timeout;
  own.no_transfer_timeout = wanted->no_transfer_timeout;
  own.stalled_timeout = wanted->stalled_timeout;
  own.sftp_allowed = wanted->sftp_allowed;
  own.scp_allowed = wanted->scp_allowed;
  own.date_allowed = wanted->date_allowed;
  own.scp = wanted->scp;
  own.login_text = wanted->login_text;
  own.max_channels = wanted->max_channels;
  connection_.set_max_channels(own.max_channels);
  transport_.set_rekey_limits(wanted->transport.rekey);
  own_settings_ = std::make_shared<const Settings>(std::move(own));
}

void Session::Implementation::on_end(const Ending& ending) {
  connection_.end();
  sftp_.clear();
  scp_.clear();
  report_open();
  auth_.connection_ended(ending.why, login_too_late_);
  // RFC 4253 section 11.1: a client's reason 11 is the ordinary way to leave.
  const bool ordinary = ending.by_peer && ending.reason == Reason::ByApplication;
  emit(SessionClose{ordinary ? "closed by the client" : ending.why, bytes_in_, bytes_out_});
}

}  // namespace ssh2core::server
