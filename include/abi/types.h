/* Structures and values that system calls exchange. Fixed-width, no pointers inside, no padding
 * that is not named. */
#ifndef ABI_TYPES_H
#define ABI_TYPES_H

#include <abi/layout.h>
#include <stdint.h>

/* The ring of a process's first thread, or of a thread. */
enum { MODE_USER = 0, MODE_KERNEL = 1 };

/* A time-out in milliseconds: 0 does not wait, WAIT_FOREVER has no end. */
#define WAIT_FOREVER 0xFFFFFFFFu

#define INIT_PID  1 /* the process that the kernel starts */
#define ANY_CHILD 0 /* for process_wait */

/* Why a process ended; ENDED_INTERRUPTED: by Ctrl-C. */
enum { ENDED_EXIT = 1, ENDED_FAULT, ENDED_KILLED, ENDED_NO_MEMORY, ENDED_ABORT, ENDED_INTERRUPTED };

struct process_result {
    int32_t pid;
    int32_t status;  /* of process_exit; for ENDED_FAULT the exception's vector */
    uint32_t reason; /* ENDED_... */
};

/* What may be done with a range of pages; the values are those of ELF program headers [ELF]. */
enum { ACCESS_EXECUTE = 1, ACCESS_WRITE = 2, ACCESS_READ = 4 };

/*
 * What a process may ask of the kernel beyond its own affairs. A program's file declares what it
 * wants in an ELF note (RIGHTS_NOTE_...); it gets of that what its creator holds and does not
 * withhold.
 */
enum {
    RIGHT_RING0 = 1,    /* threads and processes in ring 0 */
    RIGHT_MODULES = 2,  /* load and unload kernel modules */
    RIGHT_POWER = 4,    /* switch the machine off, restart it */
    RIGHT_KILL_ANY = 8, /* kill processes that do not descend from it */
    RIGHTS_ALL = 15
};

/* The note that declares them: this name and type, the rights as one word. */
#define RIGHTS_NOTE_NAME "Megha"
#define RIGHTS_NOTE_TYPE 1

/* In process_create's mode, beside MODE_...: rights that the child shall not get. */
#define MODE_WITHHOLD(rights) ((uint32_t)(rights) << 8)
#define MODE_RING_MASK        0xFFu

/*
 * And besides: the child is the first of a new process group inside its creator's. Without this it
 * is in its creator's group. A group's number is the pid of its first process.
 */
#define MODE_NEW_GROUP    0x80000000u
#define GROUPS_NESTED_MAX 8 /* groups inside each other */

#define CODE_SIZE_MAX 0x100000

/* process_create_code: a process from plain machine code, which is copied to PROGRAM_BASE and
 * entered at its first byte. Addresses are the caller's. */
struct code_order {
    uint32_t code;
    uint32_t code_size; /* bytes, 1 to CODE_SIZE_MAX */
    uint32_t name;      /* text */
    uint32_t arguments; /* text */
    uint32_t priority;
    uint32_t quantum_ms;
    uint32_t mode;
    uint32_t rights; /* of the caller's; what it does not hold is not given */
};

enum { STATE_READY = 1, STATE_RUNNING, STATE_BLOCKED, STATE_ENDED };

struct process_status {
    int32_t pid;
    int32_t parent;
    int32_t group;  /* the number of its process group; 0: in none */
    uint32_t mode;  /* of its first thread */
    uint32_t state; /* STATE_ENDED: nobody has waited for it yet; else STATE_RUNNING */
    uint32_t rights;
    uint32_t threads;
    uint32_t pages; /* of memory, those of the program file that it shares not counted */
    uint32_t priority;
    uint32_t quantum_ms;
    char name[NAME_MAX];
    char arguments[ARGUMENTS_MAX];
};

struct thread_status {
    int32_t id;
    uint32_t mode;
    uint32_t state; /* STATE_... */
    uint32_t priority;
    uint32_t switches; /* how often it was switched to */
    uint32_t stack_start;
    uint32_t stack_size;
    uint32_t stack_backed; /* bytes of it that RAM stands behind */
    uint64_t run_microseconds;
};

/* The shared library that position-independent programs name. */
#define LIBRARY_NAME "libmegha.so"
#define LIBRARY_PATH "/apps/" LIBRARY_NAME

/* What a range of a process's pages is. */
enum region_kind {
    REGION_PROGRAM = 1, /* a segment of the program file */
    REGION_STACK,       /* a thread's; its guards belong to it but are never mapped */
    REGION_MEMORY,      /* from memory_map */
    REGION_INFO,        /* the process information page */
    REGION_STUB,        /* the page of the kernel's call stub */
    REGION_LIBRARY      /* a segment of the shared library */
};

struct region_status {
    uint32_t start;
    uint32_t end;   /* first address behind it */
    uint32_t guard; /* bytes on either side that stay unmapped */
    uint32_t access;
    uint32_t kind;   /* enum region_kind */
    uint32_t user;   /* 1: ring 3 may use it; 0: ring 0 only */
    uint32_t backed; /* bytes that RAM stands behind */
};

