"""The doctor: looks an installation over, says what is wrong and what to do, and mends what can be mended safely."""
