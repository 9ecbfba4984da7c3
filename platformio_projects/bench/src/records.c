#include "records.h"

#include "serial_port.h"
#include "tinylab_mailbox.h"

#if defined(TL_SERIAL)

#pragma GCC optimize("Os") /* the serial line limits the speed */

static uint32_t rate;  /* value of BRR; 0 before the port is open */
static uint32_t begun; /* the request for which the begin frame was sent */
static uint32_t crc;

static void open_pin(void) {
  tl_serial_clocks();
  tl_serial_pin(TL_SERIAL_GPIO, TL_SERIAL_PIN);
}

/* BRR may be written only while the port is disabled. */
static void open_port(uint32_t divider) {
  if (!rate) open_pin();
  while (rate && !(USART_SR & USART_SR_TC)) {
  }
  USART_CR1 = 0;
  USART_BRR = divider;
  USART_CR1 = USART_CR1_UE | USART_CR1_TE;
  rate = divider;
}

__attribute__((noinline)) static void put(uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i, value >>= 8) {
    const uint32_t byte = value & 0xFFu;
    crc ^= byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000u ? crc << 1 ^ 0x1021u : crc << 1) & 0xFFFFu;
    while (!(USART_SR & USART_SR_TXE)) {
    }
    USART_DR = byte;
  }
}

/* The format is defined in frames.py. */
__attribute__((noinline)) static void frame(uint32_t kind, uint32_t number, const uint32_t *words, uint32_t count) {
  put(TL_FRAME_MARK, 2);
  crc = 0xFFFFu;
  put(kind, 1);
  put(count, 1);
  put(tl_mailbox.serving, 2);
  put(number, 4);
  for (uint32_t i = 0; i < count; ++i) put(words[i], 4);
  put(crc, 2);
}

static void begin(void) {
  uint32_t id[4];
  for (int i = 0; i < 4; ++i) id[i] = tl_mailbox.build_id[i];
  frame(TL_FRAME_BEGIN, tl_mailbox.starts, id, 4);
  begun = tl_mailbox.serving;
}

/* Send samples of one kind from the ring's `index` on; returns their number. */
static uint32_t send_frame(uint32_t index) {
  const uint32_t warmup = tl_mailbox.warmup_written;
  const int warm = index < warmup;
  const uint32_t end = warm ? warmup : tl_mailbox.write_index;
  uint32_t words[TL_FRAME_WORDS];
  uint32_t count = 0;
  for (; count < TL_FRAME_WORDS && index + count < end; ++count) {
    words[count] = tl_ring[(index + count) % TL_RING_ENTRIES];
  }
  if (warm) {
    frame(TL_FRAME_WARMUP, index, words, count);
  } else {
    frame(TL_FRAME_MEASURED, index - warmup, words, count);
  }
  return count;
}

void tl_records_send(void) {
  if (tl_mailbox.serial_divider != rate) open_port(tl_mailbox.serial_divider);
  if (begun != tl_mailbox.serving) begin();
  while (tl_mailbox.read_index != tl_mailbox.write_index) {
    tl_mailbox.read_index += send_frame(tl_mailbox.read_index);
  }
}

void tl_records_end(uint32_t measured) {
  tl_records_send();
  frame(TL_FRAME_END, measured, 0, 0);
}

#else

void tl_records_send(void) {}

void tl_records_end(uint32_t measured) { (void)measured; }

#endif
