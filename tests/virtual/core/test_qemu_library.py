"""The C library's routines give the same answers as in qemu-system-arm, bit for bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.fakes import qemu
from tests.fakes.emulated_images import same_everywhere
from tests.fakes.qemu import MACHINES, Machine

NUMBERS = """
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

enum { COUNT = 300 };
float single[COUNT][8];
double precise[COUNT][5];
char printed[COUNT][48];
float parsed[COUNT];
long long quotients[COUNT][2];

static uint32_t seed = 1;
static uint32_t next(void) { return seed = seed * 1664525u + 1013904223u; }

int main(void) {
  for (int i = 0; i < COUNT; i++) {
    volatile float x = (float)(int32_t)next() / (float)(1 << (next() >> 27));
    volatile float y = (float)(int32_t)next() * 0x1p-28f;
    single[i][0] = expf(y);
    single[i][1] = tanhf(y);
    single[i][2] = logf(x);
    single[i][3] = sqrtf(x);
    single[i][4] = sinf(y);
    single[i][5] = powf(fabsf(y), 0.3f);
    single[i][6] = roundf(y) + floorf(x);
    single[i][7] = fmaf(x, y, y);
    precise[i][0] = exp(y);
    precise[i][1] = (double)x / y;
    precise[i][2] = atan2(x, y);
    precise[i][3] = fmod(x, y);
    precise[i][4] = sqrt(fabs((double)x)) - log(fabs((double)y));
    snprintf(printed[i], sizeof printed[i], "%f %.9g %8.3e %d", (double)y, (double)x, exp(x), i);
    parsed[i] = strtof(printed[i], NULL);
    quotients[i][0] = ((long long)next() << 20) / (int32_t)(next() >> 3 | 1);
    quotients[i][1] = (long long)x * 3 % 1000003;
  }
  return 0;
}
"""

MEMORY = """
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE = 80 };
unsigned char copies[SIZE][SIZE + 16], moved[SIZE][SIZE + 16], filled[SIZE][SIZE + 16];
int compared[SIZE][4];
uint32_t sorted[500];
int jumped, summed;

static int by_value(const void *a, const void *b) {
  uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
  return left < right ? -1 : left > right;
}

static int sum(int count, ...) {
  va_list list;
  va_start(list, count);
  double total = 0;
  while (count--) total += va_arg(list, double);
  va_end(list);
  return (int)total;
}

static jmp_buf back;
static void jump(int depth) {
  if (depth == 0) longjmp(back, 42);
  jump(depth - 1);
}

int main(void) {
  static const char text[] =
      "The same image, the same bytes, the same answers; neither more nor less than these here.";
  for (volatile int size = 0; size < SIZE; size++) {
    int from = size % 5, to = size % 7;
    memcpy(copies[size] + to, text + from, (size_t)size);
    memcpy(moved[size], text, SIZE);
    memmove(moved[size] + to, moved[size] + from, (size_t)size);
    memset(filled[size] + to, size, (size_t)size);
    compared[size][0] = memcmp(copies[size], moved[size], SIZE);
    compared[size][1] = strcmp((char *)copies[size] + to, text + from);
    compared[size][2] = (int)strlen((char *)copies[size] + to);
    compared[size][3] = strncmp((char *)moved[size] + to, text + from, (size_t)size);
  }
  for (uint32_t i = 0; i < 500; i++) sorted[i] = i * 2654435761u;
  qsort(sorted, 500, sizeof sorted[0], by_value);
  jumped = setjmp(back);
  if (jumped == 0) jump(9);
  summed = sum(5, 1.5, 2.25, -3.0, 1e3, 0.125);
  return 0;
}
"""

LIBRARIES = {
    "newlib": (),
    "newlib-nano": ("--specs=nano.specs", "-u", "_printf_float"),
}


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_numbers(machine: Machine, library: str, tmp_path: Path) -> None:
    image = qemu.build(machine, tmp_path, {"main.c": NUMBERS}, LIBRARIES[library])
    memory = same_everywhere(image)
    third = 1
    for _ in range(3):
        third = third * 1664525 + 1013904223 & 0xFFFF_FFFF
    first = np.float32(np.uint32(third).view(np.int32)) / 2**28
    assert image.bytes(memory, "printed", 48).startswith(b"%f " % first)
    exponentials = image.words(memory, "single", 2400).view(np.float32)[::8]
    assert np.isfinite(exponentials).all()


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_memory(machine: Machine, library: str, tmp_path: Path) -> None:
    image = qemu.build(machine, tmp_path, {"main.c": MEMORY}, LIBRARIES[library])
    memory = same_everywhere(image)
    numbers = image.words(memory, "sorted", 500)
    assert (np.diff(numbers.astype(np.int64)) > 0).all()
    assert image.words(memory, "jumped", 1) == 42
    assert image.words(memory, "summed", 1) == 1000
