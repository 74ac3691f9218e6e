"""How each channel speaks: one module per channel, both directions."""
