"""Pictures in layers."""
