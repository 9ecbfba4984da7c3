/* Shows each tensor to the host while it is in memory: the arena reuses its place later.

   Linked only into images that `tinylab verify` builds. */
#include "tinylab_observer.h"

/* Cleared by the host before the core starts. */
__attribute__((section(".noinit"), aligned(4))) volatile tl_observation_t tl_observation;

void tl_observe(uint32_t step, const void *tensor, uint32_t bytes) {
  tl_observation.step = step;
  tl_observation.address = (uint32_t)tensor;
  tl_observation.bytes = bytes;
  __asm volatile("dmb" ::: "memory"); /* write tensor and place before the count */
  ++tl_observation.shown;
  while (tl_observation.taken != tl_observation.shown) {
  }
}
