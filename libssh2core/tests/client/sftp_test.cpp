// The client against our server: every request, whole transfers in every cut and through rekeys.
#include <gmock/gmock.h>

#include "libssh2core/tests/client/sftp_harness.h"

namespace ssh2core {
namespace {

using client::Answer;
using client::SftpName;
using client::SftpStatus;
using sftp::Status;

class Sftp : public testing::Test {
 protected:
  void SetUp() override {
    pair_.prepare = [](sftp::MemoryFileSystem& files) { files.put_file("/file", "content"); };
    ASSERT_NO_FATAL_FAILURE(pair_.open());
  }
  /// Runs a request whose last argument is the callback, and returns its answer.
  template <class T, class Request>
  T run(Request request) {
    std::optional<T> answer;
    request([&](const T& given) { answer = given; });
    pair_.exchange();
    EXPECT_TRUE(answer.has_value());
    return answer.value_or(T{});
  }
  template <class Request>
  SftpStatus status(Request request) {
    return run<SftpStatus>(request);
  }
  client::SftpClient& sftp() { return pair_.sftp(); }
  SftpPair pair_;
};

TEST_F(Sftp, StartsWithAVersionAndItsExtensions) {
  EXPECT_EQ(sftp().version(), 3U);
  EXPECT_TRUE(sftp().extensions().contains("posix-rename@openssh.com"));
  EXPECT_EQ(pair_.log.last<server::SftpStarted>()->version, 3U);
}

TEST_F(Sftp, OpensReadsWritesAndCloses) {
  const auto opened = run<Answer<Bytes>>(
      [&](auto done) { sftp().open("/file", sftp::kOpenRead | sftp::kOpenWrite, {}, done); });
  ASSERT_TRUE(opened.ok());
  const Bytes& handle = opened.value;
  std::string text;
  sftp().read(handle, 3, 100, [&](const Answer<ByteView>& answer) {
    text = answer.ok() ? as_text(answer.value) : answer.status.message;
  });
  pair_.exchange();
  EXPECT_EQ(text, "tent");
  EXPECT_TRUE(status([&](auto done) { sftp().write(handle, 7, as_bytes("!"), done); }).ok());
  EXPECT_EQ(pair_.files->content("/file"), "content!");
  const auto attributes =
      run<Answer<sftp::Attributes>>([&](auto done) { sftp().fstat(handle, done); });
  EXPECT_EQ(attributes.value.size, 8U);
  sftp::Attributes shorter;
  shorter.size = 2;
  EXPECT_TRUE(status([&](auto done) { sftp().fsetstat(handle, shorter, done); }).ok());
  EXPECT_EQ(pair_.files->content("/file"), "co");
  EXPECT_TRUE(status([&](auto done) { sftp().close(handle, done); }).ok());
  EXPECT_FALSE(status([&](auto done) { sftp().close(handle, done); }).ok());
}

TEST_F(Sftp, EndOfFileAndErrorsAreStatuses) {
  const auto missing =
      run<Answer<Bytes>>([&](auto done) { sftp().open("/nothing", sftp::kOpenRead, {}, done); });
  EXPECT_EQ(missing.status.code, Status::NoSuchFile);
  EXPECT_FALSE(missing.status.message.empty());
  const auto opened =
      run<Answer<Bytes>>([&](auto done) { sftp().open("/file", sftp::kOpenRead, {}, done); });
  Status code = Status::Ok;
  sftp().read(opened.value, 7, 10, [&](const Answer<ByteView>& a) { code = a.status.code; });
  pair_.exchange();
  EXPECT_EQ(code, Status::Eof);
}

TEST_F(Sftp, ListsDirectories) {
  const auto opened = run<Answer<Bytes>>([&](auto done) { sftp().opendir("/", done); });
  ASSERT_TRUE(opened.ok());
  std::vector<std::string> names;
  while (true) {
    const auto answer =
        run<Answer<std::vector<SftpName>>>([&](auto done) { sftp().readdir(opened.value, done); });
    if (!answer.ok()) {
      EXPECT_EQ(answer.status.code, Status::Eof);
      break;
    }
    for (const SftpName& name : answer.value) {
      names.push_back(name.filename);
      EXPECT_NE(name.longname.find(name.filename), std::string::npos);
      EXPECT_TRUE(name.attributes.mode);
    }
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre(".", "..", "file", "home"));
  EXPECT_TRUE(status([&](auto done) { sftp().close(opened.value, done); }).ok());
}

/// The same requests in every version from 3 on, which is where links begin.
class SftpVersion : public Sftp, public testing::WithParamInterface<sftp::ProtocolVersion> {
 protected:
  void SetUp() override {
    pair_.prepare = [](sftp::MemoryFileSystem& files) { files.put_file("/file", "content"); };
    ASSERT_NO_FATAL_FAILURE(pair_.open({.version = GetParam()}));
    ASSERT_EQ(sftp().version(), GetParam());
  }
};

TEST_P(SftpVersion, ChangesNamesAndFolders) {
  EXPECT_TRUE(status([&](auto done) { sftp().mkdir("/folder", {}, done); }).ok());
  EXPECT_TRUE(status([&](auto done) { sftp().rename("/file", "/folder/f", done); }).ok());
  EXPECT_EQ(pair_.files->content("/folder/f"), "content");
  EXPECT_TRUE(status([&](auto done) { sftp().symlink("folder/f", "/link", done); }).ok());
  EXPECT_EQ(run<Answer<std::string>>([&](auto done) { sftp().readlink("/link", done); }).value,
            "folder/f");
  EXPECT_EQ(run<Answer<std::string>>([&](auto done) { sftp().realpath("/link", done); }).value,
            "/folder/f");
  const auto size = [&](const auto& answer) { return answer.value.size; };
  EXPECT_EQ(size(run<Answer<sftp::Attributes>>([&](auto done) { sftp().stat("/link", done); })),
            7U);
  EXPECT_NE(size(run<Answer<sftp::Attributes>>([&](auto done) { sftp().lstat("/link", done); })),
            7U);
  sftp::Attributes mode;
  mode.mode = 0600;
  EXPECT_TRUE(status([&](auto done) { sftp().setstat("/folder/f", mode, done); }).ok());
  EXPECT_TRUE(status([&](auto done) { sftp().remove("/folder/f", done); }).ok());
  EXPECT_TRUE(status([&](auto done) { sftp().rmdir("/folder", done); }).ok());
  EXPECT_FALSE(status([&](auto done) { sftp().rmdir("/folder", done); }).ok());
}

TEST_P(SftpVersion, OpensAsThePflagsSay) {
  struct Row {
    std::uint32_t pflags;
    std::string_view path;
    bool opens;
    std::string_view left;  // of the file, where it opens
  };
  using enum sftp::OpenFlag;
  for (const Row& row :
       {Row{kOpenRead, "/file", true, "content"}, Row{kOpenWrite, "/new", false, ""},
        Row{kOpenWrite | kOpenCreate, "/file", true, "content"},
        Row{kOpenWrite | kOpenCreate | kOpenExclusive, "/file", false, ""},
        Row{kOpenWrite | kOpenCreate | kOpenExclusive, "/new", true, ""},
        Row{kOpenWrite | kOpenTruncate, "/file", true, ""},
        Row{kOpenWrite | kOpenCreate | kOpenTruncate, "/other", true, ""}}) {
    pair_.files->put_file("/file", "content");
    const auto opened =
        run<Answer<Bytes>>([&](auto done) { sftp().open(row.path, row.pflags, {}, done); });
    ASSERT_EQ(opened.ok(), row.opens) << row.path << " " << row.pflags;
    if (!row.opens) continue;
    EXPECT_EQ(pair_.files->content(std::string(row.path)), row.left) << row.pflags;
    EXPECT_TRUE(status([&](auto done) { sftp().close(opened.value, done); }).ok());
  }
}

TEST_P(SftpVersion, ModesHaveTheBitsOfTheType) {
  const auto file = run<Answer<sftp::Attributes>>([&](auto done) { sftp().stat("/file", done); });
  ASSERT_TRUE(file.value.mode);
  EXPECT_EQ(*file.value.mode & 0170000, 0100000U);
  const auto opened = run<Answer<Bytes>>([&](auto done) { sftp().opendir("/", done); });
  const auto names =
      run<Answer<std::vector<SftpName>>>([&](auto done) { sftp().readdir(opened.value, done); });
  for (const SftpName& name : names.value)
    EXPECT_EQ(*name.attributes.mode & 0170000, name.filename == "file" ? 0100000U : 0040000U)
        << name.filename;
}

INSTANTIATE_TEST_SUITE_P(Versions, SftpVersion, testing::Values(3, 4, 5, 6));

TEST_F(Sftp, SendsExtendedRequestsByTheirStruct) {
  EXPECT_TRUE(status([&](auto done) {
                sftp().request_status(sftp::PosixRenameRequest{{"/file"}, {"/other"}}, done);
              }).ok());
  std::optional<sftp::LimitsReply> limits;
  sftp().request(sftp::LimitsRequest{}, [&](const auto& reply) {
    ASSERT_TRUE(reply && reply->type == sftp::PacketType::ExtendedReply);
    limits = sftp::decode_body<sftp::LimitsReply>(reply->body, 3);
  });
  pair_.exchange();
  ASSERT_TRUE(limits);
  EXPECT_EQ(limits->packet, sftp::kMaxPacket);
}

TEST_F(Sftp, PipelinesInAnyDepth) {
  std::vector<int> order;
  for (int i = 0; i < 2000; ++i)
    sftp().stat("/file", [&order, i](const Answer<sftp::Attributes>& answer) {
      EXPECT_TRUE(answer.ok());
      order.push_back(i);
    });
  EXPECT_EQ(sftp().outstanding(), 2000U);
  pair_.exchange();
  ASSERT_EQ(order.size(), 2000U);
  EXPECT_TRUE(std::ranges::is_sorted(order));
  EXPECT_EQ(sftp().outstanding(), 0U);
}

/// Keeps what a client sends.
struct Kept final : sftp::ReplyStream {
  bool full() const override { return false; }
  void append(ByteView bytes) override { sent.insert(sent.end(), bytes.begin(), bytes.end()); }
  std::span<const MutableView> reserve(std::size_t head, std::size_t body) override {
    room.resize(head + body);
    piece = room;
    return {&piece, 1};
  }
  void commit(std::size_t bytes) override { append(ByteView(room).first(bytes)); }
  Bytes sent, room;
  MutableView piece;
};

/// The ids of the requests in a stream, in order.
std::vector<std::uint32_t> ids_of(ByteView stream) {
  std::vector<std::uint32_t> ids;
  for (Reader r(stream); r.remaining() != 0;) ids.push_back(sftp::read_head(r.string()).id);
  return ids;
}

TEST(SftpRequestIds, AreACounterOrACounterWithTheType) {
  for (const auto& [how, wanted] :
       {std::pair{client::RequestIds::Counter, std::vector<std::uint32_t>{0, 0, 1, 2}},
        std::pair{client::RequestIds::CounterAndType,
                  std::vector<std::uint32_t>{0, 7, 0x100 + 6, 0x200 + 200}}}) {
    Kept kept;
    client::SftpClient sftp(kept, how);
    sftp.start(3, [](const auto&) {});
    sftp.lstat("/file", [](const auto&) {});
    sftp.write(as_bytes("h"), 0, as_bytes("data"), [](const auto&) {});
    sftp.request(sftp::LimitsRequest{}, [](const auto&) {});
    EXPECT_EQ(ids_of(kept.sent), wanted);  // INIT has none
  }
}

TEST(SftpVersions, AVersionThatDoesNotExistEndsTheSession) {
  Kept kept;
  for (const auto& [answer, good] : {std::pair{3U, true}, {6U, true}, {0U, false}, {7U, false}}) {
    client::SftpClient sftp(kept);
    sftp.start(3, [](const auto&) {});
    Buffer reply;
    sftp::encode_packet(reply, 3, 0, sftp::VersionReply{answer});
    if (good) {
      EXPECT_NO_THROW(sftp.feed(reply.view()));
      EXPECT_EQ(sftp.version(), answer);
    } else {
      EXPECT_THROW(sftp.feed(reply.view()), ProtocolError);
    }
  }
}

TEST_F(Sftp, SettingsOfTheChannelAreItsOwn) {
  pair_.channel.reset();
  pair_.channel = std::make_unique<client::SftpChannel>(
      *pair_.client, [this](const SftpStatus& status) { pair_.ready = status; },
      client::SftpSettings{
          .version = 2, .ids = client::RequestIds::CounterAndType, .announcements = {"x@test"}});
  pair_.ready.reset();
  pair_.exchange();
  ASSERT_TRUE(pair_.ready && pair_.ready->ok()) << "the server passes the announcement over";
  EXPECT_EQ(sftp().version(), 2U);
  EXPECT_TRUE(status([&](auto done) { sftp().remove("/file", done); }).ok());
}

TEST_F(Sftp, AnswersEverythingWhenTheConnectionIsLost) {
  int lost = 0;
  const auto count = [&](const SftpStatus& status) {
    lost += status.code == Status::ConnectionLost;
  };
  sftp().remove("/file", count);
  sftp().stat("/file", [&](const auto& answer) { count(answer.status); });
  pair_.client->end_of_input();
  EXPECT_EQ(lost, 2);
  sftp().remove("/file", count);
  sftp().write(as_bytes("x"), 0, as_bytes("y"), count);
  EXPECT_EQ(lost, 4) << "later ones are answered at once";
  EXPECT_TRUE(pair_.ending);
}

TEST(SftpReplies, ARequestWithAMalformedReplyHearsOfTheEnd) {
  struct Nowhere final : sftp::ReplyStream {
    bool full() const override { return false; }
    void append(ByteView) override {}
    std::span<const MutableView> reserve(std::size_t, std::size_t) override { return {}; }
    void commit(std::size_t) override {}
  } nowhere;
  client::SftpClient sftp(nowhere);
  std::vector<Status> heard;
  sftp.open("/file", sftp::kOpenRead, {},
            [&](const auto& answer) { heard.push_back(answer.status.code); });
  constexpr std::array<std::uint8_t, 10> kCut{0, 0, 0, 6, 102, 0, 0, 0, 0, 0};  // HANDLE of id 0
  EXPECT_THROW(sftp.feed(kCut), ProtocolError);
  EXPECT_TRUE(heard.empty());
  sftp.lose();
  EXPECT_EQ(heard, std::vector{Status::ConnectionLost});
}

TEST_F(Sftp, FinishEndsTheChannelAndLeavesTheSession) {
  pair_.channel->finish();
  pair_.exchange();
  EXPECT_FALSE(pair_.ending);
  EXPECT_EQ(pair_.client->connection().count(), 0U);
  pair_.ready.reset();
  pair_.channel.reset();
  ASSERT_NO_FATAL_FAILURE(pair_.open());
}

TEST_F(Sftp, AChannelThatIsDroppedClosesItself) {
  sftp().stat("/file", [](const auto&) { FAIL() << "nobody is left to hear it"; });
  pair_.channel.reset();
  pair_.exchange();
  EXPECT_EQ(pair_.client->connection().count(), 0U);
  EXPECT_FALSE(pair_.ending);
}

/// Bytes of a file, of each request, of each move; rekeys on the way.
struct Case {
  std::size_t size, piece, cut;
  bool rekeys;
};
class Transfer : public testing::TestWithParam<Case> {};

void run_until(SftpPair& pair, const bool& done, const Case& how) {
  for (std::size_t round = 0; !done && round < 20000000; ++round) {
    if (how.rekeys && round % 100 == 20) pair.client->rekey();
    const std::size_t moved = pair.to_server(how.cut) + pair.to_client(how.cut);
    ASSERT_TRUE(moved != 0 || done) << "stuck";
    ASSERT_FALSE(pair.ending) << pair.ending->why;
  }
}

TEST_P(Transfer, ArrivesWholeBothWays) {
  const Case& how = GetParam();
  SftpPair pair;
  if (how.rekeys) {
    pair.server_settings.transport.rekey.bytes = 300000;
    pair.client_settings.transport.rekey.packets = 40;
  }
  pair.prepare = [](sftp::MemoryFileSystem& files) { files.max_file = 8 << 20; };
  ASSERT_NO_FATAL_FAILURE(pair.open());
  const Bytes content = random_content(how.size, 9);
  Upload upload(pair, "/up", content, how.piece, 16);
  ASSERT_NO_FATAL_FAILURE(run_until(pair, upload.done, how));
  ASSERT_TRUE(upload.result.ok()) << upload.result.message;
  EXPECT_TRUE(pair.files->content("/up") == as_text(content));
  Download download(pair, "/up", static_cast<std::uint32_t>(how.piece), 16);
  ASSERT_NO_FATAL_FAILURE(run_until(pair, download.done, how));
  ASSERT_TRUE(download.result.ok()) << download.result.message;
  EXPECT_TRUE(download.content == content);
  EXPECT_GE(pair.log.count<server::Rekeyed>(), how.rekeys ? 2U : 0U);
  const auto* last = pair.log.last<server::FileDone>();
  ASSERT_NE(last, nullptr);
  EXPECT_EQ(last->bytes, how.size);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, Transfer,
    testing::Values(Case{0, 32768, std::string::npos, false}, Case{1, 32768, 1, false},
                    Case{5000, 700, 1, false}, Case{5000, 700, 3, true},
                    Case{100000, 32768, 17, false}, Case{100000, 32768, 1000, true},
                    Case{300001, 261120, 4096, false},
                    Case{3000000, 32768, std::string::npos, true},
                    Case{3000000, 32768, 65536, true}, Case{5000000, 261120, 100000, true},
                    Case{4000000, 261120, std::string::npos, false}),
    [](const auto& row) {
      const Case& how = row.param;
      return std::to_string(how.size) + "_by_" + std::to_string(how.piece) + "_cut_" +
             (how.cut == std::string::npos ? "none" : std::to_string(how.cut)) +
             (how.rekeys ? "_rekeys" : "");
    });

TEST(SftpTransfer, EveryCutOfASmallSession) {
  for (std::size_t cut = 1; cut < 200; cut += 3) {
    SftpPair pair;
    ASSERT_NO_FATAL_FAILURE(pair.open());
    const Bytes content = random_content(4000, 3);
    Upload upload(pair, "/up", content, 1500, 4);
    pair.exchange(cut);
    ASSERT_TRUE(upload.done && upload.result.ok()) << cut;
    ASSERT_EQ(pair.files->content("/up"), as_text(content)) << cut;
  }
}

}  // namespace
}  // namespace ssh2core
