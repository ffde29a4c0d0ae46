// Inside of client::Session: the layers joined. Not for users of the library.
#pragma once

#include "libssh2core/client/session.h"

namespace ssh2core::client {

class Session::Implementation final : public TransportHandler, public ChannelHandler {
 public:
  Implementation(const Settings& settings, const Surroundings& around, Callbacks callbacks);

  Transport& transport() { return transport_; }
  Connection& connection() { return connection_; }
  const std::map<std::string, Bytes>& extensions() const { return extensions_; }
  void authenticate(const Credentials& credentials);
  bool authenticated() const { return auth_ && auth_->succeeded(); }
  bool open_channel(ChannelUser& user);
  void release(const ChannelUser& user);
  MutableView receive_room();
  void received(std::size_t count);
  void sent(std::size_t count);
  std::optional<Clock::Steady> deadline() const;
  void on_deadline();

  // TransportHandler
  void on_identification(std::string_view) override {}  // kept by the transport
  void on_keys(const NegotiatedAlgorithms& algorithms, std::uint64_t exchanges) override;
  bool on_message(MutableView payload) override;
  void on_extension(std::string_view name, ByteView value) override;
  void on_input_done() override {}
  void on_end(const Ending& ending) override;

  // ChannelHandler
  std::optional<Refusal> on_open(const ChannelOpen& open, Channel& channel) override;
  void on_opened(Channel& channel) override;
  void on_open_refused(std::uint32_t number, const ChannelOpenFailure& failure) override;
  bool on_request(Channel& channel, std::string_view request, ByteView details) override;
  void after_request(Channel&) override {}
  void on_answer(Channel& channel, bool success) override;
  void on_data(Channel& channel, ByteView data) override;
  void on_extended_data(Channel& channel, std::uint32_t type, ByteView data) override;
  void on_eof(Channel& channel) override;
  void on_writable(Channel& channel) override;
  void on_closed(Channel& channel) override;
  std::optional<Bytes> on_global_request(std::string_view, ByteView) override { return {}; }

 private:
  void set_server_algorithms();
  ChannelUser* find_user(std::uint32_t number) const;
  ChannelUser* take_user(std::uint32_t number);

  const Settings& settings_;
  const Surroundings around_;
  const Callbacks callbacks_;
  const Clock::Steady started_;
  MutableView room_;  // that receive_room() gave last, for the tap
  std::map<std::string, Bytes> extensions_;
  bool has_keys_ = false;
  Transport transport_;
  Connection connection_;
  std::optional<UserAuthClient> auth_;
  std::map<std::uint32_t, ChannelUser*> users_;  // by the channel's number
};

}  // namespace ssh2core::client
