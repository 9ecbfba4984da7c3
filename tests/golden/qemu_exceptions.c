/* Exceptions, one way after another; what each handler saw goes into `seen`. */
#include <stdint.h>
#include <string.h>

#define REG(address) (*(volatile uint32_t *)(address))
#define ICSR REG(0xE000ED04u)
#define SHPR2 REG(0xE000ED1Cu)
#define SHPR3 REG(0xE000ED20u)
#define SHCSR REG(0xE000ED24u)
#define CFSR REG(0xE000ED28u)
#define FPCCR REG(0xE000EF34u)
#define ISER REG(0xE000E100u)
#define ISPR REG(0xE000E200u)
#define ICPR REG(0xE000E280u)
#define IABR REG(0xE000E300u)
#define IPR REG(0xE000E400u)
#define STIR REG(0xE000EF00u)
#define BARRIER __asm volatile("dsb\n isb" ::: "memory")
#define PENDSV (ICSR = 1u << 28)

enum { NOTES = 48 };
typedef struct {
  uint32_t what, ipsr, link, icsr, iabr, control, stacked[8];
} note_t;
note_t seen[NOTES];
uint32_t noted, counts[2], floats[4][33], process_stack[128];

/* Called by the handlers with their frame and EXC_RETURN. */
void note(const uint32_t *frame, uint32_t link) {
  note_t *entry = &seen[noted++];
  uint32_t ipsr, control;
  __asm volatile("mrs %0, ipsr" : "=r"(ipsr));
  __asm volatile("mrs %0, control" : "=r"(control));
  entry->ipsr = ipsr;
  entry->link = link;
  entry->icsr = ICSR & 0xFFFu; /* VECTACTIVE, RETTOBASE */
  entry->iabr = IABR;
  entry->control = control;
  memcpy(entry->stacked, frame, sizeof entry->stacked);
}

