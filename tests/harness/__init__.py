"""Runs Megha in QEMU and Bochs, types at its console, and reads what it says on the serial port and the screen."""
