// Channels between two connections in memory, and what a peer must not do.
#include "libssh2core/connection/connection.h"

#include <gmock/gmock.h>

#include "libssh2core/tests/transport/harness.h"

namespace ssh2core {
namespace {

using testing::ElementsAre;

/// One end: notes what happens, in words, and accepts everything but what is named otherwise.
class End final : public ChannelHandler {
 public:
  explicit End(Side& side) : connection(*side.transport, *this, 4) {
    side.handler.hook = [this](MutableView payload) {
      if (!connection.on_message(payload)) notes.push_back("unknown " + std::to_string(payload[0]));
    };
    side.handler.keys_hook = [this] { connection.writable(); };
  }
  Channel& channel(std::uint32_t number = 0) { return *connection.find(number); }

  std::optional<Refusal> on_open(const ChannelOpen& open, Channel&) override {
    note("open " + std::string(open.type));
    if (open.type != "session") return Refusal{OpenFailure::UnknownType, "no such type"};
    return std::nullopt;
  }
  void on_opened(Channel&) override { note("opened"); }
  void on_open_refused(std::uint32_t, const ChannelOpenFailure& failure) override {
    note("refused: " + std::string(failure.description));
  }
  bool on_request(Channel&, std::string_view request, ByteView) override {
    note("request " + std::string(request));
    return request == "good";
  }
  void after_request(Channel&) override {}
  void on_answer(Channel&, bool success) override { note(success ? "success" : "failure"); }
  void on_data(Channel& channel, ByteView data) override {
    received.insert(received.end(), data.begin(), data.end());
    if (consumes) connection.processed(channel, data.size());
  }
  void on_extended_data(Channel&, std::uint32_t type, ByteView data) override {
    note("extended " + std::to_string(type) + " " + std::string(as_text(data)));
  }
  void on_eof(Channel&) override { note("eof"); }
  void on_writable(Channel&) override { ++writable; }
  void on_closed(Channel& channel) override { note("closed " + std::to_string(channel.number())); }
  std::optional<Bytes> on_global_request(std::string_view request, ByteView details) override {
    note("global " + std::string(request));
    if (request == "echo") return Bytes(details.begin(), details.end());
    return std::nullopt;
  }
  void note(std::string what) { notes.push_back(std::move(what)); }

  Connection connection;
  std::vector<std::string> notes;
  Bytes received;
  bool consumes = true;
  int writable = 0;
};

class Channels : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_NO_FATAL_FAILURE(pair_.connect());
    client_ = std::make_unique<End>(pair_.client);
    server_ = std::make_unique<End>(pair_.server);
  }
  void open() {
    ASSERT_TRUE(client_->connection.open_session());
    pair_.exchange();
    ASSERT_EQ(client_->notes.back(), "opened");
  }
  template <class Message>
  void inject(const Message& message) {
    pair_.client.inject_message(message);
    pair_.exchange();
  }
  template <class Message>
  void expect_fatal(const Message& message) {
    inject(message);
    ASSERT_NE(pair_.server.ending(), nullptr) << Message::kName;
    EXPECT_EQ(pair_.server.ending()->reason, Reason::Protocol) << Message::kName;
  }
  TransportPair pair_;
  std::unique_ptr<End> client_, server_;
};

TEST_F(Channels, CarryDataBothWays) {
  open();
  client_->channel().writer().append(as_bytes("to the server"));
  server_->channel().writer().append(as_bytes("to the client"));
  pair_.exchange();
  EXPECT_EQ(as_text(server_->received), "to the server");
  EXPECT_EQ(as_text(client_->received), "to the client");
}

