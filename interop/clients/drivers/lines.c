#include "lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void fail(const char* state, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  fprintf(stderr, "%s: ", state);
  vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  va_end(arguments);
  exit(1);
}

static void* grown(void* memory, size_t size) {
  void* bigger = realloc(memory, size);
  if (bigger == NULL) fail("crash", "no memory");
  return bigger;
}

static int digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  return (letter | 32) - 'a' + 10;
}

/* Undoes the percent-encoding in place. */
static char* decoded(char* text) {
  char* to = text;
  for (const char* from = text; *from != '\0'; ++from) {
    if (*from == '%' && from[1] != '\0' && from[2] != '\0') {
      *to++ = (char)(digit(from[1]) * 16 + digit(from[2]));
      from += 2;
    } else {
      *to++ = *from;
    }
  }
  *to = '\0';
  return text;
}

static void add_step(struct task* task, char* line) {
  task->steps = grown(task->steps, (task->count + 1) * sizeof *task->steps);
  struct step* step = &task->steps[task->count++];
  char* rest = line;
  step->verb = decoded(strsep(&rest, " "));
  for (size_t i = 0; i < 2; ++i) {
    char* word = strsep(&rest, " ");
    step->words[i] = word == NULL ? NULL : decoded(word);
  }
}

static void set_field(struct task* task, const char* name, char* value) {
  const struct {
    const char* name;
    char** text;
  } fields[] = {
      {"host", &task->host},
      {"user", &task->user},
      {"password", &task->password},
      {"key", &task->key},
      {"public_key", &task->public_key},
      {"second_key", &task->second_key},
      {"user_key", &task->user_key},
      {"known_hosts", &task->known_hosts},
      {"proxy_command", &task->proxy_command},
      {"base", &task->base},
      {"kex", &task->kex},
      {"host_key", &task->host_key},
      {"cipher", &task->cipher},
      {"mac", &task->mac},
      {"compression", &task->compression},
  };
  for (size_t i = 0; i < sizeof fields / sizeof fields[0]; ++i)
    if (strcmp(name, fields[i].name) == 0) *fields[i].text = decoded(value);
  if (strcmp(name, "answer") == 0 &&
      task->answer_count < sizeof task->answers / sizeof task->answers[0])
    task->answers[task->answer_count++] = decoded(value);
  if (strcmp(name, "port") == 0) task->port = strtol(value, NULL, 10);
  if (strcmp(name, "rekey_bytes") == 0) task->rekey_bytes = strtol(value, NULL, 10);
}

static void check_verb(const char* verb, const char* const* verbs) {
  for (; *verbs != NULL; ++verbs)
    if (strcmp(verb, *verbs) == 0) return;
  fail("unsupported", "%s", verb);
}

struct task read_task(const char* const* verbs) {
  struct task task = {0};
  char* line = NULL;
  size_t room = 0;
  ssize_t length;
  while ((length = getline(&line, &room, stdin)) > 0) {
    if (line[length - 1] == '\n') line[length - 1] = '\0';
    char* value = strdup(line);
    if (value == NULL) fail("crash", "no memory");
    const char* name = strsep(&value, " ");
    if (value == NULL) continue;
    if (strcmp(name, "step") == 0)
      add_step(&task, value);
    else
      set_field(&task, name, value);
  }
  for (size_t i = 0; i < task.count; ++i) check_verb(task.steps[i].verb, verbs);
  if (task.host == NULL || task.user == NULL || task.base == NULL || task.port == 0)
    fail("crash", "the task names no server");
  return task;
}

const char* next_answer(struct task* task) {
  if (task->answer_count == 0) return task->password;
  return task->answers_given < task->answer_count ? task->answers[task->answers_given++] : NULL;
}

char* remote_path(const struct task* task, const char* name) {
  if (name[0] == '/') return strdup(name);
  char* path = grown(NULL, strlen(task->base) + strlen(name) + 2);
  const size_t last = strlen(task->base);
  const char* slash = last > 0 && task->base[last - 1] == '/' ? "" : "/";
  sprintf(path, "%s%s%s", task->base, slash, name);
  return path;
}

int is(const struct step* step, const char* verb) { return strcmp(step->verb, verb) == 0; }

void answer(const char* name, const char* value) {
  printf("%s ", name);
  for (; *value != '\0'; ++value) printf("%%%02X", (unsigned)(unsigned char)*value);
  putchar('\n');
}

void answer_name(const char* value) {
  if (strcmp(value, ".") != 0 && strcmp(value, "..") != 0) answer("name", value);
}

void answer_attributes(unsigned long long size, unsigned long mode) {
  const char* type = S_ISREG(mode)   ? "file"
                     : S_ISDIR(mode) ? "directory"
                     : S_ISLNK(mode) ? "symlink"
                                     : "other";
  printf("size %llu\nmode %lo\ntype %s\n", size, mode & 07777, type);
}

void answer_space(unsigned long long block, unsigned long long blocks,
                  unsigned long long available) {
  char text[120];
  snprintf(text, sizeof text, "block size %llu, blocks %llu, available %llu", block, blocks,
           available);
  answer("output", text);
}

int open_local(const char* path, int flags) {
  const int file = open(path, flags | O_CLOEXEC, 0644);
  if (file < 0) fail("local", "%s: %s", path, strerror(errno));
  return file;
}

struct stat local_attributes(int file) {
  struct stat found;
  if (fstat(file, &found) != 0) fail("local", "fstat: %s", strerror(errno));
  return found;
}

void write_local(int file, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t count = write(file, bytes, size);
    if (count < 0) fail("local", "write: %s", strerror(errno));
    bytes += count;
    size -= (size_t)count;
  }
}

size_t read_local(int file, char* bytes, size_t size) {
  const ssize_t count = read(file, bytes, size);
  if (count < 0) fail("local", "read: %s", strerror(errno));
  return (size_t)count;
}

void set_local(const char* path, unsigned long mode, long long mtime) {
  const struct timespec times[2] = {{.tv_sec = mtime}, {.tv_sec = mtime}};
  if (chmod(path, (mode_t)(mode & 07777)) != 0 || utimensat(AT_FDCWD, path, times, 0) != 0)
    fail("local", "%s: %s", path, strerror(errno));
}
