/* Carries out steps with libssh: lines.h says how it is told and how it answers. */
#include <fcntl.h>
#include <libssh/libssh.h>
#include <libssh/sftp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
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
  ssh_session ssh;
  sftp_session sftp;
};

/* Whether libssh logged that the two sides have no algorithm in common: the session's own error may
 * by then be that the server hung up. */
static int nothing_in_common;

static void watch_log(int level, const char* function, const char* line, void* data) {
  (void)level, (void)function, (void)data;
  if (strstr(line, "no match for method") != NULL) nothing_in_common = 1;
}

static void set(ssh_session ssh, enum ssh_options_e option, const void* value) {
  if (ssh_options_set(ssh, option, value) != SSH_OK)
    fail("negotiation", "libssh refuses a setting: %s", ssh_get_error(ssh));
}

static void set_algorithms(ssh_session ssh, const struct task* task) {
  const struct {
    enum ssh_options_e option;
    const char* names;
  } wanted[] = {
      {SSH_OPTIONS_KEY_EXCHANGE, task->kex},   {SSH_OPTIONS_HOSTKEYS, task->host_key},
      {SSH_OPTIONS_CIPHERS_C_S, task->cipher}, {SSH_OPTIONS_CIPHERS_S_C, task->cipher},
      {SSH_OPTIONS_HMAC_C_S, task->mac},       {SSH_OPTIONS_HMAC_S_C, task->mac},
      {SSH_OPTIONS_PUBLICKEY_ACCEPTED_TYPES, task->user_key},
  };
  for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; ++i)
    if (wanted[i].names != NULL) set(ssh, wanted[i].option, wanted[i].names);
  if (task->compression != NULL)
    set(ssh, SSH_OPTIONS_COMPRESSION, strcmp(task->compression, "1") == 0 ? "yes" : "no");
}