TEST_F(Channels, SeveralAtOnceKeepTheirStreamsApart) {
  for (int i = 0; i < 3; ++i) open();
  for (int round = 0; round < 50; ++round)
    for (const std::uint32_t number : {0U, 1U, 2U})
      client_->channel(number).writer().append(Bytes(7, static_cast<std::uint8_t>(number)));
  pair_.client.transport->flush();
  std::map<std::uint32_t, std::size_t> bytes;
  pair_.server.handler.hook = [&](MutableView payload) {
    const auto message = decode<ChannelData>(payload);
    for (const std::uint8_t byte : message.data) EXPECT_EQ(byte, message.recipient);
    bytes[message.recipient] += message.data.size();
  };
  pair_.exchange();
  EXPECT_EQ(bytes, (std::map<std::uint32_t, std::size_t>{{0, 350}, {1, 350}, {2, 350}}));
}

TEST_F(Channels, AreBoundedInNumberAndPlacesAreUsedAgain) {
  for (int i = 0; i < 4; ++i) open();
  EXPECT_FALSE(client_->connection.open_session()) << "our own bound";
  inject(ChannelOpen{"session", 77, 1000, 1000, {}});
  ASSERT_NE(pair_.client.ending(), nullptr) << "it never asked for channel 77";
  EXPECT_EQ(server_->connection.count(), 4U);
}

TEST_F(Channels, ClosedOnesMakePlace) {
  for (int i = 0; i < 4; ++i) open();
  client_->connection.close(client_->channel(2));
  pair_.exchange();
  EXPECT_EQ(client_->connection.count(), 3U);
  EXPECT_EQ(server_->connection.count(), 3U);
  EXPECT_EQ(client_->connection.open_session(), 2U);
}

TEST_F(Channels, OfUnknownTypesAreRefusedWithTheReason) {
  pair_.client.handler.hook = [&](MutableView payload) {
    const auto failure = decode<ChannelOpenFailure>(payload);
    client_->note(std::to_string(failure.recipient) + " " + std::to_string(failure.reason) + " " +
                  std::string(failure.description));
  };
  inject(ChannelOpen{"x11", 5, 1000, 1000, Tail{as_bytes("rest")}});
  inject(ChannelOpen{"session", 6, 1000, 63, {}});
  EXPECT_THAT(client_->notes, ElementsAre("5 3 no such type", "6 4 maximum packet size too small"));
  EXPECT_EQ(server_->connection.count(), 0U);
}

TEST_F(Channels, TellThoseWhoOpenedWhyTheyWereRefused) {
  server_->connection.open_session();
  pair_.server.transport->flush();
  pair_.client.handler.hook = [&](MutableView payload) {
    if (payload[0] == ChannelOpen::kId)
      pair_.client.inject_message(ChannelOpenFailure{0, 1, "not here", ""});
  };
  pair_.exchange();
  EXPECT_THAT(server_->notes, ElementsAre("refused: not here"));
  EXPECT_EQ(server_->connection.count(), 0U);
}

TEST_F(Channels, RequestsAreAnsweredWhenAsked) {
  open();
  client_->connection.request(client_->channel(), "good", true, {});
  client_->connection.request(client_->channel(), "bad", true, {});
  client_->connection.request(client_->channel(), "silent", false, {});
  pair_.exchange();
  EXPECT_THAT(server_->notes,
              ElementsAre("open session", "request good", "request bad", "request silent"));
  EXPECT_THAT(client_->notes, ElementsAre("opened", "success", "failure"));
}

TEST_F(Channels, GlobalRequestsAreAnsweredWhenAsked) {
  std::vector<Bytes> answers;
  pair_.client.handler.hook = [&](MutableView payload) {
    answers.emplace_back(payload.begin(), payload.end());
  };
  inject(GlobalRequest{"echo", true, Tail{as_bytes("abc")}});
  inject(GlobalRequest{"tcpip-forward", true, Tail{as_bytes("abc")}});
  inject(GlobalRequest{"keepalive@openssh.com", false, {}});
  EXPECT_THAT(answers,
              ElementsAre(encode(RequestSuccess{Tail{as_bytes("abc")}}), encode(RequestFailure{})));
}

