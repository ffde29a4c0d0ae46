// Requests told to an observer that wants them: the same replies, and each request once.
#include "libssh2core/tests/sftp/session_fixture.h"

namespace ssh2core::sftp {
namespace {

struct Told {
  std::string name, extension, path, path2;
  std::optional<std::uint64_t> offset, length, bytes;
  std::optional<std::uint32_t> status;
};

class Curious final : public Observer {
 public:
  std::vector<Told> requests;
  std::vector<std::optional<std::uint64_t>> sizes;
  void on_version(std::uint32_t) override {}
  void on_file(const FileEvent& event) override { sizes.push_back(event.size); }
  void on_problem(std::string_view) override {}
  Wanted wanted() const override { return Wanted::Requests; }
  void on_request(const RequestEvent& e) override {
    requests.push_back({std::string(e.name), std::string(e.extension), std::string(e.path),
                        std::string(e.path2), e.offset, e.length, e.bytes, e.status});
  }
};

/// The same world twice: one whose observer wants requests, one whose observer does not.
class RequestReport : public testing::Test {
 protected:
  RequestReport() : server_(files_, replies_, curious_, clock_, random_, {}) {
    send(request(0, InitRequest{3, {}}));
  }
  std::vector<Reply> send(ByteView bytes) {
    replies_.out.clear();
    server_.feed(bytes);
    server_.input_done();
    plain_.replies.out.clear();
    plain_.server.feed(bytes);
    plain_.server.input_done();
    EXPECT_EQ(replies_.out, plain_.replies.out) << "the report changes no reply";
    return split_replies(replies_.out);
  }
  template <class Message>
  Reply ask(const Message& message) {
    return SftpWorld::only(send(request(77, message)), 77);
  }
  Bytes open(std::string_view path, std::uint32_t pflags) {
    const Reply reply = ask(OpenRequest{{path}, pflags, 0, 0, {}});
    const ByteView handle = reply.as<HandleReply>().handle;
    return {handle.begin(), handle.end()};
  }
  const Told& last() const { return curious_.requests.back(); }

  MemoryFileSystem files_;
  TestReplies replies_;
  Curious curious_;
  TestClock clock_;
  TestRandom random_;
  Server server_;
  SftpWorld plain_;
};

TEST_F(RequestReport, AFileFromOpenToClose) {
  EXPECT_EQ(last().name, "INIT");
  EXPECT_EQ(last().length, 3U);
  const Bytes handle = open("/a", kOpenRead | kOpenWrite | kOpenCreate);
  EXPECT_EQ(last().name, "OPEN");
  EXPECT_EQ(last().path, "/a");
  EXPECT_EQ(last().status, std::nullopt);
  const Bytes data(10, 'x');
  ask(WriteRequest{handle, 5, data});
  EXPECT_EQ(last().name, "WRITE");
  EXPECT_EQ(last().path, "/a");
  EXPECT_EQ(last().offset, 5U);
  EXPECT_EQ(last().bytes, 10U);
  EXPECT_EQ(last().status, 0U);
  ask(ReadRequest{handle, 0, 100});
  EXPECT_EQ(last().name, "READ");
  EXPECT_EQ(last().length, 100U);
  EXPECT_EQ(last().bytes, 15U);
  ask(ReadRequest{handle, 15, 100});
  EXPECT_EQ(last().bytes, 0U);
  EXPECT_EQ(last().status, number(Status::Eof));
  ask(CloseRequest{handle});
  EXPECT_EQ(last().name, "CLOSE");
  EXPECT_EQ(last().path, "/a");
  EXPECT_EQ(curious_.sizes, (std::vector<std::optional<std::uint64_t>>{15, 15}));
  ask(CloseRequest{handle});
  EXPECT_EQ(last().path, "");
  EXPECT_EQ(last().status, number(Status::Failure));
}

TEST_F(RequestReport, PathsAndExtensions) {
  ask(RenameRequest{{"/no"}, {"/where"}, 0});
  EXPECT_EQ(last().path, "/no");
  EXPECT_EQ(last().path2, "/where");
  EXPECT_EQ(last().status, number(Status::NoSuchFile));
  ask(PosixRenameRequest{{"/no"}, {"/where"}});
  EXPECT_EQ(last().name, "EXTENDED");
  EXPECT_EQ(last().extension, "posix-rename@openssh.com");
  EXPECT_EQ(last().path2, "/where");
  const std::size_t before = curious_.requests.size();
  ask(ExtendedRequest{"nobody@knows", {}});
  EXPECT_EQ(curious_.requests.size(), before + 1);
  EXPECT_EQ(last().extension, "nobody@knows");
  EXPECT_EQ(last().status, number(Status::OpUnsupported));
}

/// Every cut of every request is answered as without a report.
TEST_F(RequestReport, MalformedRequestsAreAnsweredAlike) {
  const Bytes handle = open("/a", kOpenRead | kOpenWrite | kOpenCreate);
  const std::vector<Bytes> bodies{request(1, OpenRequest{{"/x"}, kOpenRead, 0, 0, {}}),
                                  request(1, ReadRequest{handle, 1, 2}),
                                  request(1, RenameRequest{{"/a"}, {"/b"}, 0}),
                                  request(1, CopyDataRequest{handle, 0, 1, handle, 9}),
                                  request(1, ExtendedRequest{"statvfs@openssh.com", {}}),
                                  request(1, SymlinkRequest{{"x"}, {"/l"}})};
  for (const Bytes& whole : bodies)
    for (std::size_t length = 9; length < whole.size(); ++length) {
      const ByteView body = ByteView(whole).subspan(9, length - 9);
      send(raw_packet(whole[4], 1, body));
    }
}

TEST_F(RequestReport, ManyWritesInOneGo) {
  const Bytes handle = open("/a", kOpenWrite | kOpenCreate);
  Bytes many;
  for (std::uint32_t i = 0; i < 5; ++i) {
    const Bytes data(3, 'x');
    const Bytes one = request(i, WriteRequest{i == 3 ? Bytes(16, 0) : handle, i * 3, data});
    many.insert(many.end(), one.begin(), one.end());
  }
  const std::size_t before = curious_.requests.size();
  EXPECT_EQ(send(many).size(), 5U);
  ASSERT_EQ(curious_.requests.size(), before + 5);
  for (std::size_t i = 0; i < 5; ++i) {
    const Told& one = curious_.requests[before + i];
    EXPECT_EQ(one.offset, i * 3);
    EXPECT_EQ(one.status, i == 3 ? number(Status::Failure) : 0U);
  }
}

}  // namespace
}  // namespace ssh2core::sftp
