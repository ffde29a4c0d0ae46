// The messages of every key exchange method, of both roles: what comes of them, in which order they
// may come, and what is refused.
#include "libssh2core/transport/kex_conversation.h"

#include <algorithm>

#include "libssh2core/tests/transport/harness.h"
#include "libssh2core/tests/vectors.h"
#include "libssh2core/transport/group_exchange.h"
#include "libssh2core/transport/kex_messages.h"
#include "libssh2core/transport/key_exchange.h"
#include "libssh2core/transport/rsa_exchange.h"

namespace ssh2core {
namespace {

const Bytes kHostKey{1, 2, 3, 4}, kSignature{9, 8, 7};

/// Both roles of a method, joined by hand.
struct Talk {
  explicit Talk(const KexEntry& method) : kex(method) {
    // One key for all: making one takes a while.
    static const auto keys = std::make_shared<TransientRsaKeys>();
    settings.transient_rsa_keys = keys;
  }
  void start() {
    client = make_conversation(kex, Role::Client, settings, {});
    server = make_conversation(kex, Role::Server, settings, kHostKey);
    if (Bytes first = client->begin(); !first.empty()) messages.emplace_back(Role::Client, first);
    if (Bytes first = server->begin(); !first.empty()) messages.emplace_back(Role::Server, first);
  }
  KexConversation& receiver_of(std::size_t at) {
    return messages.at(at).first == Role::Client ? *server : *client;
  }
  /// Gives message `at` to the other side and notes what that sends.
  void deliver(std::size_t at) {
    const Role from = messages.at(at).first;
    const Role to = from == Role::Client ? Role::Server : Role::Client;
    KexStep step = receiver_of(at).on_message(messages.at(at).second);
    if (!step.send.empty()) messages.emplace_back(to, step.send);
    if (!step.outcome) return;
    if (to == Role::Server) messages.emplace_back(to, server->last_message(kSignature));
    (to == Role::Server ? at_server : at_client) = std::move(step.outcome);
  }
  /// Delivers `count` messages, all that there are when they are fewer.
  void run(std::size_t count = 100) {
    start();
    for (std::size_t i = 0; i < messages.size() && i < count; ++i) deliver(i);
  }