TEST_F(Channels, FinishSendsEofStatusAndCloseBehindTheData) {
  open();
  std::vector<std::uint8_t> ids;
  pair_.client.handler.hook = [&](MutableView payload) { ids.push_back(payload[0]); };
  pair_.server.transport->rekey();
  server_->channel().writer().append(as_bytes("last words"));  // kept while keys are exchanged
  server_->connection.finish(server_->channel(), 1);
  pair_.exchange();
  EXPECT_THAT(
      ids, ElementsAre(ChannelData::kId, ChannelEof::kId, ChannelRequest::kId, ChannelClose::kId));
}

TEST_F(Channels, FinishWaitsForTheWindow) {
  TransportPair pair;
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  End server(pair.server);
  std::string data;
  std::vector<std::uint8_t> ids;
  pair.client.handler.hook = [&](MutableView payload) {
    ids.push_back(payload[0]);
    if (payload[0] == ChannelData::kId) data += as_text(decode<ChannelData>(payload).data);
  };
  pair.client.inject_message(ChannelOpen{"session", 9, 3, 100, {}});
  pair.exchange();
  server.channel().writer().append(as_bytes("abcdef"));
  server.connection.finish(server.channel(), 0);
  pair.exchange();
  EXPECT_EQ(data, "abc");
  EXPECT_EQ(ids.back(), ChannelData::kId);
  pair.client.inject_message(ChannelWindowAdjust{0, 100});
  pair.exchange();
  EXPECT_EQ(data, "abcdef");
  EXPECT_EQ(ids.back(), ChannelClose::kId);
}

TEST_F(Channels, EofWaitsForWhatIsKept) {
  open();
  client_->connection.send_eof(client_->channel());
  pair_.exchange();
  EXPECT_EQ(server_->notes.back(), "eof");
  server_->channel();
  pair_.server.transport->rekey();
  pair_.server.transport->flush();
  server_->channel().writer().append(as_bytes("before the end"));
  server_->connection.send_eof(server_->channel());
  server_->connection.send_eof(server_->channel());
  pair_.exchange();
  EXPECT_EQ(as_text(client_->received), "before the end");
  EXPECT_EQ(std::ranges::count(client_->notes, "eof"), 1);
}

TEST_F(Channels, NothingIsSentBehindAClose) {
  open();
  pair_.server.transport->rekey();
  server_->channel().writer().append(as_bytes("lost"));
  server_->connection.close(server_->channel());
  server_->connection.writable();
  pair_.exchange();
  EXPECT_TRUE(client_->received.empty());
  EXPECT_EQ(pair_.client.ending(), nullptr);
  EXPECT_EQ(server_->connection.count(), 0U);
}

TEST_F(Channels, DataOnItsWayWhenWeCloseIsDropped) {
  open();
  client_->channel().writer().append(as_bytes("on its way"));
  pair_.client.transport->flush();
  server_->connection.close(server_->channel());
  pair_.exchange();
  EXPECT_EQ(pair_.server.ending(), nullptr);
  EXPECT_TRUE(server_->received.empty());
  EXPECT_EQ(server_->notes.back(), "closed 0");
}

TEST_F(Channels, StderrGoesOutWithinTheWindow) {
  open();
  server_->connection.send_stderr(server_->channel(), "sorry");
  pair_.exchange();
  EXPECT_EQ(client_->notes.back(), "extended 1 sorry");
}

TEST_F(Channels, WindowIsChargedOnReceiptAndGivenBackInLargeSteps) {
  open();
  server_->consumes = false;
  client_->channel().writer().append(Bytes(kReceiveWindow + 1000));
  pair_.exchange();
  EXPECT_EQ(server_->received.size(), kReceiveWindow);
  EXPECT_EQ(client_->channel().writer().kept(), 1000U);
  server_->connection.processed(server_->channel(), kReceiveWindow / 2 - 1);
  EXPECT_TRUE(pair_.server.transport->output().empty());
  server_->connection.processed(server_->channel(), 1);
  pair_.exchange();
  EXPECT_EQ(server_->received.size(), kReceiveWindow + 1000);
}