/* What a process is told through its queue of events, which holds EVENTS_MAX. */
enum {
    EVENT_CHILD_ENDED = 1, /* source: the child's pid; process_wait tells how */
    EVENT_TIMER,           /* of timer_set; `value` is its */
    EVENT_USER             /* of event_send; source: the sender's pid */
};
#define EVENTS_MAX 16

/* Events of equal kind, source and value that wait together are one, with `count` of them. */
struct event {
    uint32_t kind;
    int32_t source;
    uint32_t value;
    uint32_t count;
};

#define MESSAGE_WORDS    3
#define MESSAGE_SIZE_MAX 0x10000 /* bytes beside the words */
#define PORTS_MAX        256     /* on the machine */
#define PORT_QUEUE_MAX   256     /* senders that wait at one port */
#define PORT_NAME_MAX    32      /* with its end */

/* What a message call may need beside its words. Addresses are the caller's own. */
struct message_options {
    uint32_t timeout_ms;   /* WAIT_FOREVER, 0, or how long */
    uint32_t send;         /* bytes to send */
    uint32_t send_size;    /* at most MESSAGE_SIZE_MAX; 0: none */
    uint32_t receive;      /* room for bytes to receive */
    uint32_t receive_room; /* 0: none */
    uint32_t received;     /* out: how many came */
};

#define MODULE_NAME_MAX     24 /* with its end */
#define MODULE_TEXT_MAX     56 /* of its description, with its end */
#define MODULE_NEEDS_MAX    8
#define MODULES_OPEN_MAX    16 /* of a process */
#define MODULE_FUNCTION_MAX 28 /* name of a function, with its end */

/* A linked kernel module. Sizes are in bytes, whole pages. */
struct module_status {
    uint32_t address;
    uint32_t text_size; /* code and constants, at `address`, read-only */
    uint32_t data_size; /* variables, right behind */
    uint32_t users;     /* modules that need it, and `opens` */
    uint32_t opens;     /* of programs: module_open without module_close */
    uint32_t calls;     /* of programs that are inside it now */
    uint32_t exports;   /* functions for other modules */
    uint32_t functions; /* functions for programs */
    char name[MODULE_NAME_MAX];
    char file[PATH_MAX];
    char text[MODULE_TEXT_MAX];                    /* what it is for */
    char needs[MODULE_NEEDS_MAX][MODULE_NAME_MAX]; /* an empty name ends the list */
};

#define MILESTONE_NAME_MAX 24

struct milestone_status {
    uint32_t number;
    char name[MILESTONE_NAME_MAX];
    uint64_t microseconds; /* since the first stamp of the loader */
    uint64_t tsc;          /* 0 without a time stamp counter */
};

struct file_info {
    char path[PATH_MAX];
    uint32_t size;
};

/* Memory, in pages of PAGE_SIZE, except where a name says bytes. */
struct memory_info {
    uint32_t total;
    uint32_t free;
    uint32_t kernel; /* image, tables and heap */
    uint32_t files;
    uint32_t stacks;  /* kernel stacks */
    uint32_t tables;  /* page directories and page tables */
    uint32_t user;    /* pages of programs */
    uint32_t modules; /* pages of linked kernel modules */
    uint32_t heap_bytes;
    uint32_t processes; /* how many live */
    uint32_t threads;
};

/*
 * test_meeting(): a guest runs at one point of a host's system call. MEETING_WAIT: the caller is
 * the guest, and waits `number` milliseconds at most until it is called (0) or the host is through
 * without having called it (ERR_NOT_FOUND). MEETING_ARM: `thread`, or the caller where that is 0,
 * is the host, and its `number`-th preemption point or wait from now on is where the guest runs,
 * while the host stands still. MEETING_END: the guest, if it is the caller, is through with its
 * act, else the host with its call; that tells how many points it has passed.
 */
enum { MEETING_WAIT = 1, MEETING_ARM, MEETING_END };

/* power(): what to do. */
enum { POWER_OFF = 1, POWER_RESTART };

/* The page at PROCESS_INFO_VA. */
struct process_info {
    int32_t pid;
    int32_t parent;
    uint32_t mode;
    uint32_t tick_hz;
    uint32_t cpu_features;      /* CPUID leaf 1 EDX; 0 without CPUID */
    uint32_t cpu_features_more; /* CPUID leaf 1 ECX */
    uint32_t tsc_khz;           /* 0 where the CPU has no time stamp counter */
    uint32_t rights;            /* at the start; rights_drop tells the present ones */
    char name[NAME_MAX];
    char arguments[ARGUMENTS_MAX];
    uint32_t program_base; /* what a position-independent program's addresses count from; 0: none */
    uint32_t library_base; /* the same of the program library; 0: the program does not use it */
};

#endif
