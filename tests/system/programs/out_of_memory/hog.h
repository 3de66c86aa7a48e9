/* A program that takes all memory there is. */
#ifndef OUT_OF_MEMORY_HOG_H
#define OUT_OF_MEMORY_HOG_H

/* Takes all memory, checks what is told then, and at last uses more of its stack than is left. */
int hog_play(void);

#endif