  const KexEntry& kex;
  TransportSettings settings;
  std::unique_ptr<KexConversation> client, server;
  std::vector<std::pair<Role, Bytes>> messages;  // by their senders
  std::optional<KexOutcome> at_client, at_server;
};

class EveryMethod : public testing::TestWithParam<KexEntry> {};
INSTANTIATE_TEST_SUITE_P(All, EveryMethod, testing::ValuesIn(kKexMethods),
                         [](const auto& row) { return legal_test_name(row.param.name); });

/// A group is asked for in either form.
bool is_next(std::uint8_t expected, std::uint8_t id) {
  return id == expected || (expected == GexRequest::kId && id == GexRequestOld::kId);
}

/// Of the groups with a number one is enough, where each case is an exchange of its own.
bool is_slow(const KexEntry& kex) {
  return kex.hash == std::string_view("SHA512") && kex.values == ValueEncoding::Mpint;
}

TEST_P(EveryMethod, BothSidesComeToTheSame) {
  Talk talk(GetParam());
  talk.run();
  ASSERT_TRUE(talk.at_client && talk.at_server);
  EXPECT_FALSE(talk.at_client->shared.empty());
  EXPECT_TRUE(std::ranges::equal(talk.at_client->shared.view(), talk.at_server->shared.view()));
  EXPECT_EQ(talk.at_client->values, talk.at_server->values);
  EXPECT_EQ(talk.at_client->host_key, kHostKey);
  EXPECT_EQ(talk.at_client->signature, kSignature);
  EXPECT_TRUE(talk.at_server->host_key.empty());
}

TEST_P(EveryMethod, NoMessageButTheNextOneIsTaken) {
  Talk whole(GetParam());
  whole.run();
  for (std::size_t done = 0; done <= whole.messages.size(); ++done) {
    Talk talk(GetParam());
    talk.run(done);
    for (std::uint8_t id = 30; id < 50; ++id)
      for (const Role receiver : {Role::Client, Role::Server}) {
        if (done < whole.messages.size() && whole.messages[done].first != receiver &&
            is_next(whole.messages[done].second[0], id))
          continue;
        auto& conversation = receiver == Role::Client ? *talk.client : *talk.server;
        Bytes message{id};
        message.resize(13);
        EXPECT_THROW((void)conversation.on_message(message), ProtocolError)
            << unsigned{id} << " after " << done;
      }
  }
}

TEST_P(EveryMethod, TruncatedMessagesAreRefused) {
  if (is_slow(GetParam())) return;
  Talk whole(GetParam());
  whole.run();
  for (std::size_t at = 0; at < whole.messages.size(); ++at)
    for (std::size_t size = 1; size < whole.messages[at].second.size();
         size += 1 + (size > 16 ? whole.messages[at].second.size() / 7 : 0)) {
      Talk talk(GetParam());
      talk.run(at);
      const ByteView cut = ByteView(talk.messages.at(at).second).first(size);
      EXPECT_THROW((void)talk.receiver_of(at).on_message(cut), ProtocolError)
          << "message " << at << " of " << size << " bytes";
      Bytes longer = talk.messages.at(at).second;
      longer.push_back(0);
      if (size == 1) {
        EXPECT_THROW((void)talk.receiver_of(at).on_message(longer), ProtocolError);
      }
    }
}

TEST_P(EveryMethod, ChangedMessagesAreRefusedOrChangeTheOutcome) {
  if (is_slow(GetParam())) return;
  std::mt19937 random(4419);
  Talk whole(GetParam());
  whole.run();
  for (std::size_t at = 0; at + 1 < whole.messages.size(); ++at)  // the last one: signed
    for (int i = 0; i < 8; ++i) {
      Talk talk(GetParam());
      talk.run(at);
      Bytes& message = talk.messages.at(at).second;
      message.at(1 + random() % (message.size() - 1)) ^=
          static_cast<std::uint8_t>(1U << random() % 8);
      try {
        for (std::size_t next = at; next < talk.messages.size(); ++next) talk.deliver(next);
      } catch (const ProtocolError&) {
        continue;
      }
      ASSERT_TRUE(talk.at_client && talk.at_server);
      EXPECT_TRUE(talk.at_client->values != talk.at_server->values ||
                  talk.at_client->host_key != kHostKey)
          << "a change of message " << at << " that nobody sees";
    }
}

// Of the methods that are not KeyAgreement's, no published exchange exists: what proves them are
// real peers. Each must be a value of a scenario that runs with them.
TEST(KexTable, HasAVectorOrALivePeerForEveryRow) {
  const std::string scenarios = project_file("scenarios/transport.toml");
  const auto vectors = load_vectors("kex.vec");
  for (const KexEntry& entry : kKexMethods) {
    if (std::ranges::count(vectors, entry.name, &TestVector::section) != 0) continue;
    EXPECT_NE(scenarios.find('"' + std::string(entry.name) + '"'), std::string::npos) << entry.name;
  }
}

// --- Group exchange ---

const KexEntry& gex() { return *find_kex("diffie-hellman-group-exchange-sha256"); }

TEST(GroupExchange, HashesWhatTheRfcSays) {  // RFC 4419 section 3, and section 5 for the old form
  Talk talk(gex());
  talk.settings.group_exchange.request = {2048, 2048, 4096};
  talk.run();
  const DhGroup group = modp_groups(2048).at(0);
  Buffer expected;
  Writer w(expected);
  for (const std::uint32_t number : {2048U, 2048U, 4096U}) w.u32(number);
  w.mpint(group.prime);
  w.mpint(group.generator);
  const std::size_t head = expected.size();
  EXPECT_EQ(as_text(expected.view()), as_text(ByteView(talk.at_server->values).first(head)));
  w.raw(ByteView(talk.messages.at(2).second).subspan(1));  // e
  EXPECT_EQ(as_text(expected.view()),
            as_text(ByteView(talk.at_server->values).first(expected.size())));
  talk.settings.group_exchange.old_request = true;
  talk.messages.clear();
  talk.run();
  EXPECT_EQ(talk.messages.at(0).second, encode(GexRequestOld{2048}));
  EXPECT_EQ(load_u32(talk.at_client->values.data()), 2048U);
  EXPECT_EQ(as_text(expected.view().subspan(12, head - 12)),
            as_text(ByteView(talk.at_client->values).subspan(4, head - 12)));
  EXPECT_EQ(talk.at_client->values, talk.at_server->values);
}

/// Bits of the group for a request, or why there is none.
std::string given(const GroupExchangeSettings& settings, const DhGroupSizes& asked) {
  try {
    return std::to_string(bits_of(choose_group(settings, asked).prime));
  } catch (const ProtocolError& e) {
    EXPECT_EQ(e.reason, Reason::KeyExchange);
    return e.what();
  }
}

TEST(GroupExchange, GivesTheSmallestGroupThatFitsAndNoneBelow2048) {
  GroupExchangeSettings settings;
  EXPECT_EQ(given(settings, {1024, 1024, 8192}), "2048");
  EXPECT_EQ(given(settings, {1024, 2048, 8192}), "2048");
  EXPECT_EQ(given(settings, {2048, 3000, 8192}), "3072");
  EXPECT_EQ(given(settings, {2048, 7680, 8192}), "8192");
  EXPECT_EQ(given(settings, {2048, 8192, 16384}), "8192");
  EXPECT_EQ(given(settings, {512, 1024, 2048}), "2048");
  EXPECT_EQ(given(settings, {1024, 1024, 1024}),
            "the client asks for a group of 1024 to 1024 bits, and we give 2048 to 8192 bits");
  EXPECT_EQ(given(settings, {5000, 5000, 5000}),
            "the client asks for a group of 5000 to 5000 bits, and we have none of that size");
  EXPECT_EQ(given(settings, {9000, 9000, 10000}),
            "the client asks for a group of 9000 to 10000 bits, and we give 2048 to 8192 bits");
  for (const DhGroupSizes& wrong :
       {DhGroupSizes{4096, 2048, 8192}, DhGroupSizes{2048, 8192, 4096}, DhGroupSizes{3, 2, 1}})
    EXPECT_NE(given(settings, wrong).find("does not fit together"), std::string::npos);
  settings.least_bits = 1024;
  EXPECT_NE(given(settings, {1024, 1024, 1024}).find("none of that size"), std::string::npos);
  settings.groups = std::make_shared<DhGroups>(1024U);
  EXPECT_EQ(given(settings, {1024, 1024, 1024}), "1024");
  EXPECT_EQ(given(settings, {1024, 1025, 8192}), "2048");
}

TEST(GroupExchange, TheOldFormLeavesTheBoundsToUs) {
  for (const auto& [asked, bits] : {std::pair{0U, 2048U},
                                    {512U, 2048U},
                                    {1024U, 2048U},
                                    {4000U, 4096U},
                                    {0xffffffffU, 8192U}}) {
    const TransportSettings settings;
    const auto server = make_conversation(gex(), Role::Server, settings, kHostKey);
    const KexStep step = server->on_message(encode(GexRequestOld{asked}));
    EXPECT_EQ(bits_of(decode<GexGroup>(step.send).prime), bits) << asked;
  }
}

std::string refusal_of_group(const DhGroup& group) {
  TransportSettings settings;
  settings.group_exchange.request = {2048, 2048, 4096};
  const auto client = make_conversation(gex(), Role::Client, settings, {});
  (void)client->begin();
  Buffer message;
  Writer w(message);
  w.u8(GexGroup::kId);
  w.mpint(group.prime);
  w.mpint(group.generator);
  try {
    (void)client->on_message(message.view());
  } catch (const ProtocolError& e) {
    return e.what();
  }
  return "";
}

TEST(GroupExchange, AClientTakesOnlyWhatItAskedFor) {
  const auto groups = modp_groups(1024);
  EXPECT_EQ(refusal_of_group(groups.at(1)), "");
  EXPECT_EQ(refusal_of_group(groups.at(0)),
            "the server's group has 1024 bits, asked for were 2048 to 4096 bits");
  EXPECT_NE(refusal_of_group(groups.at(5)).find("8192 bits"), std::string::npos);
  EXPECT_NE(refusal_of_group({}).find("has 0 bits"), std::string::npos);
  DhGroup group = groups.at(1);
  group.prime.back() -= 1;
  EXPECT_EQ(refusal_of_group(group), "the server's group: the modulus is even");
  group = groups.at(1);
  for (const Bytes& generator : {Bytes{}, Bytes{1}, group.prime}) {
    group.generator = generator;
    EXPECT_NE(refusal_of_group(group).find("out of range"), std::string::npos);
  }
  group.generator.assign(4000, 0x11);
  EXPECT_NE(refusal_of_group(group).find("too large"), std::string::npos);
}

TEST(GroupExchange, PublicValuesOutOfRangeAreRefused) {
  Bytes prime = modp_groups(2048).at(0).prime;
  Bytes below = prime;
  below.back() -= 1;
  for (const Bytes& value : {Bytes{}, Bytes{1}, prime, below}) {
    Talk talk(gex());
    talk.settings.group_exchange.request.preferred = 2048;
    talk.run(2);
    Buffer message;
    Writer w(message);
    w.u8(GexInit::kId);
    w.mpint(value);
    EXPECT_THROW((void)talk.server->on_message(message.view()), ProtocolError);
    Buffer reply;
    Writer r(reply);
    r.u8(GexReply::kId);
    r.string(kHostKey);
    r.mpint(value);
    r.string(kSignature);
    EXPECT_THROW((void)talk.client->on_message(reply.view()), ProtocolError);
  }
  Talk talk(gex());
  talk.run(2);
  EXPECT_THROW((void)talk.server->on_message(Bytes{GexInit::kId, 0, 0, 0, 1, 0x80}), ProtocolError)
      << "a negative number";
}

// --- RSA ---

TEST(RsaExchange, HashesKeyThenSecretAsStrings) {  // RFC 4432 section 6
  Talk talk(*find_kex("rsa2048-sha256"));
  talk.run();
  const auto shown = decode<RsaPublicKey>(talk.messages.at(0).second);
  const auto sent = decode<RsaSecret>(talk.messages.at(1).second);
  EXPECT_EQ(as_text(shown.host_key), as_text(kHostKey));
  EXPECT_EQ(talk.at_server->values,
            encode_rsa_exchange(shown.transient_key, sent.encrypted_secret));
  EXPECT_EQ(as_text(ByteView(talk.at_server->values).subspan(4, shown.transient_key.size())),
            as_text(shown.transient_key));
}

TEST(RsaExchange, AWrongCiphertextEndsTheExchange) {
  for (const char* name : {"rsa2048-sha256", "rsa1024-sha1"}) {
    Talk talk(*find_kex(name));
    talk.run(1);
    auto secret = decode<RsaSecret>(talk.messages.at(1).second);
    Bytes changed(secret.encrypted_secret.begin(), secret.encrypted_secret.end());
    changed.back() ^= 1;
    try {
      (void)talk.server->on_message(encode(RsaSecret{changed}));
      ADD_FAILURE() << name;
    } catch (const ProtocolError& e) {
      EXPECT_EQ(e.reason, Reason::KeyExchange);
    }
  }
}

TEST(RsaExchange, ASmallOrWrongTransientKeyIsRefused) {
  const Bytes ed25519 = test_key("ssh-ed25519").public_blob();
  for (const char* name : {"rsa2048-sha256", "rsa1024-sha1"}) {
    const TransportSettings settings;
    const auto client = make_conversation(*find_kex(name), Role::Client, settings, {});
    EXPECT_TRUE(client->begin().empty());
    EXPECT_THROW((void)client->on_message(encode(RsaPublicKey{kHostKey, ed25519})), ProtocolError);
  }
}

}  // namespace
}  // namespace ssh2core
