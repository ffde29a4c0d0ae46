/* Carries out steps with libssh2: lines.h says how it is told and how it answers. */
#include <errno.h>
#include <fcntl.h>
#include <libssh2.h>
#include <libssh2_sftp.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lines.h"

enum { kChunk = 32768 };

static const char* const kVerbs[] = {
    "put",     "get",       "resume_put", "resume_get", "ls",      "stat",     "rename",
    "mkdir",   "rmdir",     "rm",         "chmod",      "symlink", "readlink", "exec",
    "statvfs", "put_fsync", "put_times",  "get_times",  NULL};

/* The session and what runs in it; `sftp` is NULL until the first step that needs it. */
struct client {
  const struct task* task;
  LIBSSH2_SESSION* ssh;
  LIBSSH2_SFTP* sftp;
};

_Noreturn static void fail_ssh(LIBSSH2_SESSION* ssh, const char* state, const char* what) {
  char* message = NULL;
  const int code = libssh2_session_last_error(ssh, &message, NULL, 0);
  fail(state, "%s: %s (%d)", what, message, code);
}

/* A shell with the command, its input and output one end of a socket pair; the other end. */
static int proxy(const char* command) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    fail("local", "socketpair: %s", strerror(errno));
  const pid_t child = fork();
  if (child < 0) fail("local", "fork: %s", strerror(errno));
  if (child == 0) {
    dup2(ends[1], 0);
    dup2(ends[1], 1);
    execl("/bin/sh", "sh", "-c", command, (char*)NULL);
    _exit(127);
  }
  close(ends[1]);
  return ends[0];
}

static int connected(const struct task* task) {
  if (task->proxy_command != NULL) return proxy(task->proxy_command);
  char port[8];
  snprintf(port, sizeof port, "%u", (unsigned)task->port & 0xffff);
  const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
  struct addrinfo* found = NULL;
  const int code = getaddrinfo(task->host, port, &hints, &found);
  if (code != 0) fail("connect", "%s: %s", task->host, gai_strerror(code));
  for (; found != NULL; found = found->ai_next) {
    const int file = socket(found->ai_family, found->ai_socktype | SOCK_CLOEXEC, 0);
    if (file >= 0 && connect(file, found->ai_addr, found->ai_addrlen) == 0) return file;
  }
  fail("connect", "%s port %s: %s", task->host, port, strerror(errno));
}

static void prefer(LIBSSH2_SESSION* ssh, int method, const char* names) {
  if (names != NULL && libssh2_session_method_pref(ssh, method, names) != 0)
    fail_ssh(ssh, "negotiation", names);
}

static void handshake(LIBSSH2_SESSION* ssh, const struct task* task, int file) {
  prefer(ssh, LIBSSH2_METHOD_KEX, task->kex);
  prefer(ssh, LIBSSH2_METHOD_HOSTKEY, task->host_key);
  prefer(ssh, LIBSSH2_METHOD_CRYPT_CS, task->cipher);
  prefer(ssh, LIBSSH2_METHOD_CRYPT_SC, task->cipher);
  prefer(ssh, LIBSSH2_METHOD_MAC_CS, task->mac);
  prefer(ssh, LIBSSH2_METHOD_MAC_SC, task->mac);
  if (task->compression != NULL)
    libssh2_session_flag(ssh, LIBSSH2_FLAG_COMPRESS, strcmp(task->compression, "1") == 0);
  libssh2_session_set_timeout(ssh, 20000);
  switch (libssh2_session_handshake(ssh, file)) {
    case 0:
      return;
    case LIBSSH2_ERROR_KEX_FAILURE:
    case LIBSSH2_ERROR_KEY_EXCHANGE_FAILURE:
    case LIBSSH2_ERROR_METHOD_NONE:
      fail_ssh(ssh, "negotiation", "handshake");
    case LIBSSH2_ERROR_TIMEOUT:
      fail_ssh(ssh, "timeout", "handshake");
    default:
      fail_ssh(ssh, "connect", "handshake");
  }
}

