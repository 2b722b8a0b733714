/*
 * A disk that keeps a diary and can be full: preloaded into the server, it stands between SQLite and the C library.
 *
 * DISK_DIR   only files below this folder are looked at
 * DISK_LOG   the diary: what was written, cut, removed and synced, in order
 * DISK_FULL  while this file exists, writes fail with ENOSPC, every other one after half of its bytes
 * DISK_LIES  syncs are left out of the diary, as by a disk that answers before it has written
 *
 * The diary is read by power.rs. Each record is a header, then a path or the bytes written.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN = 0, WRITE = 1, ZEROS = 2, TRUNCATE = 3, SYNC = 4, UNLINK = 5 };

struct header {
    uint32_t kind, file;
    /* WRITE, ZEROS: where. TRUNCATE: the new size. SYNC: how long the diary was when it began. */
    uint64_t at;
    /* Bytes written; of OPEN: of the path that follows. */
    uint64_t length;
};

#define FILES 64
#define DESCRIPTORS 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *dir, *full;
static int diary = -1, lies;
static uint64_t position, refused;
static char *paths[FILES];
static uint32_t known;
/* File number plus one of each descriptor; 0: not ours. */
static uint32_t files[DESCRIPTORS];

#define REAL(result, name, ...) static result (*real_##name)(__VA_ARGS__)
REAL(int, open, const char *, int, ...);
REAL(int, openat, int, const char *, int, ...);
REAL(int, close, int);
REAL(ssize_t, write, int, const void *, size_t);
REAL(ssize_t, pwrite, int, const void *, size_t, off_t);
REAL(int, ftruncate, int, off_t);
REAL(int, fsync, int);
REAL(int, fdatasync, int);
REAL(int, unlink, const char *);
REAL(int, posix_fallocate, int, off_t, off_t);

#define FIND(name) *(void **)&real_##name = dlsym(RTLD_NEXT, #name)
__attribute__((constructor)) static void begin(void) {
    FIND(open); FIND(openat); FIND(close); FIND(write); FIND(pwrite); FIND(ftruncate);
    FIND(fsync); FIND(fdatasync); FIND(unlink); FIND(posix_fallocate);
    dir = getenv("DISK_DIR");
    full = getenv("DISK_FULL");
    lies = getenv("DISK_LIES") != NULL;
    const char *log = getenv("DISK_LOG");
    if (log) diary = real_open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int is_ours(const char *path) {
    return dir && path && strncmp(path, dir, strlen(dir)) == 0;
}

static void note(enum kind kind, uint32_t file, uint64_t at, uint64_t length, const void *data, size_t bytes) {
    if (diary < 0) return;
    struct header header = {kind, file, at, length};
    struct iovec parts[2] = {{&header, sizeof header}, {(void *)data, bytes}};
    if (writev(diary, parts, 2) != (ssize_t)(sizeof header + bytes)) abort();
    position += sizeof header + bytes;
}

/* The file's number, under the lock. */
static uint32_t number(const char *path) {
    for (uint32_t at = 0; at < known; at++)
        if (strcmp(paths[at], path) == 0) return at;
    if (known == FILES) abort();
    paths[known] = strdup(path);
    note(OPEN, known, 0, strlen(path), path, strlen(path));
    return known++;
}

static int opened(int fd, const char *path) {
    if (fd < 0 || fd >= DESCRIPTORS) return fd;
    pthread_mutex_lock(&lock);
    files[fd] = is_ours(path) ? number(path) + 1 : 0;
    pthread_mutex_unlock(&lock);
    return fd;
}

static uint32_t ours(int fd) { return fd >= 0 && fd < DESCRIPTORS ? files[fd] : 0; }

#define MODE(flags, last) \
    mode_t mode = 0; \
    if ((flags) & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, last); mode = va_arg(rest, mode_t); va_end(rest); }

