/* A network under test, as MLPerf Tiny's serial protocol describes it: commands that end in '%',
   answers in lines, `m-ready` after each. The commands, their answers and their limits are those of
   benchmark/api/internally_implemented.cpp in MLCommons' repository `tiny`.

   One difference: the first timestamp is taken at the same place, and printed after the inferences.
   So the serial port does not lengthen the time between the two. No interrupt is enabled. */
#include <math.h>
#include <stdint.h>
#include <string.h>

#include "clock.h"
#include "mlperf_text.h"
#include "registers.h"
#include "timing.h"
#include "tl_mlperf.h"
#include "tl_names.h"

extern const uint8_t tl_build_id[16]; /* in the image, for the host to find */

#define NOINIT __attribute__((section(".noinit"), aligned(32)))
#define UNTIMED __attribute__((noinline))

static uint8_t tl_input[TL_INPUT_BYTES] NOINIT;
static uint8_t tl_output[TL_OUTPUT_BYTES] NOINIT;

/* The adapter to the network, from lib/adapters: its memory, its start, its inference. */
#include "tl_adapter.h"

enum { COMMAND = 80, PRINTED = 8 };

static char command[COMMAND + 1];
static char *next; /* the words of the command that were not read yet */
#if defined(TL_DB_IS_FLOAT) || defined(TL_DB_IS_UNSIGNED)
static uint8_t loaded[TL_DB_BYTES] NOINIT;
#else
#define loaded tl_input /* the input tensor's own bytes */
#endif
static uint32_t expected = TL_DB_BYTES, filled = TL_DB_BYTES; /* zeros, before the first load */
static uint32_t start_error;
static uint64_t cycles; /* since reset, as of `last` */
static uint32_t last;

/* The cycle counter has 32 bits: this must be called at least as often as it overflows. */
static uint64_t now(void) {
  const uint32_t count = DWT_CYCCNT;
  cycles += count - last;
  last = count;
  return cycles;
}

static void print_lap(uint64_t at) {
  const uint64_t whole = at / TL_CLOCK_HZ, rest = at % TL_CLOCK_HZ;
  tl_text_print("m-lap-us-");
  tl_text_unsigned((whole * 1000000u + rest * 1000000u / TL_CLOCK_HZ) & UINT32_MAX);
  tl_text_line("");
}

static void print_count(const char *before, uint32_t count, const char *after) {
  tl_text_print(before);
  tl_text_unsigned(count);
  tl_text_line(after);
}

/* The next word of the command; NULL behind the last one. */
static char *word(void) {
  while (*next == ' ') ++next;
  if (!*next) return NULL;
  char *const found = next;
  while (*next && *next != ' ') ++next;
  if (*next) *next++ = 0;
  return found;
}

/* A decimal number as atoi reads it; -1 for one that begins with no digit or is too large. */
static int32_t number(const char *text) {
  int32_t value = 0;
  if (*text < '0' || *text > '9') return -1;
  for (; *text >= '0' && *text <= '9'; ++text) {
    if (value > (INT32_MAX - 9) / 10) return -1;
    value = 10 * value + (*text - '0');
  }
  return value;
}

static int digit(char sign) {
  if (sign >= '0' && sign <= '9') return sign - '0';
  if (sign >= 'a' && sign <= 'f') return sign - 'a' + 10;
  if (sign >= 'A' && sign <= 'F') return sign - 'A' + 10;
  return -1;
}

static void begin_load(void) {
  const char *const size = word();
  const int32_t count = size ? number(size) : 0;
  if (!size) {
    tl_text_line("e-[Command 'db load' requires the # of bytes]");
  } else if (count <= 0) {
    tl_text_line("e-[Command 'db load' must be >0 bytes]");
  } else if ((uint32_t)count > TL_DB_BYTES) {
    tl_text_print("e-[Supplied buffer size ");
    tl_text_unsigned((uint32_t)count);
    print_count(" exceeds maximum of ", TL_DB_BYTES, "]");
  } else {
    expected = (uint32_t)count;
    filled = 0;
    print_count("m-[Expecting ", expected, " bytes]");
  }
}

