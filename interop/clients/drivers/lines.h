/* The lines of interop/clients/driver.py for drivers in C: a task comes in, an answer goes out.
 *
 * A driver ends at its first failure with fail(); memory is the process's own and never freed.
 */
#ifndef SSH2CORE_INTEROP_LINES_H
#define SSH2CORE_INTEROP_LINES_H

#include <stddef.h>
#include <sys/stat.h>

/* One thing to do; words a verb does not have are NULL. */
struct step {
  char* verb;
  char* words[2];
};

/* Where to go and what to do. A text that was not given is NULL, a number 0. */
struct task {
  char *host, *user, *password;
  char *key, *public_key, *second_key; /* paths */
  char* known_hosts;                   /* path; NULL: any host key is accepted */
  char* proxy_command;
  char* base;                          /* remote paths go below it */
  char *kex, *host_key, *cipher, *mac; /* names to offer, comma-separated */
  char* compression;                   /* "1" or "0" */
  char* user_key;                      /* names with which the user's key may sign */
  char* answers[4];                    /* to the questions of keyboard-interactive */
  size_t answer_count, answers_given;
  long port, rekey_bytes;
  struct step* steps;
  size_t count;
};

/* Reads the task from stdin. Every verb must be one of `verbs`, which ends with NULL; another one
 * ends the program with "unsupported: VERB". */
struct task read_task(const char* const* verbs);

/* What the user answers next: the answers in turn, or the password every time; NULL for no more. */
const char* next_answer(struct task* task);

/* The remote path of a name. */
char* remote_path(const struct task* task, const char* name);

/* Whether the step's verb is this one. */
int is(const struct step* step, const char* verb);

/* One line of the answer, the value percent-encoded. */
void answer(const char* name, const char* value);
void answer_name(const char* value); /* of a listing, unless it is . or .. */
void answer_attributes(unsigned long long size, unsigned long mode);
void answer_space(unsigned long long block, unsigned long long blocks,
                  unsigned long long available);

/* Prints "STATE: message" (a state of interop.clients.base.STATES, or "local" for what is wrong on
 * our side) and ends the program. */
_Noreturn void fail(const char* state, const char* format, ...)
    __attribute__((format(printf, 2, 3)));

/* A local file, opened with open(2)'s flags or the end. */
int open_local(const char* path, int flags);
struct stat local_attributes(int file);

/* All of the bytes to a local file; at most `size` bytes from one. */
void write_local(int file, const char* bytes, size_t size);
size_t read_local(int file, char* bytes, size_t size);

/* Gives a local file permission bits and modification time. */
void set_local(const char* path, unsigned long mode, long long mtime);

#endif
