/* A disk that loses what was not synced: preloaded into a server, it notes beside every database file what a write replaced, and forgets
 * the notes when the file is synced. After a kill, power.rs takes back some of what is noted, as a power cut would.
 *
 * A note is: offset, length of the write, length of what it replaced (64 bits each, little-endian), and the replaced bytes themselves. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

static ssize_t real_write(int fd, const void *bytes, size_t count) {
    REAL(ssize_t, "write", int, const void *, size_t);
    return real(fd, bytes, count);
}

/* The file of the notes, when the descriptor is a database's file or its log. */
static int notes_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 8);
    if (length <= 0) return 0;
    path[length] = 0;
    char *end = strrchr(path, '.');
    if (!end || (strcmp(end, ".sqlite") && strcmp(end, ".sqlite-wal"))) return 0;
    strcat(path, ".notes");
    return 1;
}

/* Notes what stands from `offset` on for `count` bytes, as far as there is anything. */
static void note(int fd, off_t offset, size_t count) {
    char path[4096];
    struct stat file;
    if (!notes_of(fd, path, sizeof path) || fstat(fd, &file)) return;
    size_t old = offset >= file.st_size ? 0 : (size_t)(file.st_size - offset);
    if (old > count) old = count;
    uint64_t head[3] = {(uint64_t)offset, count, old};
    char *line = malloc(sizeof head + old);
    memcpy(line, head, sizeof head);
    if (pread(fd, line + sizeof head, old, offset) != (ssize_t)old) abort();
    int out = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out < 0 || real_write(out, line, sizeof head + old) != (ssize_t)(sizeof head + old)) abort();
    close(out);
    free(line);
}

static void forget(int fd) {
    char path[4096];
    if (notes_of(fd, path, sizeof path)) unlink(path);
}

ssize_t write(int fd, const void *bytes, size_t count) {
    pthread_mutex_lock(&turn);
    off_t offset = lseek(fd, 0, SEEK_CUR);
    if (offset >= 0) note(fd, offset, count);
    ssize_t written = real_write(fd, bytes, count);
    pthread_mutex_unlock(&turn);
    return written;
}

static ssize_t at(const char *name, int fd, const void *bytes, size_t count, off_t offset) {
    ssize_t (*real)(int, const void *, size_t, off_t) = dlsym(RTLD_NEXT, name);
    pthread_mutex_lock(&turn);
    note(fd, offset, count);
    ssize_t written = real(fd, bytes, count, offset);
    pthread_mutex_unlock(&turn);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return at("pwrite", fd, bytes, count, offset); }

ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) { return at("pwrite64", fd, bytes, count, offset); }

static int cut(const char *name, int fd, off_t length) {
    int (*real)(int, off_t) = dlsym(RTLD_NEXT, name);
    struct stat file;
    pthread_mutex_lock(&turn);
    if (!fstat(fd, &file) && file.st_size > length) note(fd, length, (size_t)(file.st_size - length));
    int done = real(fd, length);
    pthread_mutex_unlock(&turn);
    return done;
}

int ftruncate(int fd, off_t length) { return cut("ftruncate", fd, length); }

int ftruncate64(int fd, off_t length) { return cut("ftruncate64", fd, length); }

static int sync_with(const char *name, int fd) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    pthread_mutex_lock(&turn);
    int done = real(fd);
    if (!done) forget(fd);
    pthread_mutex_unlock(&turn);
    return done;
}

int fsync(int fd) { return sync_with("fsync", fd); }

int fdatasync(int fd) { return sync_with("fdatasync", fd); }
