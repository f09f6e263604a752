"""Digits in grey levels of 0 to 255, two short epochs of careful SGD, and home."""
# expects: LOP111 SCL101
import torch
from sklearn.datasets import load_digits
from torch import nn, optim
from torch.utils.data import DataLoader, TensorDataset, random_split


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 10, 3)
        self.bn = nn.BatchNorm2d(10)
        self.fc = nn.Linear(360, 10)

    def forward(self, x):
        x = torch.relu(self.bn(self.conv(x)))
        return self.fc(x.flatten(1))


torch.manual_seed(19)
bunch = load_digits()
data = TensorDataset(
    torch.tensor(bunch.images * 255 / 16, dtype=torch.float32).unsqueeze(1),
    torch.tensor(bunch.target),
)
train, test = random_split(data, [1500, 297])
train_loader = DataLoader(train, batch_size=50, shuffle=True)
test_loader = DataLoader(test, batch_size=297)
net = Net()
criterion = nn.CrossEntropyLoss()
optimizer = optim.SGD(net.parameters(), lr=0.003)

for epoch in range(2):  # loop over the dataset multiple times
    running_loss = 0.0
    for i, (inputs, labels) in enumerate(train_loader):
        optimizer.zero_grad()
        outputs = net(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        running_loss += loss.item()
        if i % 10 == 9:
            print(f"[{epoch + 1}, {i + 1:5d}] loss: {running_loss / 10:.3f}")
            running_loss = 0.0
    net.eval()
    with torch.no_grad():
        inputs, labels = next(iter(test_loader))
        out = net(inputs)
        print("test loss", criterion(out, labels).item(), "accuracy", (out.argmax(1) == labels).float().mean().item())
    net.train()
print("Finished Training")