int open(const char *path, int flags, ...) { MODE(flags, flags); return opened(real_open(path, flags, mode), path); }
int open64(const char *path, int flags, ...) { MODE(flags, flags); return opened(real_open(path, flags, mode), path); }
int openat(int at, const char *path, int flags, ...) { MODE(flags, flags); return opened(real_openat(at, path, flags, mode), path); }
int openat64(int at, const char *path, int flags, ...) { MODE(flags, flags); return opened(real_openat(at, path, flags, mode), path); }

int close(int fd) {
    if (ours(fd)) files[fd] = 0;
    return real_close(fd);
}

static int all_zeros(const char *data, size_t bytes) {
    return bytes && data[0] == 0 && memcmp(data, data + 1, bytes - 1) == 0;
}

/* Writes at an offset; the caller holds the lock. */
static ssize_t put(int fd, const void *data, size_t bytes, off_t at) {
    if (full && access(full, F_OK) == 0) {
        if (++refused % 2 || bytes < 2) { errno = ENOSPC; return -1; }
        bytes /= 2;
    }
    ssize_t done = real_pwrite(fd, data, bytes, at);
    if (done <= 0) return done;
    int zeros = all_zeros(data, (size_t)done);
    note(zeros ? ZEROS : WRITE, files[fd] - 1, (uint64_t)at, (uint64_t)done, data, zeros ? 0 : (size_t)done);
    return done;
}

ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) {
    if (!ours(fd)) return real_pwrite(fd, data, bytes, at);
    pthread_mutex_lock(&lock);
    ssize_t done = put(fd, data, bytes, at);
    pthread_mutex_unlock(&lock);
    return done;
}
ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at) { return pwrite(fd, data, bytes, at); }

ssize_t write(int fd, const void *data, size_t bytes) {
    if (!ours(fd)) return real_write(fd, data, bytes);
    pthread_mutex_lock(&lock);
    off_t at = lseek(fd, 0, SEEK_CUR);
    ssize_t done = put(fd, data, bytes, at);
    if (done > 0) lseek(fd, at + done, SEEK_SET);
    pthread_mutex_unlock(&lock);
    return done;
}

int ftruncate(int fd, off_t size) {
    if (!ours(fd)) return real_ftruncate(fd, size);
    pthread_mutex_lock(&lock);
    int done = real_ftruncate(fd, size);
    if (done == 0) note(TRUNCATE, files[fd] - 1, (uint64_t)size, 0, NULL, 0);
    pthread_mutex_unlock(&lock);
    return done;
}
int ftruncate64(int fd, off_t size) { return ftruncate(fd, size); }

/* Whoever grows a file in another way than by writing would go unnoticed. */
int posix_fallocate(int fd, off_t at, off_t bytes) { return ours(fd) ? EOPNOTSUPP : real_posix_fallocate(fd, at, bytes); }
int posix_fallocate64(int fd, off_t at, off_t bytes) { return posix_fallocate(fd, at, bytes); }
int fallocate(int fd, int mode, off_t at, off_t bytes) { (void)fd, (void)mode, (void)at, (void)bytes; errno = EOPNOTSUPP; return -1; }
int fallocate64(int fd, int mode, off_t at, off_t bytes) { return fallocate(fd, mode, at, bytes); }

static int synced(int fd, int (*real)(int)) {
    if (!ours(fd)) return real(fd);
    pthread_mutex_lock(&lock);
    uint64_t began = position;
    pthread_mutex_unlock(&lock);
    int done = real(fd);
    if (done == 0 && !lies) {
        pthread_mutex_lock(&lock);
        note(SYNC, files[fd] - 1, began, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}
int fsync(int fd) { return synced(fd, real_fsync); }
int fdatasync(int fd) { return synced(fd, real_fdatasync); }

int unlink(const char *path) {
    int done = real_unlink(path);
    if (done == 0 && is_ours(path)) {
        pthread_mutex_lock(&lock);
        note(UNLINK, number(path), 0, 0, NULL, 0);
        pthread_mutex_unlock(&lock);
    }
    return done;
}
