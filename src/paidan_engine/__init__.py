"""The mathematics of dispatch: matching, day plans and their proofs. Knows neither Django nor the product."""
