/* No library at all, so that it is tiny and cross-compiles in an instant: write(1, "hello\n", 6), then exit(0). */
#if defined(__x86_64__)
#define CALL3(n, a, b, c) \
  __asm__ volatile("syscall" ::"a"((long)(n)), "D"((long)(a)), "S"((long)(b)), "d"((long)(c)) : "rcx", "r11", "memory")
#define WRITE 1
#define EXIT 60
#elif defined(__i386__)
#define CALL3(n, a, b, c) __asm__ volatile("int $0x80" ::"a"(n), "b"(a), "c"(b), "d"(c) : "memory")
#define WRITE 4
#define EXIT 1
#else
#if defined(__aarch64__)
#define R "x"
#define NUMBER "x8"
#define TRAP "svc 0"
#define WRITE 64
#define EXIT 93
#elif defined(__arm__)
#define R "r"
#define NUMBER "r7"
#define TRAP "svc 0"
#define WRITE 4
#define EXIT 1
#elif defined(__riscv)
#define R "a"
#define NUMBER "a7"
#define TRAP "ecall"
#define WRITE 64
#define EXIT 93
#elif defined(__loongarch__)
#define R "$a"
#define NUMBER "$a7"
#define TRAP "syscall 0"
#define WRITE 64
#define EXIT 93
#endif
#if defined(R)
#define CALL3(n, a, b, c)                                  \
  do {                                                     \
    register long number __asm__(NUMBER) = (long)(n);      \
    register long one __asm__(R "0") = (long)(a);          \
    register long two __asm__(R "1") = (long)(b);          \
    register long three __asm__(R "2") = (long)(c);        \
    __asm__ volatile(TRAP : "+r"(one) : "r"(number), "r"(two), "r"(three) : "memory"); \
  } while (0)
#elif defined(__s390x__)
#define WRITE 4
#define EXIT 1
#define CALL3(n, a, b, c)                       \
  do {                                          \
    register long number __asm__("r1") = (n);   \
    register long one __asm__("r2") = (a);      \
    register long two __asm__("r3") = (long)(b); \
    register long three __asm__("r4") = (c);    \
    __asm__ volatile("svc 0" : "+r"(one) : "r"(number), "r"(two), "r"(three) : "memory"); \
  } while (0)
#elif defined(__powerpc64__)
#define WRITE 4
#define EXIT 1
#define CALL3(n, a, b, c)                       \
  do {                                          \
    register long number __asm__("r0") = (n);   \
    register long one __asm__("r3") = (a);      \
    register long two __asm__("r4") = (long)(b); \
    register long three __asm__("r5") = (c);    \
    __asm__ volatile("sc" : "+r"(number), "+r"(one), "+r"(two), "+r"(three) : : "memory", "cr0", "ctr"); \
  } while (0)
#elif defined(__mips__)
#if defined(__mips64)
#define WRITE 5001
#define EXIT 5058
#else
#define WRITE 4004
#define EXIT 4001
#endif
#define CALL3(n, a, b, c)                       \
  do {                                          \
    register long number __asm__("$2") = (n);   \
    register long one __asm__("$4") = (a);      \
    register long two __asm__("$5") = (long)(b); \
    register long three __asm__("$6") = (c);    \
    __asm__ volatile("syscall" : "+r"(number), "+r"(three) : "r"(one), "r"(two) : "memory", "$7"); \
  } while (0)
#endif
#endif

void _start(void) {
  volatile char text[8]; /* On the stack: there is nothing to relocate. */
  text[0] = 'h', text[1] = 'e', text[2] = 'l', text[3] = 'l', text[4] = 'o', text[5] = '\n';
  CALL3(WRITE, 1, text, 6);
  CALL3(EXIT, 0, 0, 0);
  for (;;) {
  }
}
