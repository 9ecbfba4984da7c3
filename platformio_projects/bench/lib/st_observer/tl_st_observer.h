/* Has ST's runtime show each node's outputs to the host. */
#ifndef TL_ST_OBSERVER_H
#define TL_ST_OBSERVER_H

#include "ai_platform.h"

/* Returns 0 if the runtime does not let its nodes be observed. */
int tl_st_observe(ai_handle network);

#endif
