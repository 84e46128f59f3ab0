/* Records what a program does to the files of one folder, in order: preloaded into the server by powercut.py.
 *
 * Each record is a line `W name offset length`, `T name length 0` (truncated), `S name 0 0` (flushed) or `U name 0 0` (removed); after a
 * W come the bytes. One lock covers call and record, so the order in the log is the order on disk. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int out = -1;
static const char *folder;

__attribute__((constructor)) static void begin(void) {
    const char *log = getenv("POWERCUT_LOG");
    folder = getenv("POWERCUT_FOLDER");
    if (log && folder) out = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
}

/* The name in the folder, or NULL for a file elsewhere and for the shared-memory index, which is rebuilt. */
static const char *name_of(const char *path) {
    size_t n = folder ? strlen(folder) : 0;
    if (!n || strncmp(path, folder, n) || path[n] != '/') return NULL;
    const char *name = path + n + 1;
    size_t m = strlen(name);
    return m > 4 && !strcmp(name + m - 4, "-shm") ? NULL : name;
}

static const char *name_of_fd(int fd, char *path, size_t size) {
    char link[64];
    if (out < 0 || fd == out) return NULL;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    if (n <= 0) return NULL;
    path[n] = 0;
    return name_of(path);
}

static void record(char kind, const char *name, long long a, long long b, const void *bytes) {
    char line[512];
    int n = snprintf(line, sizeof line, "%c %s %lld %lld\n", kind, name, a, b);
    struct iovec parts[2] = {{line, (size_t)n}, {(void *)bytes, bytes ? (size_t)b : 0}};
    /* one call, so that the clients' marks cannot come in between */
    if (writev(out, parts, 2) < n) abort();
}

#define REAL(type, name, ...) static type (*real)(__VA_ARGS__); if (!real) *(void **)&real = dlsym(RTLD_NEXT, name)
#define WITH_LOCK(name, call, kind, a, b, bytes)      \
    pthread_mutex_lock(&lock);                        \
    __typeof__(call) done = call;                     \
    if (done >= 0) record(kind, name, a, b, bytes);   \
    pthread_mutex_unlock(&lock);                      \
    return done

ssize_t write(int fd, const void *bytes, size_t n) {
    REAL(ssize_t, "write", int, const void *, size_t);
    char path[512];
    const char *name = name_of_fd(fd, path, sizeof path);
    if (!name) return real(fd, bytes, n);
    off_t at = lseek(fd, 0, SEEK_CUR);
    WITH_LOCK(name, real(fd, bytes, n), 'W', (long long)at, (long long)done, bytes);
}

static ssize_t record_pwrite(ssize_t (*real)(int, const void *, size_t, off_t), int fd, const void *bytes, size_t n, off_t at) {
    char path[512];
    const char *name = name_of_fd(fd, path, sizeof path);
    if (!name) return real(fd, bytes, n, at);
    WITH_LOCK(name, real(fd, bytes, n, at), 'W', (long long)at, (long long)done, bytes);
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) {
    REAL(ssize_t, "pwrite", int, const void *, size_t, off_t);
    return record_pwrite(real, fd, bytes, n, at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
    REAL(ssize_t, "pwrite64", int, const void *, size_t, off_t);
    return record_pwrite(real, fd, bytes, n, at);
}

static int record_ftruncate(int (*real)(int, off_t), int fd, off_t length) {
    char path[512];
    const char *name = name_of_fd(fd, path, sizeof path);
    if (!name) return real(fd, length);
    WITH_LOCK(name, real(fd, length), 'T', (long long)length, 0LL, NULL);
}

int ftruncate(int fd, off_t length) {
    REAL(int, "ftruncate", int, off_t);
    return record_ftruncate(real, fd, length);
}

int ftruncate64(int fd, off64_t length) {
    REAL(int, "ftruncate64", int, off_t);
    return record_ftruncate(real, fd, length);
}

static int record_sync(int (*real)(int), int fd) {
    char path[512];
    const char *name = name_of_fd(fd, path, sizeof path);
    if (!name) return real(fd);
    WITH_LOCK(name, real(fd), 'S', 0LL, 0LL, NULL);
}

int fsync(int fd) {
    REAL(int, "fsync", int);
    return record_sync(real, fd);
}

int fdatasync(int fd) {
    REAL(int, "fdatasync", int);
    return record_sync(real, fd);
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    const char *name = out >= 0 ? name_of(path) : NULL;
    if (!name) return real(path);
    WITH_LOCK(name, real(path), 'U', 0LL, 0LL, NULL);
}