static void check_host_key(LIBSSH2_SESSION* ssh, const struct task* task) {
  if (task->known_hosts == NULL) return;
  LIBSSH2_KNOWNHOSTS* hosts = libssh2_knownhost_init(ssh);
  if (hosts == NULL ||
      libssh2_knownhost_readfile(hosts, task->known_hosts, LIBSSH2_KNOWNHOST_FILE_OPENSSH) < 0)
    fail_ssh(ssh, "local", task->known_hosts);
  size_t size;
  int type;
  const char* key = libssh2_session_hostkey(ssh, &size, &type);
  const int found =
      libssh2_knownhost_checkp(hosts, task->host, (int)task->port, key, size,
                               LIBSSH2_KNOWNHOST_TYPE_PLAIN | LIBSSH2_KNOWNHOST_KEYENC_RAW, NULL);
  if (found != LIBSSH2_KNOWNHOST_CHECK_MATCH)
    fail("hostkey", "libssh2_knownhost_checkp answers %d", found);
  libssh2_knownhost_free(hosts);
}

/* Answers a dialogue of keyboard-interactive; `abstract` is the task. */
static LIBSSH2_USERAUTH_KBDINT_RESPONSE_FUNC(answer_questions) {
  (void)name, (void)name_len, (void)instruction, (void)instruction_len, (void)prompts;
  for (int i = 0; i < num_prompts; ++i) {
    const char* text = next_answer(*abstract);
    if (text == NULL) text = "";
    responses[i].text = strdup(text);
    responses[i].length = (unsigned)strlen(text);
  }
}

/* Shows what the server asks for, step by step: to the library a step of several is a failure, and
 * the list of the methods that are left tells that it was none. */
static void log_in(LIBSSH2_SESSION* ssh, struct task* task) {
  int code = LIBSSH2_ERROR_AUTHENTICATION_FAILED;
  int key_shown = 0, password_shown = 0;
  size_t dialogues = task->answer_count == 0 ? 1 : task->answer_count;
  while (code != 0) {
    const char* methods = libssh2_userauth_list(ssh, task->user, (unsigned)strlen(task->user));
    if (methods == NULL) break;
    if (strstr(methods, "publickey") != NULL && task->key != NULL && !key_shown++)
      code =
          libssh2_userauth_publickey_fromfile(ssh, task->user, task->public_key, task->key, NULL);
    else if (strstr(methods, "password") != NULL && task->password != NULL && !password_shown++)
      code = libssh2_userauth_password(ssh, task->user, task->password);
    else if (strstr(methods, "keyboard-interactive") != NULL && task->password != NULL &&
             dialogues-- > 0)
      code = libssh2_userauth_keyboard_interactive(ssh, task->user, answer_questions);
    else
      break;
  }
  if (code != 0)
    fail_ssh(ssh,
             libssh2_session_last_errno(ssh) == LIBSSH2_ERROR_SOCKET_DISCONNECT ? "connect" : "auth",
             "log in");
}

_Noreturn static void fail_sftp(const struct client* client, const char* what) {
  char* message = NULL;
  const int code = libssh2_session_last_error(client->ssh, &message, NULL, 0);
  fail("remote-error", "%s: %s (%d, SFTP status %lu)", what, message, code,
       libssh2_sftp_last_error(client->sftp));
}

static LIBSSH2_SFTP_HANDLE* open_remote(const struct client* client, const char* path,
                                        unsigned long flags) {
  LIBSSH2_SFTP_HANDLE* file = libssh2_sftp_open(client->sftp, path, flags, 0644);
  if (file == NULL) fail_sftp(client, path);
  return file;
}

static LIBSSH2_SFTP_ATTRIBUTES attributes_of(const struct client* client, const char* path) {
  LIBSSH2_SFTP_ATTRIBUTES found = {0};
  if (libssh2_sftp_stat(client->sftp, path, &found) != 0) fail_sftp(client, path);
  return found;
}

static void set_attributes(const struct client* client, const char* path,
                           LIBSSH2_SFTP_ATTRIBUTES wanted) {
  if (libssh2_sftp_setstat(client->sftp, path, &wanted) != 0) fail_sftp(client, path);
}

