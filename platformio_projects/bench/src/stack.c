#include "stack.h"

#define PAINT 0xA5A5A5A5u

enum { PAINTED_BYTES = 16 * 1024, MARGIN_BYTES = 64 };

/* Both ends of the stack, from the linker script; declared without a size. */
extern uint32_t _sstack[], _estack[];

static uint32_t *bottom(void) {
  const uint32_t size = (uint32_t)((uintptr_t)_estack - (uintptr_t)_sstack);
  return size < PAINTED_BYTES ? _sstack : (uint32_t *)((uintptr_t)_estack - PAINTED_BYTES);
}

__attribute__((noinline)) void tl_stack_paint(void) {
  uint32_t *top = (uint32_t *)((uintptr_t)__builtin_frame_address(0) - MARGIN_BYTES);
  for (volatile uint32_t *word = bottom(); word < top;) *word++ = PAINT;
}

uint32_t tl_stack_used(void) {
  const volatile uint32_t *word = bottom();
  while (word < _estack && *word == PAINT) ++word;
  return (uint32_t)((uintptr_t)_estack - (uintptr_t)word);
}