#define HANDLER(name, body)                                                              \
  void name##_body(uint32_t *frame, uint32_t link);                                      \
  void name##_body(uint32_t *frame, uint32_t link) {                                     \
    note(frame, link);                                                                   \
    body                                                                                 \
  }                                                                                      \
  __attribute__((naked)) void name(void) {                                               \
    __asm volatile(                                                                      \
        "tst lr, #4\n ite eq\n mrseq r0, msp\n mrsne r0, psp\n mov r1, lr\n"             \
        "push {r4, lr}\n bl " #name "_body\n pop {r4, pc}\n");                           \
  }

HANDLER(svc_handler, {
  const uint8_t number = ((const uint8_t *)frame[6])[-2];
  frame[0] += number;
  if (number == 7) __asm volatile("msr control, %0\n isb" ::"r"(0) : "memory");
  if (number == 9) { PENDSV; BARRIER; }
})
HANDLER(pendsv_handler, { frame[1] ^= 0x55u; })
HANDLER(usage_handler, {
  frame[6] += 2; /* behind the undefined instruction */
  frame[2] = CFSR;
  CFSR = frame[2];
})
HANDLER(interrupt_0, { /* the least urgent: pends one that preempts and one that has to wait */
  ISPR = 1u << 1;
  BARRIER;
  ISPR = 1u << 2;
  BARRIER;
  frame[0]++;
})
HANDLER(interrupt_1, {
  PENDSV;
  BARRIER;
  frame[3] += 16;
})
HANDLER(interrupt_2, { frame[2]++; })
HANDLER(interrupt_3, { /* uses the floating-point unit */
  __asm volatile(
      "vmov.f32 s0, #3.0\n vmul.f32 s1, s0, s0\n vmov.f32 s20, #9.0\n"
      "vdiv.f32 s15, s0, s20\n vmrs r3, fpscr\n bic r3, #0x1F\n vmsr fpscr, r3\n" ::
          : "r3", "s0", "s1", "s15", "s20", "memory");
})

/* Registers with known values around `instructions`, and what they are afterwards. */
static uint32_t results[40][8], calls;
#define AROUND(instructions)                                                             \
  __asm volatile(                                                                        \
      "mov r0, #10\n mov r1, #11\n mov r2, #12\n mov r3, #13\n mov r12, #14\n"           \
      "cmp r0, #10\n" instructions "\n"                                                  \
      "stmia %0, {r0-r3, r12}\n mrs r0, apsr\n str r0, [%0, #20]\n"                      \
      "mov r0, sp\n str r0, [%0, #24]\n" ::"r"(results[calls++])                         \
      : "r0", "r1", "r2", "r3", "r12", "cc", "memory")
#define STORED(where, value)                                                             \
  "movw r2, #:lower16:" #where "\n movt r2, #:upper16:" #where "\n mov r3, #" #value     \
  "\n str r3, [r2]\n dsb\n isb\n"

static void in_thread_mode(void) {
  AROUND("svc #3");
  AROUND("nop\n svc #4\n svc #5");
  AROUND("sub sp, #4\n svc #6\n add sp, #4"); /* the frame is aligned to 8 bytes */
  AROUND("itte eq\n addeq r1, #1\n svceq #8\n addne r1, #2\n add r2, #1");
  AROUND("ittt eq\n svceq #1\n addeq r1, #1\n addeq r2, #1");
  AROUND("svc #9"); /* pends PendSV, which comes when SVC is over */
  AROUND(STORED(0xE000ED04, 0x10000000));
  AROUND(STORED(0xE000E200, 1)); /* interrupt 0 and all that it pends */
  AROUND(STORED(0xE000EF00, 2)); /* the same register, by number */
  AROUND("udf #0\n add r1, #1");
}

static void masked(void) {
  AROUND("cpsid i\n" STORED(0xE000E200, 4) "mov r0, #20\n cpsie i\n isb\n");
  AROUND("mov r0, #0x60\n msr basepri, r0\n" STORED(0xE000E200, 6)
         "mov r1, #21\n mov r0, #0\n msr basepri, r0\n isb\n");
  AROUND("mov r0, #0x60\n msr basepri_max, r0\n mov r0, #0x80\n msr basepri_max, r0\n"
         "mrs r1, basepri\n mov r0, #0\n msr basepri, r0");
  AROUND("cpsid f\n" STORED(0xE000E200, 4) "mrs r1, faultmask\n cpsie f\n isb\n");
  AROUND("cpsid i\n" STORED(0xE000E200, 1)
         "mov r2, #0xE000E000\n add r2, #0x280\n mov r3, #1\n str r3, [r2]\n cpsie i\n isb\n");
}

#define FLOATS_AROUND(instructions, where)                                               \
  __asm volatile(                                                                        \
      "vldmia %0, {s0-s31}\n mov r3, #0x400000\n vmsr fpscr, r3\n" instructions "\n"     \
      "vmrs r3, fpscr\n str r3, [%1, #128]\n vstmia %1, {s0-s31}\n"                      \
      "mov r3, #0\n vmsr fpscr, r3\n mrs r3, control\n bic r3, #4\n msr control, r3\n isb" :: \
      "r"(given), "r"(where)                                                             \
      : "r0", "r1", "r2", "r3", "memory", "s0", "s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", \
        "s9", "s10", "s11", "s12", "s13", "s14", "s15", "s16", "s17", "s18", "s19", "s20", \
        "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31")

static void with_floats(void) {
  static float given[32];
  for (int i = 0; i < 32; i++) given[i] = 1.5f * (float)i + 0.1f;
  FLOATS_AROUND("svc #2", floats[0]);
  FLOATS_AROUND(STORED(0xE000E200, 8), floats[1]);  /* a handler that uses the unit */
  FLOATS_AROUND(STORED(0xE000E200, 9), floats[2]);  /* inside and around others */
  FLOATS_AROUND("nop", floats[3]);
}

int main(void) {
  SHPR2 = 0x80u << 24;               /* SVCall */
  SHPR3 = 0xE0u << 16;               /* PendSV, the least urgent */
  IPR = 0x20u << 24 | 0xA0u << 16 | 0x40u << 8 | 0xC0u; /* interrupts 3, 2, 1, 0 */
  SHCSR = 1u << 18;                  /* UsageFault */
  ISER = 0xFu;
  FPCCR = FPCCR & ~SWITCHED_OFF;
  in_thread_mode();
  masked();
  with_floats();
  __asm volatile(                    /* the same on the process stack */
      "msr psp, %0\n mrs r0, control\n orr r0, #2\n msr control, r0\n isb" ::
          "r"(&process_stack[128]) : "r0", "memory");
  AROUND("svc #3");
  AROUND("svc #9");
  AROUND(STORED(0xE000E200, 1));
  AROUND("mrs r0, control\n orr r0, #1\n msr control, r0\n isb\n" /* without privilege */
         "mrs r1, control\n cpsid i\n mrs r2, primask\n svc #7\n mrs r3, control");
  __asm volatile("mrs r0, control\n bic r0, #3\n msr control, r0\n isb" ::: "r0", "memory");
  counts[0] = noted;
  counts[1] = calls;
  return 0;
}