static void write_remote(const struct client* client, LIBSSH2_SFTP_HANDLE* file, const char* bytes,
                         size_t size) {
  while (size > 0) {
    const ssize_t count = libssh2_sftp_write(file, bytes, size);
    if (count < 0) fail_sftp(client, "write");
    bytes += count;
    size -= (size_t)count;
  }
}

static void put(const struct client* client, const struct step* step) {
  const char* path = remote_path(client->task, step->words[1]);
  const int local = open_local(step->words[0], O_RDONLY);
  const int resume = is(step, "resume_put");
  LIBSSH2_SFTP_HANDLE* file = open_remote(
      client, path, LIBSSH2_FXF_WRITE | LIBSSH2_FXF_CREAT | (resume ? 0 : LIBSSH2_FXF_TRUNC));
  if (resume) {
    const libssh2_uint64_t there = attributes_of(client, path).filesize;
    if (lseek(local, (off_t)there, SEEK_SET) < 0) fail("local", "lseek: %s", strerror(errno));
    libssh2_sftp_seek64(file, there);
  }
  char bytes[kChunk];
  size_t count;
  while ((count = read_local(local, bytes, sizeof bytes)) > 0)
    write_remote(client, file, bytes, count);
  if (is(step, "put_fsync") && libssh2_sftp_fsync(file) != 0) fail_sftp(client, "fsync");
  if (libssh2_sftp_close(file) != 0) fail_sftp(client, path);
  if (is(step, "put_times")) {
    const struct stat found = local_attributes(local);
    const unsigned long mtime = (unsigned long)found.st_mtime;
    set_attributes(client, path,
                   (LIBSSH2_SFTP_ATTRIBUTES){
                       .flags = LIBSSH2_SFTP_ATTR_PERMISSIONS | LIBSSH2_SFTP_ATTR_ACMODTIME,
                       .permissions = found.st_mode & 07777,
                       .atime = mtime,
                       .mtime = mtime,
                   });
  }
}

static void get(const struct client* client, const struct step* step) {
  const char* path = remote_path(client->task, step->words[0]);
  const int resume = is(step, "resume_get");
  LIBSSH2_SFTP_HANDLE* file = open_remote(client, path, LIBSSH2_FXF_READ);
  const int local = open_local(step->words[1], O_WRONLY | O_CREAT | (resume ? O_APPEND : O_TRUNC));
  if (resume) libssh2_sftp_seek64(file, (libssh2_uint64_t)local_attributes(local).st_size);
  char bytes[kChunk];
  ssize_t count;
  while ((count = libssh2_sftp_read(file, bytes, sizeof bytes)) > 0)
    write_local(local, bytes, (size_t)count);
  if (count < 0) fail_sftp(client, path);
  libssh2_sftp_close(file);
  if (is(step, "get_times")) {
    const LIBSSH2_SFTP_ATTRIBUTES found = attributes_of(client, path);
    set_local(step->words[1], found.permissions, (long long)found.mtime);
  }
}

static void list(const struct client* client, const char* path) {
  LIBSSH2_SFTP_HANDLE* folder = libssh2_sftp_opendir(client->sftp, path);
  if (folder == NULL) fail_sftp(client, path);
  char name[4096];
  int count;
  LIBSSH2_SFTP_ATTRIBUTES ignored;
  while ((count = libssh2_sftp_readdir(folder, name, sizeof name - 1, &ignored)) > 0) {
    name[count] = '\0';
    answer_name(name);
  }
  if (count < 0) fail_sftp(client, path);
  libssh2_sftp_closedir(folder);
}