static void print_buffer(void) {
  for (uint32_t i = 0; i < expected; ++i) {
    if (i % PRINTED == 0) tl_text_print("m-buffer-");
    tl_text_hex(i < filled ? loaded[i] : 0);
    if ((i + 1) % PRINTED == 0 || i + 1 == expected) tl_text_line("");
    else tl_text_print("-");
  }
}

static void fill(const char *hex) {
  if (strlen(hex) % 2) {
    tl_text_line("e-[Insufficient number of hex digits]");
    return;
  }
  if (filled >= expected) {
    tl_text_line("e-[More bytes than 'db load' announced]");
    return;
  }
  for (; *hex && filled < expected; hex += 2) {
    const int high = digit(hex[0]), low = digit(hex[1]);
    if (high < 0 || low < 0) {
      const char wrong[] = {hex[0], hex[1], 0};
      tl_text_print("e-[Invalid hex digit '");
      tl_text_print(wrong);
      tl_text_line("']");
      return;
    }
    loaded[filled++] = (uint8_t)(high << 4 | low);
  }
  if (filled == expected) tl_text_line("m-load-done");
}

static void buffer(void) {
  const char *const what = word();
  if (!what) tl_text_line("e-[Command 'db' requires a subcommand]");
  else if (!strcmp(what, "load")) begin_load();
  else if (!strcmp(what, "print")) print_buffer();
  else fill(what);
}

/* What was loaded, as the network takes it. */
static void load_tensor(void) {
#if defined(TL_DB_IS_UNSIGNED)
  for (uint32_t i = 0; i < TL_DB_BYTES; ++i) tl_input[i] = loaded[i] ^ 0x80u;
#elif defined(TL_DB_IS_FLOAT)
  for (uint32_t i = 0; i < TL_DB_BYTES / 4u; ++i) {
    float value;
    memcpy(&value, loaded + 4u * i, sizeof value);
    const float steps = roundf(value / TL_IN_SCALE) + TL_IN_ZERO;
    tl_input[i] = (uint8_t)(int8_t)fminf(fmaxf(steps, -128.0f), 127.0f);
  }
#endif
}

static float element(const uint8_t *tensor, const tl_results_t *type, uint32_t index) {
  const uint8_t *const at = tensor + type->bytes * index;
  uint64_t bits = 0;
  float value;
  memcpy(&bits, at, type->bytes);
  if (!type->scale) {
    memcpy(&value, &bits, sizeof value);
    return value;
  }
  const uint64_t sign = type->is_signed ? 1ull << (8u * type->bytes - 1u) : 0u;
  const int64_t stored = (int64_t)((bits ^ sign) - sign);
  return (float)((double)type->scale * (double)(stored - type->zero));
}

#if defined(TL_RESULT_IS_ERROR)
/* The mean squared difference of output and input, which tells anomalies. */
static void print_vector(void) {
  static const tl_results_t output = {TL_RESULTS_1};
  double sum = 0.0;
  for (uint32_t i = 0; i < output.count; ++i) {
    float given;
    memcpy(&given, loaded + 4u * i, sizeof given);
    const double difference = (double)element(tl_output, &output, i) - (double)given;
    sum += difference * difference;
  }
  tl_text_real((float)(sum / output.count));
}
#else
static void print_vector(void) {
  static const tl_results_t outputs[] = TL_RESULTS;
  for (uint32_t o = 0; o < sizeof outputs / sizeof outputs[0]; ++o) {
    for (uint32_t i = 0; i < outputs[o].count; ++i) {
      if (o || i) tl_text_print(",");
      tl_text_real(element(tl_output + outputs[o].offset, &outputs[o], i));
    }
  }
}
#endif

static void results(void) {
  tl_text_print("m-results-[");
  print_vector();
  tl_text_line("]");
}

static void complain(uint32_t error) {
  print_count("e-[The network's runtime reports error ", error, "]");
}

/* The protocol has no states: an input's result does not depend on those before it. */
static void run_once(void) {
  tl_network_reset();
  tl_network_infer();
}

