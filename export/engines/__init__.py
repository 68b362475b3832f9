"""TensorRT engines: built, collected, refitted, watched."""