TEST_F(Channels, AnnounceTheLimitsThatAreSet) {
  const ReceiveLimits limits{0x7fffffff, 0x4000};
  Connection other(*pair_.client.transport, *client_, 4, limits);
  ASSERT_TRUE(other.open_session());
  std::optional<ChannelOpen> seen;
  pair_.server.handler.hook = [&](MutableView payload) { seen = decode<ChannelOpen>(payload); };
  pair_.exchange();
  ASSERT_TRUE(seen);
  EXPECT_EQ(seen->window, limits.window);
  EXPECT_EQ(seen->max_packet, limits.max_packet);
}

TEST_F(Channels, GiveASmallWindowBackInTime) {
  Connection small(*pair_.client.transport, *client_, 4, {4096, 1024});
  pair_.client.handler.hook = [&](MutableView payload) {
    ASSERT_TRUE(small.on_message(payload));
    while (!client_->received.empty()) {
      small.processed(*small.find(0), client_->received.size());
      client_->received.clear();
    }
  };
  client_->consumes = false;
  ASSERT_TRUE(small.open_session());
  pair_.exchange();
  server_->channel().writer().append(Bytes(100000, 'x'));
  pair_.exchange();
  EXPECT_EQ(server_->channel().writer().kept(), 0U);
  EXPECT_EQ(pair_.client.ending(), nullptr);
}

TEST_F(Channels, DataBeyondTheWindowEndsTheConnection) {
  open();
  server_->consumes = false;
  for (std::uint32_t i = 0; i < kReceiveWindow / kMaxDataIn; ++i)
    inject(ChannelData{0, Bytes(kMaxDataIn)});
  EXPECT_EQ(pair_.server.ending(), nullptr);
  expect_fatal(ChannelData{0, Bytes(1)});
}

TEST_F(Channels, ExtendedDataIsChargedAndGivenBackToo) {
  open();
  for (std::uint32_t i = 0; i < 3 * kReceiveWindow / kMaxDataIn; ++i) {
    pair_.client.inject_message(ChannelExtendedData{0, 1, Bytes(kMaxDataIn)});
    pair_.move(pair_.client, pair_.server);
    pair_.server.transport->sent(pair_.server.transport->output().size());
  }
  EXPECT_EQ(pair_.server.ending(), nullptr);
}

TEST_F(Channels, AWindowOverItsLargestEndsTheConnection) {
  open();
  inject(ChannelWindowAdjust{0, 0xffffffff - kReceiveWindow});
  EXPECT_EQ(pair_.server.ending(), nullptr);
  expect_fatal(ChannelWindowAdjust{0, 1});
}

TEST_F(Channels, MessagesForNoChannelEndTheConnection) {
  const auto fatal = [](const auto& message) {
    TransportPair pair;
    ASSERT_NO_FATAL_FAILURE(pair.connect());
    const End client(pair.client), server(pair.server);
    pair.client.inject_message(message);
    pair.exchange();
    ASSERT_NE(pair.server.ending(), nullptr) << message.kName;
    EXPECT_EQ(pair.server.ending()->reason, Reason::Protocol) << message.kName;
  };
  for (const std::uint32_t number : {0U, 3U, 4U, 0xffffffffU}) {
    fatal(ChannelData{number, {}});
    fatal(ChannelExtendedData{number, 1, {}});
    fatal(ChannelWindowAdjust{number, 1});
    fatal(ChannelEof{number});
    fatal(ChannelClose{number});
    fatal(ChannelRequest{number, "x", true, {}});
    fatal(ChannelSuccess{number});
    fatal(ChannelFailure{number});
    fatal(ChannelOpenConfirmation{number, 0, 1000, 1000, {}});
    fatal(ChannelOpenFailure{number, 1, "", ""});
  }
}

