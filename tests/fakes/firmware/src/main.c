/* A firmware with something in every section, for the tests of the build. */
#include "kernel.h"
#include "network.h"

#if !defined(TL_FAMILY_WB) && !defined(TL_FAMILY_H7)
#error "the board's family is not defined"
#endif

extern const unsigned char tl_build_id[16];
extern const float network_weights[NETWORK_WEIGHTS];

static float activations[NETWORK_ACTIVATIONS] __attribute__((section(".activations"), used));
static volatile unsigned mailbox[16] __attribute__((section(".noinit"), used));
volatile int counter = 7;

int main(void)
{
    mailbox[0] = tl_build_id[0];
    activations[0] = dot(network_weights, network_weights, NETWORK_WEIGHTS);
    return counter + (int)activations[0];
}
