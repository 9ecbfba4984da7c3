/* Values that are not numbers, as the floating-point unit notes them. */
#ifndef TL_INVALID_H
#define TL_INVALID_H

#ifdef __ARM_FP /* an Arm core with floating point in hardware */
#include <stdint.h>

/* Notes if one of them is not a number. (C's < and > do, but a compiler may not take them so.) */
static inline void tl_note_numbers(float a, float b) {
  __asm__ volatile("vcmpe.f32 %0, %1" : : "t"(a), "t"(b));
}

/* Whether, since the last call, what is not a number was noted, or an operation made such a value of
   others. The first call may return 1 without a reason. */
static inline int tl_invalid_noted(void) {
  uint32_t status;
  __asm__ volatile("vmrs %0, fpscr" : "=r"(status) : : "memory");
  if ((status & 1u) == 0) return 0;
  __asm__ volatile("vmsr fpscr, %0" : : "r"(status & ~1u) : "memory");
  return 1;
}
#elif defined(__arm__) /* without it nothing is noted, so nothing can be ruled out */
static inline void tl_note_numbers(float a, float b) { (void)a, (void)b; }

static inline int tl_invalid_noted(void) { return 1; }
#else
#include <fenv.h>

static inline void tl_note_numbers(float a, float b) {
  if (a != a || b != b) feraiseexcept(FE_INVALID);
}

static inline int tl_invalid_noted(void) {
  const int noted = fetestexcept(FE_INVALID);
  feclearexcept(FE_INVALID);
  return noted;
}
#endif

#endif
