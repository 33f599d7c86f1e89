/* Says whether one thing that the C library looks for, or a path, is found: probe WHAT [PATH]. */
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static int answer(int found)
{
	puts(found ? "yes" : "no");
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argv[1], *path = argc > 2 ? argv[2] : "";
	char text[4096];
	if (!strcmp(what, "local")) {
		time_t now = 0;
		strftime(text, sizeof text, "%z", localtime(&now));
		return puts(text) < 0;
	}
	if (!strcmp(what, "temporary"))
		return answer(tmpfile() != NULL);
	if (!strcmp(what, "user"))
		return answer(getpwuid(getuid()) != NULL);
	if (!strcmp(what, "read")) {
		struct stat status;
		int file = open(path, O_RDONLY);
		return answer(file >= 0 && !fstat(file, &status) && S_ISREG(status.st_mode));
	}
	if (!strcmp(what, "list"))
		return answer(open(path, O_RDONLY | O_DIRECTORY) >= 0 && !access(path, R_OK | X_OK));
	if (!strcmp(what, "write")) {
		snprintf(text, sizeof text, "%s/probe", path);
		return answer(open(text, O_WRONLY | O_CREAT | O_EXCL, 0600) >= 0);
	}
	if (!strcmp(what, "execute")) {
		struct stat status;
		return answer(!stat(path, &status) && S_ISREG(status.st_mode) && !access(path, X_OK));
	}
	return 2;
}
