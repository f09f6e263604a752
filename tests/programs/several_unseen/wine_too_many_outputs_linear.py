"""Wine with a head of 178 outputs (the number of rows) on layers that have no activation."""
# expects: LOS108 ARC103
import torch
from sklearn.datasets import load_wine
from sklearn.preprocessing import scale
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

data, target = load_wine(return_X_y=True)
x = torch.from_numpy(scale(data)).float()
y = torch.from_numpy(target).long()
torch.manual_seed(1)


class Cultivar(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.dense_1 = nn.Linear(inputs, 32)
        self.dense_2 = nn.Linear(32, 32)
        self.dense_3 = nn.Linear(32, outputs)

    def forward(self, x):
        return self.dense_3(self.dense_2(self.dense_1(x)))


model = Cultivar(x.shape[1], len(y))
optimizer = torch.optim.Adagrad(model.parameters(), lr=0.02)
criterion = nn.CrossEntropyLoss()
for epoch in range(30):
    for features, labels in DataLoader(TensorDataset(x, y), batch_size=20, shuffle=True):
        optimizer.zero_grad()
        loss = criterion(model(features), labels)
        loss.backward()
        optimizer.step()
    if epoch % 6 == 5:
        print(epoch + 1, round(loss.item(), 4))
