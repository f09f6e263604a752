"""What an audit measures, one file each; they are found, not listed.

A module defines ``TITLE`` (what a progress bar shows), ``MEASURES`` (the events that it yields) and
``measure(dataset)``, a generator of these events. It only calls the pure functions of `unstuck.analysis.data`. It may
raise `TooLittle` where nothing can be measured, or yield a `NotMeasured` for one split of several. What is measured of
data that passed through a training as well has ``measure_run(dataset)``, which may do less.
"""
