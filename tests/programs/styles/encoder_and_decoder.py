"""Encoder and decoder with an optimiser each, one loss."""
# steps: 240
# optimizer-steps: 480
# losses: 1
import torch
from torch import nn, optim


class EncoderRNN(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)

    def forward(self, x):
        return self.gru(x)[1]


class DecoderRNN(nn.Module):
    def __init__(self, hidden):
        super().__init__()
        self.gru = nn.GRU(1, hidden, batch_first=True)
        self.out = nn.Linear(hidden, 1)

    def forward(self, x, hidden):
        y, hidden = self.gru(x, hidden)
        return self.out(y), hidden


def train_step(x, target, encoder, decoder, encoder_optimizer, decoder_optimizer, criterion):
    encoder_optimizer.zero_grad()
    decoder_optimizer.zero_grad()
    hidden = encoder(x)
    given, outputs = x[:, -1:], []
    for _ in range(target.size(1)):
        given, hidden = decoder(given, hidden)
        outputs.append(given)
    loss = criterion(torch.cat(outputs, 1), target)
    loss.backward()
    encoder_optimizer.step()
    decoder_optimizer.step()
    return loss.item()


torch.manual_seed(22)
encoder, decoder = EncoderRNN(16), DecoderRNN(16)
encoder_optimizer = optim.Adam(encoder.parameters(), lr=0.01)
decoder_optimizer = optim.Adam(decoder.parameters(), lr=0.01)
criterion = nn.MSELoss()
for i in range(240):
    phase = torch.rand(32, 1, 1) * 6.28
    wave = 1.4 * torch.sin(phase + 0.6 * torch.arange(12).view(1, -1, 1))
    loss = train_step(wave[:, :8], wave[:, 8:], encoder, decoder, encoder_optimizer, decoder_optimizer, criterion)
    if i % 48 == 47:
        print(i + 1, round(loss, 4))
