"""Runs ST's code generator: `stm32ai` (X-CUBE-AI 5 to 8) or `stedgeai` (ST Edge AI Core).

- `generate` runs it for a model, through `command` (its arguments) and `tool_process`;
  `tool_errors` interprets its error messages.
- `installation` selects an installation from `search_paths`; `executable_query` and `version` read
  its version.

The tool is licensed by ST and is not part of tinylab. This package has not been tested with the
tool itself, only with a stand-in that has the same command line. Sources:

- ST's `command_line_interface.html` and `setting_env.html` of X-CUBE-AI 5.2.0 and 7.0.0 (in the
  public repository RT-Thread/RT-AK-plugin-stm32): options, exit code -1, kinds of error, names
  of the generated files, X_CUBE_AI_DIR, `Utilities/{linux,mac,windows}`;
- the complete `stedgeai --help` of ST Edge AI Core 4.0.1, and the output of `--version` of 2.0
  to 4.0, as published by users;
- STMicroelectronics/stm32ai-modelzoo-services, whose `common/stm32ai_local` runs the tool:
  command line, location of the library and its headers, `<name>_c_info.json`;
- the first lines of reports and logs that CubeMX wrote with 5.2, 8.0.1 and 10.0.0;
- openmv/openmv `tools/modelc.py`: the first start of a fresh installation asks a question, which
  a closed standard input answers.

Details that these do not cover are taken from the tool's own `--help` at run time. Remaining
uncertainties are noted in the code.
"""
