#include "ai_platform_interface.h"
