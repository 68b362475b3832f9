"""What several tests share: simulators, scenes, and a runner of the command line."""
