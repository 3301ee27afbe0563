// Emulates the instruction VPDPBUSD of AVX-VNNI on processors without it: a library that is preloaded and handles the signal for unknown instructions.
// Built and used by eng/test-vnni.sh. Reports to standard error how many instructions were emulated.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

// Where the signal frame keeps the registers' lower and upper halves, and which of them it holds (Intel SDM, volume 1, 13.4 and 13.5).
enum { LOWER = 160, HELD = 512, UPPER = 576, HOLDS_LOWER = 2, HOLDS_UPPER = 4 };

static const int general[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15,
};

static int (*next_sigaction)(int, const struct sigaction *, struct sigaction *);
static atomic_long emulated;

static void refuse(const uint8_t *code)
{
    char text[96];
    int length = snprintf(text, sizeof text, "emulate: unknown instruction %02x %02x %02x %02x %02x %02x\n", code[0], code[1], code[2], code[3], code[4], code[5]);
    if (write(STDERR_FILENO, text, (size_t)length) < 0) _exit(98);
    _exit(97);
}

static void read_register(const uint8_t *state, int number, void *target)
{
    memcpy(target, state + LOWER + 16 * number, 16);
    memcpy((uint8_t *)target + 16, state + UPPER + 16 * number, 16);
}

// Address of a memory operand; code is behind its bytes afterward.
static const void *address(const greg_t *registers, const uint8_t **code, int mode, int base, int high_base, int high_index)
{
    const uint8_t *at = *code;
    int64_t sum = 0, from_next = 0, wide = mode == 2;
    if (base == 4) {
        int scaled = *at++, index = (scaled >> 3 & 7) | high_index;
        if (index != 4) sum += registers[general[index]] << (scaled >> 6);
        base = scaled & 7;
        if (base == 5 && mode == 0) wide = 1;
        else sum += registers[general[base | high_base]];
    } else if (base == 5 && mode == 0) {
        wide = from_next = 1;
    } else {
        sum += registers[general[base | high_base]];
    }
    if (wide) {
        int32_t offset;
        memcpy(&offset, at, 4);
        sum += offset;
        at += 4;
    } else if (mode == 1) {
        sum += (int8_t)*at++;
    }
    *code = at;
    return (const void *)(sum + (from_next ? (int64_t)at : 0));
}

// VEX.128 or .256, 66, 0F38, W0, 50: unsigned bytes of the second operand times signed bytes of the third, four products added to each element of the first.
static void emulate(int number, siginfo_t *information, void *context)
{
    (void)number, (void)information;
    mcontext_t *machine = &((ucontext_t *)context)->uc_mcontext;
    const uint8_t *code = (const uint8_t *)machine->gregs[REG_RIP];
    if (code[0] != 0xc4 || (code[1] & 0x1f) != 2 || (code[2] & 0x83) != 1 || code[3] != 0x50) refuse(code);

    uint8_t *state = (uint8_t *)machine->fpregs;
    uint64_t *held = (uint64_t *)(state + HELD);
    if (!(*held & HOLDS_LOWER)) memset(state + LOWER, 0, 256);
    if (!(*held & HOLDS_UPPER)) memset(state + UPPER, 0, 256);
    *held |= HOLDS_LOWER | HOLDS_UPPER;

    int high_register = code[1] & 0x80 ? 0 : 8, high_index = code[1] & 0x40 ? 0 : 8, high_base = code[1] & 0x20 ? 0 : 8;
    int second = ~code[2] >> 3 & 15, bytes = code[2] & 4 ? 32 : 16, operands = code[4], first = (operands >> 3 & 7) | high_register;
    code += 5;
    int32_t sums[8];
    uint8_t left[32];
    int8_t right[32];
    read_register(state, first, sums);
    read_register(state, second, left);
    if (operands >> 6 == 3) read_register(state, (operands & 7) | high_base, right);
    else memcpy(right, address(machine->gregs, &code, operands >> 6, operands & 7, high_base, high_index), (size_t)bytes);

    for (int i = 0; i < bytes; i++) sums[i / 4] = (int32_t)((uint32_t)sums[i / 4] + (uint32_t)(left[i] * right[i]));
    memset((uint8_t *)sums + bytes, 0, (size_t)(32 - bytes));
    memcpy(state + LOWER + 16 * first, sums, 16);
    memcpy(state + UPPER + 16 * first, (uint8_t *)sums + 16, 16);
    machine->gregs[REG_RIP] = (greg_t)code;
    atomic_fetch_add(&emulated, 1);
}

// .NET would handle the signal itself; it is not told that it does not.
int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
    if (number == SIGILL && action != NULL) {
        if (old != NULL) memset(old, 0, sizeof *old);
        return 0;
    }
    return next_sigaction(number, action, old);
}

__attribute__((constructor)) static void begin(void)
{
    next_sigaction = (int (*)(int, const struct sigaction *, struct sigaction *))dlsym(RTLD_NEXT, "sigaction");
    struct sigaction action = { .sa_sigaction = emulate, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER };
    next_sigaction(SIGILL, &action, NULL);
}

__attribute__((destructor)) static void end(void) { fprintf(stderr, "emulated %ld VPDPBUSD\n", atomic_load(&emulated)); }
