"""Drives ST's code generator: `stm32ai` (X-CUBE-AI 5 to 8) or `stedgeai` (ST Edge AI Core).

- `generate` runs it for a model, through `command` (its arguments) and `child` (its process);
  `tool_errors` says what its messages mean.
- `installation` picks one, from `search_paths`; `executable_query` and `version` ask which it is.

The tool is ST's, comes under ST's licence, and is never part of tinylab. It was not at hand
when this was written: nothing in this package was ever tried with it, only with a stand-in that
speaks the same command line. What is known of it comes from

- ST's `command_line_interface.html` and `setting_env.html` of X-CUBE-AI 5.2.0 and 7.0.0 (in the
  public repository RT-Thread/RT-AK-plugin-stm32): options, exit code -1, kinds of error, names
  of the generated files, X_CUBE_AI_DIR, `Utilities/{linux,mac,windows}`;
- the whole `stedgeai --help` of ST Edge AI Core 4.0.1, and what 2.0 to 4.0 print for
  `--version`, as users have published them;
- STMicroelectronics/stm32ai-modelzoo-services, whose `common/stm32ai_local` drives the tool:
  command line, where the library and its headers lie, `<name>_c_info.json`;
- the first lines of reports and logs that CubeMX made with 5.2, 8.0.1 and 10.0.0;
- openmv/openmv `tools/modelc.py`: the first start of a fresh installation asks a question, which
  a closed standard input answers.

Where those leave something open, the tool's own `--help` decides; what stays uncertain is said
where it matters.
"""
