// What stands behind Server: takes the requests in order and answers each. The handlers of the
// requests are in the files named *_requests.cpp, realpath.cpp, negotiation.cpp and extensions.cpp.
#pragma once

#include <deque>
#include <functional>

#include "libssh2core/sftp/extension_messages.h"
#include "libssh2core/sftp/input.h"
#include "libssh2core/sftp/long_work.h"
#include "libssh2core/sftp/replies.h"
#include "libssh2core/sftp/server.h"
#include "libssh2core/sftp/translated_files.h"
#include "libssh2core/sftp/write_collector.h"
#include "libssh2core/sftp/xattr_messages.h"

namespace ssh2core::sftp {

class FileDigest;

/// The largest offset that a file has on any system we serve.
inline constexpr std::uint64_t kLargestFile = 0x7fffffffffffffff;
/// What a client may set of st_mode; some send the type bits too.
inline constexpr std::uint32_t kPermissionBits = 07777;
/// The longest path that is made out of pieces, in bytes; systems have less.
inline constexpr std::size_t kLongestPath = 65536;

class Session {
 public:
  Session(FileSystem& files, ReplyStream& replies, Observer& observer, const Clock& clock,
          Random& random, const ServerOptions& options);

  // As those of Server.
  void feed(ByteView input);
  void input_done();
  void resume();
  std::optional<Clock::Steady> wakes_at() const {
    if (replies_.full()) return std::nullopt;
    return work_ ? std::optional(Clock::Steady{}) : wakes_at_;
  }
  std::size_t take_processed() { return std::exchange(processed_, 0); }
  std::size_t backlog() const;
  std::size_t open_files() const { return open_files_; }
  bool failed() const { return state_ == State::Failed; }
  void end();

  /// One row for each type of request: where it is served and by what.
  struct RequestRow {
    PacketType type;
    std::string_view name;
    Versions versions;
    void (*serve)(Session&, std::uint32_t id, ByteView body);
    void (*describe)(Session&, ByteView body, RequestEvent& event);
  };
  static std::span<const RequestRow> requests();

  /// One row for each extended request.
  struct ExtensionRow {
    std::string_view name;
    ExtensionSwitch group;  // by which it is switched
    Versions versions;
    void (*serve)(Session&, std::uint32_t id, ByteView body);
    void (*describe)(Session&, ByteView body, RequestEvent& event);
  };
  static std::span<const ExtensionRow> extensions();

 private:
  enum class State { Start, Ready, Failed, Ended };

  template <class Message>
  static Message message_of(void (Session::*)(std::uint32_t, const Message&));
  /// Decodes the message that a handler takes and hands it over.
  template <auto kHandler>
  static void serve(Session& session, std::uint32_t id, ByteView body) {
    using Message = decltype(message_of(kHandler));
    (session.*kHandler)(id, decode_body<Message>(body, session.replies_.version()));
  }
  /// Puts into `event` what the request is about.
  template <auto kHandler>
  static void describe(Session& session, ByteView body, RequestEvent& event) {
    using Message = decltype(message_of(kHandler));
    const Message message = decode_body<Message>(body, session.replies_.version());
    std::apply([&](const auto&... field) { (note(event, message.*field.member), ...); },
               Message::kFields);
  }
  static void note(RequestEvent& event, Path value) {
    (event.path.empty() ? event.path : event.path2) = value.text;
  }
  static void note(RequestEvent& event, ByteView handle) {
    if (event.handle.empty()) event.handle = handle;
  }
  static void note(RequestEvent& event, std::uint64_t value) {
    (event.offset ? event.length : event.offset) = value;
  }
  static void note(RequestEvent& event, std::uint32_t value) {
    if (event.offset && !event.length) event.length = value;
  }
  template <class Other>  // attributes and the like: not told
  static void note(RequestEvent&, const Other&) {}
  template <auto kHandler>
  static constexpr RequestRow request() {
    using Message = decltype(message_of(kHandler));
    return {Message::kId, Message::kName, Message::kVersions, &serve<kHandler>,
            &describe<kHandler>};
  }
  template <auto kHandler>
  static constexpr ExtensionRow extension(ExtensionSwitch group, Versions versions = {3, 6}) {
    return {decltype(message_of(kHandler))::kExtension, group, versions, &serve<kHandler>,
            &describe<kHandler>};
  }

  bool running() const { return state_ == State::Start || state_ == State::Ready; }
  void process(ByteView& input);
  void take_item(RequestInput::Next next);
  Throttle* throttle_of(ByteView packet);
  bool is_too_fast(RequestInput::Next next);
  bool send_finished();
  void fail(std::string_view why);
  void take_request(ByteView packet);
  void refuse_malformed(std::uint32_t id, std::string_view why);
  void begin_write(ByteView packet);
  void serve_row(const RequestRow& row, std::uint32_t id, ByteView body);

  // negotiation.cpp
  void take_init(ByteView body);
  void announce();
  void agree(ProtocolVersion version);
  std::vector<ProtocolVersion> selectable() const;
  std::string_view describe_support(Buffer& room) const;
  std::string_view describe_vendor(Buffer& room) const;
  void version_select(std::uint32_t id, const VersionSelectRequest& request);

