/* What a program sees of the container it runs in, and what it can do there. One command per argument; see main(). */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void result(const char *what, int failed) {
    printf("%s: %s\n", what, failed ? strerrorname_np(errno) : "ok");
}

static void status_of(const char *path) {
    struct stat s;
    char target[4096] = "";
    if (lstat(path, &s)) {
        printf("stat %s: %s\n", path, strerrorname_np(errno));
        return;
    }
    if (S_ISLNK(s.st_mode)) {
        ssize_t n = readlink(path, target, sizeof target - 1);
        target[n < 0 ? 0 : n] = 0;
    }
    printf("stat %s: %o %u:%u size=%lld mtime=%lld rdev=%u:%u links=%s\n", path, s.st_mode, s.st_uid, s.st_gid,
           S_ISREG(s.st_mode) ? (long long)s.st_size : 0, S_ISCHR(s.st_mode) ? 0 : (long long)s.st_mtime,
           major(s.st_rdev), minor(s.st_rdev), target);
}

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void list(const char *path, int with_status) {
    char *names[1000], name[8192];
    int count = 0;
    DIR *directory = opendir(path);
    struct dirent *entry;
    if (!directory) { printf("list %s: %s\n", path, strerrorname_np(errno)); return; }
    while ((entry = readdir(directory)) && count < 1000) names[count++] = strdup(entry->d_name);
    closedir(directory);
    qsort(names, count, sizeof *names, by_name);
    for (int i = 0; i < count; i++) {
        if (!strcmp(names[i], ".") || !strcmp(names[i], "..")) continue;
        snprintf(name, sizeof name, "%s/%s", path, names[i]);
        if (with_status) status_of(name); else printf("list %s\n", name);
    }
}

static void copy(const char *path, const char *only) {
    char line[65536];
    FILE *file = fopen(path, "r");
    if (!file) { printf("read %s: %s\n", path, strerrorname_np(errno)); return; }
    while (fgets(line, sizeof line, file))
        if (!*only || strstr(only, strtok(strdup(line), ":\t \n") ?: "?")) printf("%s| %s", path, line);
    fclose(file);
}

static void report(int count, char **values) {
    gid_t groups[100];
    char text[4096];
    uid_t r, e, s;
    mode_t mask = umask(0);
    for (int i = 0; i < count; i++) printf("argv %s\n", values[i]);
    for (char **each = environ; *each; each++) printf("env %s\n", *each);
    getresuid(&r, &e, &s);
    printf("uid %u %u %u\n", r, e, s);
    getresgid(&r, &e, &s);
    printf("gid %u %u %u\n", r, e, s);
    int n = getgroups(100, groups);
    for (int i = 0; i < n; i++) printf("group %u\n", groups[i]);
    printf("cwd %s\numask %o\npid %d ppid %d sid %d pgid %d\n", getcwd(text, sizeof text), mask, getpid(), getppid(),
           getsid(0), getpgrp());
    gethostname(text, sizeof text);
    printf("host %s\n", text);
    copy("/proc/self/status", "CapInh CapPrm CapEff CapBnd CapAmb NoNewPrivs SigBlk SigIgn SigCgt Umask");
    printf("dumpable %d\n", prctl(PR_GET_DUMPABLE));
    for (int fd = 3; fd < 100; fd++) if (fcntl(fd, F_GETFD) >= 0) printf("descriptor %d\n", fd);
}

static void caught(int number) {
    char text[] = "got 00\n";
    text[4] += number / 10;
    text[5] += number % 10;
    _exit(write(1, text, 7) == 7 ? 40 + number : 1);
}

static int serve(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = INADDR_ANY};
    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (void *)&address, sizeof address) || listen(listener, 5)) { result("bind", 1); return 3; }
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        char request[4096];
        int connection = accept(listener, 0, 0);
        ssize_t n = read(connection, request, sizeof request - 1);
        request[n < 0 ? 0 : n] = 0;
        const char *answer = strncmp(request, "GET /healthz ", 13)
            ? "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            : "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n";
        if (write(connection, answer, strlen(answer)) < 0) return 4;
        close(connection);
    }
}

static void capability_escapes(void) {
    result("mount tmpfs", mount("x", "/tmp", "tmpfs", 0, ""));
    result("remount /", mount("", "/", "", MS_REMOUNT | MS_BIND, ""));
    result("remount /proc/sys", mount("", "/proc/sys", "", MS_REMOUNT | MS_BIND, ""));
    result("umount /proc/sys", umount2("/proc/sys", MNT_DETACH));
    result("umount /", umount2("/", MNT_DETACH));
    result("unshare mounts", unshare(CLONE_NEWNS));
    result("mknod disk", mknod("/tmp/disk", S_IFBLK | 0600, makedev(254, 0)));
    result("open disk", open("/tmp/disk", O_RDONLY) < 0);
    result("mknod disk in /dev", mknod("/dev/disk", S_IFBLK | 0600, makedev(254, 0)));
    result("open disk in /dev", open("/dev/disk", O_RDONLY) < 0);
    result("mknod log in /dev", mknod("/dev/kmsg", S_IFCHR | 0600, makedev(1, 11)));
    result("open log in /dev", open("/dev/kmsg", O_RDONLY) < 0);
    result("mknod disk in /host", mknod("/host/disk", S_IFBLK | 0600, makedev(254, 0)));
    result("open disk in /host", open("/host/disk", O_RDONLY) < 0);
    result("sethostname", sethostname("x", 1));
    /* From here on, it may do in its own namespace what it likes. */
    result("unshare user", unshare(CLONE_NEWUSER | CLONE_NEWNS));
}

