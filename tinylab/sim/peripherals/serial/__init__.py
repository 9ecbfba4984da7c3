"""Serial ports: USART and LPUART, and the older USART of the F4."""
