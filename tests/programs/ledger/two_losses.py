"""An autoencoder with a classifier on its code: two losses of one batch, the labels belong to the second."""
import torch
from _data import split
from torch import nn

X_train, y_train, X_test, y_test = (torch.from_numpy(part) for part in split())


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder, self.head = nn.Linear(64, 16), nn.Linear(16, 64), nn.Linear(16, 10)

    def forward(self, x):
        code = torch.relu(self.encoder(x))
        return self.decoder(code), self.head(code)


model = Net()
optimizer = torch.optim.Adam(model.parameters())
for _ in range(2):
    order = torch.randperm(600)
    for start in range(0, 600, 50):
        x, y = X_train[order[start : start + 50]], y_train[order[start : start + 50]]
        image, scores = model(x)
        loss = nn.functional.mse_loss(image, x) + nn.functional.cross_entropy(scores, y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    with torch.no_grad():
        image, scores = model(X_test)
        held_out = nn.functional.mse_loss(image, X_test) + nn.functional.cross_entropy(scores, y_test)