  // request_report.cpp
  void serve_reported(const RequestRow& row, std::uint32_t id, ByteView body);
  void describe_extension(RequestEvent& event, ByteView body);
  void report_init(std::uint32_t version);
  void report_answer(RequestEvent& event, Clock::Steady began);
  void keep_report(const RequestEvent& event, Clock::Steady began);
  void note_write(const WriteHead& request);
  void report_write(const WriteCollector::Finished& finished);

  // open_requests.cpp
  void open(std::uint32_t id, const OpenRequest& request);
  Result<std::unique_ptr<OpenFile>> open_with_room(const OpenRequest& request, OpenMode mode);
  void finish_open_error(std::uint32_t id, int error, const FileEvent& event);
  void refuse_transfer(std::uint32_t id, FileEvent event, const TransferRefusal& refusal);
  // file_requests.cpp
  void close(std::uint32_t id, const CloseRequest& request);
  void read(std::uint32_t id, const ReadRequest& request);
  void refuse_write(std::uint32_t id, const WriteRequest& request);
  void opendir(std::uint32_t id, const OpendirRequest& request);
  void readdir(std::uint32_t id, const ReaddirRequest& request);
  // attribute_requests.cpp
  void lstat(std::uint32_t id, const LstatRequest& request);
  void stat(std::uint32_t id, const StatRequest& request);
  void fstat(std::uint32_t id, const FstatRequest& request);
  void setstat(std::uint32_t id, const SetstatRequest& request);
  void fsetstat(std::uint32_t id, const FsetstatRequest& request);
  void set_path(std::uint32_t id, std::string_view path, const Attributes& attributes, bool follow);
  template <class Set>
  void set_attributes(std::uint32_t id, Attributes wanted, const FileEvent& event, Set set);
  /// The attributes that answer a request with these flags, 0 when it does not say.
  std::uint32_t wanted_attributes(std::uint32_t flags) const;
  bool wants_acl(std::uint32_t flags) const;
  void add_acl(Attributes& attributes, Result<Acl> acl);
  /// From what a FileSystem tells, makes what the version has and the client wants.
  void complete(Attributes& attributes, std::uint32_t wanted);
  void attributes(std::uint32_t id, Result<Attributes> result, std::uint32_t flags);
  void attributes_of(std::uint32_t id, std::string_view path, bool follow, std::uint32_t flags);
  std::optional<std::uint32_t> principal(std::string_view name, bool group);
  void resolve_names(Attributes& wanted, std::vector<std::string>& unknown);
  int check_settable(Attributes& wanted) const;
  /// The status of version 6 for an owner or a group that no file can have.
  std::optional<Status> owner_refusal(const Attributes& wanted, int error) const;
  static int reserve(OpenFile& file, std::uint64_t allocation);
  // lock_requests.cpp
  void block(std::uint32_t id, const BlockRequest& request);
  void unblock(std::uint32_t id, const UnblockRequest& request);
  // path_requests.cpp
  void remove(std::uint32_t id, const RemoveRequest& request);
  void mkdir(std::uint32_t id, const MkdirRequest& request);
  void rmdir(std::uint32_t id, const RmdirRequest& request);
  void realpath(std::uint32_t id, const RealpathRequest& request);  // realpath.cpp
  void rename(std::uint32_t id, const RenameRequest& request);
  void readlink(std::uint32_t id, const ReadlinkRequest& request);
  void symlink(std::uint32_t id, const SymlinkRequest& request);
  void link(std::uint32_t id, const LinkRequest& request);
  // extensions.cpp
  void extended(std::uint32_t id, const ExtendedRequest& request);
  bool has(const ExtensionRow& row) const;
  void posix_rename(std::uint32_t id, const PosixRenameRequest& request);
  void statvfs(std::uint32_t id, const StatvfsRequest& request);
  void fstatvfs(std::uint32_t id, const FstatvfsRequest& request);
  void hardlink(std::uint32_t id, const HardlinkRequest& request);
  void fsync(std::uint32_t id, const FsyncRequest& request);
  void lsetstat(std::uint32_t id, const LsetstatRequest& request);
  void limits(std::uint32_t id, const LimitsRequest& request);
  void expand_path(std::uint32_t id, const ExpandPathRequest& request);
  void home_directory(std::uint32_t id, const HomeDirectoryRequest& request);
  void users_groups(std::uint32_t id, const UsersGroupsRequest& request);
  void copy_data(std::uint32_t id, const CopyDataRequest& request);
  void text_seek(std::uint32_t id, const TextSeekRequest& request);
  void control_translation(std::uint32_t id, const TranslationControlRequest& request);
  void space_available(std::uint32_t id, const SpaceAvailableRequest& request);
  void vendor_id(std::uint32_t id, const VendorIdRequest& request);
  // check_requests.cpp
  void check_file_name(std::uint32_t id, const CheckFileNameRequest& request);
  void check_file_handle(std::uint32_t id, const CheckFileHandleRequest& request);
  void check_file(std::uint32_t id, const CheckFileRequest& request);
  void md5_hash(std::uint32_t id, const Md5HashRequest& request);
  void md5_hash_handle(std::uint32_t id, const Md5HashHandleRequest& request);
  /// A file whose content is to be hashed, named or open.
  struct Checked {
    std::string path;
    OpenFile* file = nullptr;
    std::unique_ptr<OpenFile> owned;
  };
  std::optional<Checked> checked_file(std::uint32_t id, std::string_view path);
  std::optional<Checked> checked_file(std::uint32_t id, ByteView handle);
  template <class Reply, class Request>
  void check(std::uint32_t id, Checked file, const Request& request);
  template <class Request>
  void check_md5(std::uint32_t id, Checked file, const Request& request);
  // copy_file.cpp
  void copy_file(std::uint32_t id, const CopyFileRequest& request);
  // xattr_requests.cpp
  void get_xattr(std::uint32_t id, const GetXattrRequest& request);
  void fget_xattr(std::uint32_t id, const FgetXattrRequest& request);
  void list_xattr(std::uint32_t id, const ListXattrRequest& request);
  void flist_xattr(std::uint32_t id, const FlistXattrRequest& request);
  void set_xattr(std::uint32_t id, const SetXattrRequest& request);
  void fset_xattr(std::uint32_t id, const FsetXattrRequest& request);
  void remove_xattr(std::uint32_t id, const RemoveXattrRequest& request);
  void fremove_xattr(std::uint32_t id, const FremoveXattrRequest& request);
  void xattr_value(std::uint32_t id, const Result<std::string>& value, std::uint32_t most);
  void xattr_names(std::uint32_t id, const Result<std::vector<std::string>>& names);
  template <class Set>
  void change_xattr(std::uint32_t id, std::string_view path, Set set);

