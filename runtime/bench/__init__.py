"""Methods at one budget of net evaluations, measured side by side.

methods    what a method needs: forwards of a step, teachers, pairs
run        one run in a process of its own: training, samples, metrics
bench      all of them, side by side; what is done is kept
table, plot, sheet      how the results are shown
"""
