"""The pieces that the screens are made of; they draw what they are given and compute nothing."""
