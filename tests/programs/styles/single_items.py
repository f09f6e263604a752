"""Single items in a Python loop, as in the name-to-nation course: no batch axis at all."""
# steps: 800
# optimizer-steps: 0
# losses: 1
import random

import torch
import torch.nn as nn

random.seed(26)
torch.manual_seed(26)
LETTERS = "abcdefgh"
KINDS = ["vowel first", "other"]


def name():
    length = random.randint(3, 5)
    word = "".join(random.choice(LETTERS) for _ in range(length))
    return word, 0 if word[0] in "ae" else 1


def line_to_tensor(line):
    tensor = torch.zeros(len(line), 1, len(LETTERS))
    for i, letter in enumerate(line):
        tensor[i][0][LETTERS.index(letter)] = 1
    return tensor


class RNN(nn.Module):
    def __init__(self, input_size, hidden_size, output_size):
        super().__init__()
        self.hidden_size = hidden_size
        self.i2h = nn.Linear(input_size + hidden_size, hidden_size)
        self.h2o = nn.Linear(hidden_size, output_size)
        self.softmax = nn.LogSoftmax(dim=1)

    def forward(self, input, hidden):
        hidden = torch.tanh(self.i2h(torch.cat((input, hidden), 1)))
        return self.softmax(self.h2o(hidden)), hidden


rnn = RNN(len(LETTERS), 24, 2)
criterion = nn.NLLLoss()
learning_rate = 0.1
total = 0.0
for iteration in range(1, 801):
    word, kind = name()
    hidden = torch.zeros(1, 24)
    rnn.zero_grad()
    for letter in reversed(line_to_tensor(word)):
        output, hidden = rnn(letter, hidden)
    loss = criterion(output, torch.tensor([kind]))
    loss.backward()
    for p in rnn.parameters():
        p.data.add_(p.grad.data, alpha=-learning_rate)
    total += loss.item()
    if iteration % 100 == 0:
        print(iteration, word, round(total / 100, 4))
        total = 0.0
