"""Tables of equality monitoring: counted and protected by the worker, read by the evaluator."""
