/* What is created, and what it finds. */
#ifndef COMBINATIONS_CREATED_H
#define COMBINATIONS_CREATED_H

#include <megha.h>
#include <stdbool.h>

#define STATUS      77         /* of what was created, where all was right */
#define FIRST_EAX   0x600DCAFE /* a thread's EAX */
#define STACK_SIZE  0x4000
#define MARK_NEW    0x11111111 /* `mark` as the program's file has it */
#define MARK_SHARED 0x22222222 /* as the creator sets it */

/* A thread at its first instruction (entry.asm), then what it finds later. */
struct first {
    uint32_t esp, ebp, eax, cs, ss;
    uint32_t mode; /* that it was created with */
    uint32_t cr3;  /* 0 where ring 3 cannot read it */
};

/* Tells address spaces apart: who sees MARK_NEW is in another one than the creator. */
extern volatile uint32_t mark;

/* A thread's entry point in assembly; its result is STATUS or the number of what was wrong. */
void created_entry(void);
int created_thread(struct first *first);

/* A process's part: sends CR3 to its creator if it runs in ring 0. Returns the same as
 * created_thread. */
int created_process(uint32_t mode);

/* CR3 of this process, read by a thread in ring 0; 0: there is no such thread. */
uint32_t own_cr3(void);

/* The sentence for a number that is not STATUS. */
const char *wrong_words(int number);

#endif
