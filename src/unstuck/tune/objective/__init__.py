"""What a trial does: train what a build function returns, or run a script with its options; watched in both cases."""
