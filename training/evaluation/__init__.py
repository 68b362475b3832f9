"""`pts evaluate`: what a model does with held-out drawings, beside what needs no learning."""