/* The steps that are one request. Returns whether the step is one of them. */
static int simple(const struct client* client, const struct step* step) {
  LIBSSH2_SFTP* sftp = client->sftp;
  const char* first = remote_path(client->task, step->words[0]);
  const char* second = step->words[1] == NULL ? NULL : remote_path(client->task, step->words[1]);
  int code = 0;
  if (is(step, "rename"))
    code = libssh2_sftp_rename(sftp, first, second);
  else if (is(step, "mkdir"))
    code = libssh2_sftp_mkdir(sftp, first, 0755);
  else if (is(step, "rmdir"))
    code = libssh2_sftp_rmdir(sftp, first);
  else if (is(step, "rm"))
    code = libssh2_sftp_unlink(sftp, first);
  else if (is(step, "chmod"))
    set_attributes(client, second,
                   (LIBSSH2_SFTP_ATTRIBUTES){.flags = LIBSSH2_SFTP_ATTR_PERMISSIONS,
                                             .permissions = strtoul(step->words[0], NULL, 8)});
  else if (is(step, "symlink"))
    code = libssh2_sftp_symlink(sftp, step->words[0], (char*)second);
  else
    return 0;
  if (code != 0) fail_sftp(client, step->verb);
  return 1;
}

static void ask(const struct client* client, const struct step* step) {
  const char* path = remote_path(client->task, step->words[0]);
  if (is(step, "ls")) {
    list(client, path);
  } else if (is(step, "stat")) {
    const LIBSSH2_SFTP_ATTRIBUTES found = attributes_of(client, path);
    answer_attributes(found.filesize, found.permissions);
  } else if (is(step, "readlink")) {
    char link[4096];
    const int size = libssh2_sftp_readlink(client->sftp, path, link, sizeof link - 1);
    if (size < 0) fail_sftp(client, path);
    link[size] = '\0';
    answer("link", link);
  } else if (is(step, "statvfs")) {
    LIBSSH2_SFTP_STATVFS found;
    if (libssh2_sftp_statvfs(client->sftp, path, strlen(path), &found) != 0)
      fail_sftp(client, path);
    answer_space(found.f_frsize, found.f_blocks, found.f_bavail);
  }
}

/* Runs a command; what it prints, but not on stderr, is the answer. */
static void execute(const struct client* client, const char* command) {
  LIBSSH2_CHANNEL* channel = libssh2_channel_open_session(client->ssh);
  if (channel == NULL || libssh2_channel_exec(channel, command) != 0)
    fail_ssh(client->ssh, "remote-error", command);
  libssh2_channel_handle_extended_data2(channel, LIBSSH2_CHANNEL_EXTENDED_DATA_IGNORE);
  char* output = NULL;
  size_t size = 0;
  FILE* collected = open_memstream(&output, &size);
  char bytes[kChunk];
  ssize_t count;
  while ((count = libssh2_channel_read(channel, bytes, sizeof bytes)) > 0)
    fwrite(bytes, 1, (size_t)count, collected);
  fclose(collected);
  if (count < 0 || libssh2_channel_close(channel) != 0 || libssh2_channel_wait_closed(channel) != 0)
    fail_ssh(client->ssh, "remote-error", command);
  const int code = libssh2_channel_get_exit_status(channel);
  if (code != 0) fail("remote-error", "the command ended with %d: %s", code, output);
  answer("output", output);
}

static void perform(struct client* client, const struct step* step) {
  if (is(step, "exec")) {
    execute(client, step->words[0]);
    return;
  }
  if (client->sftp == NULL) client->sftp = libssh2_sftp_init(client->ssh);
  if (client->sftp == NULL) fail_ssh(client->ssh, "remote-error", "no SFTP");
  if (strstr(step->verb, "put") != NULL)
    put(client, step);
  else if (strstr(step->verb, "get") != NULL)
    get(client, step);
  else if (!simple(client, step))
    ask(client, step);
}

int main(void) {
  struct task task = read_task(kVerbs);
  if (libssh2_init(0) != 0) fail("local", "libssh2_init failed");
  const int file = connected(&task);
  LIBSSH2_SESSION* ssh = libssh2_session_init_ex(NULL, NULL, NULL, &task);
  if (ssh == NULL) fail("local", "libssh2_session_init failed");
  handshake(ssh, &task, file);
  check_host_key(ssh, &task);
  log_in(ssh, &task);
  struct client client = {.task = &task, .ssh = ssh};
  for (size_t i = 0; i < task.count; ++i) perform(&client, &task.steps[i]);
  if (client.sftp != NULL) libssh2_sftp_shutdown(client.sftp);
  libssh2_session_disconnect(ssh, "done");
  libssh2_session_free(ssh);
  return 0;
}