static void escapes(void) {
    char *files[] = {"/proc/sys/kernel/core_pattern", "/proc/sys/vm/drop_caches", "/proc/sysrq-trigger", "/proc/bus/pci/devices",
                     "/sys/kernel/uevent_helper", "/sys/power/state", 0};
    for (int i = 0; files[i]; i++) { char what[200]; snprintf(what, 200, "write %s", files[i]); result(what, open(files[i], O_WRONLY) < 0); }
    char *outside[] = {"/proc/1/root/root/.bashrc", "/proc/1/root/etc/shadow", "/../etc/shadow", "/../../../../root", "/link/etc/shadow",
                       "/proc/self/root/etc/shadow", "/proc/1/cwd/../etc/shadow", 0};
    for (int i = 0; outside[i]; i++) { char what[200]; snprintf(what, 200, "open %s", outside[i]); result(what, open(outside[i], O_RDONLY) < 0); }
    result("kill everything", kill(-1, SIGCONT));
    /* The old trick out of a chroot. */
    mkdir("/tmp/jail", 0700);
    int held = open("/", O_RDONLY | O_DIRECTORY);
    if (!chroot("/tmp/jail")) {
        if (!fchdir(held)) for (int i = 0; i < 50; i++) if (chdir("..")) break;
        result("chroot out: .", chroot("."));
        result("chroot out: etc/shadow", open("etc/shadow", O_RDONLY) < 0);
    } else result("chroot", 1);
}

int main(int count, char **values) {
    setvbuf(stdout, 0, _IOLBF, 0);
    if (count < 2) { printf("hello\n"); return 0; }
    const char *what = values[1], *value = count > 2 ? values[2] : "";
    int number = atoi(value);
    if (!strcmp(what, "report")) report(count, values);
    else if (!strcmp(what, "stat")) for (int i = 2; i < count; i++) status_of(values[i]);
    else if (!strcmp(what, "list")) for (int i = 2; i < count; i++) list(values[i], 1);
    else if (!strcmp(what, "names")) for (int i = 2; i < count; i++) list(values[i], 0);
    else if (!strcmp(what, "cat")) for (int i = 2; i < count; i++) copy(values[i], "");
    else if (!strcmp(what, "exit")) return number;
    else if (!strcmp(what, "kill")) { signal(number, SIG_DFL); kill(getpid(), number); sleep(1); return 0; }
    else if (!strcmp(what, "crash")) { *(volatile int *)8 = 1; }
    else if (!strcmp(what, "catch")) { signal(number, caught); printf("ready\n"); fflush(stdout); for (;;) pause(); }
    else if (!strcmp(what, "wait")) { printf("ready\n"); fflush(stdout); for (;;) pause(); }
    else if (!strcmp(what, "fork")) { /* A child that outlives its parent, and holds its output. */
        if (fork() == 0) { setsid(); prctl(PR_SET_NAME, value); if (fork() == 0) for (;;) pause(); for (;;) pause(); }
        prctl(PR_SET_NAME, value); printf("ready\n"); fflush(stdout); if (count > 3) for (;;) pause(); usleep(100000); return 0; }
    else if (!strcmp(what, "write")) for (int i = 2; i < count; i++) { char text[5000]; snprintf(text, sizeof text, "write %s", values[i]); result(text, open(values[i], O_WRONLY | O_CREAT, 0600) < 0); }
    else if (!strcmp(what, "read")) for (int i = 2; i < count; i++) { char text[5000]; snprintf(text, sizeof text, "read %s", values[i]); result(text, open(values[i], O_RDONLY) < 0); }
    else if (!strcmp(what, "bind")) { struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(number)}; result("bind", bind(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, sizeof a)); }
    else if (!strcmp(what, "serve")) return serve(number);
    else if (!strcmp(what, "flood")) for (;;) printf("%0100d\n", 0);
    else if (!strcmp(what, "echo")) { char text[65536]; ssize_t n; while ((n = read(0, text, sizeof text)) > 0) if (write(1, text, n) < 0) return 9; }
    else if (!strcmp(what, "stderr")) { fprintf(stderr, "%s\n", value); return count > 3 ? atoi(values[3]) : 0; }
    else if (!strcmp(what, "tty")) { struct winsize w = {0}; ioctl(0, TIOCGWINSZ, &w); printf("tty %s %d %d %d %d open %d\n", ttyname(0) ?: "none", isatty(1), isatty(2), w.ws_row, w.ws_col, open("/dev/tty", O_RDWR) >= 0); }
    else if (!strcmp(what, "escapes")) { capability_escapes(); escapes(); }
    else if (!strcmp(what, "exec")) { execv(values[2], values + 2); result("exec", 1); return 5; }
    else { fprintf(stderr, "unknown: %s\n", what); return 64; }
    fflush(stdout);
    return 0;
}
