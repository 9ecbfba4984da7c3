#include "fault.h"

#include <stdint.h>

#include "registers.h"
#include "tinylab_mailbox.h"

/* Armv7-M Architecture Reference Manual, B1.5.6: r0-r3, r12, lr, pc, xPSR. */
enum { FRAME_LR = 5, FRAME_PC = 6, FRAME_PSR = 7 };

__attribute__((used, noreturn)) static void report(const uint32_t *frame) {
  const uint32_t status = SCB_CFSR;
  tl_mailbox.fault_lr = frame[FRAME_LR];
  tl_mailbox.fault_pc = frame[FRAME_PC];
  tl_mailbox.fault_psr = frame[FRAME_PSR];
  tl_mailbox.fault_cfsr = status;
  tl_mailbox.fault_hfsr = SCB_HFSR;
  if (status & SCB_CFSR_BFARVALID) {
    tl_mailbox.fault_address = SCB_BFAR;
  } else if (status & SCB_CFSR_MMARVALID) {
    tl_mailbox.fault_address = SCB_MMFAR;
  }
  tl_mailbox.state = TL_STATE_FAULT;
  for (;;) {
  }
}

__attribute__((naked)) void tl_fault_entry(void) {
  __asm volatile(
      "tst lr, #4\n\t"
      "ite eq\n\t"
      "mrseq r0, msp\n\t"
      "mrsne r0, psp\n\t"
      "b %c0" ::"i"(report));
}
