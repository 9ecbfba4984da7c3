/* The heap of malloc, which ST's library of X-CUBE-AI 5.0 calls when a network is created. Nothing
 * else allocates: without such a library the linker removes all of this. */

#include <stddef.h>
#include <stdint.h>

#define HEAP_BYTES 8192

void *_sbrk(ptrdiff_t increment);

/* newlib's request for more memory: the end of the heap before; -1 if it is exhausted. */
void *_sbrk(ptrdiff_t increment) {
  static uint64_t heap[HEAP_BYTES / sizeof(uint64_t)];
  static ptrdiff_t used;
  if (increment > HEAP_BYTES - used || used + increment < 0) return (void *)-1;
  uint8_t *const end = (uint8_t *)heap + used;
  used += increment;
  return end;
}
