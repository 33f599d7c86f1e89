/* Tools for a debug image in one static program, as busybox has them: `toolbox sh`, `toolbox cat FILE`, or by a link's name. */
#define _GNU_SOURCE
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int cat(const char *path) {
    char buffer[4096];
    size_t count;
    FILE *file = fopen(path, "r");
    if (!file) { perror(path); return 1; }
    while ((count = fread(buffer, 1, sizeof buffer, file))) fwrite(buffer, 1, count, stdout);
    fclose(file);
    return 0;
}

static int ls(const char *path) {
    struct dirent *entry;
    DIR *directory = opendir(path);
    if (!directory) { perror(path); return 1; }
    while ((entry = readdir(directory)))
        if (entry->d_name[0] != '.') puts(entry->d_name);
    closedir(directory);
    return 0;
}

/* One line: words between spaces; `$?` is the last status. A program is looked up in PATH. */
static int line(char *text, int last) {
    char *words[64], number[12];
    int count = 0, status;
    for (char *word = strtok(text, " \n"); word && count < 63; word = strtok(NULL, " \n"))
        words[count++] = strcmp(word, "$?") ? word : (snprintf(number, sizeof number, "%d", last), number);
    words[count] = NULL;
    if (!count) return last;
    if (!strcmp(words[0], "exit")) exit(words[1] ? atoi(words[1]) : last);
    if (!strcmp(words[0], "echo")) {
        for (int i = 1; i < count; i++) printf("%s%s", words[i], i + 1 < count ? " " : "");
        puts("");
        return 0;
    }
    fflush(stdout);
    if (!fork()) {
        execvp(words[0], words);
        perror(words[0]);
        _exit(127);
    }
    wait(&status);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int sh(int argc, char **argv) {
    char text[4096];
    int last = 0;
    if (argc > 2 && !strcmp(argv[1], "-c")) return line(argv[2], 0);
    for (;;) {
        if (isatty(0)) { printf("toolbox$ "); fflush(stdout); }
        if (!fgets(text, sizeof text, stdin)) return last;
        last = line(text, last);
    }
}

int main(int argc, char **argv) {
    const char *name = strrchr(argv[0], '/') ? strrchr(argv[0], '/') + 1 : argv[0];
    if ((!strcmp(name, "toolbox") || !strcmp(name, "busybox")) && argc > 1) { argc--; name = *++argv; }
    if (!strcmp(name, "sh")) return sh(argc, argv);
    if (!strcmp(name, "cat")) return argc > 1 ? cat(argv[1]) : 1;
    if (!strcmp(name, "ls")) return ls(argc > 1 ? argv[1] : ".");
    if (!strcmp(name, "env")) { for (char **e = environ; *e; e++) puts(*e); return 0; }
    fprintf(stderr, "%s: no such tool\n", name);
    return 127;
}