static ssh_session connected(const struct task* task) {
  ssh_set_log_level(SSH_LOG_WARNING);
  ssh_set_log_callback(watch_log);
  ssh_session ssh = ssh_new();
  if (ssh == NULL) fail("local", "ssh_new failed");
  const int no = 0;
  const long seconds = 20;
  const unsigned port = (unsigned)task->port;
  set(ssh, SSH_OPTIONS_PROCESS_CONFIG, &no);
  set(ssh, SSH_OPTIONS_TIMEOUT, &seconds);
  set(ssh, SSH_OPTIONS_HOST, task->host);
  set(ssh, SSH_OPTIONS_PORT, &port);
  set(ssh, SSH_OPTIONS_USER, task->user);
  set(ssh, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
  set(ssh, SSH_OPTIONS_KNOWNHOSTS, task->known_hosts == NULL ? "/dev/null" : task->known_hosts);
  if (task->proxy_command != NULL) set(ssh, SSH_OPTIONS_PROXYCOMMAND, task->proxy_command);
  if (task->rekey_bytes > 0) {
    const uint64_t bytes = (uint64_t)task->rekey_bytes;
    set(ssh, SSH_OPTIONS_REKEY_DATA, &bytes);
  }
  set_algorithms(ssh, task);
  if (ssh_connect(ssh) != SSH_OK) {
    const char* why = ssh_get_error(ssh);
    const char* state = nothing_in_common               ? "negotiation"
                        : strstr(why, "imeout") != NULL ? "timeout"
                                                        : "connect";
    fail(state, "%s", why);
  }
  return ssh;
}

static void check_host_key(ssh_session ssh, const struct task* task) {
  if (task->known_hosts == NULL) return;
  const enum ssh_known_hosts_e found = ssh_session_is_known_server(ssh);
  if (found != SSH_KNOWN_HOSTS_OK)
    fail("hostkey", "ssh_session_is_known_server answers %d", (int)found);
}

/* Shows a key, with its certificate if there is one beside it. */
static int show_key(ssh_session ssh, const char* path) {
  ssh_key key = NULL, certificate = NULL;
  if (ssh_pki_import_privkey_file(path, NULL, NULL, NULL, &key) != SSH_OK)
    fail("local", "cannot read the private key");
  char beside[4096];
  snprintf(beside, sizeof beside, "%s-cert.pub", path);
  if (access(beside, R_OK) == 0 &&
      (ssh_pki_import_cert_file(beside, &certificate) != SSH_OK ||
       ssh_pki_copy_cert_to_privkey(certificate, key) != SSH_OK))
    fail("local", "cannot read the certificate");
  return ssh_userauth_publickey(ssh, NULL, key);
}

static int answer_questions(ssh_session ssh, struct task* task) {
  int answered = ssh_userauth_kbdint(ssh, NULL, NULL);
  while (answered == SSH_AUTH_INFO) {
    const int count = ssh_userauth_kbdint_getnprompts(ssh);
    for (int i = 0; i < count; ++i) {
      const char* text = next_answer(task);
      if (text == NULL || ssh_userauth_kbdint_setanswer(ssh, (unsigned)i, text) < 0)
        return SSH_AUTH_DENIED;
    }
    answered = ssh_userauth_kbdint(ssh, NULL, NULL);
  }
  return answered;
}

/* Shows what the server asks for, step by step where it wants several. */
static void log_in(ssh_session ssh, struct task* task) {
  const char* keys[] = {task->key, task->second_key};
  size_t shown = 0;
  int answered = ssh_userauth_none(ssh, NULL);
  do {
    const int wanted = ssh_userauth_list(ssh, NULL);
    if ((wanted & SSH_AUTH_METHOD_PUBLICKEY) && shown < 2 && keys[shown] != NULL)
      answered = show_key(ssh, keys[shown++]);
    else if ((wanted & SSH_AUTH_METHOD_PASSWORD) && task->password != NULL)
      answered = ssh_userauth_password(ssh, NULL, task->password);
    else if ((wanted & SSH_AUTH_METHOD_INTERACTIVE) && task->password != NULL)
      answered = answer_questions(ssh, task);
    else
      answered = SSH_AUTH_DENIED;
  } while (answered == SSH_AUTH_PARTIAL);
  if (answered == SSH_AUTH_SUCCESS) return;
  const char* state = answered == SSH_AUTH_ERROR && !ssh_is_connected(ssh) ? "connect" : "auth";
  fail(state, "%s (ssh_userauth answers %d)", ssh_get_error(ssh), answered);
}

_Noreturn static void fail_sftp(const struct client* client, const char* what) {
  fail("remote-error", "%s: SFTP status %d: %s", what, sftp_get_error(client->sftp),
       ssh_get_error(client->ssh));
}

static sftp_file open_remote(const struct client* client, const char* path, int flags) {
  sftp_file file = sftp_open(client->sftp, path, flags, 0644);
  if (file == NULL) fail_sftp(client, path);
  return file;
}

static sftp_attributes attributes_of(const struct client* client, const char* path) {
  sftp_attributes found = sftp_stat(client->sftp, path);
  if (found == NULL) fail_sftp(client, path);
  return found;
}

static void put(const struct client* client, const struct step* step) {
  const char* path = remote_path(client->task, step->words[1]);
  const int local = open_local(step->words[0], O_RDONLY);
  const int resume = is(step, "resume_put");
  sftp_file file = open_remote(client, path, O_WRONLY | O_CREAT | (resume ? 0 : O_TRUNC));
  if (resume) {
    const uint64_t there = attributes_of(client, path)->size;
    if (lseek(local, (off_t)there, SEEK_SET) < 0 || sftp_seek64(file, there) < 0)
      fail("local", "cannot seek");
  }
  char bytes[kChunk];
  size_t count;
  while ((count = read_local(local, bytes, sizeof bytes)) > 0)
    if (sftp_write(file, bytes, count) != (ssize_t)count) fail_sftp(client, path);
  if (is(step, "put_fsync") && sftp_fsync(file) != SSH_OK) fail_sftp(client, "fsync");
  if (sftp_close(file) != SSH_OK) fail_sftp(client, path);
  if (is(step, "put_times")) {
    const struct stat found = local_attributes(local);
    const struct timeval times[2] = {{.tv_sec = found.st_mtime}, {.tv_sec = found.st_mtime}};
    if (sftp_chmod(client->sftp, path, found.st_mode & 07777) != SSH_OK ||
        sftp_utimes(client->sftp, path, times) != SSH_OK)
      fail_sftp(client, path);
  }
}

static void get(const struct client* client, const struct step* step) {
  const char* path = remote_path(client->task, step->words[0]);
  const int resume = is(step, "resume_get");
  sftp_file file = open_remote(client, path, O_RDONLY);
  const int local = open_local(step->words[1], O_WRONLY | O_CREAT | (resume ? O_APPEND : O_TRUNC));
  if (resume && sftp_seek64(file, (uint64_t)local_attributes(local).st_size) < 0)
    fail("local", "cannot seek");
  char bytes[kChunk];
  ssize_t count;
  while ((count = sftp_read(file, bytes, sizeof bytes)) > 0)
    write_local(local, bytes, (size_t)count);
  if (count < 0) fail_sftp(client, path);
  sftp_close(file);
  if (is(step, "get_times")) {
    sftp_attributes found = attributes_of(client, path);
    set_local(step->words[1], found->permissions, found->mtime);
  }
}

static void list(const struct client* client, const char* path) {
  sftp_dir folder = sftp_opendir(client->sftp, path);
  if (folder == NULL) fail_sftp(client, path);
  sftp_attributes entry;
  while ((entry = sftp_readdir(client->sftp, folder)) != NULL) {
    answer_name(entry->name);
    sftp_attributes_free(entry);
  }
  if (!sftp_dir_eof(folder)) fail_sftp(client, path);
  sftp_closedir(folder);
}

/* The steps that are one request. Returns whether the step is one of them. */
static int simple(const struct client* client, const struct step* step) {
  sftp_session sftp = client->sftp;
  const char* first = remote_path(client->task, step->words[0]);
  const char* second = step->words[1] == NULL ? NULL : remote_path(client->task, step->words[1]);
  int code;
  if (is(step, "rename"))
    code = sftp_rename(sftp, first, second);
  else if (is(step, "mkdir"))
    code = sftp_mkdir(sftp, first, 0755);
  else if (is(step, "rmdir"))
    code = sftp_rmdir(sftp, first);
  else if (is(step, "rm"))
    code = sftp_unlink(sftp, first);
  else if (is(step, "chmod"))
    code = sftp_chmod(sftp, second, (mode_t)strtoul(step->words[0], NULL, 8));
  else if (is(step, "symlink"))
    code = sftp_symlink(sftp, step->words[0], second);
  else
    return 0;
  if (code != SSH_OK) fail_sftp(client, step->verb);
  return 1;
}

static void ask(const struct client* client, const struct step* step) {
  const char* path = remote_path(client->task, step->words[0]);
  if (is(step, "ls")) {
    list(client, path);
  } else if (is(step, "stat")) {
    sftp_attributes found = attributes_of(client, path);
    answer_attributes(found->size, found->permissions);
  } else if (is(step, "readlink")) {
    const char* link = sftp_readlink(client->sftp, path);
    if (link == NULL) fail_sftp(client, path);
    answer("link", link);
  } else if (is(step, "statvfs")) {
    sftp_statvfs_t found = sftp_statvfs(client->sftp, path);
    if (found == NULL) fail_sftp(client, path);
    answer_space(found->f_frsize, found->f_blocks, found->f_bavail);
  }
}

/* Runs a command; what it prints, but not on stderr, is the answer. */
static void execute(const struct client* client, const char* command) {
  ssh_channel channel = ssh_channel_new(client->ssh);
  if (channel == NULL || ssh_channel_open_session(channel) != SSH_OK ||
      ssh_channel_request_exec(channel, command) != SSH_OK)
    fail("remote-error", "%s", ssh_get_error(client->ssh));
  char* output = NULL;
  size_t size = 0;
  FILE* collected = open_memstream(&output, &size);
  char bytes[kChunk];
  int count;
  while ((count = ssh_channel_read(channel, bytes, sizeof bytes, 0)) > 0)
    fwrite(bytes, 1, (size_t)count, collected);
  fclose(collected);
  const int code = ssh_channel_get_exit_status(channel);
  if (code != 0) fail("remote-error", "the command ended with %d: %s", code, output);
  answer("output", output);
}

static void start_sftp(struct client* client) {
  if (client->sftp != NULL) return;
  client->sftp = sftp_new(client->ssh);
  if (client->sftp == NULL || sftp_init(client->sftp) != SSH_OK)
    fail("remote-error", "no SFTP: %s", ssh_get_error(client->ssh));
}

static void perform(struct client* client, const struct step* step) {
  if (is(step, "exec")) {
    execute(client, step->words[0]);
    return;
  }
  start_sftp(client);
  if (strstr(step->verb, "put") != NULL)
    put(client, step);
  else if (strstr(step->verb, "get") != NULL)
    get(client, step);
  else if (!simple(client, step))
    ask(client, step);
}

int main(void) {
  struct task task = read_task(kVerbs);
  struct client client = {.task = &task, .ssh = connected(&task)};
  check_host_key(client.ssh, &task);
  log_in(client.ssh, &task);
  for (size_t i = 0; i < task.count; ++i) perform(&client, &task.steps[i]);
  if (client.sftp != NULL) sftp_free(client.sftp);
  ssh_disconnect(client.ssh);
  return 0;
}
