/* An image under test as MLPerf Tiny's protocol describes it: commands that end in '%', answers
   in lines, `m-ready` behind each. Its network is a loop over the input; timestamps are the cycle
   counter over the clock. Written from the protocol's description. */
#define CLOCK_MHZ (CLOCK / 1000000u)
#define INPUT_BYTES 490u

static char command[81];
static volatile uint8_t input[INPUT_BYTES];
static uint32_t expected, filled, sum;

static void line(const char *text) { print(text); print("\r\n"); }

static void stamp(void) {
  const uint32_t now = CYCLES / CLOCK_MHZ;
  print("m-lap-us-");
  print_number(now);
  line("");
}

NOINLINE static void infer_once(void) {
  sum = 0;
  for (uint32_t i = 0; i < INPUT_BYTES; ++i) sum += input[i] * (i + 1u);
}

static const char *word_behind(const char *text) {
  while (*text && *text != ' ') ++text;
  while (*text == ' ') ++text;
  return text;
}

static uint32_t number_at(const char *text) {
  uint32_t value = 0;
  while (*text >= '0' && *text <= '9') value = 10u * value + (uint32_t)(*text++ - '0');
  return value;
}

static int begins(const char *text, const char *with) {
  while (*with) if (*text++ != *with++) return 0;
  return 1;
}

static uint8_t digit(char sign) { return (uint8_t)(sign <= '9' ? sign - '0' : sign - 'a' + 10); }

static void load(const char *what) {
  if (begins(what, "load")) {
    expected = number_at(word_behind(what));
    filled = 0;
    if (expected > INPUT_BYTES) line("e-[too many bytes]");
    else line("m-[expecting bytes]");
    return;
  }
  while (what[0] && what[1] && filled < expected) {
    input[filled++] = (uint8_t)(digit(what[0]) << 4 | digit(what[1]));
    what += 2;
  }
  if (filled == expected) line("m-load-done");
}

static void infer(const char *arguments) {
  uint32_t count = number_at(arguments), warmup = number_at(word_behind(arguments));
  print("m-warmup-start-"); print_number(warmup); line("");
  while (warmup--) infer_once();
  line("m-warmup-done");
  print("m-infer-start-"); print_number(count); line("");
  stamp();
  while (count--) infer_once();
  stamp();
  line("m-infer-done");
  print("m-results-["); print_number(sum); print(".000,"); print_number(filled); line(".000]");
}

static void obey(void) {
  if (begins(command, "name")) line("m-name-dut-[tinylab-test]");
  else if (begins(command, "profile")) { line("m-profile-[test profile]"); line("m-model-[" MODEL "]"); }
  else if (begins(command, "db")) load(word_behind(command));
  else if (begins(command, "infer")) infer(word_behind(command));
  else { print("e-[Unknown command: "); print(command); line("]"); }
  line("m-ready");
}

void reset(void) {
  uint32_t length = 0;
  serial_start();
  counter_start();
  expected = filled = 0;
  line("m-timestamp-mode-performance");
  stamp();
  line("m-init-done");
  line("m-ready");
  for (;;) {
    const char sign = get();
    if (sign != '%') { if (length < 80u) command[length++] = sign; continue; }
    command[length] = 0;
    length = 0;
    obey();
  }
}
