# default values of configuration_by_exec.py, which executes this file
batch_size = 40
max_steps = 300
learning_rate = 1e-2
hidden = 32