static void infer(uint32_t count, uint32_t warmup) {
  if (start_error) {
    complain(start_error);
    return;
  }
  if (filled != expected || expected != TL_DB_BYTES) {
    tl_text_print("e-[The input has ");
    tl_text_unsigned(filled);
    print_count(" bytes, expected ", TL_DB_BYTES, "]");
    return;
  }
  load_tensor();
  tl_network_load();
  print_count("m-warmup-start-", warmup, "");
  for (; warmup; --warmup) {
    run_once();
    now();
  }
  tl_text_line("m-warmup-done");
  print_count("m-infer-start-", count, "");
  const uint64_t begun = now();
  for (; count; --count) {
    run_once();
    now();
  }
  const uint64_t ended = now();
  print_lap(begun);
  print_lap(ended);
  tl_text_line("m-infer-done");
  if (tl_network_failed()) {
    complain(tl_network_error());
    return;
  }
  tl_network_store();
  results();
}

static void infer_command(void) {
  const char *const count = word(), *const warmup = count ? word() : NULL;
  const int32_t inferences = count ? number(count) : 1;
  const int32_t first = warmup ? number(warmup) : 10;
  if (inferences <= 0) tl_text_line("e-[Inference iterations must be >0]");
  else if (first < 0) tl_text_line("e-[Inference warmup must be >=0]");
  else infer((uint32_t)inferences, (uint32_t)first);
}

static void help(void) {
  tl_text_line(TL_MLPERF_PROFILE);
  tl_text_line("");
  tl_text_line("help         : Print this information");
  tl_text_line("name         : Print the name of the device");
  tl_text_line("profile      : Print the profile and the model");
  tl_text_line("timestamp    : Generate a timestamp");
  tl_text_line("db SUBCMD    : Manipulate a generic byte buffer");
  tl_text_line("  load N     : Set the number of bytes to load");
  tl_text_line("  HH[HH]*    : Load 8-bit hex byte(s) until N bytes");
  tl_text_line("  print      : Print the buffer as hex");
  tl_text_line("infer N [W=10]: Execute N inferences after W warmup loops");
  tl_text_line("results      : Return the result vector");
}

static void obey(void) {
  next = command;
  const char *const what = word();
  if (!what) {
    tl_text_line("e-[Unknown command: ]");
  } else if (!strcmp(what, "name")) {
    tl_text_line("m-name-dut-[tinylab]");
  } else if (!strcmp(what, "timestamp")) {
    print_lap(now());
  } else if (!strcmp(what, "profile")) {
    tl_text_line("m-profile-[" TL_MLPERF_PROFILE "]");
    tl_text_line("m-model-[" TL_MLPERF_MODEL "]");
  } else if (!strcmp(what, "help")) {
    help();
  } else if (!strcmp(what, "db")) {
    buffer();
  } else if (!strcmp(what, "infer")) {
    infer_command();
  } else if (!strcmp(what, "results")) {
    results();
  } else {
    tl_text_print("e-[Unknown command: ");
    tl_text_print(what);
    tl_text_line("]");
  }
  tl_text_line("m-ready");
}

int main(void) {
  static const volatile uint32_t clock_words[] = TL_CLOCK_WORDS;
  __asm volatile("cpsid i" : : "r"(tl_build_id));
  tl_clock_apply(clock_words);
  tl_timing_start();
  tl_text_open(TL_SERIAL_DIVIDER);
  tl_text_line("m-timestamp-mode-performance");
  print_lap(now());
  memset(loaded, 0, TL_DB_BYTES);
  memset(tl_output, 0, sizeof tl_output);
  start_error = tl_network_start();
  tl_text_line("m-init-done");
  tl_text_line("m-ready");
  for (uint32_t length = 0;;) {
    const char sign = tl_text_get();
    now();
    if (sign == '%') {
      command[length] = 0;
      length = 0;
      obey();
    } else if (sign != '\r' && sign != '\n' && length < COMMAND) {
      command[length++] = sign;
    }
  }
}
