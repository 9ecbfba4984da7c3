"""The fields of the records of `record_layout`, for type checkers: never instantiated.

A test checks these classes against the records' layouts. Compiled code reads fields as attributes,
Python reads those of a record in an array by name. A number is `int`, whatever its width.
"""

from __future__ import annotations

from typing import Any, Generic, TypeVar, overload

Item = TypeVar("Item")


class Table(Generic[Item]):
    """A field that is an array of numbers or of records."""

    size: int

    @overload
    def __getitem__(self, index: int) -> Item: ...

    @overload
    def __getitem__(self, index: slice) -> Table[Item]: ...

    def __getitem__(self, index: int | slice) -> Item | Table[Item]:
        raise NotImplementedError

    def __setitem__(self, index: int | slice, value: Item | Table[Item]) -> None:
        raise NotImplementedError


class Grid:
    """A field that is an array of arrays of numbers."""

    @overload
    def __getitem__(self, index: tuple[int, int]) -> int: ...

    @overload
    def __getitem__(self, index: int) -> Table[int]: ...

    def __getitem__(self, index: int | tuple[int, int]) -> int | Table[int]:
        raise NotImplementedError

    def __setitem__(self, index: tuple[int, int], value: int) -> None:
        raise NotImplementedError


class Row:
    """One instruction."""

    address: int
    length: int
    flags: int
    branch: int
    words: int
    width: int
    shift: int
    aligned: int
    base: int
    index: int
    offset: int
    kind: int
    cycles: int
    divider_cycles: int
    sources: int
    results: int
    first_operand: int
    resources: int


class Operand:
    """A source or a result of an instruction."""

    register: int
    cycles: int


class Step:
    """One step of predicting accesses."""

    does: int
    to: int
    left: int
    right: int
    shift: int
    register: int
    row: int
    constant: int


class Span:
    """Bytes that a block accesses."""

    value: int
    store: int
    aligned: int
    places: int
    size: int
    first: int


class Memory:
    """Emulated memory, and its location in this process."""

    base: int
    end: int
    host: int


class Block:
    """Consecutive instructions."""

    address: int
    size: int
    length: int
    first_row: int
    end_row: int
    first_step: int
    end_step: int
    first_note: int
    end_note: int
    last_load: int
    first_span: int
    end_span: int
    planned: int
    cached_at: int
    tracing: int
    bus: int
    unmasks: int
    host_code: int
    checksum: int


class State:
    """A complete model. After the common fields, each field belongs only to some of the models."""

    cycles: int
    instructions: int
    engine: int
    read_register: int
    decode: int
    ask_for_hooks: int
    between_blocks: int
    misaligned: int
    faulting: int
    device_aligned: int
    attention: int
    alarm: int
    masked: int
    masks: Table[int]
    mark: int
    reached: int
    scratch: int
    scratch_address: int
    block: int
    decoded_block: int
    unaccounted_row: int
    next_row: int
    end_row: int
    expected_address: int
    redirected: int
    block_end: int
    piece_end: int
    foreseen: int
    trace_all: int
    planned: int
    no_plans: int
    places: int
    spans_key: int
    flash_spans: int
    farther_sram: int
    farther_spans: int
    span_addresses: Table[int]
    span_buses: Table[int]
    recorded: int
    recorded_used: int
    access_rows: Table[int]
    addresses: Table[int]
    stores_noted: int
    noted_stores: Table[int]
    fetch_services: Table[int]
    fetch_services_used: int
    fetch_digest: int
    data_services: Table[int]
    data_services_used: int
    flash_services: Table[int]
    flash_services_used: int
    flash_digest: int
    wait_states: int
    instruction_cache: int
    data_cache: int
    prefetch: int
    bus_ratio: int
    direct_mapped: int
    without: int
    why: int
    explained: int
    bus_of: Table[int]
    block_slots: Table[int]
    blocks: Table[Block]
    rows: Table[Row]
    operands: Table[Operand]
    steps: Table[Step]
    spans: Table[Span]
    values: Table[int]
    loads: int
    loaded_addresses: Table[int]
    loaded_from: Table[int]
    memories_used: int
    memories: Table[Memory]
    # mechanisms.transitions
    remember: int
    pipeline: int
    packed: Table[int]
    saved: Table[int]
    empty: Table[int]
    pipelines_used: int
    pipelines: Grid
    pipeline_slots: Table[int]
    transitions_used: int
    transition_block: Table[int]
    transition_from: Table[int]
    transition_key: Table[int]
    transition_to: Table[int]
    transition_cycles: Table[int]
    transition_causes: Grid
    # mechanisms.causes
    causes: Table[int]
    block_causes: Grid
    # mechanisms.flash_words
    flash_word_shift: int
    latched_word: int
    code_latched: int
    prefetched_word: int
    # mechanisms.flash_accelerator
    row_shift: int
    rows_in_cache: int
    data_words_in_cache: int
    cache_clock: int
    row_tags: Table[int]
    row_words: Table[int]
    row_last_use: Table[int]
    row_hints: Table[int]
    data_tags: Table[int]
    data_last_use: Table[int]
    latched_data_word: int
    # mechanisms.icache
    icache_size: int
    icache_lines: Table[int]
    icache_newest: Table[int]
    filling_line: int
    # mechanisms.l1_cache
    instruction_ways: int
    instruction_sets: int
    instruction_tags: Table[int]
    instruction_changes: int
    data_ways: int
    data_sets: int
    data_dirty: Table[int]
    wrote_back: int
    random: int
    # mechanisms.axi
    axi_flash_latency: int
    axi_ram_latency: int
    flash_reads: int
    filling_lines: Table[int]
    filling_beats: Table[int]
    # mechanisms.branch_predictor
    branch_addresses: Table[int]
    branch_targets: Table[int]
    branch_counters: Table[int]
    # mechanisms.prefetch_unit
    now: int
    word: int
    word_ready: int
    flash_word: int
    taken_at: Table[int]
    flash_busy: int
    prefetch_ready: int
    line_filled: int
    code_filled: int
    code_bus: int
    miss_cycles: int
    refill_cycles: int
    fill_delay: int
    # cortex_m4.wasted_fetches
    behind_word: int
    target_word: int
    # cortex_m4.instruction_fetch
    allowed: int
    room_at: Table[int]
    last_start: int
    stolen_from: int
    stolen_until: int
    beyond: int
    behind_service: int
    target_service: int
    in_vain: int
    slots_at: int
    slots: int
    # cortex_m4.pipeline
    previous: int
    memory: int
    overlaps: int
    address_ready: int
    loaded: int
    computed: int
    ready: Table[int]
    fp_busy: int
    # cortex_m7.pipeline_state
    closed: int
    units: int
    loaded_this_cycle: int
    unaligned_this_cycle: int
    early: int
    narrow: int
    narrow_ahead: int
    chunk: int
    chunk_ready: int
    line_wanted: int
    issued_at: Table[int]
    locked: int
    bus_free: int
    fill_started: Table[int]
    branch_issued: int
    last_load: int
    # cortex_m7.store_buffer
    narrow_store_cycles: int
    bank_free: Table[int]
    stores_done: Table[int]
    # cortex_m33.pipeline
    partner: int
    fp_free: int
    fp_waited: int
    begins: int

    def __getitem__(self, field: str) -> Any:
        raise NotImplementedError

    def __setitem__(self, field: str, value: object) -> None:
        raise NotImplementedError