  // long_work.cpp
  /// Begins what takes long, and answers with `answer(work)` when it is done: at once, as a rule.
  template <class Work, class Answer>
  void work_on(std::unique_ptr<Work> work, Answer answer) {
    begin_work(std::move(work),
               [answer = std::move(answer)](LongWork& done) { answer(static_cast<Work&>(done)); });
  }
  void begin_work(std::unique_ptr<LongWork> work, std::function<void(LongWork&)> answer);
  bool go_on_working();

  /// An open file, or nullptr when the handle is none, stale or that of a directory.
  OpenHandle* find_file(ByteView handle);
  /// Answers with a status and reports the operation; `event` lacks only status and error.
  void finish(std::uint32_t id, int error, FileEvent event);
  /// Reports an operation that was answered already.
  void finish_with(Status sent, int error, FileEvent event);
  /// In a read-only session refuses the change, with a report, and returns true.
  bool refuse_change(std::uint32_t id, FileEvent event);
  void finish_refused(std::uint32_t id, std::string_view row_name);
  /// True when the row's request is refused by the options.
  bool is_refused(std::string_view row_name) const;
  void path_or_error(std::uint32_t id, const Result<std::string>& path);
  void figures(std::uint32_t id, const Result<Statvfs>& result);
  void add_entry(const DirectoryEntry& entry);
  std::optional<std::uint64_t> size_to_report(const OpenHandle& handle);
  void report_closed(const OpenHandle& handle, Status status, int error, bool aborted,
                     std::optional<std::uint64_t> size);

  TranslatedFiles files_;
  Observer& observer_;
  const Clock& clock_;
  const ServerOptions options_;
  Replies replies_;
  Random& random_;
  HandleTable handles_;
  RequestInput input_;
  WriteCollector writes_;
  Buffer backlog_;
  std::size_t processed_ = 0, open_files_ = 0;
  State state_ = State::Start;
  bool stalled_ = false;    // an item waits for room in the replies, or for its time
  bool throttled_ = false;  // some file is, or was
  std::optional<Clock::Steady> wakes_at_;
  bool first_request_ = true;  // none came since VERSION
  /// A WRITE whose end is to be reported.
  struct ReportedWrite {
    std::string path;
    Bytes handle;
    std::uint64_t offset;
    std::uint32_t length;
    Clock::Steady began;
  };
  const bool details_, reports_;  // what the observer wants
  std::deque<ReportedWrite> reported_writes_;
  /// A request that is served in steps; nothing else of this session happens meanwhile.
  struct Work {
    std::unique_ptr<LongWork> job;
    std::function<void(LongWork&)> answer;
    bool done = false;
    /// What is to be reported of the request: event and the texts that it borrows.
    struct Report {
      std::string extension, path, path2;
      Bytes handle;
      RequestEvent event;
      Clock::Steady began;
    };
    std::optional<Report> report = {};
  };
  std::unique_ptr<Work> work_;
  std::size_t bytes_moved_ = 0;  // by the request that is being served
  DirectoryEntry entry_;         // of a listing; their memory is used again
  NameEntry name_entry_;
  std::string longname_;
};

}  // namespace ssh2core::sftp
