"""What Arm puts beside the processor.

NVIC, SysTick, SCB, DWT, FPB, MPU, halting debug, and the ROM table that lists them.
"""