TEST_F(Channels, AnswersThatNobodyAskedForAreIgnored) {
  inject(RequestSuccess{});
  inject(RequestFailure{});
  EXPECT_EQ(pair_.server.ending(), nullptr) << "phpseclib answers requests that want no answer";
}

TEST_F(Channels, AreOfNoUseBeforeTheirConfirmation) {
  server_->connection.open_session();
  expect_fatal(ChannelData{0, {}});
}

TEST_F(Channels, AreConfirmedOnce) {
  open();
  expect_fatal(ChannelOpenConfirmation{0, 0, 1000, 1000, {}});
}

TEST_F(Channels, DataBehindEofEndsTheConnection) {
  open();
  inject(ChannelEof{0});
  inject(ChannelRequest{0, "good", false, {}});  // requests may follow
  EXPECT_EQ(server_->notes.back(), "request good");
  expect_fatal(ChannelData{0, {}});
}

TEST_F(Channels, ASecondEofSaysNothingNew) {
  open();
  inject(ChannelEof{0});
  inject(ChannelEof{0});
  EXPECT_EQ(pair_.server.ending(), nullptr) << "rclone sends it twice now and then";
  EXPECT_EQ(std::ranges::count(server_->notes, "eof"), 1);
  expect_fatal(ChannelData{0, {}});
}

TEST_F(Channels, EndWithTheConnection) {
  open();
  open();
  server_->connection.end();
  EXPECT_EQ(server_->connection.count(), 0U);
  EXPECT_EQ(server_->notes.back(), "closed 1");
}

TEST_F(Channels, UnknownMessagesAreLeftToTheTransport) {
  pair_.client.inject(Bytes{127});
  pair_.client.inject(Bytes{101, 1});
  pair_.exchange();
  EXPECT_THAT(server_->notes, ElementsAre("unknown 127", "unknown 101"));
}

/// Which of both sides sends what, in which order.
class EndOrder : public testing::TestWithParam<std::string> {};

TEST_P(EndOrder, LeavesNoChannelAndNoError) {
  TransportPair pair;
  ASSERT_NO_FATAL_FAILURE(pair.connect());
  End client(pair.client), server(pair.server);
  client.connection.open_session();
  pair.exchange();
  for (const char step : GetParam()) {
    End& end = step == 'e' || step == 'c' ? client : server;
    Channel* channel = end.connection.find(0);
    if (channel == nullptr) continue;  // closed by the other side's CLOSE
    if (step == 'e' || step == 'E')
      end.connection.send_eof(*channel);
    else if (step == 'c' || step == 'C')
      end.connection.close(*channel);
    else
      pair.exchange();
  }
  pair.exchange();
  EXPECT_EQ(client.connection.count(), 0U);
  EXPECT_EQ(server.connection.count(), 0U);
  EXPECT_EQ(client.notes.back(), "closed 0");
  EXPECT_EQ(server.notes.back(), "closed 0");
  EXPECT_EQ(pair.client.ending(), nullptr);
  EXPECT_EQ(pair.server.ending(), nullptr);
}

/// e, c: the client's EOF and CLOSE; E, C: the server's; a dot: what was sent arrives.
std::vector<std::string> end_orders() {
  std::vector<std::string> orders;
  std::string order = "CEce";
  do {
    orders.push_back(order);
    for (std::size_t i = 1; i < 4; ++i) {
      orders.push_back(order);
      orders.back().insert(i, 1, '.');
    }
  } while (std::ranges::next_permutation(order).found);
  return orders;
}
INSTANTIATE_TEST_SUITE_P(Every, EndOrder, testing::ValuesIn(end_orders()), [](const auto& row) {
  std::string name = row.param;
  std::ranges::replace(name, '.', '_');
  return "order_" + name;
});

}  // namespace
}  // namespace ssh2core
