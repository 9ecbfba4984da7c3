"""Serial ports: `usart` (with LPUART), and `usart_f4`, whose registers are ordered differently."""
