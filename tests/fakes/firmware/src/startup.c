/* The least that a Cortex-M needs to reach main(). */
#include <stdint.h>

extern uint32_t _estack, _sidata, _sdata, _edata, _sbss, _ebss;

int main(void);
void Reset_Handler(void);

void Reset_Handler(void)
{
    const uint32_t *from = &_sidata;
    for (uint32_t *to = &_sdata; to < &_edata;) {
        *to++ = *from++;
    }
    for (uint32_t *to = &_sbss; to < &_ebss;) {
        *to++ = 0;
    }
    (void)main();
    for (;;) {
    }
}

__attribute__((section(".isr_vector"), used)) static const void *const vectors[] = {
    &_estack, (const void *)Reset_Handler};
