/* The bench: serves requests from the mailbox, times the network, fills the ring.

   No interrupt is enabled, so only the network runs while it is timed. */
#include <stdint.h>
#include <string.h>

#include "clock.h"
#include "records.h"
#include "registers.h"
#include "stack.h"
#include "timing.h"
#include "tinylab_mailbox.h"
#include "tl_names.h"

#define NOINIT __attribute__((section(".noinit"), aligned(4)))
/* Not timed; its size depends on the network. See scripts/firmware.ld. */
#define UNTIMED __attribute__((noinline, section(".untimed")))

NOINIT volatile tl_mailbox_t tl_mailbox;
NOINIT volatile uint32_t tl_ring[TL_RING_ENTRIES];

extern const uint8_t tl_build_id[16];

/* Written by the host before the core starts, so start-up must not clear it. */
NOINIT uint8_t tl_input[TL_INPUT_BYTES];
NOINIT uint8_t tl_output[TL_OUTPUT_BYTES];

/* The adapter to the network, from lib/adapters: its memory, its start, its inference. */
#include "tl_adapter.h"

static uint32_t overhead;
static int disturbed; /* the next inference follows the serial port, not an inference */

UNTIMED static void introduce(void) {
  uint32_t id[4];
  memcpy(id, tl_build_id, sizeof id);
  for (int i = 0; i < 4; ++i) tl_mailbox.build_id[i] = id[i];
  tl_mailbox.protocol = TL_PROTOCOL;
  tl_mailbox.cpuid = SCB_CPUID;
  ++tl_mailbox.starts;
  tl_mailbox.state = TL_STATE_BOOT;
  tl_mailbox.firmware_magic = TL_FIRMWARE_MAGIC;
}

/* Cycles of one inference, or 0 if the runtime reports an error. */
static uint32_t timed_inference(void) {
  tl_network_load();
  const uint32_t cycles = tl_timing_cycles(tl_network_infer);
  if (tl_network_failed()) {
    tl_mailbox.ai_error = tl_network_error();
    tl_mailbox.state = TL_STATE_REFUSED;
    return 0;
  }
  return cycles - overhead;
}

/* Drops the sample if the ring is full, as waiting would disturb the next one; returns 0 then.
   The warm-up may fill half of the ring, so that it leaves room for measured samples. */
static int keep(uint32_t cycles, uint32_t warmup) {
  const uint32_t index = tl_mailbox.write_index;
  const uint32_t room = warmup ? TL_RING_ENTRIES / 2 : TL_RING_ENTRIES;
  if (index - tl_mailbox.read_index >= room) return 0;
  tl_ring[index % TL_RING_ENTRIES] = cycles;
  tl_mailbox.warmup_written += warmup;
  __asm volatile("dmb" ::: "memory"); /* write the sample and its kind before the index */
  tl_mailbox.write_index = index + 1;
  return 1;
}

/* Send a frame if it is full and the host requests frames; returns 1 if one was sent. Without
   frames, nothing may depend on the host's read index: runs would differ by some cycles. */
static int report(void) {
  if (!tl_mailbox.serial_divider) return 0;
  if (tl_mailbox.write_index - tl_mailbox.read_index < TL_FRAME_WORDS) return 0;
  tl_records_send();
  return 1;
}

static int enough(uint32_t inferences, uint64_t cycles) {
  const uint64_t wanted =
      (uint64_t)tl_mailbox.min_cycles_high << 32 | tl_mailbox.min_cycles_low;
  if (tl_mailbox.stop) return 1;
  if (inferences < tl_mailbox.min_inferences) return 0;
  return cycles >= wanted || inferences >= tl_mailbox.max_inferences;
}

static int warm_up(uint32_t count) {
  tl_mailbox.state = TL_STATE_WARMUP;
  for (uint32_t i = 0; i < count && !tl_mailbox.stop; ++i) {
    const uint32_t cycles = timed_inference();
    if (!cycles) return 0;
    if (i == 0) tl_mailbox.first_cycles = cycles;
    keep(cycles, 1);
    disturbed = report();
  }
  return 1;
}

static void serve(uint32_t sequence) {
  uint64_t total = 0;
  disturbed = 0;
  tl_mailbox.write_index = 0;
  tl_mailbox.warmup_written = 0;
  tl_mailbox.dropped = 0;
  tl_mailbox.inferences = 0;
  if (tl_mailbox.reset_state) tl_network_reset();
  tl_mailbox.serving = sequence; /* from here on, samples belong to this request */
  if (!warm_up(tl_mailbox.warmup)) return;
  tl_mailbox.state = TL_STATE_RUNNING;
  for (uint32_t done = 0; !enough(done, total);) {
    const uint32_t cycles = timed_inference();
    if (!cycles) return;
    if (!tl_mailbox.warmup && done == 0) tl_mailbox.first_cycles = cycles;
    if (!keep(cycles, 0)) ++tl_mailbox.dropped;
    if (disturbed) { /* this inference only restores the caches; discard its sample */
      disturbed = 0;
      --tl_mailbox.write_index;
      continue;
    }
    total += cycles;
    tl_mailbox.inferences = ++done;
    disturbed = report();
  }
  tl_network_store();
  tl_mailbox.stack_used = tl_stack_used();
  if (tl_mailbox.serial_divider) tl_records_end(tl_mailbox.inferences);
  tl_mailbox.state = TL_STATE_DONE;
}

static void wait_for_request(void) {
  while (tl_mailbox.request_magic != TL_REQUEST_MAGIC ||
         tl_mailbox.sequence == tl_mailbox.served) {
  }
}

int main(void) {
  __asm volatile("cpsid i");
  introduce();
  wait_for_request();
  tl_clock_apply(tl_mailbox.clock_words);
  tl_mailbox.running_hz = tl_mailbox.clock_hz;
  tl_timing_start();
  overhead = tl_timing_overhead();
  tl_mailbox.overhead = overhead;
  tl_stack_paint();
  const uint32_t error = tl_network_start();
  if (error) {
    tl_mailbox.ai_error = error;
    tl_mailbox.state = TL_STATE_REFUSED;
  }
  for (;;) {
    wait_for_request();
    const uint32_t sequence = tl_mailbox.sequence;
    if (!error) serve(sequence);
    tl_mailbox.served = sequence;
  }
}
